package expr

import (
	"github.com/expr-lang/expr/ast"
)

func (c *checker) unary(n *ast.UnaryNode) operand {
	if op := c.unaries[n.Operator]; op != nil {
		return op.unary(c, op, n)
	}
	return c.fault(c.src.span(n.Location()), "unknown operator %q", n.Operator)
}

func (c *checker) binary(n *ast.BinaryNode) operand {
	if op := c.binaries[n.Operator]; op != nil {
		return op.binary(c, op, n)
	}
	return c.fault(c.src.span(n.Location()), "unknown operator %q", n.Operator)
}

// sides checks both sides of a binary operator and initializes its operand.
func (c *checker) sides(n *ast.BinaryNode) (l, r, out operand) {
	l, r = c.visit(n.Left), c.visit(n.Right)
	return l, r, operand{at: l.at.cover(c.src.span(n.Location())).cover(r.at), spot: c.src.name(n.Location())}
}

// pairwise checks an operator with pairs.
func pairwise(c *checker, op *operator, n *ast.BinaryNode) operand {
	l, r, out := c.sides(n)
	if out.typ = combine(op.pairs, l.typ, r.typ); out.typ.set == kNothing {
		f := mismatched(verbOf(op.names[0]), l.typ.String(), r.typ.String())
		if hint := timeHint(l, r); hint != "" {
			f.hint = hint
		}
		return c.fail(f.placed(out.at))
	}
	if op.names[0] == "==" || op.names[0] == "!=" {
		c.never(l, r)
		c.never(r, l)
	}
	if op.pairs[0].left&kNil == 0 { // others compare nil
		c.rejectsNil(l, op.names[0])
		c.rejectsNil(r, op.names[0])
	}
	out.run = onTwo(l.run, r.run, out.spot, op.call)
	out.boolean = out.typ.set == kBool
	return out.join(l, r)
}

// onStrings checks an operator on two strings. nil is allowed, and never matches.
func onStrings(c *checker, op *operator, n *ast.BinaryNode) operand {
	l, r, out := c.sides(n)
	name := op.names[0]
	for _, o := range []operand{l, r} {
		if !o.typ.may(kString) {
			return c.fail(notString(name, o.typ.String(), o.typ.may(kList)).placed(o.at))
		}
	}
	out.typ, out.boolean = Bool, true
	if r.text != nil && name == "matches" {
		p, wrong := newPattern(*r.text)
		if wrong != nil {
			return c.fail(wrong.placed(r.at))
		}
		r.run = constant(p)
	}
	out.run = onTwo(l.run, r.run, out.spot, op.call)
	return out
}

// fromTo checks `..`.
func fromTo(c *checker, op *operator, n *ast.BinaryNode) operand {
	l, r, out := c.sides(n)
	for _, o := range []operand{l, r} {
		if !o.typ.may(kNumber) {
			return c.fail(mustBe("the operand of ..", "integer", o.typ.String()).placed(o.at))
		}
	}
	out.typ, out.run = ListOf(Int), onTwo(l.run, r.run, out.spot, rangeOf)
	return out
}

// membership checks `in`.
func membership(c *checker, op *operator, n *ast.BinaryNode) operand {
	l, r, out := c.sides(n)
	out.typ, out.boolean = Bool, true
	switch {
	case r.typ.isAny():
	case !r.typ.may(kList | kObject):
		return c.fail(notContainer(r.typ.String(), r.typ.may(kString)).placed(r.at))
	case !r.typ.may(kObject) && r.typ.elem != nil:
		if combine(equatable, l.typ, *r.typ.elem).set == kNothing {
			return c.fail(mismatched("compare", l.typ.String(), r.typ.elem.String()).placed(l.at.cover(r.at)))
		}
	case !r.typ.may(kList) && !l.typ.may(kString):
		return c.fail(mustBe("the name of a field", "string", l.typ.String()).placed(l.at))
	}
	if list, ok := n.Right.(*ast.ArrayNode); ok {
		for _, e := range list.Nodes {
			if _, text := e.(*ast.StringNode); text {
				c.never(l, c.visit(e))
			}
		}
	}
	if list, ok := literals(n.Right); ok {
		r.run = constant(list)
	}
	out.at, out.run = l.at.cover(r.at), onTwo(l.run, r.run, out.spot, in)
	return out
}

// literals returns the value of a list literal of constants, so that it is made only once.
func literals(n ast.Node) ([]any, bool) {
	array, ok := n.(*ast.ArrayNode)
	if !ok {
		return nil, false
	}
	list := make([]any, len(array.Nodes))
	for i, e := range array.Nodes {
		switch e := e.(type) {
		case *ast.NilNode:
		case *ast.BoolNode:
			list[i] = e.Value
		case *ast.IntegerNode:
			list[i] = e.Value
		case *ast.FloatNode:
			list[i] = e.Value
		case *ast.StringNode:
			list[i] = e.Value
		default:
			return nil, false
		}
	}
	return list, true
}

// condition checks that an operand is a boolean; "what" names it in messages. It is an error if the type excludes a
// boolean or may be nil. If the type is not known, the value is checked when the expression runs.
func (c *checker) condition(o operand, what string) operand {
	if f := wrongCondition(o.typ, what); f != nil {
		return c.fail(f.placed(o.at))
	}
	if last := len(c.reads) - 1; last >= 0 && o.nils > 0 && c.reads[last].Offset == o.from {
		c.reads[last].Condition = true
	}
	if !o.boolean {
		o.run, o.boolean = boolean(o.run, what, o.spot), true
	}
	return o
}

// wrongCondition returns the fault of a condition of the type; nil if it is allowed.
func wrongCondition(t Type, what string) *fault {
	switch {
	case t.isAny():
		return nil
	case !t.may(kBool):
		return notBoolean(what, t.String())
	case t.Nullable():
		return faultf("%s may be nil", what).withHint("handle nil: x ?? false, or x == nil")
	}
	return nil
}

// decidedBy returns the check of `and` and `or`, which evaluate the right side only if the left one is not equal to
// decides.
func decidedBy(decides bool) func(c *checker, op *operator, n *ast.BinaryNode) operand {
	return func(c *checker, _ *operator, n *ast.BinaryNode) operand {
		what := "the operand of " + n.Operator
		l := c.condition(c.visit(n.Left), what)
		var r operand
		c.assuming(n.Left, !decides, func() { r = c.condition(c.visit(n.Right), what) })
		return operand{
			run: either(l.run, r.run, decides), typ: Bool, boolean: true,
			at: l.at.cover(r.at), spot: c.src.name(n.Location()),
		}
	}
}

// instead checks `??`.
func instead(c *checker, _ *operator, n *ast.BinaryNode) operand {
	l := c.visit(n.Left)
	var r operand
	c.assumingNil(n.Left, func() { r = c.visit(n.Right) })
	typ := l.typ.NotNil().Or(r.typ)
	if l.typ.isAny() {
		typ = Any
	}
	return operand{run: otherwise(l.run, r.run), typ: typ, at: l.at.cover(r.at), spot: c.src.name(n.Location())}
}

// negation checks `not`.
func negation(c *checker, _ *operator, n *ast.UnaryNode) operand {
	o := c.condition(c.visit(n.Node), "the operand of "+n.Operator)
	return operand{
		run: not(o.run), typ: Bool, boolean: true,
		at: c.src.span(n.Location()).cover(o.at), spot: c.src.name(n.Location()),
	}
}

// sign checks a - or + before a number.
func sign(c *checker, _ *operator, n *ast.UnaryNode) operand {
	o := c.visit(n.Node)
	at, spot := c.src.span(n.Location()).cover(o.at), c.src.name(n.Location())
	takes := kNumber
	if n.Operator == "-" {
		takes |= kDuration
	}
	if !o.typ.may(takes) {
		return c.fail(mustBe("the operand of "+n.Operator, "number", o.typ.String()).placed(at))
	}
	do := positive
	if n.Operator == "-" {
		do = negate
	}
	return operand{run: onOne(o.run, spot, do), typ: Type{set: o.typ.kinds() & (takes | kNothing)}, at: at, spot: spot}
}

func (c *checker) conditional(n *ast.ConditionalNode) operand {
	test := c.condition(c.visit(n.Cond), "the condition")
	var yes, no operand
	c.assuming(n.Cond, true, func() { yes = c.visit(n.Exp1) })
	c.assuming(n.Cond, false, func() { no = c.visit(n.Exp2) })
	return operand{
		run: choice(test.run, yes.run, no.run), typ: yes.typ.Or(no.typ), boolean: yes.boolean && no.boolean,
		at: test.at.cover(yes.at).cover(no.at), spot: c.src.name(n.Location()),
	}
}
