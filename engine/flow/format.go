package flow

import (
	"errors"
	"slices"
)

// Format formats a file of flows without changing its meaning:
//
//   - Two spaces for each level, list items indented below their key. A list or mapping in brackets stays on its line if
//     it is on one line; otherwise each part gets a line.
//   - The keys of the language are in the order of its table: a flow's name first and its steps last; in a step the id,
//     the name, the verb, the guard (before the verb if the verb's value is a list or mapping), the verb's keys, and
//     nested steps last. Names chosen by the author (inputs, with, schemas) keep their order. A document with an alias
//     keeps the order of all keys, since an anchor must precede its aliases.
//   - At most one blank line in a row, none after a key, no white space at the ends of lines, one line break at the end
//     of the file. One space before a comment at the end of a line.
//   - Comments stay with the key above or next to which they are written. Comments above the first key of a step or a
//     file stay above that step or file. Quotes, line breaks within texts, and numbers do not change.
//
// A formatted file does not change. The error is Problems, without file names, if the source is not YAML or is YAML
// that flowdeck does not read; problems of the language are ignored. Another error reports a part that cannot be
// formatted without changing its meaning or losing a comment.
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

// readable parses the documents of a source. It returns an error if YAML may read them differently than they were
// meant.
func readable(src *source) ([]*Node, error) {
	var ps Problems
	roots := documents(src, &ps)
	ps = slices.DeleteFunc(ps, func(p Problem) bool { return p.Code == CodeBadNumber || p.Code == CodeKeyExpression })
	ps.settle()
	return roots, ps.Err()
}

// sameMeaning reports whether two values are equal, ignoring the order of keys.
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

// aliased reports whether a piece contains an alias.
func (v *piece) aliased() bool {
	return v.alias || slices.ContainsFunc(v.parts, func(e *part) bool { return e.key != nil && e.key.alias || e.value.aliased() })
}
