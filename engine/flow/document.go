package flow

import (
	"bytes"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

const (
	maxDepth   = 1000    // nesting depth of lists and mappings
	maxAliased = 100_000 // values reached through aliases in one document
)

// documents parses the YAML of a file. It returns a Node for each document that could be read.
func documents(src *source, ps *Problems) []*Node {
	if message, hint, offset := unreadable(src.text); message != "" {
		ps.put(Problem{Pos: src.pos(offset), Code: CodeFile, Message: message, Hint: hint})
		return nil
	}
	chunks := split(src.text)
	if len(chunks) > maxDocuments {
		ps.put(Problem{Pos: src.pos(chunks[maxDocuments].start), Code: CodeFile, Message: "the file has too many documents"})
		chunks = chunks[:maxDocuments]
	}
	src.chunks = chunks
	var roots []*Node
	for _, c := range chunks {
		docs := mended(src, c, ps)
		b := builder{src: src, at: src.cursor(c.start), problems: ps, built: map[*yaml.Node]*anchored{}}
		for _, doc := range docs {
			if len(doc.Content) == 1 {
				roots = append(roots, b.node(doc.Content[0], "", 0).node)
			}
		}
	}
	return roots
}

// A builder turns yaml.Nodes into Nodes. It checks the rules that flowdeck adds to YAML. It drops each yaml.Node that it has turned:
// both trees of a large file would take twice the memory.
type builder struct {
	src      *source
	at       cursor
	problems *Problems
	built    map[*yaml.Node]*anchored // values with an anchor; nil while they are being built
	keys     []string                 // of the mappings around the value that is being built
	brackets int                      // around it
	aliased  int
	tooDeep  bool
}

// anchored is the Node of a value with an anchor, and its size wherever it replaces an alias.
type anchored struct {
	node   *Node
	size   int // number of values in it, including itself
	height int // nesting depth of its lists and mappings
}

func (b *builder) problem(at *Node, code, hint, format string, args ...any) {
	b.problems.add(at, code, hint, format, args...)
	at.reported = true
}

// place returns a Node at the position of a yaml.Node, after its tag and anchor.
func (b *builder) place(y *yaml.Node) *Node {
	b.at.seek(y.Line, y.Column)
	n := &Node{Kind: Scalar, Pos: b.at.pos(), src: b.src, start: b.at.offset}
	if y.Kind == yaml.MappingNode && y.Style&yaml.FlowStyle == 0 && len(y.Content) > 0 &&
		y.Content[0].Line == y.Line && y.Content[0].Column == y.Column {
		return n // the tag or anchor belongs to the first key
	}
	empty := y.Kind == yaml.ScalarNode && y.Value == "" && y.Style&^yaml.TaggedStyle == 0
	if empty && y.Anchor == "" && y.Style == 0 && !b.startsWith('!') {
		n.reported = b.src.blanked[n.Pos.Line]
		return n // yaml.v3 has no position for an empty value
	}
	for b.startsWith('!') || y.Anchor != "" && b.startsWith('&') {
		at := *n
		at.Pos = b.at.pos()
		if word := b.word(); word[0] == '!' {
			n.reported = true
			b.tag(&at, word)
			if b.src.tags == nil {
				b.src.tags = map[*Node]Pos{}
			}
			b.src.tags[n] = at.Pos
		}
		b.skipBlank(!empty)
	}
	n.Pos, n.start = b.at.pos(), b.at.offset
	return n
}

func (b *builder) startsWith(c byte) bool {
	return b.at.offset < len(b.src.text) && b.src.text[b.at.offset] == c
}

// word reads a tag, which ends at white space, or an anchor, which ends with its name.
func (b *builder) word() string {
	rest := b.src.text[b.at.offset:]
	end := 1
	for end < len(rest) && !isBlank(rest[end]) && breakSize(rest[end:]) == 0 && (rest[0] == '!' || isAnchor(rest[end])) {
		end++
	}
	b.at.advance(b.at.offset + end)
	return string(rest[:end])
}

func isAnchor(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '-'
}

// skipBlank skips white space and, if lines is true, line breaks and comments.
func (b *builder) skipBlank(lines bool) {
	text, i := b.src.text, b.at.offset
	for i < len(text) {
		if n := breakSize(text[i:]); n > 0 && lines {
			i += n
		} else if isBlank(text[i]) {
			i++
		} else if text[i] == '#' && lines {
			for i < len(text) && breakSize(text[i:]) == 0 {
				i++
			}
		} else {
			break
		}
	}
	b.at.advance(i)
}

func (b *builder) tag(at *Node, word string) {
	at.Width = utf8.RuneCountInString(word)
	b.problem(at, CodeTag, "flowdeck does not use tags; write a string that starts with ! in quotes", "YAML reads %s as a tag", quoted(word))
}

// node turns a yaml.Node under a key, which is empty for an item of a list.
func (b *builder) node(y *yaml.Node, key string, depth int) anchored {
	if y.Kind == yaml.AliasNode {
		return b.alias(y, depth)
	}
	n := b.place(y)
	if y.Anchor != "" {
		b.built[y] = nil
	}
	a := anchored{node: n, size: 1}
	if depth > maxDepth && y.Kind != yaml.ScalarNode {
		if !b.tooDeep {
			b.problem(n, CodeFile, "", "lists and mappings are nested more than %d deep", maxDepth)
		}
		b.tooDeep, n.reported = true, true
		return a
	}
	if b.template(n, y, key) {
		return a
	}
	if y.Style&yaml.FlowStyle != 0 {
		b.brackets++
		defer func() { b.brackets-- }()
	}
	switch y.Kind {
	case yaml.SequenceNode:
		n.Kind = List
		n.Items = make([]*Node, 0, len(y.Content))
		for i, item := range y.Content {
			child := b.node(item, "", depth+1)
			y.Content[i] = nil
			n.Items = append(n.Items, child.node)
			a.size, a.height = a.size+child.size, max(a.height, child.height+1)
		}
	case yaml.MappingNode:
		n.Kind = Mapping
		b.fields(n, y, depth, &a)
	default:
		b.scalar(n, y)
	}
	if y.Anchor != "" {
		target := a
		b.built[y] = &target
	}
	return a
}

func (b *builder) alias(y *yaml.Node, depth int) anchored {
	b.at.seek(y.Line, y.Column)
	here := &Node{Kind: Scalar, Pos: b.at.pos(), Width: 1 + utf8.RuneCountInString(y.Value), src: b.src, start: b.at.offset}
	none := anchored{node: here, size: 1}
	target := b.built[y.Alias]
	if target == nil {
		b.problem(here, CodeAlias, "", "the alias %s contains itself", quoted("*"+y.Value))
		return none
	}
	b.aliased += target.size
	if b.aliased > maxAliased {
		if b.aliased-target.size <= maxAliased {
			b.problem(here, CodeAlias, "write a flow instead, and call it", "the aliases of this document expand to more than %d values", maxAliased)
		}
		here.reported = true
		return none
	}
	if depth+target.height > maxDepth {
		b.problem(here, CodeAlias, "", "with the alias %s lists and mappings are nested more than %d deep", quoted("*"+y.Value), maxDepth)
		return none
	}
	return *target
}

func (b *builder) fields(n *Node, y *yaml.Node, depth int, a *anchored) {
	seen := make(map[string]*Node, len(y.Content)/2)
	n.Fields = make([]Field, 0, len(y.Content)/2)
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, size := b.key(y.Content[i], depth+1)
		name := y.Content[i].Value
		b.keys = append(b.keys, name)
		value := b.node(y.Content[i+1], name, depth+1)
		b.keys = b.keys[:len(b.keys)-1]
		y.Content[i], y.Content[i+1] = nil, nil
		a.size, a.height = a.size+size+value.size, max(a.height, value.height+1)
		if k == nil || y.Style&yaml.FlowStyle != 0 && b.cutText(n.Fields, k, value.node) {
			continue
		}
		if first := seen[k.Text]; first != nil {
			b.problem(k, CodeDuplicateKey, "a mapping has each key once; the first is at "+first.Pos.seenFrom(k.Pos),
				"the key %s is here twice", quoted(k.Text))
			continue
		}
		seen[k.Text] = k
		n.Fields = append(n.Fields, Field{Key: k, Value: value.node})
	}
}

// key returns the Node of a key, which is always text. If the value cannot be a key, it reports a problem and returns
// nil.
func (b *builder) key(y *yaml.Node, depth int) (*Node, int) {
	if y.Kind == yaml.ScalarNode && y.Anchor == "" { // the usual case; numbers are text here
		k := b.place(y)
		b.text(k, y)
		k.Value = k.Text
		return b.checkedKey(k), 1
	}
	a := b.node(y, "", depth)
	k := *a.node // a copy, because the target of an alias keeps its value
	if k.Kind != Scalar {
		if !k.reported {
			b.problem(&k, CodeWrongType, "write a key that starts with [ or { in quotes", "a key must be a string, not a %s", k.Kind)
		}
		return nil, a.size
	}
	k.Value = k.Text
	return b.checkedKey(&k), a.size
}

func (b *builder) checkedKey(k *Node) *Node {
	switch {
	case k.reported:
		return nil
	case k.Text == "<<" && k.Style == Plain:
		b.problem(k, CodeTag, "write the keys out, or call a flow", "the YAML merge key %s is not supported", quoted("<<"))
		return nil
	}
	b.keyExpression(k)
	return k
}

// text reads the text of a scalar and its extent.
func (b *builder) text(n *Node, y *yaml.Node) {
	n.Text = y.Value
	switch y.Style &^ yaml.TaggedStyle {
	case yaml.SingleQuotedStyle:
		n.Style = SingleQuoted
	case yaml.DoubleQuotedStyle:
		n.Style = DoubleQuoted
	case yaml.LiteralStyle:
		n.Style = LiteralBlock
	case yaml.FoldedStyle:
		n.Style = FoldedBlock
	}
	if n.Style == Plain && bytes.HasPrefix(n.src.text[n.start:], []byte(n.Text)) {
		n.end = n.start + len(n.Text)
	} else if _, end, ok := n.layout(); ok {
		n.end = end
	} else if len(n.src.blanked) > 0 {
		n.reported = true // a part was hidden from yaml.v3, so this is not the text in the file
	}
	n.Width = n.firstLine()
}

// scalar reads a scalar that is not a key.
func (b *builder) scalar(n *Node, y *yaml.Node) {
	b.text(n, y)
	n.Value = n.Text
	if n.Style != Plain || n.reported {
		return
	}
	value, wrong := scalarValue(n.Text)
	n.Value = value
	if wrong != nil {
		b.problem(n, wrong.code, wrong.hint, "%s", wrong.message)
	}
	b.cutExpression(n)
}

// firstLine returns the number of characters of a scalar on its first line.
func (n *Node) firstLine() int {
	if n.Style == LiteralBlock || n.Style == FoldedBlock || n.end <= n.start {
		return min(len(n.Text), 1)
	}
	line, _ := cutLine(n.src.text[n.start:n.end], 0)
	return utf8.RuneCount(line)
}
