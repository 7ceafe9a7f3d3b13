package expr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
)

// checker walks the tree that expr-lang's parser made, finds the type of every part, and writes the tree that the
// machine runs. The parser's tree is left as it is: the parser puts the middle of `1 < x < 3` into it twice.
type checker struct {
	src   source
	env   Type
	err   *Error // the first
	vars  []variable
	loops []loop
	safe  []string // keys of the paths that are not nil where the walk is
	notes map[file.Location]note
	reads []Read
	temps int
	nodes int // visited
}

// variable is a let.
type variable struct {
	name string
	typ  Type
}

// loop is a closure that the walk is in.
type loop struct {
	id   string // of the path that # is
	elem Type
	acc  *Type // of reduce
	of   string
}

// operand is a part of the expression, checked.
type operand struct {
	node ast.Node
	typ  Type
	at   span
	path []string // what it follows: a root, a let or #, and names
	name string   // the same for a message, or empty
	from int      // where the path begins, if it is a root's
	text *string  // if it is a literal
	nils int      // see Read.Nil
}

// fail keeps the first mistake. The walk goes on with a type that fits everywhere.
func (c *checker) fail(e *Error) operand {
	if c.err == nil {
		c.err = e
	}
	return operand{node: mark(&ast.NilNode{}, file.Location{}), typ: Any}
}

func (c *checker) fault(at span, format string, args ...any) operand {
	return c.fail(faultf(format, args...).placed(at))
}

func (c *checker) visit(n ast.Node) operand {
	at := c.src.span(n.Location())
	// Comparisons in a row, and reduce in reduce, have the same node visited again and again.
	if c.nodes++; c.nodes > maxVisits {
		return c.fail(faultf("the expression is too large").withHint(budgetHint).placed(at))
	}
	switch n := n.(type) {
	case *ast.NilNode:
		return operand{node: mark(&ast.NilNode{}, n.Location()), typ: Nil, at: at}
	case *ast.BoolNode:
		return operand{node: mark(&ast.BoolNode{Value: n.Value}, n.Location()), typ: Bool, at: at}
	case *ast.IntegerNode:
		return operand{node: constant(n.Value, n.Location()), typ: Int, at: at}
	case *ast.FloatNode:
		return operand{node: constant(n.Value, n.Location()), typ: Float, at: at}
	case *ast.StringNode:
		return operand{node: constant(n.Value, n.Location()), typ: String, at: at, text: &n.Value}
	case *ast.IdentifierNode:
		return c.recorded(c.identifier(n))
	case *ast.PointerNode:
		return c.pointer(n)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.MemberNode, *ast.SliceNode, *ast.ChainNode:
		return c.postfix(n)
	case *ast.CallNode:
		return c.call(n)
	case *ast.BuiltinNode:
		return c.closure(n)
	case *ast.VariableDeclaratorNode:
		return c.let(n)
	case *ast.SequenceNode:
		out := mark(&ast.SequenceNode{}, n.Location())
		last := operand{}
		for _, part := range n.Nodes {
			last = c.visit(part)
			out.Nodes = append(out.Nodes, last.node)
		}
		last.node = out
		return last
	case *ast.ConditionalNode:
		return c.conditional(n)
	case *ast.ArrayNode:
		return c.array(n)
	case *ast.MapNode:
		return c.object(n)
	case *ast.BytesNode:
		return c.fault(at, "bytes are not a value here: write text without the b")
	}
	return c.fault(at, "this cannot be used here")
}

func (c *checker) identifier(n *ast.IdentifierNode) operand {
	at := c.src.span(n.Location())
	for _, v := range slices.Backward(c.vars) {
		if v.name == n.Value {
			o := operand{
				node: mark(&ast.IdentifierNode{Value: n.Value}, n.Location()),
				typ:  v.typ, at: at, path: []string{n.Value}, name: n.Value, from: -1,
			}
			return c.narrowed(o)
		}
	}
	typ, ok := c.env.Field(n.Value)
	if !ok || n.Value == "$env" {
		return c.unknownName(n.Value, at)
	}
	o := operand{
		node: op("root", n.Location(), constant(n.Value, n.Location())),
		typ:  typ, at: at, path: []string{n.Value}, name: n.Value, from: at.from,
	}
	return c.narrowed(o)
}

func (c *checker) unknownName(name string, at span) operand {
	names := c.env.Fields()
	for _, v := range c.vars {
		if !strings.HasPrefix(v.name, "?") {
			names = append(names, v.name)
		}
	}
	e := unknown(at, name, fmt.Sprintf("unknown name %q", name), "names", names)
	if function(name) != nil || predicateNames[name] {
		e.Hint = fmt.Sprintf("%s is a function: write %s(…)", name, name)
	} else if len(c.loops) > 0 {
		if _, ok := c.loops[len(c.loops)-1].elem.Field(name); ok {
			e.Hint = fmt.Sprintf("a field of the element is written .%s", name)
		}
	}
	return c.fail(e)
}

func (c *checker) pointer(n *ast.PointerNode) operand {
	at := c.src.span(n.Location())
	if len(c.loops) == 0 {
		return c.fault(at, "# stands for an element, and so in a function like filter or map only")
	}
	l := c.loops[len(c.loops)-1]
	o := operand{node: mark(&ast.PointerNode{Name: n.Name}, n.Location()), at: at, from: -1}
	switch n.Name {
	case "":
		o.typ, o.path, o.name = l.elem, []string{"#" + l.id}, "an element of "+l.of
		if l.elem.kinds() == kNothing {
			o.typ = Any
		}
		return c.narrowed(o)
	case "index":
		o.typ = Int
		return o
	case "acc":
		if l.acc != nil {
			o.typ, o.path, o.name = *l.acc, []string{"#acc" + l.id}, "#acc"
			return c.narrowed(o)
		}
	}
	names := []string{"index"}
	if l.acc != nil {
		names = append(names, "acc")
	}
	return c.fail(unknown(at, n.Name, fmt.Sprintf("unknown name #%s", n.Name), "after # there are", names))
}

func (c *checker) let(n *ast.VariableDeclaratorNode) operand {
	at := c.src.span(n.Location())
	_, root := c.env.Field(n.Name)
	taken := slices.ContainsFunc(c.vars, func(v variable) bool { return v.name == n.Name })
	if root && !c.env.Open() || taken || function(n.Name) != nil || predicateNames[n.Name] {
		return c.fault(at, "the name %q is taken", n.Name)
	}
	value := c.visit(n.Value)
	c.vars = append(c.vars, variable{n.Name, value.typ})
	body := c.visit(n.Expr)
	c.vars = c.vars[:len(c.vars)-1]
	return operand{
		node: mark(&ast.VariableDeclaratorNode{Name: n.Name, Value: value.node, Expr: body.node}, n.Location()),
		typ:  body.typ, at: at.cover(value.at).cover(body.at),
	}
}

func (c *checker) array(n *ast.ArrayNode) operand {
	elem, at := nothing, c.src.span(n.Location())
	out := mark(&ast.ArrayNode{}, n.Location())
	for _, e := range n.Nodes {
		o := c.visit(e)
		out.Nodes = append(out.Nodes, o.node)
		elem, at = elem.Or(o.typ), at.cover(o.at)
	}
	return operand{node: out, typ: ListOf(elem).known(), at: c.src.closed(at)}
}

func (c *checker) object(n *ast.MapNode) operand {
	fields, open, at := map[string]Type{}, false, c.src.span(n.Location())
	out := mark(&ast.MapNode{}, n.Location())
	for _, pair := range n.Pairs {
		pair := pair.(*ast.PairNode)
		key := c.visit(pair.Key)
		value := c.visit(pair.Value)
		if key.text == nil {
			open = true
			if !key.typ.may(kString) {
				c.fail(mustBe("the name of a field", "string", key.typ.String()).placed(key.at))
			}
			key.node = op("key", pair.Key.Location(), key.node)
		} else if _, twice := fields[*key.text]; twice {
			c.fault(key.at, "the field %q is there twice", *key.text)
		} else {
			fields[*key.text] = value.typ
		}
		out.Pairs = append(out.Pairs, mark(&ast.PairNode{Key: key.node, Value: value.node}, pair.Location()))
		at = at.cover(key.at).cover(value.at)
	}
	return operand{node: out, typ: ObjectOf(fields, open).known(), at: c.src.closed(at)}
}
