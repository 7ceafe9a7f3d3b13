package card

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// narrowsKeyword marks an input that narrows a list, such as the search of people by name. An input with the keyword
// filter does so too. Services take an empty one for none: a list of everybody.
const narrowsKeyword = "narrows"

// Narrowing returns the paths of the inputs that narrow a list: {"search"}, {"query", "filter"}. A caller that gives one of
// them wants fewer records than all, so its value must not be empty.
func (c Card) Narrowing() [][]string { return c.narrowing }

// Everything describes what a call does whose narrowing inputs are left out.
func (c Card) Everything() string {
	if c.Effect == Reads {
		return "list everything"
	}
	return "change everything"
}

// EmptyNarrowing returns the name of an input that narrows a list and is given, but Empty; false if there is none.
func (c Card) EmptyNarrowing(in map[string]any) (string, bool) {
	for _, path := range c.narrowing {
		around, name := inside(in, path), path[len(path)-1]
		if v, given := around[name]; given && Empty(v) {
			return strings.Join(path, "."), true
		}
		if !c.AnyCase {
			continue
		}
		for _, given := range slices.Sorted(maps.Keys(around)) {
			if strings.EqualFold(given, name) && Empty(around[given]) {
				return strings.Join(append(path[:len(path)-1:len(path)-1], given), "."), true
			}
		}
	}
	return "", false
}

// inside returns the object that has the last field of a path; nil if there is none.
func inside(in map[string]any, path []string) map[string]any {
	for _, name := range path[:len(path)-1] {
		in, _ = in[name].(map[string]any)
	}
	return in
}

// MisspelledNarrowing returns the path of a field that differs from one that narrows a list only in case, such as query.Search, and
// the name that it should have. The service would ignore it. It returns false if there is none, and for a service that may not (AnyCase).
func (c Card) MisspelledNarrowing(in map[string]any) (path, name string, found bool) {
	if c.AnyCase {
		return "", "", false
	}
	for _, known := range c.narrowing {
		for _, given := range slices.Sorted(maps.Keys(inside(in, known))) {
			if name := known[len(known)-1]; Misspells(given, name) {
				return strings.Join(append(known[:len(known)-1:len(known)-1], given), "."), name, true
			}
		}
	}
	return "", "", false
}

// Misspells reports whether a name differs from another one only in case, or in blanks around it.
func Misspells(given, name string) bool {
	return given != name && strings.EqualFold(strings.TrimSpace(given), name)
}

// Empty reports whether a value narrows nothing: nil, a string of blanks, or a list without values or with an empty one.
func Empty(v Value) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case []any:
		return len(v) == 0 || slices.ContainsFunc(v, Empty)
	}
	return false
}

func narrowing(s *jsonschema.Schema, path []string) (all [][]string) {
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		property, at := s.Properties[name], append(path[:len(path):len(path)], name)
		if property.Extra[filterKeyword] == true || property.Extra[narrowsKeyword] == true {
			all = append(all, at)
		}
		all = append(all, narrowing(property, at)...)
	}
	return all
}
