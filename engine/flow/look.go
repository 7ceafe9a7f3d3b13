package flow

import (
	"strings"
	"unicode/utf8"
)

// A Look is how a terminal shows problems. The zero Look is plain text in lines of any length.
type Look struct {
	Width int                                               // the length of a line; 0: any
	Wrap  func(text string, width int) []string             // splits a text at words; needed with Width
	Style func(part Part, warning bool, text string) string // nil: plain
}

// A Part is a part of a problem that a Look can highlight.
type Part int

// The parts of a problem. The message itself is plain.
const (
	PartPlace  Part = iota // the position
	PartKind               // the word "warning"
	PartCode               // the code, the number of the source line, and the word "hint"
	PartCarets             // the carets under the source line
)

// leastRoom is the least width of a line that is wrapped, and of a source line.
const leastRoom = 30

// wrapped splits a line that is indented. The next lines start with the spaces that it starts with.
func (l Look) wrapped(text, indent string) []string {
	if l.Width == 0 {
		return []string{text}
	}
	own := text[:len(text)-len(strings.TrimLeft(text, " "))]
	room := max(l.Width-len(indent)-len(own), leastRoom)
	if utf8.RuneCountInString(text) <= room {
		return []string{text}
	}
	parts := l.Wrap(text[len(own):], room)
	for i, part := range parts {
		parts[i] = own + part
	}
	return parts
}

// columns returns the maximum width of a source line.
func (l Look) columns() int {
	if l.Width == 0 {
		return snippetColumns
	}
	return min(snippetColumns, max(l.Width-len("    1 | ……"), leastRoom))
}
