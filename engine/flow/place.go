package flow

import (
	"bytes"
	"sort"
	"unicode/utf8"
)

const byteOrderMark = "\uFEFF"

// A source is the text of a file without its byte order mark, and the offsets of its lines.
type source struct {
	name    string
	text    []byte
	lines   []int         // byte offset of the first character of each line
	chunks  []chunk       // the documents; nil before they are read
	tags    map[*Node]Pos // positions of tags, for the nodes that have one
	blanked map[int]bool  // lines with a value that was hidden from yaml.v3 because a problem was already reported
}

func newSource(name string, text []byte) *source {
	s := &source{name: name, text: bytes.TrimPrefix(text, []byte(byteOrderMark)), lines: []int{0}}
	for i, c := range s.text {
		if c == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	return s
}

// pos returns the position of a byte. An offset outside of the text is moved to the nearest end.
func (s *source) pos(offset int) Pos {
	offset = min(max(offset, 0), len(s.text))
	line := sort.SearchInts(s.lines, offset+1)
	return Pos{File: s.name, Line: line, Col: 1 + utf8.RuneCount(s.text[s.lines[line-1]:offset])}
}

// document returns the text of the document that contains a byte.
func (s *source) document(offset int) []byte {
	i := sort.Search(len(s.chunks), func(i int) bool { return s.chunks[i].end > offset })
	if i == len(s.chunks) {
		return nil
	}
	return s.text[s.chunks[i].start:s.chunks[i].end]
}

// A cursor moves through a source. It counts lines and columns as editors do and also as yaml.v3 does, for which a lone
// CR, NEL, LS and PS are line breaks. With it, a whole walk takes linear time even if a file is one long line.
type cursor struct {
	src          *source
	origin       int // the offset at which yaml.v3 started
	offset       int
	yLine, yCol  int // as yaml.v3 counts, from 1
	line, column int // as editors count, from 1
}

func (s *source) cursor(origin int) cursor {
	p := s.pos(origin)
	return cursor{src: s, origin: origin, offset: origin, yLine: 1, yCol: 1, line: p.Line, column: p.Col}
}

// seek moves to a position of yaml.v3.
func (c *cursor) seek(line, col int) {
	if line < c.yLine || line == c.yLine && col < c.yCol {
		*c = c.src.cursor(c.origin)
	}
	for c.offset < len(c.src.text) && (c.yLine < line || c.yLine == line && c.yCol < col) {
		c.step()
	}
}

// advance moves forward to an offset.
func (c *cursor) advance(offset int) {
	for c.offset < offset && c.offset < len(c.src.text) {
		c.step()
	}
}

func (c *cursor) step() {
	text := c.src.text[c.offset:]
	r, size := rune(text[0]), 1
	if r >= utf8.RuneSelf {
		r, size = utf8.DecodeRune(text)
	}
	c.offset += size
	c.column++
	c.yCol++
	switch {
	case r == '\n':
		c.line, c.column = c.line+1, 1
		c.yLine, c.yCol = c.yLine+1, 1
	case r == '\r' && len(text) > 1 && text[1] == '\n':
	case r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029':
		c.yLine, c.yCol = c.yLine+1, 1
	}
}

func (c *cursor) pos() Pos { return Pos{File: c.src.name, Line: c.line, Col: c.column} }

// At returns the position of a byte of Text in the source. It is exact for every style of scalar. If there is no
// source, as for a Node that was not read from a file, it is the position of the scalar.
func (n *Node) At(offset int) Pos {
	if n == nil {
		return Pos{}
	}
	if n.src == nil || n.Kind != Scalar || offset < 0 || offset > len(n.Text) {
		return n.Pos
	}
	runs, _, ok := n.layout()
	if !ok {
		return n.Pos
	}
	at := sort.Search(len(runs), func(i int) bool { return runs[i].text > offset }) - 1
	if at < 0 {
		return n.Pos
	}
	r := runs[at]
	return n.src.pos(r.source + min(offset-r.text, r.length))
}

// A run is a part of Text that is in the source byte for byte. The source between two runs (a folded line break, an
// escape) belongs to the end of the first.
type run struct{ text, source, length int }

// layout maps Text to the source. end is the offset after the scalar. ok is false if the two do not match.
func (n *Node) layout() (runs []run, end int, ok bool) {
	l := layout{text: n.Text, src: n.src.text, at: n.start}
	switch n.Style {
	case Plain:
		ok = l.plain()
	case SingleQuoted:
		ok = l.quoted('\'')
	case DoubleQuoted:
		ok = l.quoted('"')
	case LiteralBlock, FoldedBlock:
		ok = l.block()
	}
	return l.runs, l.at, ok
}

// excerpt returns the text at a byte, up to the end of the line or the length that a hint repeats.
func (s *source) excerpt(at int) []byte {
	return lineOf(s.text[:min(len(s.text), at+1000)], at)
}

// offset returns the offset of a position in this source.
func (s *source) offset(p Pos) int {
	if p.Line < 1 || p.Line > len(s.lines) {
		return len(s.text)
	}
	at := s.lines[p.Line-1]
	for col := 1; col < p.Col && at < len(s.text); col++ {
		_, size := utf8.DecodeRune(s.text[at:])
		at += size
	}
	return at
}

// tag returns the position of n's tag.
func (n *Node) tag() (Pos, bool) {
	if n.src == nil {
		return Pos{}, false
	}
	p, ok := n.src.tags[n]
	return p, ok
}

// flowStyle reports whether a list or a mapping is written in brackets.
func (n *Node) flowStyle() bool {
	return n.src != nil && n.start < len(n.src.text) && (n.src.text[n.start] == '[' || n.src.text[n.start] == '{')
}
