package expr

import (
	"strconv"

	"github.com/expr-lang/expr/ast"
)

// closure checks a call of a function with a closure, such as filter and map.
func (c *checker) closure(n *ast.BuiltinNode) operand {
	at := c.src.span(n.Location())
	f := c.functions[n.Name]
	if f == nil || f.walk == nil {
		return c.unknownFunction(n.Name, at)
	}
	list := c.visit(n.Arguments[0])
	if !list.typ.may(kList) {
		wrong := notList(n.Name, list.typ.String(), list.typ.may(kObject))
		if in := list.listIn(); in != "" {
			wrong.hint = "its list is " + in
		}
		return c.fail(wrong.placed(list.at))
	}
	w := &walk{c: c, n: n, list: list, elem: list.typ.Elem(), at: at.cover(list.at)}
	if list.typ.elem != nil {
		w.elem = *list.typ.elem
	}
	w.over = over{list: list.run, name: n.Name, listAt: list.spot, depth: len(c.loops), at: c.src.name(n.Location())}
	out := f.walk(w)
	out.at, out.spot = c.src.closed(w.at), w.over.at
	return out
}

// walk is the check of a function call with a closure over a list.
type walk struct {
	c    *checker
	n    *ast.BuiltinNode
	list operand
	elem Type
	over over
	at   span // covers the parts checked so far
}

// body checks the closure. acc is the type of #acc; nil if the function has none.
func (w *walk) body(acc *Type) operand {
	c := w.c
	of := "the list"
	if w.list.name != "" {
		of = w.list.name
	}
	depth := len(c.loops)
	c.loops = append(c.loops, loop{id: strconv.Itoa(depth), elem: w.elem, acc: acc, of: of})
	c.mostLoops = max(c.mostLoops, len(c.loops))
	predicate := ast.Node(&ast.PointerNode{}) // count(list) counts the elements that are true
	if len(w.n.Arguments) > 1 {
		predicate = w.n.Arguments[1].(*ast.PredicateNode).Node
	}
	o := c.visit(predicate)
	if len(w.n.Arguments) == 1 {
		o.at = w.list.at
	}
	c.loops = c.loops[:depth]
	w.at = w.at.cover(o.at)
	return o
}

// test checks a closure that is a condition.
func (w *walk) test() thunk {
	return w.c.condition(w.body(nil), "the closure of "+w.n.Name).run
}

// asking returns the check of a function whose closure is a condition. run makes the thunk from the list and the
// condition.
func asking(typ func(elem Type) Type, run func(o over, test thunk) thunk) func(w *walk) operand {
	return func(w *walk) operand {
		test := w.test()
		t := typ(w.elem)
		return operand{run: run(w.over, test), typ: t, boolean: t.set == kBool}
	}
}

// always returns a function that ignores the type of the elements.
func always(t Type) func(Type) Type { return func(Type) Type { return t } }

func mapping(w *walk) operand {
	body := w.body(nil)
	return operand{run: w.over.mapped(body.run), typ: ListOf(body.typ)}
}

func summing(w *walk) operand {
	elems, elem, terms := w.over.items(), w.elem, w.list.at
	if len(w.n.Arguments) > 1 {
		body := w.body(nil)
		elems, elem, terms = w.over.mapped(body.run), body.typ, body.at
	}
	if !elem.may(kNumber | kDuration) {
		return w.c.fail(mustBe("an element of sum", "number", elem.String()).placed(terms))
	}
	typ := Type{set: elem.kinds() & (kNumber | kDuration)}
	typ.set |= kInt // the sum of no elements is 0
	return operand{run: summed(elems, w.over.at, terms), typ: typ}
}

func sorting(w *walk) operand {
	c := w.c
	body := w.body(nil)
	if !body.typ.may(kNumber | kString | kTime | kDuration) {
		return c.fail(mustBe("the closure of sortBy", "number, string, time or duration", body.typ.String()).placed(body.at))
	}
	order := constant("asc")
	if len(w.n.Arguments) > 2 {
		o := c.visit(w.n.Arguments[2])
		if !o.typ.may(kString) || o.text != nil && *o.text != "asc" && *o.text != "desc" {
			return c.fail(orderFault(o).placed(o.at))
		}
		order, w.at = o.run, w.at.cover(o.at)
	}
	return operand{run: w.over.sorted(body.run, order), typ: ListOf(w.elem)}
}

func orderFault(o operand) *fault {
	if o.text != nil {
		return faultf("unknown order %q", *o.text).withHint(`"asc" or "desc"`)
	}
	return mustBe("the order", "string", o.typ.String())
}

// reducing checks reduce. It finds the type of #acc by trial: first the type of the initial value, then the union of
// that and the type of the body.
func reducing(w *walk) operand {
	c := w.c
	acc, init := w.elem, thunk(nil)
	at := w.at
	if len(w.n.Arguments) > 2 {
		o := c.visit(w.n.Arguments[2])
		acc, init, at = o.typ, o.run, at.cover(o.at)
	}
	var body operand
	reads := len(c.reads)
	for try := 0; ; try++ {
		c.reads = c.reads[:reads]
		body = w.body(&acc)
		joined := acc.Or(body.typ)
		if Same(joined, acc) || c.err != nil {
			break
		}
		acc = joined
		if try == 3 {
			acc = Any
		}
	}
	w.at = w.at.cover(at)
	return operand{run: w.over.reduced(body.run, init), typ: acc}
}
