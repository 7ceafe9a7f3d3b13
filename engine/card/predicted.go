package card

import (
	"bytes"
	"maps"
	"slices"
)

// Predicted is what a call makes of the state that its card's Before reads, as far as it follows from the input and that state. It has no
// secrets. The zero Predicted changes nothing.
type Predicted struct {
	Gone bool `json:"gone,omitempty"` // the thing does not exist any more
	// Fields are the fields that the call sets, with nil for those that it clears. An object here changes only the fields that it names, at
	// any depth; a list is the whole new one. What only the service can know, such as a new id, is left out.
	Fields map[string]Value `json:"fields,omitempty"`
	// Unseen names what the call changes that Before cannot read, such as "password", for people.
	Unseen []string `json:"unseen,omitempty"`
	// Refused is why the service refuses the call in this state; empty if it does not, or nobody knows. The other fields are then what was asked for.
	Refused string `json:"refused,omitempty"`
}

// Difference is a field whose value a call changes.
type Difference struct {
	Path []string // from the outermost field: {"profile", "department"}
	Old  Value    // nil: the field has no value
	New  Value    // nil: it is cleared
}

// Differences returns what a call changes, sorted by path. If the thing does not exist before the call, each field is new; if
// it is gone, each field before is lost. It leaves out Unseen.
func (p Predicted) Differences(before State) []Difference {
	var all []Difference
	if p.Gone {
		if !before.Missing {
			all = lost(all, nil, before.Fields)
		}
		return all
	}
	fields := before.Fields
	if before.Missing {
		fields = nil
	}
	return differing(all, nil, fields, p.Fields)
}

// Changes reports whether the call changes anything: what Before reads, what exists, or what is Unseen.
func (p Predicted) Changes(before State) bool {
	return len(p.Unseen) > 0 || p.Gone && !before.Missing || !p.Gone && before.Missing && len(p.Fields) > 0 || len(p.Differences(before)) > 0
}

// Over returns the state after the call. It shares no map with before.
func (p Predicted) Over(before State) State {
	switch {
	case p.Gone:
		return State{Missing: true, Names: maps.Clone(before.Names)}
	case before.Missing && len(p.Fields) == 0:
		return State{Missing: true, Names: maps.Clone(before.Names)}
	}
	moved := maps.Clone(before.Moved)
	for field := range p.Fields {
		delete(moved, field)
	}
	return State{Names: maps.Clone(before.Names), Fields: merged(before.Fields, p.Fields), Moved: moved}
}

// differing appends the fields that set changes in old. Both are objects; old may be nil.
func differing(all []Difference, path []string, old, set map[string]Value) []Difference {
	for _, name := range slices.Sorted(maps.Keys(set)) {
		at := append(slices.Clip(path), name)
		inner, isObject := set[name].(map[string]any)
		was, wasObject := old[name].(map[string]any)
		switch {
		case isObject && (wasObject || old[name] == nil):
			all = differing(all, at, was, inner)
		case !Same(old[name], set[name]):
			all = append(all, Difference{Path: at, Old: old[name], New: set[name]})
		}
	}
	return all
}

// lost appends the fields of old that are lost.
func lost(all []Difference, path []string, old map[string]Value) []Difference {
	for _, name := range slices.Sorted(maps.Keys(old)) {
		at := append(slices.Clip(path), name)
		if inner, isObject := old[name].(map[string]any); isObject {
			all = lost(all, at, inner)
		} else if old[name] != nil {
			all = append(all, Difference{Path: at, Old: old[name]})
		}
	}
	return all
}

// merged returns old with the fields of set.
func merged(old, set map[string]Value) map[string]Value {
	all := make(map[string]Value, len(old)+len(set))
	maps.Copy(all, old)
	for name, value := range set {
		inner, isObject := value.(map[string]any)
		was, wasObject := old[name].(map[string]any)
		switch {
		case value == nil:
			delete(all, name)
		case isObject && (wasObject || old[name] == nil):
			all[name] = merged(was, inner)
		default:
			all[name] = value
		}
	}
	return all
}

// Same compares two values as JSON: 1 and 1.0 are equal. Services treat null and missing fields alike, and so does Same.
func Same(a, b Value) bool {
	left, errA := EncodeJSON(withoutNulls(a))
	right, errB := EncodeJSON(withoutNulls(b))
	return errA == nil && errB == nil && bytes.Equal(left, right)
}

// withoutNulls removes the fields that are null from all objects in a value. It keeps the nulls of lists, because
// they have a position.
func withoutNulls(v Value) Value {
	switch v := v.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, field := range v {
			if field != nil {
				kept[name] = withoutNulls(field)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		for i, item := range v {
			kept[i] = withoutNulls(item)
		}
		return kept
	}
	return v
}
