package card

import (
	"reflect"
	"slices"
	"time"
)

// Left is what a write left in the state that its card's Before reads, so that it can be seen later whether somebody else changed that since.
// The zero Left left nothing.
type Left struct {
	Gone   bool // the thing was removed
	Fields []Difference
	// Known reports that the state before the write was known: Old in Fields is what was there then, and Missing whether nothing was.
	Known, Missing bool
	// Unseen names what the write changed that nobody can read or predict: see Predicted.
	Unseen []string
}

// Left returns what a write left, given its input and the state before it, which may be the zero State. ok is false if nobody can know it.
func (c Card) Left(in Value, before State) (l Left, ok bool) {
	if c.write.before == nil || c.write.after == nil {
		return l, false
	}
	after, err := c.write.after(in, before)
	if err != nil {
		return l, false
	}
	return Left{
		Gone: after.Gone, Fields: Predicted{Fields: after.Fields}.Differences(before), Known: !before.IsZero(), Missing: before.Missing, Unseen: after.Unseen,
	}, true
}

// Since returns what is different now from what the write left: Old is what it left, New what is there now. For a thing that is there or
// missing against expectation, that is one Difference without a Path, with "there" and "missing".
func (l Left) Since(now State) (all []Difference) {
	const there, missing = "there", "missing"
	switch {
	case l.Gone && !now.Missing:
		return []Difference{{Old: missing, New: there}}
	case l.Gone:
		return nil
	case now.Missing && len(l.Fields) > 0:
		return []Difference{{Old: there, New: missing}}
	}
	for _, d := range l.Fields {
		if is := Field(now.Fields, d.Path); !same(is, d.New) {
			all = append(all, Difference{Path: d.Path, Old: d.New, New: is})
		}
	}
	return all
}

// Expect adds that a newer write of the same thing was taken back, so that what that found there is there again. Call it for the oldest of these
// writes first.
func (l *Left) Expect(newer Left) {
	if !newer.Known || newer.Missing || newer.Gone {
		return
	}
	for _, d := range newer.Fields {
		if !slices.ContainsFunc(l.Fields, func(known Difference) bool { return within(known.Path, d.Path) || within(d.Path, known.Path) }) {
			l.Fields = append(slices.Clip(l.Fields), Difference{Path: d.Path, New: d.Old})
		}
	}
}

// MovedSince returns a field that the write set and that somebody has changed after a time, and when, although the value is as the write left it, such as
// the status of a user who was suspended again. ok is false if there is none, if nobody knows, or for the zero time, which means that it is not known.
func (l Left) MovedSince(now State, after time.Time) (field string, at time.Time, ok bool) {
	if after.IsZero() {
		return "", at, false
	}
	for _, d := range l.Fields {
		if at := now.Moved[d.Path[0]]; at.After(after.Add(movedTolerance)) {
			return d.Path[0], at, true
		}
	}
	return "", at, false
}

// movedTolerance is how far the time of a change may be after that of the answer to it: that is in whole seconds, and from another server of the service.
const movedTolerance = 2 * time.Second

// within reports whether a path is that of a field of, or the same as, another one.
func within(path, of []string) bool {
	return len(path) >= len(of) && slices.Equal(path[:len(of)], of)
}

// Reverted reports whether the state is already as it was before the write, as far as that is known.
func (l Left) Reverted(now State) bool {
	if !l.Known || l.Missing != now.Missing {
		return false
	}
	for _, d := range l.Fields {
		if !l.Missing && !same(Field(now.Fields, d.Path), d.Old) {
			return false
		}
	}
	return !l.Gone
}

// Field returns the value at a path of an object; nil if there is none.
func Field(fields map[string]Value, path []string) Value {
	var at Value = fields
	for _, name := range path {
		object, _ := at.(map[string]any)
		at = object[name]
	}
	return at
}

// same reports whether two values are equal. An empty list is as good as none: services leave it out.
func same(a, b Value) bool {
	if isEmpty(a) && isEmpty(b) {
		return true
	}
	return reflect.DeepEqual(a, b)
}

func isEmpty(v Value) bool {
	list, isList := v.([]any)
	return v == nil || isList && len(list) == 0
}
