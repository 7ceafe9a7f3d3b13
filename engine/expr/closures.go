package expr

import "github.com/flowdeck/flowdeck/engine/words"

// over iterates over a list at run time. Its thunks return an Unknown if the list is Unknown.
type over struct {
	list   thunk
	name   string // of the function
	listAt span
	depth  int // of the closure
	at     span
}

// elements computes the list. If it is Unknown, list is nil.
func (o over) elements(ev *evaluation) (list []any, unknown any, err error) {
	v, err := o.list(ev)
	if err != nil {
		return nil, nil, err
	}
	if list, ok := v.([]any); ok {
		if list == nil {
			list = []any{}
		}
		return list, nil, nil
	}
	_, isObject := v.(map[string]any)
	unknown, err = unless(notList(o.name, kindWord(v), isObject), o.listAt, v)
	return nil, unknown, err
}

// each evaluates the body for each element and returns the results.
func (o over) each(ev *evaluation, list []any, body thunk) ([]any, error) {
	out := make([]any, len(list))
	for i, elem := range list {
		err := o.round(ev, i, elem)
		if err == nil {
			out[i], err = body(ev)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, place(ev.grow(len(out)), o.at)
}

// round sets the element and index of the closure.
func (o over) round(ev *evaluation, index int, elem any) error {
	if err := ev.tick(); err != nil {
		return place(err, o.at)
	}
	r := &ev.loops[o.depth]
	r.elem, r.index = elem, index
	return nil
}

// notList returns the fault of an argument that is not a list.
func notList(name, kind string, object bool) *fault {
	f := &fault{message: words.MustBe("argument 1 of "+name, "list", kind)}
	switch {
	case object:
		f.hint = "values(object) and keys(object) are lists"
	case kind == "nil":
		f.hint = "give a list for that case: x ?? []"
	}
	return f
}

// items returns the thunk of the list itself.
func (o over) items() thunk {
	return func(ev *evaluation) (any, error) {
		list, unknown, err := o.elements(ev)
		if list == nil {
			return unknown, err
		}
		return list, nil
	}
}

// mapped returns the thunk of map: the list of the results of body.
func (o over) mapped(body thunk) thunk {
	return func(ev *evaluation) (any, error) {
		list, unknown, err := o.elements(ev)
		if list == nil {
			return unknown, err
		}
		out, err := o.each(ev, list, body)
		if err != nil {
			return nil, err
		}
		return out, nil
	}
}

// filtered returns the thunk of the elements that pass the test.
func filtered(o over, test thunk) thunk {
	return func(ev *evaluation) (any, error) {
		list, unknown, err := o.elements(ev)
		if list == nil {
			return unknown, err
		}
		out := []any{}
		for i, elem := range list {
			if err := o.round(ev, i, elem); err != nil {
				return nil, err
			}
			v, err := test(ev)
			if err != nil {
				return nil, err
			}
			passes, known := v.(bool)
			switch {
			case !known && unknown == nil:
				unknown = v
			case passes:
				out = append(out, elem)
			}
		}
		if unknown != nil {
			return unknown, nil
		}
		return out, place(ev.grow(len(out)), o.at)
	}
}

// tallied counts the elements that pass the test and makes the result from the count. least is the count without and
// most the count with the elements for which the test is Unknown.
func tallied(result func(least, most int) (v any, certain bool)) func(o over, test thunk) thunk {
	return func(o over, test thunk) thunk {
		return func(ev *evaluation) (any, error) {
			list, unknown, err := o.elements(ev)
			if list == nil {
				return unknown, err
			}
			least, most := 0, 0
			for i, elem := range list {
				if err := o.round(ev, i, elem); err != nil {
					return nil, err
				}
				v, err := test(ev)
				if err != nil {
					return nil, err
				}
				passes, known := v.(bool)
				if passes {
					least++
				}
				if passes || !known {
					most++
				}
				if !known {
					unknown = v
				}
			}
			if v, certain := result(least, most); certain {
				return v, nil
			}
			return unknown, nil
		}
	}
}

// quantified returns result as soon as the test of an element is equal to decides, and otherwise !result.
func quantified(decides, result bool) func(o over, test thunk) thunk {
	return func(o over, test thunk) thunk {
		return func(ev *evaluation) (any, error) {
			list, unknown, err := o.elements(ev)
			if list == nil {
				return unknown, err
			}
			for i, elem := range list {
				v, err := any(nil), o.round(ev, i, elem)
				if err == nil {
					v, err = test(ev)
				}
				if err != nil {
					if _, wrong := err.(*Error); wrong && unknown != nil {
						return unknown, nil // a real run may end at this element
					}
					return nil, err
				}
				b, known := v.(bool)
				switch {
				case known && b == decides:
					return result, nil
				case !known && unknown == nil:
					unknown = v
					ev.doubtful(v)
				}
			}
			if unknown != nil {
				return unknown, nil
			}
			return !result, nil
		}
	}
}

// found returns the thunk of the first element that passes the test, or of the last if last is true; of its index if
// index is true.
func found(last, index bool) func(o over, test thunk) thunk {
	return func(o over, test thunk) thunk {
		return func(ev *evaluation) (any, error) {
			list, unknown, err := o.elements(ev)
			if list == nil {
				return unknown, err
			}
			for n := range list {
				i := n
				if last {
					i = len(list) - 1 - n
				}
				if err := o.round(ev, i, list[i]); err != nil {
					return nil, err
				}
				v, err := test(ev)
				if err != nil {
					return nil, err
				}
				passes, known := v.(bool)
				switch {
				case !known:
					return v, nil
				case passes && index:
					return i, nil
				case passes:
					return list[i], nil
				}
			}
			return nil, nil
		}
	}
}

// sorted returns the thunk of the list sorted by the results of the body. The sort is stable.
func (o over) sorted(body, order thunk) thunk {
	return func(ev *evaluation) (any, error) {
		list, unknown, err := o.elements(ev)
		if list == nil {
			return unknown, err
		}
		keys, err := o.each(ev, list, body)
		if err != nil {
			return nil, err
		}
		direction, err := order(ev)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			if u, ok := key.(Unknown); ok {
				return u, nil
			}
		}
		out, err := sortBy(ev, list, keys, direction)
		if err != nil {
			return unless(err, o.at, direction)
		}
		return out, nil
	}
}

// summed returns the thunk of the sum of a list. terms is the position for a fault of an element.
func summed(elems thunk, at, terms span) thunk {
	return func(ev *evaluation) (any, error) {
		v, err := elems(ev)
		if err != nil {
			return nil, err
		}
		list, ok := v.([]any)
		if !ok {
			return v, nil
		}
		for _, e := range list {
			if u, ok := e.(Unknown); ok {
				return u, nil
			}
		}
		total, err := sum(ev, list)
		if f, ok := err.(*fault); ok && f.arg > 0 {
			return nil, f.placed(terms)
		}
		return total, place(err, at)
	}
}

// reduced returns the thunk of reduce: it computes #acc for every element. Without an initial value it is the first
// element.
func (o over) reduced(body, init thunk) thunk {
	return func(ev *evaluation) (any, error) {
		list, unknown, err := o.elements(ev)
		if list == nil {
			return unknown, err
		}
		var acc any
		rest := 0
		switch {
		case init != nil:
			if acc, err = init(ev); err != nil {
				return nil, err
			}
		case len(list) == 0:
			return nil, faultf("reduce of an empty list without an initial value").withHint("give one: reduce(list, …, 0)").placed(o.listAt)
		default:
			acc, rest = list[0], 1
		}
		for i := rest; i < len(list); i++ {
			if err := o.round(ev, i, list[i]); err != nil {
				return nil, err
			}
			ev.loops[o.depth].acc = acc
			if acc, err = body(ev); err != nil {
				return nil, err
			}
		}
		return acc, nil
	}
}
