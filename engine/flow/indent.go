package flow

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// A layouter writes pieces in the one layout. It never makes two blank lines of one, and none at the ends of the file.
type layouter struct {
	out   bytes.Buffer
	blank bool // one is due before whatever comes next
	kept  bool // the text above keeps the blank lines after it: none may be added
}

// laidOut is the text of a file.
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
		l.end(v.beside)
		l.kept = v.keeps()
		return
	}
	if v.anchor != "" {
		l.start(0)
		l.out.WriteString(v.anchor)
		l.end("")
	}
	l.parts(v, 0, false)
	l.lines(aLine(v.beside), 0)
}

// start writes the start of a line.
func (l *layouter) start(indent int) {
	if l.blank && !l.kept && l.out.Len() > 0 {
		l.out.WriteByte('\n')
	}
	l.blank, l.kept = false, false
	l.out.WriteString(spaces(indent))
}

// end ends a line, with a comment if there is one.
func (l *layouter) end(comment string) {
	if comment != "" {
		l.out.WriteByte(' ')
		l.out.WriteString(comment)
	}
	l.out.WriteByte('\n')
}

// lines writes lines of their own.
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

// parts writes the parts of a list or a mapping. The line of the first one may have started already.
func (l *layouter) parts(v *piece, indent int, begun bool) {
	for i, e := range v.parts {
		if i > 0 || !begun {
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

// value writes the value after a key or a dash, whose column is indent.
func (l *layouter) value(e *part, indent int) {
	v := e.value
	inner := indent + 2
	switch {
	case v.nothing() && v.anchor == "":
		l.end(cmp.Or(e.beside, v.beside))
	case v.kind == Scalar || v.oneLine:
		text, comment := v.inline(inner), v.beside
		if hasText(v.head) || e.beside != "" && (v.beside != "" || v.isBlock() || strings.Contains(text, "\n")) {
			l.end(e.beside)
			l.lines(withoutBlank(v.head), inner)
			l.start(inner)
		} else {
			l.out.WriteByte(' ')
			comment = cmp.Or(e.beside, comment)
		}
		l.out.WriteString(text)
		l.end(comment)
		l.kept = v.keeps()
	case e.compact():
		l.out.WriteByte(' ')
		l.parts(v, inner, true)
		l.lines(aLine(v.beside), inner)
	default:
		if v.anchor != "" {
			l.out.WriteString(" " + v.anchor)
		}
		l.end(e.beside)
		l.lines(withoutBlank(v.head), inner)
		l.parts(v, inner, false)
		l.lines(aLine(v.beside), inner)
	}
}

func (v *piece) isBlock() bool { return v.style == LiteralBlock || v.style == FoldedBlock }

// keeps reports whether a text keeps the blank lines after it.
func (v *piece) keeps() bool {
	if !v.isBlock() {
		return false
	}
	sign, _ := blockSign(lineOf(v.text, 0))
	return bytes.IndexByte(sign, '+') >= 0
}

// compact reports whether the value of a list item starts on the line of its dash, though it goes on below.
func (e *part) compact() bool {
	v := e.value
	return e.key == nil && v.kind != Scalar && !v.oneLine && v.anchor == "" && e.beside == "" && !hasText(v.head)
}

// inline is a value as it is after its key. The lines below the first are indented.
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
				b.WriteString("null") // nothing would be hard to see
			}
		}
		b.WriteByte(ends[1])
	}
}

// nothing reports whether nothing is written for a value.
func (v *piece) nothing() bool { return v.kind == Scalar && v.text == nil }

// keyText is the key with its colon, which would belong to the name of an alias if it stood at it.
func (e *part) keyText() string {
	if e.key.alias {
		return e.key.inline(0) + " :"
	}
	return e.key.inline(0) + ":"
}

// folded indents the lines of a scalar below its first one, where white space around line breaks counts for nothing.
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
				trimmed = line[:min(len(trimmed)+1, len(line))] // the blank belongs to the backslash
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

// withoutBlank drops the blank lines that lines start with.
func withoutBlank(lines []string) []string {
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	return lines
}
