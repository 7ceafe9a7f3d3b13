package expr

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

var listFunctions = []definition{
	{
		theme: "list", name: "len", light: true, shallow: true, params: []param{one("value", Type{set: kList | kString | kObject})}, returns: Int, infer: lenType,
		call: func(ev *evaluation, args []any) (any, error) {
			switch v := args[0].(type) {
			case string:
				return utf8.RuneCountInString(v), ev.spend(len(v))
			case []any:
				return len(v), nil
			}
			object := args[0].(map[string]any)
			if ev.scope.Dry {
				names, err := ev.names(object)
				if err != nil {
					return nil, err
				}
				for _, name := range names {
					if u, ok := object[name].(Unknown); ok {
						return u, nil // the field may be missing
					}
				}
			}
			return len(object), nil
		},
		summary: "The number of elements of a list, of fields of an object, or of characters of a string.",
		example: `len([1, 2, 3])`, result: `3`,
	},
	{
		theme: "list", name: "first", light: true, shallow: true, params: []param{one("list", anyList)}, returns: Any, infer: elementOrNil,
		call: func(_ *evaluation, args []any) (any, error) {
			if list := args[0].([]any); len(list) > 0 {
				return list[0], nil
			}
			return nil, nil
		},
		summary: "The first element, or nil.",
		example: `first(["a", "b"])`, result: `"a"`,
	},
	{
		theme: "list", name: "last", light: true, shallow: true, params: []param{one("list", anyList)}, returns: Any, infer: elementOrNil,
		call: func(_ *evaluation, args []any) (any, error) {
			if list := args[0].([]any); len(list) > 0 {
				return list[len(list)-1], nil
			}
			return nil, nil
		},
		summary: "The last element, or nil.",
		example: `last(["a", "b"])`, result: `"b"`,
	},
	{
		theme: "list", name: "take", light: true, shallow: true, params: []param{one("list", anyList), one("n", Int)}, returns: anyList, infer: sameList,
		call: func(_ *evaluation, args []any) (any, error) {
			list, n := args[0].([]any), args[1].(int)
			if n < 0 {
				return nil, faultf("take: the number of elements must be at least 0, not %d", n).at(1)
			}
			n = min(n, len(list))
			return list[:n:n], nil
		},
		summary: "The first n elements, or all if there are fewer. list[n:] is the rest.",
		example: `take(["a", "b", "c"], 2)`, result: `["a","b"]`,
	},
	{
		theme: "list", name: "concat", shallow: true, params: []param{one("list", anyList), repeated("lists", anyList)}, returns: anyList,
		infer: func(_ *checker, args []operand) Type {
			elem := nothing
			for _, a := range args {
				elem = elem.Or(listElem(a.typ))
			}
			return ListOf(elem)
		},
		call: func(ev *evaluation, args []any) (any, error) {
			n := 0
			for _, a := range args {
				n += len(a.([]any))
			}
			if err := ev.made(elementSize * n); err != nil {
				return nil, err
			}
			out := make([]any, 0, n)
			for _, a := range args {
				out = append(out, a.([]any)...)
			}
			return out, nil
		},
		summary: "The elements of all lists, one list after the other.",
		example: `concat([1], [2, 3])`, result: `[1,2,3]`,
	},
	{
		theme: "list", name: "flatten", params: []param{one("list", anyList)}, returns: anyList,
		infer: func(_ *checker, args []operand) Type {
			elem := listElem(args[0].typ)
			for elem.kinds() == kList {
				elem = listElem(elem)
			}
			if elem.may(kList) && elem.kinds() != kNothing {
				return anyList
			}
			return ListOf(elem)
		},
		call: func(ev *evaluation, args []any) (any, error) {
			out, err := flatten(ev, []any{}, args[0].([]any))
			return out, err
		},
		summary: "The elements, with every list among them replaced by its elements, at any depth.",
		example: `flatten([1, [2, [3]]])`, result: `[1,2,3]`,
	},
	{
		theme: "list", name: "reverse", shallow: true, params: []param{one("list", anyList)}, returns: anyList, infer: sameList,
		call: func(ev *evaluation, args []any) (any, error) {
			if err := ev.made(elementSize * len(args[0].([]any))); err != nil {
				return nil, err
			}
			list := slices.Clone(args[0].([]any))
			slices.Reverse(list)
			return list, nil
		},
		summary: "The elements from the last to the first.",
		example: `reverse([1, 2, 3])`, result: `[3,2,1]`,
	},
	{
		theme: "list", name: "uniq", params: []param{one("list", anyList)}, returns: anyList, infer: sameList, call: uniq,
		summary: "The elements without duplicates.",
		example: `uniq(["a", "b", "a"])`, result: `["a","b"]`,
	},
	{
		theme: "list", name: "sort", params: []param{one("list", anyList), optional("order", String)}, returns: anyList, infer: sameList,
		call: func(ev *evaluation, args []any) (any, error) {
			list := args[0].([]any)
			order := any("asc")
			if len(args) > 1 {
				order = args[1]
			}
			return sortBy(ev, list, list, order)
		},
		summary: "The elements in order, \"asc\" by default, or \"desc\". They must be of one kind: numbers, strings, times or durations.",
		example: `sort([3, 1, 2], "desc")`, result: `[3,2,1]`,
	},
	{
		theme: "list", name: "pluck", shallow: true, params: []param{one("list", anyList), one("path", String)}, returns: anyList,
		infer: func(c *checker, args []operand) Type { return ListOf(c.pathType(listElem(args[0].typ), args, 1)) },
		call: func(ev *evaluation, args []any) (any, error) {
			list := args[0].([]any)
			if err := ev.made(elementSize * len(list)); err != nil {
				return nil, err
			}
			out := make([]any, len(list))
			for i, e := range list {
				var err error
				if out[i], err = ev.lookUp(e, args[1].(string)); err != nil {
					return nil, err
				}
			}
			return out, nil
		},
		summary: "The value at the path in every element; nil if there is none. A path that no element can have is a problem.",
		example: `pluck([{p: {id: 1}}, {p: {id: 2}}], "p.id")`, result: `[1,2]`,
	},
	{
		theme: "list", name: "index_by", params: []param{one("list", anyList), one("path", String)}, returns: object,
		infer: func(c *checker, args []operand) Type {
			elem := listElem(args[0].typ)
			c.pathType(elem, args, 1)
			return MapOf(elem)
		},
		call: func(ev *evaluation, args []any) (any, error) {
			out := map[string]any{}
			return out, byKey(ev, "index_by", args, func(key string, e any) { out[key] = e })
		},
		summary: "An object of the elements, by the value at the path in each, as a string. If two have the same, the later one wins.",
		example: `index_by([{id: "a", n: 1}, {id: "b", n: 2}], "id").b.n`, result: `2`,
	},
	{
		theme: "list", name: "group_by", params: []param{one("list", anyList), one("path", String)}, returns: MapOf(anyList),
		infer: func(c *checker, args []operand) Type {
			elem := listElem(args[0].typ)
			c.pathType(elem, args, 1)
			return MapOf(ListOf(elem))
		},
		call: func(ev *evaluation, args []any) (any, error) {
			out := map[string]any{}
			return out, byKey(ev, "group_by", args, func(key string, e any) {
				group, _ := out[key].([]any)
				out[key] = append(group, e)
			})
		},
		summary: "An object of lists of the elements, by the value at the path in each, as a string.",
		example: `keys(group_by([{d: "it", n: 1}, {d: "hr", n: 2}, {d: "it", n: 3}], "d"))`, result: `["hr","it"]`,
	},
	{
		theme: "list", name: "count_by", params: []param{one("list", anyList), optional("path", String)}, returns: MapOf(Int),
		infer: func(c *checker, args []operand) Type {
			if len(args) > 1 {
				c.pathType(listElem(args[0].typ), args, 1)
			}
			return MapOf(Int)
		},
		call: func(ev *evaluation, args []any) (any, error) {
			out := map[string]any{}
			return out, byKey(ev, "count_by", args, func(key string, _ any) {
				n, _ := out[key].(int)
				out[key] = n + 1
			})
		},
		summary: "An object of how many elements have each value at the path, as a string; without a path, of how often each element is in the list.",
		example: `count_by([{d: "it"}, {d: "hr"}, {d: "it"}], "d")`, result: `{"hr":1,"it":2}`,
	},
	{
		theme: "list", name: "chunk", shallow: true, params: []param{one("list", anyList), one("n", Int)}, returns: ListOf(anyList),
		infer: func(_ *checker, args []operand) Type { return ListOf(ListOf(listElem(args[0].typ))) },
		call: func(ev *evaluation, args []any) (any, error) {
			list, n := args[0].([]any), args[1].(int)
			if n < 1 {
				return nil, faultf("chunk: the number of elements must be at least 1, not %d", n).at(1)
			}
			if err := ev.made(elementSize * (2*(len(list)/n) + 1)); err != nil {
				return nil, err
			}
			out := []any{}
			for part := range slices.Chunk(list, n) {
				out = append(out, part)
			}
			return out, nil
		},
		summary: "Lists of n elements each, in order; the last one has the rest.",
		example: `chunk([1, 2, 3, 4, 5], 2)`, result: `[[1,2],[3,4],[5]]`,
	},
}

// listElem returns the type of a list's elements; "nothing" for an empty list.
func listElem(t Type) Type {
	if t.elem == nil {
		return Any
	}
	return *t.elem
}

func elementOrNil(_ *checker, args []operand) Type { return listElem(args[0].typ).OrNil() }

func sameList(_ *checker, args []operand) Type { return ListOf(listElem(args[0].typ)) }

func flatten(ev *evaluation, out, list []any) ([]any, error) {
	if err := ev.made(elementSize * len(list)); err != nil {
		return nil, err
	}
	for _, e := range list {
		inner, ok := e.([]any)
		if !ok {
			out = append(out, e)
			continue
		}
		var err error
		if out, err = flatten(ev, out, inner); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// uniq finds duplicates by their identity.
func uniq(ev *evaluation, args []any) (any, error) {
	out, seen := []any{}, map[string]bool{}
	for _, e := range args[0].([]any) { // run excludes Unknowns
		id, err := identity(ev, e)
		if err != nil {
			return nil, err
		}
		if !seen[id] {
			seen[id] = true
			out = append(out, e)
		}
	}
	return out, ev.made(elementSize * len(out))
}

// byKey calls each with every element and, as a string, the value at a path in it or, without a path, the element.
func byKey(ev *evaluation, name string, args []any, each func(key string, e any)) error {
	list, path := args[0].([]any), ""
	if len(args) > 1 {
		path = args[1].(string)
	}
	if err := ev.made(elementSize * len(list)); err != nil {
		return err
	}
	for i, e := range list {
		v, what, value := e, fmt.Sprintf("element %d of %s", i, name), "#"
		if path != "" {
			what, value = fmt.Sprintf("%q in %s", path, what), "."+path
			var err error
			if v, err = ev.lookUp(e, path); err != nil {
				return err
			}
		}
		key, ok := scalarText(v)
		if !ok {
			wrong := mustBe(what, "string", kindWord(v)).at(0)
			if v == nil {
				wrong.hint = fmt.Sprintf("leave such elements out: filter(list, %s != nil)", value)
			}
			return wrong
		}
		if err := ev.spend(len(key)); err != nil {
			return err
		}
		each(key, e)
	}
	return nil
}

// lenType reports the len of an object that has known fields and a list: the length of the list was meant.
func lenType(c *checker, args []operand) Type {
	if list := args[0].listIn(); list != "" {
		c.fail(faultf("len of %s counts the fields of an object", args[0].name).
			withHint("the length of its list is len(" + list + ")").placed(args[0].at))
	}
	return Int
}
