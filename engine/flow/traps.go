package flow

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// unclosed returns the offset of the first "${" in a text without a matching "}"; -1 if there is none. Strings inside
// of an expression are skipped.
func unclosed(text string) int {
	for at := 0; ; {
		i := strings.Index(text[at:], "${")
		if i < 0 {
			return -1
		}
		at += i
		if at > 0 && text[at-1] == '$' { // "$${" is a literal "${"
			at += 2
			continue
		}
		n := expressionEnd(text[at+2:])
		if n < 0 {
			return at
		}
		at += 2 + n
	}
}

// expressionEnd returns the number of bytes up to and including the "}" that ends an expression; -1 if there is none.
func expressionEnd[T string | []byte](text T) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '{':
			depth++
		case '}':
			if depth--; depth < 0 {
				return i + 1
			}
		case '"', '\'', '`':
			end := stringEnd(text[i:])
			if end < 0 {
				return -1
			}
			i += end - 1
		}
	}
	return -1
}

// stringEnd returns the length of the string literal that text starts with; -1 if it is not closed.
func stringEnd[T string | []byte](text T) int {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && text[0] != '`':
			i++
		case text[i] == text[0]:
			return i + 1
		}
	}
	return -1
}

// unfinished reports whether a bare expression has a string or a bracket that is not closed.
func unfinished(text string) bool {
	var open []byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"', '\'', '`':
			end := stringEnd(text[i:])
			if end < 0 {
				return true
			}
			i += end - 1
		case '(', '[', '{':
			open = append(open, c)
		case ')', ']', '}':
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
	}
	return len(open) > 0
}

// opensString reports whether an expression ends inside of a string.
func opensString(text string) bool {
	for i := 0; i < len(text); i++ {
		if strings.IndexByte("\"'`", text[i]) < 0 {
			continue
		}
		end := stringEnd(text[i:])
		if end < 0 {
			return true
		}
		i += end - 1
	}
	return false
}

// yamlQuoted returns a text as a quoted YAML scalar, in single quotes if that avoids backslashes.
func yamlQuoted(text string) string {
	if strings.ContainsRune(text, '"') && !strings.ContainsAny(text, "'\n") {
		return "'" + text + "'"
	}
	return strconv.Quote(text)
}

// withoutComment returns a text without the comment at its end. A # in an expression is not the start of one, nor is one in a string, if
// the text is an expression or starts with a quote.
func withoutComment(text string, bare bool) string {
	bare = bare || text != "" && strings.IndexByte("\"'", text[0]) >= 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case strings.HasPrefix(text[i:], "${"):
			if n := expressionEnd(text[i+2:]); n > 0 {
				i += 1 + n
			}
		case bare && strings.IndexByte("\"'`", c) >= 0:
			if n := stringEnd(text[i:]); n > 0 {
				i += n - 1
			}
		case c == '#' && i > 0 && isBlank(text[i-1]):
			return strings.TrimRight(text[:i], " \t")
		}
	}
	return text
}

// quoteHint returns the hint for a value that YAML only reads in quotes: bare is an expression without ${ }.
func quoteHint(text string, bare bool) string {
	ours, tool := ourBraces(withoutComment(text, bare), bare)
	if inner, ok := unwrapped(ours); ok && bare {
		ours = inner
	}
	if tool != "" {
		return tool + "; write " + yamlQuoted(clip(ours))
	}
	return "write the whole string in quotes: " + yamlQuoted(clip(ours))
}

// unwrapped returns the expression in a text that is one ${ }; false for any other text.
func unwrapped(text string) (inner string, ok bool) {
	inner, ok = strings.CutPrefix(strings.TrimSpace(text), "${")
	if !ok || expressionEnd(inner) != len(inner) {
		return "", false
	}
	return strings.TrimSpace(strings.TrimSuffix(inner, "}")), true
}

// commentAfter returns the offset of the "#" that ended a plain scalar.
func (n *Node) commentAfter() (at int, ok bool) {
	if n.src == nil || n.Style != Plain || n.end <= n.start {
		return 0, false
	}
	i := n.end
	for i < len(n.src.text) && isBlank(n.src.text[i]) {
		i++
	}
	return i, i > n.end && i < len(n.src.text) && n.src.text[i] == '#'
}

// InBrackets reports whether a scalar is an item or a value in [ ] or { }, where { } in it need quotes.
func (n *Node) InBrackets() bool {
	if n.src == nil || n.end == 0 {
		return false
	}
	rest := bytes.TrimLeft(n.src.text[n.end:], " \t")
	return len(rest) > 0 && bytes.IndexByte([]byte(",]}"), rest[0]) >= 0
}

// cutTrap returns the problem of a text that a comment sign cut off.
func (n *Node) cutTrap(hash int) Problem {
	p := Problem{Pos: n.src.pos(hash), Width: 1, Code: CodeTrap,
		Message: "YAML reads this # as the start of a comment, which cuts the expression",
		Hint:    quoteHint(wholeLine(n), !strings.Contains(n.Text, "${"))}
	whole := strings.TrimSpace(string(lineOf(n.src.text, n.start)))
	before := string(n.src.text[n.start:hash])
	if inner, ok := strings.CutPrefix(whole, "${"); ok && expressionEnd(inner) == len(inner) && opensString(before) { // the # is in a string
		p.Fix = n.src.replaced(n.start, n.start+len(whole), yamlQuoted(whole))
	} else if ok && !opensString(before) {
		p.Hint = "write the comment after the expression and its }"
	}
	return p
}

// wholeLine returns the source from n to the end of its line.
func wholeLine(n *Node) string { return strings.TrimSpace(string(n.src.excerpt(n.start))) }

// proseKeys are the keys with a text for people.
var proseKeys = []string{"about", "description", "title", "name", "fail"}

// cutText reports a comma in a text in { } that is not in quotes: YAML makes the words after it a key without a value.
func (b *builder) cutText(before []Field, k, value *Node) bool {
	if len(before) == 0 || !value.IsNull() || value.Text != "" || value.Quoted() {
		return false
	}
	last := before[len(before)-1]
	text := last.Value
	words := strings.Contains(k.Text, " ") || k.end > 0 && !followedByColon(k)
	if prose := slices.Contains(proseKeys, last.Key.Text) || strings.Contains(text.Text, " "); !words || !prose && !strings.Contains(k.Text, " ") {
		return false
	}
	if text.Style != Plain || !text.IsText() || text.end == 0 || k.start < text.end {
		return false
	}
	between := text.src.text[text.end:k.start]
	comma := bytes.IndexByte(between, ',')
	if comma < 0 || text.reported { // the words after another comma of the same text
		return comma >= 0
	}
	text.reported = true
	whole := text.src.text[text.start:]
	if end := textEnd.FindIndex(whole); end != nil {
		whole = whole[:end[0]]
	}
	cut := strings.TrimSpace(string(whole))
	b.problems.put(Problem{Pos: text.src.pos(text.end + comma), Width: 1, Code: CodeTrap,
		Message: "in braces YAML reads this comma as the end of the string",
		Hint:    "write the whole string in quotes: " + yamlQuoted(clip(cut)),
		Fix:     text.src.inQuotes(text.start, cut)})
	return true
}

// followedByColon reports whether a key has its colon.
func followedByColon(k *Node) bool {
	rest := bytes.TrimLeft(k.src.text[k.end:], " \t\r\n")
	return len(rest) > 0 && rest[0] == ':'
}

// textEnd matches what ends a text in braces: a brace, a line break, or the next key.
var textEnd = regexp.MustCompile(`[}\n]|,\s*[\w-]+:\s`)

// cutExpression reports a "${" whose end is in a comment.
func (b *builder) cutExpression(n *Node) {
	if unclosed(n.Text) < 0 {
		return
	}
	if hash, ok := n.commentAfter(); ok {
		b.problems.put(n.cutTrap(hash))
		n.reported = true
	}
}

// keyExpression reports expressions in a key.
func (b *builder) keyExpression(k *Node) {
	at := strings.Index(k.Text, "${")
	switch {
	case at < 0 || at > 0 && k.Text[at-1] == '$':
	case k.Style == Plain && unclosed(k.Text) >= 0:
		b.problem(k, CodeTrap, quoteHint(wholeLine(k), false),
			"YAML reads the %s in this expression as the end of a key", quoted(": "))
	default:
		b.problem(k, CodeKeyExpression, "${ } is allowed in values only; use an expression as the value to build an object",
			"the key %s holds an expression", quoted(k.Text))
	}
}
