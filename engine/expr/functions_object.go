package expr

import (
	"cmp"
	"fmt"
)

var objectFunctions = []definition{
	{
		theme: "object", name: "path", light: true, shallow: true, params: []param{one("value", Any), one("name", String), repeated("names", String)}, returns: Any,
		call: func(ev *evaluation, args []any) (v any, err error) {
			v = args[0]
			for _, name := range args[1:] {
				if v, err = ev.lookUp(v, name.(string)); err != nil {
					return nil, err
				}
			}
			return v, nil
		},
		summary: "The value at the path in a value, or nil, whatever its schema lists: names joined by dots, and numbers for the elements " +
			"of a list. A name that contains dots is found if it is an argument of its own, or the whole rest of the path.",
		example: `path({emails: [{value: "ann@acme.com"}]}, "emails.0.value")`, result: `"ann@acme.com"`,
	},
	{
		theme: "object", name: "keys", params: []param{one("object", object)}, returns: ListOf(String),
		call: func(ev *evaluation, args []any) (any, error) {
			o := args[0].(map[string]any)
			if err := ev.made(elementSize * len(o)); err != nil {
				return nil, err
			}
			names, err := ev.names(o)
			return stringList(names), err
		},
		summary: "The names of the fields, sorted.",
		example: `keys({b: 1, a: 2})`, result: `["a","b"]`,
	},
	{
		theme: "object", name: "values", params: []param{one("object", object)}, returns: anyList,
		infer: func(_ *checker, args []operand) Type { return ListOf(valueType(args[0].typ)) },
		call: func(ev *evaluation, args []any) (any, error) {
			o := args[0].(map[string]any)
			if err := ev.made(elementSize * len(o)); err != nil {
				return nil, err
			}
			return ev.walked(o, func(name string, v any) any { return v })
		},
		summary: "The values of the fields, in the order of their names.",
		example: `values({b: 1, a: 2})`, result: `[2,1]`,
	},
	{
		theme: "object", name: "toPairs", params: []param{one("object", object)}, returns: ListOf(anyList),
		call: func(ev *evaluation, args []any) (any, error) {
			o := args[0].(map[string]any)
			if err := ev.made(4 * elementSize * len(o)); err != nil {
				return nil, err
			}
			return ev.walked(o, func(name string, v any) any { return []any{name, v} })
		},
		summary: "A list of [name, value], in the order of the names.",
		example: `toPairs({b: 1, a: 2})`, result: `[["a",2],["b",1]]`,
	},
	{
		theme: "object", name: "fromPairs", params: []param{one("pairs", ListOf(anyList))}, returns: object,
		call: func(ev *evaluation, args []any) (any, error) {
			o := map[string]any{}
			for i, e := range args[0].([]any) {
				pair, ok := e.([]any)
				if !ok || len(pair) != 2 {
					return nil, faultf("element %d of fromPairs must be a list [name, value]", i).at(0)
				}
				name, ok := pair[0].(string)
				if !ok {
					return nil, mustBe(fmt.Sprintf("the name in element %d of fromPairs", i), "string", kindWord(pair[0])).at(0)
				}
				if err := cmp.Or(ev.made(elementSize), ev.spend(len(name))); err != nil {
					return nil, err
				}
				o[name] = pair[1]
			}
			return o, nil
		},
		summary: "An object from a list of [name, value]. If two have the same name, the later one wins.",
		example: `fromPairs([["a", 1], ["b", 2]])`, result: `{"a":1,"b":2}`,
	},
	{
		theme: "object", name: "pick", light: true, shallow: true, params: []param{one("object", object), one("name", String), repeated("names", String)}, returns: object,
		infer: func(c *checker, args []operand) Type {
			fields := map[string]Type{}
			for i := range args[1:] {
				if args[i+1].text == nil {
					return object
				}
				fields[*args[i+1].text] = c.fieldType(args[0].typ, args, i+1)
			}
			return ObjectOf(fields, false)
		},
		call: func(ev *evaluation, args []any) (any, error) {
			if err := ev.read(args[1:]...); err != nil {
				return nil, err
			}
			o, out := args[0].(map[string]any), map[string]any{}
			for _, name := range args[1:] {
				if v, ok := o[name.(string)]; ok {
					out[name.(string)] = v
				}
			}
			return out, nil
		},
		summary: "An object with only these fields, as far as they exist. A name that the object cannot have is a problem.",
		example: `pick({a: 1, b: 2, c: 3}, "a", "c")`, result: `{"a":1,"c":3}`,
	},
	{
		theme: "object", name: "omit", shallow: true, params: []param{one("object", object), one("name", String), repeated("names", String)}, returns: object,
		infer: func(c *checker, args []operand) Type {
			t := args[0].typ
			if t.shape == nil {
				return object
			}
			rest := *t.shape
			for i := range args[1:] {
				if args[i+1].text == nil {
					return object
				}
				c.fieldType(t, args, i+1)
				rest.fields = rest.fields.without(*args[i+1].text)
			}
			return Type{set: kObject, shape: &rest}
		},
		call: func(ev *evaluation, args []any) (any, error) {
			o := args[0].(map[string]any)
			if err := ev.made(elementSize * len(o)); err != nil {
				return nil, err
			}
			out := make(map[string]any, len(o))
			if err := ev.copyTo(out, o); err != nil {
				return nil, err
			}
			for _, name := range args[1:] {
				delete(out, name.(string))
			}
			return out, nil
		},
		summary: "An object without these fields. A name that the object cannot have is a problem.",
		example: `omit({a: 1, b: 2}, "b")`, result: `{"a":1}`,
	},
	{
		theme: "object", name: "merge", shallow: true, params: []param{one("object", object), repeated("objects", object)}, returns: object,
		infer: func(_ *checker, args []operand) Type {
			t := args[0].typ
			for _, a := range args[1:] {
				t = merged(t, a.typ)
			}
			t.set = kObject
			return t
		},
		call: func(ev *evaluation, args []any) (any, error) {
			out := map[string]any{}
			for _, a := range args {
				o := a.(map[string]any)
				if err := cmp.Or(ev.made(elementSize*len(o)), ev.copyTo(out, o)); err != nil {
					return nil, err
				}
			}
			return out, nil
		},
		summary: "An object with the fields of all; if two have the same name, the later one wins. Nested objects are not merged.",
		example: `merge({a: 1, b: 1}, {b: 2})`, result: `{"a":1,"b":2}`,
	},
}

// valueType returns the type of the values of an object's fields.
func valueType(t Type) Type {
	if t.shape == nil {
		return Any
	}
	values := nothing
	if t.shape.extra != nil {
		values = *t.shape.extra
	}
	for _, name := range t.Fields() {
		field, _ := t.shape.fields.get(name)
		values = values.Or(field)
	}
	return values
}

// merged returns the type of two merged objects. If a field of the second may be missing, the first one's may be used.
func merged(t, u Type) Type {
	if t.shape == nil || u.shape == nil {
		return object
	}
	both := *t.shape
	u.shape.fields.all(func(name string, field Type) bool {
		if before, ok := t.Field(name); ok {
			field = field.Or(before)
		}
		both.fields = both.fields.with(name, field)
		return true
	})
	if u.shape.extra != nil {
		both.extra = u.shape.extra
		if t.shape.extra != nil {
			extra := t.shape.extra.Or(*u.shape.extra)
			both.extra = &extra
		}
		t.shape.fields.all(func(name string, field Type) bool {
			if _, ok := u.shape.fields.get(name); !ok {
				both.fields = both.fields.with(name, field.Or(*u.shape.extra))
			}
			return true
		})
	}
	return Type{set: kObject, shape: &both}
}
