package flow

import (
	"errors"
	"slices"
)

// Format gives a file of flows the one layout, without changing what it means:
//
//   - Two spaces for each level, list items indented below their key; a list or a mapping in brackets stays so if it is
//     on one line, and else gets a line for each part.
//   - The keys of the language in the order of its table: a flow's name first and its steps last; a step's id, its name,
//     its verb, its guard (before the verb where that holds a list or a mapping), the verb's keys, and steps inside of it
//     last. Names that are the author's own (inputs, with, schemas) keep their order, and so does all of a document with
//     an alias, whose anchor has to be before it.
//   - At most one blank line between things, none after a key, no white space at the ends of lines, one line break at
//     the end of the file. One space before a comment next to something.
//   - Comments stay with the key that they are above or next to; those above the first key of a step or a file stay
//     above that step or file. Quotes, line breaks within texts, and numbers stay as they are written.
//
// What is formatted already comes back as it is. The error is Problems, whose places have no file, if the source is no
// YAML or YAML that flowdeck does not read; the language itself is not asked. Whatever cannot be laid out without a
// change of meaning, or the loss of a comment, is another error.
func Format(source []byte) ([]byte, error) {
	src := newSource("", source)
	before, err := readable(src)
	if err != nil {
		return nil, err
	}
	docs, comments, err := readPieces(src)
	if err != nil {
		return nil, err
	}
	for _, d := range docs {
		if d.root != nil && !d.root.aliased() {
			ordered(d.root)
		}
	}
	text := laidOut(docs)
	out := newSource("", text)
	after, err := readable(out)
	if err != nil || !slices.EqualFunc(before, after, sameMeaning) {
		return nil, errChanged
	}
	_, kept, err := readPieces(out)
	slices.Sort(comments)
	slices.Sort(kept)
	if err != nil || !slices.Equal(comments, kept) {
		return nil, errChanged
	}
	return text, nil
}

var errChanged = errors.New("this file cannot be laid out without a change of its meaning")

// readable reads the documents of a source that YAML reads as they were meant.
func readable(src *source) ([]*Node, error) {
	var ps Problems
	roots := documents(src, &ps)
	ps = slices.DeleteFunc(ps, func(p Problem) bool { return p.Code == CodeBadNumber || p.Code == CodeKeyExpression })
	ps.settle()
	return roots, ps.Err()
}

// sameMeaning reports whether two values are the same, but for the order of keys.
func sameMeaning(a, b *Node) bool {
	switch {
	case a.Kind != b.Kind:
		return false
	case a.Kind == List:
		return slices.EqualFunc(a.Items, b.Items, sameMeaning)
	case a.Kind == Mapping:
		if len(a.Fields) != len(b.Fields) {
			return false
		}
		values := make(map[string]*Node, len(b.Fields))
		for _, f := range b.Fields {
			values[f.Key.Text] = f.Value
		}
		return !slices.ContainsFunc(a.Fields, func(f Field) bool {
			other := values[f.Key.Text]
			return other == nil || !sameMeaning(f.Value, other)
		})
	case a.IsNull():
		return b.IsNull()
	}
	return a.Text == b.Text && a.Style == b.Style
}

// aliased reports whether there is an alias in a piece.
func (v *piece) aliased() bool {
	return v.alias || slices.ContainsFunc(v.parts, func(e *part) bool { return e.key != nil && e.key.alias || e.value.aliased() })
}
