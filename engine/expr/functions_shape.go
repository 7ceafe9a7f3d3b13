package expr

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

var shapeFunctions = []definition{
	{
		theme: "object", name: "set_path", shallow: true, params: []param{one("object", object), one("path", String), one("value", Any)}, returns: object,
		call: func(ev *evaluation, args []any) (any, error) {
			return ev.setPath(args[0], args[1].(string), 0, args[2])
		},
		summary: "The object with the value at a path of names joined by dots, and numbers for the elements of a list. Objects that the path needs and that " +
			"are missing are made.",
		example: `set_path({profile: {city: "Rome"}}, "profile.title", "Dr")`, result: `{"profile":{"city":"Rome","title":"Dr"}}`,
	},
	{
		theme: "object", name: "without_empty", params: []param{one("object", object)}, returns: object,
		call: func(ev *evaluation, args []any) (any, error) {
			return ev.withoutEmpty(args[0])
		},
		summary: "The object without the fields that are nil, empty strings, empty lists or empty objects, at any depth. The elements of lists stay.",
		example: `without_empty({a: 1, b: "", c: {d: nil}, e: [""]})`, result: `{"a":1,"e":[""]}`,
	},
	{
		theme: "object", name: "diff", params: []param{one("old", object), one("new", object)},
		returns: MapOf(ObjectOf(map[string]Type{"old": Any, "new": Any}, false)), call: diff,
		summary: "The fields that differ, each with its old and its new value; nil is a field that is missing. Nested objects and lists differ as a whole.",
		example: `diff({city: "Rome", n: 1}, {city: "Oslo", n: 1})`, result: `{"city":{"old":"Rome","new":"Oslo"}}`,
	},
}

// setPath returns a value with another value at a path, from an offset of the path on. It copies what it changes.
func (ev *evaluation) setPath(in any, path string, from int, value any) (any, error) {
	name, rest, more := strings.Cut(path[from:], ".")
	below := func(v any) (any, error) {
		if !more {
			return value, nil
		}
		return ev.setPath(v, path, len(path)-len(rest), value)
	}
	if name == "" {
		return nil, faultf("set_path: the path %q has an empty name", path).at(1)
	}
	switch in := in.(type) {
	case Unknown:
		return in, nil
	case []any:
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= len(in) {
			return nil, faultf("set_path: %q in the path %q must be the number of one of the %d elements", name, path, len(in)).at(1)
		}
		v, err := below(in[i])
		if err != nil {
			return nil, err
		}
		if err := ev.made(elementSize * len(in)); err != nil {
			return nil, err
		}
		list := append([]any{}, in...)
		list[i] = v
		return list, nil
	case map[string]any, nil:
		object, _ := in.(map[string]any)
		v, err := below(object[name])
		if err != nil {
			return nil, err
		}
		out := make(map[string]any, len(object)+1)
		if err := cmp.Or(ev.made(elementSize*(len(object)+1)+len(name)), ev.copyTo(out, object)); err != nil {
			return nil, err
		}
		out[name] = v
		return out, nil
	}
	return nil, mustBe(fmt.Sprintf("%q in the path of set_path", strings.TrimSuffix(path[:from], ".")), "object or list", kindWord(in)).at(0)
}

// withoutEmpty returns a value whose objects have no empty fields.
func (ev *evaluation) withoutEmpty(v any) (any, error) {
	switch v := v.(type) {
	case []any:
		if err := ev.made(elementSize * len(v)); err != nil {
			return nil, err
		}
		list := make([]any, len(v))
		for i, e := range v {
			var err error
			if list[i], err = ev.withoutEmpty(e); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		if err := ev.made(elementSize * len(v)); err != nil {
			return nil, err
		}
		names, err := ev.names(v)
		if err != nil {
			return nil, err
		}
		out := map[string]any{}
		for _, name := range names {
			field, err := ev.withoutEmpty(v[name])
			if err != nil {
				return nil, err
			}
			if !isEmptyValue(field) {
				out[name] = field
			}
		}
		return out, nil
	}
	return v, nil
}

// isEmptyValue reports whether a known value is nil, or a string, a list or an object with nothing in it.
func isEmptyValue(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// isEmpty implements empty. The fields of an object that are unknown may be missing.
func isEmpty(ev *evaluation, args []any) (any, error) {
	object, ok := args[0].(map[string]any)
	if !ok || !ev.scope.Dry {
		return isEmptyValue(args[0]), nil
	}
	names, err := ev.names(object)
	if err != nil {
		return nil, err
	}
	var unknown any
	for _, name := range names {
		u, ok := object[name].(Unknown)
		if !ok {
			return false, nil
		}
		if unknown == nil {
			unknown = u
		}
	}
	if unknown != nil {
		return unknown, nil
	}
	return true, nil
}

// diff implements diff. run excludes Unknowns.
func diff(ev *evaluation, args []any) (any, error) {
	before, after := args[0].(map[string]any), args[1].(map[string]any)
	both := make(map[string]any, len(before)+len(after))
	if err := cmp.Or(ev.made(elementSize*(len(before)+len(after))), ev.copyTo(both, before), ev.copyTo(both, after)); err != nil {
		return nil, err
	}
	names, err := ev.names(both)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for _, name := range names {
		same, err := equal(ev, before[name], after[name])
		if err != nil {
			return nil, err
		}
		if same == yes {
			continue
		}
		if err := ev.made(4 * elementSize); err != nil {
			return nil, err
		}
		out[name] = map[string]any{"old": before[name], "new": after[name]}
	}
	return out, nil
}
