package flow

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// An Edit mends a problem of which it is certain what was meant: it replaces a part of a line by a text of one line.
type Edit struct {
	Pos   Pos
	Width int // number of characters to replace
	Text  string
}

// Renamed returns the edit that replaces a name by the one that was meant, if both are the same but for case, "_" and "-". It returns nil
// for other names.
func (n *Node) Renamed(meant string) *Edit {
	if meant == "" || n.Text == meant || spelled(n.Text) != spelled(meant) {
		return nil
	}
	return n.Replaced(meant)
}

// RenamedKey returns the edit that replaces a key of n by the only one of names that differs from it by case, "_" and "-" alone. It returns
// nil if another key of n is that name, or may be meant by it.
func (n *Node) RenamedKey(key *Node, names []string) *Edit {
	meant := SameName(key.Text, names)
	if meant == "" {
		return nil
	}
	for _, f := range n.Fields {
		if f.Key != key && spelled(f.Key.Text) == spelled(meant) {
			return nil
		}
	}
	return key.Renamed(meant)
}

// spelled returns a name without the differences between the conventions for names.
func spelled(name string) string { return strings.ToLower(conventions.Replace(name)) }

var conventions = strings.NewReplacer("_", "", "-", "")

// SameName returns the only one of names that differs from name by case, "_" and "-" alone; empty if none or several do.
func SameName(name string, names []string) (same string) {
	plain := spelled(name)
	for _, other := range names {
		switch {
		case spelled(other) != plain:
		case same != "":
			return ""
		default:
			same = other
		}
	}
	return same
}

// Replaced returns the edit that replaces a scalar; nil if it is not on one line.
func (n *Node) Replaced(text string) *Edit {
	if n.src == nil || n.end <= n.start {
		return nil
	}
	return n.src.replaced(n.start, n.end, text)
}

// Unwrapped returns the edit that removes ${ and } around an expression; nil if the scalar is anything else than one ${ }.
func (n *Node) Unwrapped() *Edit {
	inner, ok := unwrapped(n.Text)
	if _, tool := ourBraces(n.Text, true); !ok || tool != "" {
		return nil
	}
	if n.Style != Plain || !startsWithLetter(inner) {
		inner = yamlQuoted(inner)
	}
	return n.Replaced(inner)
}

func startsWithLetter(text string) bool {
	return text != "" && strings.IndexByte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", text[0]) >= 0
}

// replaced returns the edit that replaces a part of the source; nil if it is not on one line, or the text is not.
func (s *source) replaced(start, end int, text string) *Edit {
	was := s.text[start:end]
	if bytes.ContainsAny(was, "\r\n") || strings.ContainsAny(text, "\r\n") {
		return nil
	}
	return &Edit{Pos: s.pos(start), Width: utf8.RuneCount(was), Text: text}
}

// inQuotes returns the edit that writes the rest of a line in quotes; nil if a comment may be a part of it.
func (s *source) inQuotes(start int, text string) *Edit {
	if strings.Contains(text, " #") {
		return nil
	}
	return s.replaced(start, start+len(text), yamlQuoted(text))
}

// Edited returns the text of a file with the edits, and how many of them were made. Of edits that overlap, only the first is made.
func Edited(text []byte, edits []Edit) (edited []byte, made int) {
	src := newSource("", text)
	slices.SortStableFunc(edits, func(a, b Edit) int {
		switch {
		case a.Pos.before(b.Pos):
			return -1
		case b.Pos.before(a.Pos):
			return 1
		}
		return 0
	})
	edited = append(edited, text[:len(text)-len(src.text)]...) // a byte order mark
	at := 0
	for _, e := range edits {
		start := src.offset(e.Pos)
		end := src.offset(Pos{Line: e.Pos.Line, Col: e.Pos.Col + e.Width})
		if start < at || end > len(src.text) {
			continue
		}
		edited = append(append(edited, src.text[at:start]...), e.Text...)
		at, made = end, made+1
	}
	return append(edited, src.text[at:]...), made
}

// Fixes returns the edits of the problems in a file.
func (ps Problems) Fixes(file string) (edits []Edit) {
	for _, p := range ps {
		if p.Fix != nil && p.Pos.File == file {
			edits = append(edits, *p.Fix)
		}
	}
	return edits
}
