package flow

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// A layouter writes formatted pieces. It never writes two blank lines in a row, or any at the start or end of the file.
type layouter struct {
	out   bytes.Buffer
	blank bool // a blank line is due before the next text
	kept  bool // the previous text keeps its trailing blank lines, so none may be added
}

// laidOut returns the formatted text of a file.
func laidOut(docs []document) []byte {
	var l layouter
	for _, d := range docs {
		l.lines(d.before, 0)
		if d.root != nil {
			l.root(d.root)
		}
		l.lines(d.after, 0)
	}
	return l.out.Bytes()
}

func (l *layouter) root(v *piece) {
	l.lines(v.head, 0)
	if v.kind == Scalar || v.oneLine {
		l.start(0)
		l.out.WriteString(v.inline(2))
		l.end(v.comment)
		l.kept = v.keeps()
		return
	}
	if v.anchor != "" {
		l.start(0)
		l.out.WriteString(v.anchor)
		l.end("")
	}
	l.parts(v, 0, false)
	l.lines(aLine(v.comment), 0)
}

// start starts a line with indentation.
func (l *layouter) start(indent int) {
	if l.blank && !l.kept && l.out.Len() > 0 {
		l.out.WriteByte('\n')
	}
	l.blank, l.kept = false, false
	l.out.WriteString(spaces(indent))
}

// end ends a line, after a comment if there is one.
func (l *layouter) end(comment string) {
	if comment != "" {
		l.out.WriteByte(' ')
		l.out.WriteString(comment)
	}
	l.out.WriteByte('\n')
}

// lines writes whole lines.
func (l *layouter) lines(lines []string, indent int) {
	for _, text := range lines {
		if text == "" {
			l.blank = true
			continue
		}
		l.start(indent)
		l.out.WriteString(text)
		l.end("")
	}
}

// parts writes the parts of a list or mapping. started reports that the line of the first part was already started.
func (l *layouter) parts(v *piece, indent int, started bool) {
	for i, e := range v.parts {
		if i > 0 || !started {
			l.lines(e.lead, indent)
			l.start(indent)
		}
		if e.key == nil {
			l.out.WriteByte('-')
		} else {
			l.out.WriteString(e.keyText())
		}
		l.value(e, indent)
	}
	l.lines(v.foot, indent)
}

// value writes the value after a key or dash at the column indent.
func (l *layouter) value(e *part, indent int) {
	v := e.value
	inner := indent + 2
	switch {
	case v.nothing() && v.anchor == "":
		l.end(cmp.Or(e.comment, v.comment))
	case v.kind == Scalar || v.oneLine:
		text, comment := v.inline(inner), v.comment
		if hasText(v.head) || e.comment != "" && (v.comment != "" || v.isBlock() || strings.Contains(text, "\n")) {
			l.end(e.comment)
			l.lines(withoutBlank(v.head), inner)
			l.start(inner)
		} else {
			l.out.WriteByte(' ')
			comment = cmp.Or(e.comment, comment)
		}
		l.out.WriteString(text)
		l.end(comment)
		l.kept = v.keeps()
	case e.compact():
		l.out.WriteByte(' ')
		l.parts(v, inner, true)
		l.lines(aLine(v.comment), inner)
	default:
		if v.anchor != "" {
			l.out.WriteString(" " + v.anchor)
		}
		l.end(e.comment)
		l.lines(withoutBlank(v.head), inner)
		l.parts(v, inner, false)
		l.lines(aLine(v.comment), inner)
	}
}

func (v *piece) isBlock() bool { return v.style == LiteralBlock || v.style == FoldedBlock }

// keeps reports whether a text keeps its trailing blank lines.
func (v *piece) keeps() bool {
	if !v.isBlock() {
		return false
	}
	sign, _ := blockSign(lineOf(v.text, 0))
	return bytes.IndexByte(sign, '+') >= 0
}

// compact reports whether the value of a list item starts on the line of its dash, although it continues below.
func (e *part) compact() bool {
	v := e.value
	return e.key == nil && v.kind != Scalar && !v.oneLine && v.anchor == "" && e.comment == "" && !hasText(v.head)
}

// inline returns a value as it is written after its key. Lines after the first are indented.
func (v *piece) inline(indent int) string {
	var b strings.Builder
	v.write(&b, indent)
	return b.String()
}

func (v *piece) write(b *strings.Builder, indent int) {
	if b.WriteString(v.anchor); v.anchor != "" && !v.nothing() {
		b.WriteByte(' ')
	}
	switch {
	case v.nothing():
	case v.isBlock():
		b.WriteString(v.block(indent))
	case v.kind == Scalar:
		b.WriteString(folded(v.text, v.style, indent))
	default:
		ends := map[Kind]string{List: "[]", Mapping: "{}"}[v.kind]
		b.WriteByte(ends[0])
		for i, e := range v.parts {
			if i > 0 {
				b.WriteString(", ")
			}
			if e.key != nil {
				b.WriteString(e.keyText() + " ")
			}
			if e.value.write(b, 0); e.value.nothing() {
				if e.value.anchor != "" {
					b.WriteByte(' ')
				}
				b.WriteString("null") // an empty value is easy to overlook
			}
		}
		b.WriteByte(ends[1])
	}
}

// nothing reports whether the value is written as nothing.
func (v *piece) nothing() bool { return v.kind == Scalar && v.text == nil }

// keyText returns the key with its colon. After an alias a space separates them, since the colon would be part of the
// name.
func (e *part) keyText() string {
	if e.key.alias {
		return e.key.inline(0) + " :"
	}
	return e.key.inline(0) + ":"
}

// folded indents the lines after the first of a scalar in which YAML ignores the white space around line breaks.
func folded(text []byte, style Style, indent int) string {
	var b strings.Builder
	for at := 0; at < len(text); {
		line, next := cutLine(text, at)
		if at > 0 {
			line = bytes.TrimLeft(line, " \t")
			b.WriteByte('\n')
			if len(line) > 0 {
				b.WriteString(spaces(indent))
			}
		}
		if next < len(text) {
			trimmed := bytes.TrimRight(line, " \t")
			if style == DoubleQuoted && bytes.HasSuffix(trimmed, []byte(`\`)) {
				trimmed = line[:min(len(trimmed)+1, len(line))] // the backslash escapes this blank
			}
			line = trimmed
		}
		b.Write(line)
		at = next
	}
	return b.String()
}

// block indents the lines of a block scalar.
func (v *piece) block(indent int) string {
	var b strings.Builder
	header, at := cutLine(v.text, 0)
	sign, comment := blockSign(header)
	for _, c := range sign {
		if c >= '1' && c <= '9' {
			c = '2'
		}
		b.WriteByte(c)
	}
	if len(comment) > 0 {
		b.WriteByte(' ')
		b.Write(comment)
	}
	for at < len(v.text) || at > 0 && endsLine(v.text[:at]) {
		line, next := cutLine(v.text, at)
		b.WriteByte('\n')
		if blank := len(line) - len(bytes.TrimLeft(line, " ")); blank < len(line) || blank > v.indent {
			b.WriteString(spaces(indent))
			b.Write(line[min(v.indent, blank):])
		}
		if next == at {
			break
		}
		at = next
	}
	return b.String()
}

func spaces(n int) string { return strings.Repeat(" ", n) }

func aLine(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

func hasText(lines []string) bool {
	return slices.ContainsFunc(lines, func(s string) bool { return s != "" })
}

// withoutBlank drops leading blank lines.
func withoutBlank(lines []string) []string {
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	return lines
}
