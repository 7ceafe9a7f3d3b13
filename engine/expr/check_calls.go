package expr

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/flowdeck/flowdeck/engine/words"
)

// call checks a call of one of the functions.
func (c *checker) call(n *ast.CallNode) operand {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return c.postfix(n.Callee) // a method; step says so
	}
	at := c.src.span(callee.Location())
	f := function(callee.Value)
	if f == nil {
		return c.unknownFunction(callee.Value, at)
	}
	args := make([]operand, len(n.Arguments))
	nodes := make([]ast.Node, len(n.Arguments))
	spans := make([]span, len(n.Arguments))
	whole := at
	for i, a := range n.Arguments {
		args[i] = c.visit(a)
		nodes[i], spans[i] = args[i].node, args[i].at
		whole = whole.cover(args[i].at)
	}
	if least, most := f.arity(); len(args) < least || most >= 0 && len(args) > most {
		return c.fail((&fault{
			message: fmt.Sprintf("%s takes %s, not %d", f.name, counted(least, most), len(args)), hint: f.signature(),
		}).placed(at))
	}
	for i, a := range args {
		if p := f.param(i); !a.typ.may(p.accepts()) || a.typ.kinds() == kNil && !p.typ.Nullable() {
			return c.fail(f.refusal(i, a.typ.String()).placed(a.at))
		}
	}
	c.notes[n.Location()] = note{args: spans}
	out := operand{typ: f.returns, at: c.src.closed(whole)}
	if f.infer != nil {
		out.typ = f.infer(c, args)
	}
	if f.name == "regex_replace" && args[1].text != nil {
		if _, err := regexp.Compile(*args[1].text); err != nil {
			return c.fail(patternFault(err).placed(args[1].at))
		}
	}
	out.node = call("fn:"+f.name, n.Location(), nodes...)
	return out
}

func counted(least, most int) string {
	noun := "arguments"
	if least == 1 && (most == 1 || most < 0) || most == 1 {
		noun = "argument"
	}
	switch {
	case most < 0:
		return fmt.Sprintf("at least %d %s", least, noun)
	case most == 0:
		return "no arguments"
	case least == most:
		return fmt.Sprintf("%d %s", least, noun)
	}
	return fmt.Sprintf("%d to %d %s", least, most, noun)
}

func (c *checker) unknownFunction(name string, at span) operand {
	if other, ok := renamed[name]; ok {
		e := unknown(at, name, fmt.Sprintf("unknown function %q", name), "functions", nil)
		e.Hint, e.Alternatives = "use "+other, []string{other}
		if word, _, found := strings.Cut(other, "("); found {
			e.Alternatives = []string{word}
		}
		return c.fail(e)
	}
	near := nearestFunctions(name)
	e := unknown(at, name, fmt.Sprintf("unknown function %q", name), "functions like it", near)
	if len(near) == 1 {
		e.Hint = fmt.Sprintf("did you mean %q?", near[0])
	}
	if _, ok := c.env.Field(name); ok && !c.env.Open() {
		e.Hint = fmt.Sprintf("%s is a value, not a function", name)
	}
	return c.fail(e)
}

// nearestFunctions are the names that may be meant; all there are would fill a page.
func nearestFunctions(name string) []string {
	var near []string
	for i := range functions {
		f := functions[i].name
		_, misspelt := words.Nearest(name, []string{f})
		if misspelt || len(name) > 2 && (strings.Contains(f, name) || strings.Contains(name, f)) {
			near = append(near, f)
		}
	}
	return near
}

// closure checks a call of a function with a closure: filter, map and their kin.
func (c *checker) closure(n *ast.BuiltinNode) operand {
	at := c.src.span(n.Location())
	if !predicateNames[n.Name] {
		return c.unknownFunction(n.Name, at)
	}
	list := c.visit(n.Arguments[0])
	if !list.typ.may(kList) {
		f := mustBe("argument 1 of "+n.Name, "list", list.typ.String())
		if list.typ.may(kObject) {
			f.hint = "values(object) and keys(object) are lists"
		}
		return c.fail(f.placed(list.at))
	}
	walk := walk{c: c, n: n, list: list, at: at.cover(list.at)}
	walk.elem = list.typ.Elem()
	if list.typ.elem != nil {
		walk.elem = *list.typ.elem
	}
	walk.node = op("list", n.Arguments[0].Location(), list.node, constant(n.Name, n.Location()))
	return walk.check()
}

// walk is a function with a closure over a list.
type walk struct {
	c    *checker
	n    *ast.BuiltinNode
	list operand
	elem Type
	node ast.Node // of the list, known to be one when it runs
	at   span
}

func (w *walk) check() operand {
	switch w.n.Name {
	case "all", "any", "none", "one":
		return w.made(w.n.Name, Bool, w.test())
	case "filter":
		return w.made(w.n.Name, ListOf(w.elem), w.test())
	case "find", "findLast":
		return w.made(w.n.Name, w.elem.OrNil(), w.test())
	case "findIndex", "findLastIndex":
		return w.made(w.n.Name, Int.OrNil(), w.test())
	case "count":
		return w.made(w.n.Name, Int, w.test())
	case "map":
		body := w.body(nil)
		return w.made("map", ListOf(body.typ), body)
	case "sum":
		return w.sum()
	case "sortBy":
		return w.sortBy()
	}
	return w.reduce()
}

// made is the machine's own walk with a body of ours.
func (w *walk) made(name string, typ Type, body operand) operand {
	node := &ast.BuiltinNode{Name: name, Arguments: []ast.Node{w.node, mark(&ast.PredicateNode{Node: body.node}, w.n.Location())}}
	return operand{node: mark(node, w.n.Location()), typ: typ, at: w.c.src.closed(w.at.cover(body.at))}
}

// body checks the closure; every round of it begins with a tick.
func (w *walk) body(acc *Type) operand {
	c := w.c
	of := "the list"
	if w.list.name != "" {
		of = w.list.name
	}
	c.loops = append(c.loops, loop{id: strconv.Itoa(len(c.loops)), elem: w.elem, acc: acc, of: of})
	var o operand
	if len(w.n.Arguments) > 1 {
		o = c.visit(w.n.Arguments[1].(*ast.PredicateNode).Node)
	} else {
		o = c.visit(&ast.PointerNode{})
		o.at = w.list.at
	}
	c.loops = c.loops[:len(c.loops)-1]
	tick := op("tick", w.n.Location())
	o.node = mark(&ast.SequenceNode{Nodes: []ast.Node{tick, o.node}}, w.n.Location())
	return o
}

// test is a body that gives true or false.
func (w *walk) test() operand {
	o := w.body(nil)
	sequence := o.node.(*ast.SequenceNode)
	inner := o
	inner.node = sequence.Nodes[1]
	inner = w.c.condition(inner, "the closure of "+w.n.Name)
	sequence.Nodes[1] = inner.node
	return o
}

func (w *walk) sum() operand {
	list, elem := w.node, w.elem
	out, terms := operand{at: w.at}, w.list.at
	if len(w.n.Arguments) > 1 {
		body := w.body(nil)
		out = w.made("map", anyList, body)
		list, elem, terms = out.node, body.typ, body.at
	}
	if !elem.may(kNumber | kDuration) {
		return w.c.fail(mustBe("an element of sum", "number", elem.String()).placed(terms))
	}
	out.typ = Type{set: elem.kinds() & (kNumber | kDuration)}
	if elem.kinds() == kNothing {
		out.typ = Int
	}
	if out.typ.set&kDuration != 0 || elem.isAny() { // of nothing it is 0
		out.typ.set |= kInt
	}
	out.node = op("sum", w.n.Location(), list)
	w.c.notes[w.n.Location()] = note{args: []span{terms}}
	return out
}

// sortBy computes the keys by the machine's map, and sorts on its own: the machine's sort does not keep the order of
// equal keys.
func (w *walk) sortBy() operand {
	c := w.c
	loc := w.n.Location()
	c.temps++
	temp := func() ast.Node { return mark(&ast.IdentifierNode{Value: fmt.Sprintf("?%d", c.temps)}, loc) }
	list, name := temp(), fmt.Sprintf("?%d", c.temps)
	again := temp()
	order := constant("asc", loc)
	body := w.body(nil)
	if !body.typ.may(kNumber | kString | kTime | kDuration) {
		return c.fail(mustBe("the closure of sortBy", "number, string, time or duration", body.typ.String()).placed(body.at))
	}
	whole := w.at.cover(body.at)
	if len(w.n.Arguments) > 2 {
		o := c.visit(w.n.Arguments[2])
		if !o.typ.may(kString) || o.text != nil && *o.text != "asc" && *o.text != "desc" {
			return c.fail(orderFault(o).placed(o.at))
		}
		order, whole = o.node, whole.cover(o.at)
	}
	keys := &ast.BuiltinNode{Name: "map", Arguments: []ast.Node{list, mark(&ast.PredicateNode{Node: body.node}, loc)}}
	sorted := op("sortBy", loc, again, mark(keys, loc), order)
	return operand{
		node: mark(&ast.VariableDeclaratorNode{Name: name, Value: w.node, Expr: sorted}, loc),
		typ:  ListOf(w.elem), at: c.src.closed(whole),
	}
}

func orderFault(o operand) *fault {
	if o.text != nil {
		return faultf("unknown order %q", *o.text).withHint(`"asc" or "desc"`)
	}
	return mustBe("the order", "string", o.typ.String())
}

// reduce finds the type of #acc by trying: first the type of the initial value, then that or the type of the body.
func (w *walk) reduce() operand {
	c := w.c
	acc, init := w.elem, operand{}
	if len(w.n.Arguments) > 2 {
		init = c.visit(w.n.Arguments[2])
		acc = init.typ
	} else {
		w.node = op("someList", w.n.Arguments[0].Location(), w.list.node)
	}
	var body operand
	reads := len(c.reads)
	for try := 0; ; try++ {
		c.reads = c.reads[:reads]
		body = w.body(&acc)
		joined := acc.Or(body.typ)
		if same(joined, acc) || c.err != nil {
			break
		}
		acc = joined
		if try == 3 {
			acc = Any
		}
	}
	out := w.made("reduce", acc, body)
	if init.node != nil {
		b := out.node.(*ast.BuiltinNode)
		b.Arguments = append(b.Arguments, init.node)
		out.at = out.at.cover(init.at)
	}
	return out
}

// same reports whether two types say the same.
func same(t, u Type) bool {
	if t.kinds() != u.kinds() || (t.elem == nil) != (u.elem == nil) || (t.shape == nil) != (u.shape == nil) {
		return false
	}
	if t.elem != nil && !same(*t.elem, *u.elem) {
		return false
	}
	if t.shape == nil || t.shape == u.shape {
		return true
	}
	if (t.shape.extra == nil) != (u.shape.extra == nil) || !slices.Equal(t.Fields(), u.Fields()) {
		return false
	}
	for name, field := range t.shape.fields {
		if !same(field, u.shape.fields[name]) {
			return false
		}
	}
	return t.shape.extra == nil || same(*t.shape.extra, *u.shape.extra)
}
