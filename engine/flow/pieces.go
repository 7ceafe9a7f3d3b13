package flow

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A piece is a value as it is written in the source, with the comments around it. Format works on pieces: a Node has
// the meaning of a file, a piece its notation.
type piece struct {
	kind    Kind   // Scalar is every piece that is not changed: scalars, aliases, empty brackets
	text    []byte // of a Scalar; nil if the value is written as nothing
	style   Style
	anchor  string
	alias   bool
	oneLine bool     // in brackets, on a single line
	parts   []*part  // of a List and a Mapping
	head    []string // the lines between its key or dash and the value; "" is a blank line
	comment string   // the comment at the end of its last line
	foot    []string // the lines after its last part that belong to it
	opened  string   // the comment after its anchor or its opening bracket
	indent  int      // of the lines of a block scalar
}

// A part is an item of a list or an entry of a mapping.
type part struct {
	lead    []string // the lines above it
	key     *piece   // of a mapping
	comment string   // the comment after the dash or colon
	value   *piece
}

// A document is one document of a file, with the lines before it: comments, directives and the start marker.
type document struct {
	before []string
	root   *piece // nil for the text after the last document
	after  []string
}

var (
	errUnfollowed = errors.New("the layout of this file cannot be followed")
	errBreaks     = errors.New("the characters U+0085, U+2028 and U+2029 are line breaks to YAML and to nothing else: write them as escapes in double quotes")
)

// A pieceReader reads pieces. It follows the nodes of yaml.v3, and fails if the source does not match them.
type pieceReader struct {
	builder
	at, end  int    // offsets in the source: the current position, and the end of the document
	broken   int    // offset after the last line break
	lines    []line // lines that are not attached to a piece yet
	comments []string
	failed   bool
}

// readPieces reads the documents of a file without problems.
func readPieces(src *source) (docs []document, comments []string, err error) {
	if bytes.ContainsAny(src.text, "\u0085\u2028\u2029") {
		return nil, nil, errBreaks
	}
	var ignored Problems
	p := &pieceReader{builder: builder{src: src, problems: &ignored}}
	for _, c := range split(src.text) {
		nodes, bad := decode(src.text[c.start:c.end])
		if bad != nil || len(nodes) != 1 || len(nodes[0].Content) != 1 {
			return nil, nil, errUnfollowed
		}
		p.builder.at = src.cursor(c.start)
		p.end = c.end
		d := document{before: p.before()}
		whole := &part{value: p.value(nodes[0].Content[0], -1)}
		whole.adopt()
		d.root = whole.value
		d.root.head = append(d.root.head, aLine(whole.comment)...)
		p.sideComment(&d.root.comment)
		p.rest()
		d.after = p.take()
		if p.failed {
			return nil, nil, errUnfollowed
		}
		docs = append(docs, d)
	}
	p.end = len(src.text)
	docs = append(docs, document{before: p.before()})
	if p.failed || p.at < p.end {
		return nil, nil, errUnfollowed
	}
	return docs, p.comments, nil
}

// before reads the lines before the content of a document.
func (p *pieceReader) before() []string {
	for p.at < p.end {
		p.rest()
		text := lineOf(p.src.text[:p.end], p.at)
		switch {
		case len(text) == 0:
			return p.take()
		case p.column(p.at) > 0:
			return p.take()
		case isMarker(text, "---"), isMarker(text, "..."):
			p.at += 3
			marker := string(text[:3])
			if comment := p.comment(); comment != "" {
				marker += " " + comment
			}
			p.lines = append(p.lines, line{text: marker})
		case text[0] == '%':
			p.at += len(text)
			p.lines = append(p.lines, line{text: string(bytes.TrimRight(text, " \t"))})
		default:
			return p.take()
		}
	}
	return p.take()
}

// token skips the text, which must come next.
func (p *pieceReader) token(text string) {
	if !p.follows(text) {
		p.failed = true
		return
	}
	p.at += len(text)
}

func (p *pieceReader) follows(text string) bool {
	return !p.failed && bytes.HasPrefix(p.src.text[p.at:p.end], []byte(text))
}

// value reads a value. outer is the column of the key or dash before it.
func (p *pieceReader) value(y *yaml.Node, outer int) *piece {
	v := &piece{kind: Scalar}
	nothing := y.Kind == yaml.ScalarNode && y.Value == "" && y.Style&^yaml.TaggedStyle == 0
	if nothing && y.Anchor == "" {
		return v
	}
	p.rest()
	v.head = p.take()
	if y.Anchor != "" {
		v.anchor = "&" + y.Anchor
		p.token(v.anchor)
		if nothing {
			return v
		}
		p.sideComment(&v.opened)
		p.rest()
		v.head = append(v.head, p.take()...)
	}
	switch {
	case p.failed:
	case y.Kind == yaml.AliasNode:
		v.alias = true
		v.text = []byte("*" + y.Value)
		p.token(string(v.text))
	case y.Kind == yaml.ScalarNode:
		p.scalar(v, y, outer)
	case y.Style&yaml.FlowStyle != 0:
		p.brackets(v, y)
	default:
		p.indented(v, y, outer)
	}
	return v
}

// indented reads a list or a mapping in block style.
func (p *pieceReader) indented(v *piece, y *yaml.Node, outer int) {
	col := p.column(p.at)
	for i := 0; i < len(y.Content) && !p.failed; i++ {
		e := &part{}
		if i > 0 {
			p.rest()
			e.lead = p.take()
		}
		at := p.column(p.at)
		if v.kind = List; y.Kind == yaml.SequenceNode {
			p.token("-")
			p.sideComment(&e.comment)
			e.value = p.value(y.Content[i], at)
			e.adopt()
		} else {
			v.kind = Mapping
			p.entry(e, y.Content[i], y.Content[i+1], at)
			i++
		}
		p.sideComment(&e.value.comment)
		v.add(e)
	}
	v.foot = p.foot(col, outer)
}

// entry reads a key and its value.
func (p *pieceReader) entry(e *part, key, value *yaml.Node, col int) {
	if next := p.src.text[p.at:p.end]; p.follows("?") && (len(next) == 1 || isBlank(next[1]) || breakSize(next[1:]) > 0) {
		p.token("?")
	}
	e.key = p.value(key, col)
	e.lead = slices.Concat(e.lead, e.key.head, aLine(e.key.opened))
	p.sideComment(&e.comment)
	at, lines, comments := p.at, len(p.lines), len(p.comments)
	p.rest()
	if !p.follows(":") { // a key without a colon
		p.at, p.lines, p.comments = at, p.lines[:lines], p.comments[:comments]
		e.value = &piece{kind: Scalar}
		return
	}
	p.token(":")
	p.sideComment(&e.comment)
	e.value = p.value(value, col)
	e.adopt()
}

// adopt moves the comment after an anchor or an opening bracket to where it can stay when these move or disappear.
func (e *part) adopt() {
	if e.comment == "" {
		e.comment = e.value.opened
	} else {
		e.value.head = slices.Concat(aLine(e.value.opened), e.value.head)
	}
	e.value.opened = ""
}

// brackets reads a list or a mapping in brackets.
func (p *pieceReader) brackets(v *piece, y *yaml.Node) {
	start := p.at
	ends := "{}"
	if v.kind = Mapping; y.Kind == yaml.SequenceNode {
		v.kind, ends = List, "[]"
	}
	if v.kind == Mapping && !p.follows("{") { // [a: b]
		e := &part{}
		p.entry(e, y.Content[0], y.Content[1], 0)
		v.add(e)
		v.oneLine = p.broken <= start
		return
	}
	p.token(ends[:1])
	if len(y.Content) == 0 {
		p.rest()
		v.head = append(v.head, p.take()...)
		v.kind, v.text = Scalar, []byte(ends)
		p.token(ends[1:])
		return
	}
	p.sideComment(&v.opened)
	for i := 0; i < len(y.Content) && !p.failed; i++ {
		e := &part{}
		p.rest()
		e.lead = p.take()
		if v.kind == List {
			e.value = p.value(y.Content[i], 0)
			e.adopt()
		} else {
			p.entry(e, y.Content[i], y.Content[i+1], 0)
			i++
		}
		p.sideComment(&e.value.comment)
		if p.rest(); p.follows(",") {
			p.token(",")
			p.sideComment(&e.value.comment)
		}
		v.add(e)
	}
	p.rest()
	v.foot = p.take()
	p.token(ends[1:])
	v.oneLine = p.broken <= start
}

// add adds a part. Lines above the first part are about the whole value.
func (v *piece) add(e *part) {
	if len(v.parts) == 0 {
		v.head, e.lead = append(v.head, e.lead...), nil
	}
	v.parts = append(v.parts, e)
}

// scalar reads a scalar that has at least one character.
func (p *pieceReader) scalar(v *piece, y *yaml.Node, outer int) {
	n := p.place(y)
	p.builder.text(n, y)
	if n.start != p.at || n.end <= n.start || n.reported {
		p.failed = true
		return
	}
	if v.style = n.Style; v.style == LiteralBlock || v.style == FoldedBlock {
		p.block(v, n, outer)
		return
	}
	v.text = p.src.text[n.start:n.end]
	if p.at = n.end; len(lineOf(v.text, 0)) < len(v.text) {
		p.broken = p.at
	}
}

// block reads a text below | or >, and the blank lines after it that belong to it.
func (p *pieceReader) block(v *piece, n *Node, outer int) {
	text := p.src.text[:p.end]
	end := n.start + len(bytes.TrimRight(text[n.start:n.end], "\r\n"))
	header, at := cutLine(text[:end], n.start)
	sign, comment := blockSign(header)
	if len(comment) > 0 {
		p.comments = append(p.comments, string(comment))
	}
	v.indent = len(text) // as if there were no line that shows the indentation
	for at < end {
		line, next := cutLine(text[:end], at)
		if content := bytes.TrimLeft(line, " "); len(bytes.TrimLeft(content, "\t")) > 0 {
			v.indent = len(line) - len(content)
			break
		}
		at = next
	}
	if i := bytes.IndexAny(sign, "123456789"); i >= 0 {
		v.indent = max(outer, 0) + int(sign[i]-'0')
	}
	_, at = cutLine(text, end)
	for at < len(text) {
		line, next := cutLine(text, at)
		if len(bytes.Trim(line, " \t")) > 0 {
			break
		}
		if len(line) > v.indent || bytes.IndexByte(sign, '+') >= 0 && next > at+len(line) {
			end = at + len(line)
		}
		at = next
	}
	p.at = end
	v.text = text[n.start:end]
	if n.Text != "" && n.Text[len(n.Text)-1] != '\n' && bytes.IndexByte(sign, '-') < 0 { // the file ends without a line break
		v.text = slices.Concat([]byte{sign[0], '-'}, bytes.Trim(sign[1:], "+"), text[n.start+len(sign):end])
	}
}

// blockSign splits the header of a block scalar, such as "|2-", from the comment after it.
func blockSign(header []byte) (sign, comment []byte) {
	i := 1
	for i < len(header) && strings.IndexByte("+-0123456789", header[i]) >= 0 {
		i++
	}
	return header[:i], bytes.TrimSpace(header[i:])
}
