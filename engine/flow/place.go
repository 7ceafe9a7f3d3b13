package flow

import (
	"bytes"
	"sort"
	"unicode/utf8"
)

const byteOrderMark = "\uFEFF"

// A source is the text of one file, without a byte order mark, and where its lines start.
type source struct {
	name    string
	text    []byte
	lines   []int         // byte offset of the first character of each line
	chunks  []chunk       // the documents; none before they are read
	tags    map[*Node]Pos // where the tag of a node is, for those that have one
	blanked map[int]bool  // lines with a value that was hidden from yaml.v3, because it is already reported
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

// pos is the place of a byte. Offsets outside the text are moved to its ends.
func (s *source) pos(offset int) Pos {
	offset = min(max(offset, 0), len(s.text))
	line := sort.SearchInts(s.lines, offset+1)
	return Pos{File: s.name, Line: line, Col: 1 + utf8.RuneCount(s.text[s.lines[line-1]:offset])}
}

// document is the text of the document that a byte belongs to.
func (s *source) document(offset int) []byte {
	i := sort.Search(len(s.chunks), func(i int) bool { return s.chunks[i].end > offset })
	if i == len(s.chunks) {
		return nil
	}
	return s.text[s.chunks[i].start:s.chunks[i].end]
}

// A cursor goes through a source and knows each place by yaml.v3's count as well, which takes a lone CR, NEL, LS and PS
// for line breaks where an editor does not. It makes the whole walk linear even when a file is one long line.
type cursor struct {
	src          *source
	origin       int // the byte that yaml.v3 was given first
	offset       int
	yLine, yCol  int // yaml.v3's, 1-based
	line, column int // ours, 1-based
}

func (s *source) cursor(origin int) cursor {
	p := s.pos(origin)
	return cursor{src: s, origin: origin, offset: origin, yLine: 1, yCol: 1, line: p.Line, column: p.Col}
}

// seek goes to a place by yaml.v3's count.
func (c *cursor) seek(line, col int) {
	if line < c.yLine || line == c.yLine && col < c.yCol {
		*c = c.src.cursor(c.origin)
	}
	for c.offset < len(c.src.text) && (c.yLine < line || c.yLine == line && c.yCol < col) {
		c.step()
	}
}

// advance goes forward to a byte.
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

// At is the place in the source of a byte of Text. It is exact for every style of scalar; where the source cannot be
// followed (a Node that was made by hand) it is the place of the scalar.
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

// A run is a stretch of Text that is in the source byte for byte. What is between two runs (a folded line break, an
// escape) belongs to the end of the first.
type run struct{ text, source, length int }

// layout follows Text through the source. end is the byte after the scalar. It is false when they do not agree.
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

// excerpt is the text at a byte, to the end of the line or as much as a hint would repeat.
func (s *source) excerpt(at int) []byte {
	return lineOf(s.text[:min(len(s.text), at+1000)], at)
}

// offset is the byte at a place of this source.
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

// tag is the place of the tag in front of n.
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
