package expr

import (
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

var finders = map[string]func(text, part string) bool{
	"contains": strings.Contains, "startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix,
}

func (c *checker) unary(n *ast.UnaryNode) operand {
	at := c.src.span(n.Location())
	switch n.Operator {
	case "not", "!":
		o := c.condition(c.visit(n.Node), "the operand of "+n.Operator)
		return operand{node: mark(&ast.UnaryNode{Operator: "not", Node: o.node}, n.Location()), typ: Bool, at: at.cover(o.at)}
	case "-", "+":
		o := c.visit(n.Node)
		if !o.typ.may(kNumber|kDuration) || n.Operator == "+" && !o.typ.may(kNumber) {
			return c.fail(mustBe("the operand of "+n.Operator, "number", o.typ.String()).placed(at.cover(o.at)))
		}
		o.typ = Type{set: o.typ.kinds() & (kNumber | kDuration | kNothing)}
		if i, ok := n.Node.(*ast.IntegerNode); ok && n.Operator == "-" {
			return operand{node: constant(-i.Value, n.Location()), typ: Int, at: at.cover(o.at)}
		}
		if n.Operator == "-" {
			o.node = op("-x", n.Location(), o.node)
		}
		return operand{node: o.node, typ: o.typ, at: at.cover(o.at)}
	}
	return c.fault(at, "unknown operator %q", n.Operator)
}

func (c *checker) binary(n *ast.BinaryNode) operand {
	switch n.Operator {
	case "and", "&&", "or", "||":
		return c.logic(n)
	case "??":
		return c.coalesce(n)
	case "in":
		return c.in(n)
	case "matches":
		return c.matches(n)
	}
	operator := n.Operator
	if operator == "^" {
		operator = "**"
	}
	l, r := c.visit(n.Left), c.visit(n.Right)
	at := c.src.span(n.Location())
	out := operand{node: op(operator, n.Location(), l.node, r.node), at: l.at.cover(at).cover(r.at)}
	switch operator {
	case "contains", "startsWith", "endsWith":
		for _, o := range []operand{l, r} {
			if !o.typ.may(kString | kNil) {
				f := mustBe("the operand of "+operator, "string", o.typ.String())
				if operator == "contains" && o.typ.may(kList) {
					f.hint = "element in list looks into a list"
				}
				return c.fail(f.placed(o.at))
			}
		}
		out.typ = Bool
		return out
	case "..":
		for _, o := range []operand{l, r} {
			if !o.typ.may(kNumber) {
				return c.fail(mustBe("the operand of ..", "integer", o.typ.String()).placed(o.at))
			}
		}
		out.typ = ListOf(Int)
		return out
	}
	verb, ok := verbs[operator]
	if !ok {
		verb = "compare"
	}
	if _, known := operators[operator]; !known {
		return c.fault(at, "unknown operator %q", operator)
	}
	out.typ = combine(operator, l.typ, r.typ)
	if out.typ.set == kNothing {
		return c.fail(mismatched(verb, l.typ.String(), r.typ.String()).placed(out.at))
	}
	return out
}

// condition makes sure that an operand is true or false; what says which, for the message. Where its type shows that
// it is not, or may be nil, that is a mistake; where the type cannot tell, it is looked at when the expression runs.
func (c *checker) condition(o operand, what string) operand {
	if f := notBool(o.typ, what); f != nil {
		return c.fail(f.placed(o.at))
	}
	if !certain(o.node) {
		o.node = op("condition", o.node.Location(), o.node, constant(what, o.node.Location()))
	}
	return o
}

// notBool is the fault of a condition of the type, or nil.
func notBool(t Type, what string) *fault {
	switch {
	case t.isAny():
		return nil
	case !t.may(kBool):
		return conditionFault(t.String(), what)
	case t.Nullable():
		f := faultf("%s may be nil", what)
		f.hint = "say what nil means: x ?? false, or x == nil"
		return f
	}
	return nil
}

// certain reports whether a node of ours gives a boolean and nothing else, whatever the values are like.
func certain(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BoolNode, *ast.UnaryNode:
		return true
	case *ast.BinaryNode:
		return n.Operator == "and" || n.Operator == "or"
	case *ast.BuiltinNode:
		return slices.Contains([]string{"all", "any", "none", "one"}, n.Name)
	case *ast.CallNode:
		switch strings.TrimPrefix(n.Callee.(*ast.IdentifierNode).Value, "op:") {
		case "==", "!=", "<", ">", "<=", ">=", "in", "matches", "contains", "startsWith", "endsWith", "condition", "isNil":
			return true
		}
	}
	return false
}

// logic is `and` and `or`, which look at the right side only if they need it.
func (c *checker) logic(n *ast.BinaryNode) operand {
	operator := "or"
	if n.Operator == "and" || n.Operator == "&&" {
		operator = "and"
	}
	l := c.condition(c.visit(n.Left), "the operand of "+n.Operator)
	var r operand
	c.assuming(n.Left, operator == "and", func() {
		r = c.condition(c.visit(n.Right), "the operand of "+n.Operator)
	})
	return operand{
		node: mark(&ast.BinaryNode{Operator: operator, Left: l.node, Right: r.node}, n.Location()),
		typ:  Bool, at: l.at.cover(r.at),
	}
}

func (c *checker) coalesce(n *ast.BinaryNode) operand {
	l, r := c.visit(n.Left), c.visit(n.Right)
	typ := l.typ.NotNil().Or(r.typ)
	if l.typ.isAny() {
		typ = Any
	}
	return operand{
		node: mark(&ast.BinaryNode{Operator: "??", Left: l.node, Right: r.node}, n.Location()),
		typ:  typ, at: l.at.cover(r.at),
	}
}

func (c *checker) in(n *ast.BinaryNode) operand {
	l, r := c.visit(n.Left), c.visit(n.Right)
	out := operand{node: op("in", n.Location(), l.node, r.node), typ: Bool, at: l.at.cover(r.at)}
	if list, ok := literals(n.Right); ok {
		out.node = op("in", n.Location(), l.node, constant(list, n.Right.Location()))
	}
	switch {
	case r.typ.isAny():
	case !r.typ.may(kList | kObject | kNil):
		f := mustBe("the right side of in", "list or object", r.typ.String())
		if r.typ.may(kString) {
			f.hint = `text contains "part" looks into a text`
		}
		return c.fail(f.placed(r.at))
	case !r.typ.may(kObject) && r.typ.elem != nil:
		if combine("==", l.typ, *r.typ.elem).set == kNothing {
			return c.fail(mismatched("compare", l.typ.String(), r.typ.elem.String()).placed(out.at))
		}
	case !r.typ.may(kList) && !l.typ.may(kString):
		return c.fail(mustBe("the name of a field", "string", l.typ.String()).placed(l.at))
	}
	return out
}

// literals is the value of a list that is written out, to be made once.
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

func (c *checker) matches(n *ast.BinaryNode) operand {
	l, r := c.visit(n.Left), c.visit(n.Right)
	for _, o := range []operand{l, r} {
		if !o.typ.may(kString | kNil) {
			return c.fail(mustBe("the operand of matches", "string", o.typ.String()).placed(o.at))
		}
	}
	if r.text != nil {
		re, err := regexp.Compile(*r.text)
		if err != nil {
			return c.fail(patternFault(err).placed(r.at))
		}
		r.node = constant(re, n.Right.Location())
	}
	return operand{node: op("matches", n.Location(), l.node, r.node), typ: Bool, at: l.at.cover(r.at)}
}

func (c *checker) conditional(n *ast.ConditionalNode) operand {
	test := c.condition(c.visit(n.Cond), "the condition")
	var yes, no operand
	c.assuming(n.Cond, true, func() { yes = c.visit(n.Exp1) })
	c.assuming(n.Cond, false, func() { no = c.visit(n.Exp2) })
	return operand{
		node: mark(&ast.ConditionalNode{Cond: test.node, Exp1: yes.node, Exp2: no.node}, n.Location()),
		typ:  yes.typ.Or(no.typ), at: test.at.cover(yes.at).cover(no.at),
	}
}
