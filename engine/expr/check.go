package expr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// checker walks the tree of expr-lang's parser, finds the type of every node, and makes the thunk that computes it. It
// does not change the tree, because nodes can be shared: the parser uses the middle of `1 < x < 3` twice.
//
// The tables of the language are fields of checker, since the tables refer to methods of the checker.
type checker struct {
	src               source
	env               Type
	functions         map[string]*definition
	binaries, unaries map[string]*operator

	err    *Error // the first error
	vars   []variable
	loops  []loop
	safe   []string // keys of the paths that are not nil at this point of the walk
	empty  []string // keys of the paths that are nil at this point of the walk
	reads  []Read
	maybes []Maybe
	nodes  int // number of nodes visited

	mostVars, mostLoops int  // maximum number at the same time
	whole               bool // a root is read as a whole, instead of a field of it
}

// variable is a let variable.
type variable struct {
	name string
	typ  Type
}

// loop is a closure that contains the current node.
type loop struct {
	id   string // of the path of #
	elem Type
	acc  *Type // of #acc in reduce
	of   string
}

// operand is a checked part of the expression.
type operand struct {
	run     thunk
	typ     Type
	boolean bool // every value is a boolean or an Unknown
	at      span
	spot    span     // the position for faults of its value
	path    []string // the path that it reads: a root, a let or #, then names
	name    string   // the path for messages, or empty
	from    int      // where the path starts, if it is a root's; otherwise -1
	text    *string  // its text, if it is a string literal
	joined  []part   // its parts, if it is strings joined by +
	nils    int      // see Read.Nil
}

// fail records the first error. The walk continues with a type that fits everywhere.
func (c *checker) fail(e *Error) operand {
	if c.err == nil {
		c.err = e
	}
	return operand{run: constant(nil), typ: Any}
}

func (c *checker) fault(at span, format string, args ...any) operand {
	return c.fail(faultf(format, args...).placed(at))
}

func (c *checker) visit(n ast.Node) operand {
	at := c.src.span(n.Location())
	// Chained comparisons and nested reduce visit the same node repeatedly.
	if c.nodes++; c.nodes > maxVisits {
		return c.fail(tooMuch("the expression is too large").placed(at))
	}
	literal := func(v any, typ Type) operand {
		return operand{run: constant(v), typ: typ, boolean: typ.set == kBool, at: at, spot: c.src.name(n.Location())}
	}
	switch n := n.(type) {
	case *ast.NilNode:
		return literal(nil, Nil)
	case *ast.BoolNode:
		return literal(n.Value, Bool)
	case *ast.IntegerNode:
		return literal(n.Value, Int)
	case *ast.FloatNode:
		return literal(n.Value, Float)
	case *ast.StringNode:
		o := literal(n.Value, String.graded(gradeOf(n.Value)))
		o.text = &n.Value
		return o
	case *ast.IdentifierNode:
		o := c.identifier(n)
		c.whole = c.whole || o.from >= 0 // a let is not a root
		o = c.recorded(o)
		o.typ = o.typ.Bounded() // the type may be huge: that of vars, for example
		return o
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
		return c.sequence(n)
	case *ast.ConditionalNode:
		return c.conditional(n)
	case *ast.ArrayNode:
		return c.array(n)
	case *ast.MapNode:
		return c.object(n)
	case *ast.BytesNode:
		return c.fault(at, "byte strings are not supported: remove the b")
	}
	return c.fault(at, "this is not supported here")
}

func (c *checker) identifier(n *ast.IdentifierNode) operand {
	name, at := n.Value, c.src.span(n.Location())
	o := operand{at: at, spot: c.src.name(n.Location()), path: []string{name}, name: name, from: -1}
	for slot, v := range slices.Backward(c.vars) {
		if v.name == name {
			o.typ = v.typ
			o.run = func(ev *evaluation) (any, error) { return ev.lets[slot], nil }
			return c.narrowed(o)
		}
	}
	typ, ok := c.env.Field(name)
	if !ok || name == "$env" {
		return c.unknownName(name, at)
	}
	o.typ, o.from = typ, at.from
	o.run = func(ev *evaluation) (any, error) { return ev.scope.Roots[name], nil }
	return c.narrowed(o)
}

func (c *checker) unknownName(name string, at span) operand {
	names := c.env.Fields()
	for _, v := range c.vars {
		names = append(names, v.name)
	}
	e := unknown(at, name, fmt.Sprintf("unknown name %q", name), "names", names)
	if c.functions[name] != nil {
		e.Hint = fmt.Sprintf("%s is a function: write %s(…)", name, name)
	} else if len(c.loops) > 0 {
		if _, ok := c.loops[len(c.loops)-1].elem.Field(name); ok {
			e.Hint = fmt.Sprintf("a field of the element is written .%s", name)
		}
	}
	if meant := c.root(name); meant != "" {
		e.Hint = meant
	} else if strings.HasPrefix(e.Hint, "names: ") { // no name is similar
		e.Hint += "; a string has quotes"
	}
	return c.fail(e)
}

func (c *checker) pointer(n *ast.PointerNode) operand {
	at := c.src.span(n.Location())
	if len(c.loops) == 0 {
		return c.fault(at, "# is an element of a list: it works only inside a function such as filter or map")
	}
	depth := len(c.loops) - 1
	l := c.loops[depth]
	o := operand{at: at, spot: c.src.name(n.Location()), from: -1}
	switch n.Name {
	case "":
		o.typ, o.path, o.name = l.elem, []string{"#" + l.id}, "an element of "+l.of
		if l.elem.kinds() == kNothing {
			o.typ = Any
		}
		o.run = func(ev *evaluation) (any, error) { return ev.loops[depth].elem, nil }
		return c.narrowed(o)
	case "index":
		o.typ = Int
		o.run = func(ev *evaluation) (any, error) { return ev.loops[depth].index, nil }
		return o
	case "acc":
		if l.acc != nil {
			o.typ, o.path, o.name = *l.acc, []string{"#acc" + l.id}, "#acc"
			o.run = func(ev *evaluation) (any, error) { return ev.loops[depth].acc, nil }
			return c.narrowed(o)
		}
	}
	names := []string{"index"}
	if l.acc != nil {
		names = append(names, "acc")
	}
	return c.fail(unknown(at, n.Name, fmt.Sprintf("unknown name #%s", n.Name), "names after #", names))
}

func (c *checker) let(n *ast.VariableDeclaratorNode) operand {
	at := c.src.span(n.Location())
	_, root := c.env.Field(n.Name)
	taken := slices.ContainsFunc(c.vars, func(v variable) bool { return v.name == n.Name })
	if root && !c.env.Open() || taken || c.functions[n.Name] != nil {
		return c.fault(at, "the name %q is taken", n.Name)
	}
	value := c.visit(n.Value)
	slot := len(c.vars)
	c.vars = append(c.vars, variable{n.Name, value.typ})
	c.mostVars = max(c.mostVars, len(c.vars))
	body := c.visit(n.Expr)
	c.vars = c.vars[:slot]
	run := func(ev *evaluation) (any, error) {
		v, err := value.run(ev)
		if err != nil {
			return nil, err
		}
		ev.lets[slot] = v
		return body.run(ev)
	}
	return operand{
		run: run, typ: body.typ, boolean: body.boolean,
		at: at.cover(value.at).cover(body.at), spot: c.src.name(n.Location()),
	}
}

// sequence checks `a; b`: both are computed, and the last one is the value.
func (c *checker) sequence(n *ast.SequenceNode) operand {
	last, parts := operand{}, make([]thunk, len(n.Nodes))
	for i, part := range n.Nodes {
		last = c.visit(part)
		parts[i] = last.run
	}
	last.run = func(ev *evaluation) (v any, err error) {
		for _, part := range parts {
			if v, err = part(ev); err != nil {
				return nil, err
			}
		}
		return v, nil
	}
	last.spot = c.src.name(n.Location())
	return last
}

func (c *checker) array(n *ast.ArrayNode) operand {
	elem, at, spot := nothing, c.src.span(n.Location()), c.src.name(n.Location())
	items := make([]thunk, len(n.Nodes))
	for i, e := range n.Nodes {
		o := c.visit(e)
		items[i] = o.run
		elem, at = elem.Or(o.typ), at.cover(o.at)
	}
	run := func(ev *evaluation) (any, error) {
		list := make([]any, len(items))
		for i, item := range items {
			v, err := item(ev)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, place(ev.grow(len(list)), spot)
	}
	return operand{run: run, typ: ListOf(elem).Bounded(), at: c.src.closed(at), spot: spot}
}

func (c *checker) object(n *ast.MapNode) operand {
	fields, open, at, spot := map[string]Type{}, false, c.src.span(n.Location()), c.src.name(n.Location())
	entries := make([]entry, len(n.Pairs))
	for i, pair := range n.Pairs {
		pair := pair.(*ast.PairNode)
		key := c.visit(pair.Key)
		value := c.visit(pair.Value)
		if key.text == nil {
			open = true
			if !key.typ.may(kString) {
				c.fail(mustBe("the name of a field", "string", key.typ.String()).placed(key.at))
			}
			for name, before := range fields { // the name may be that of any of the fields
				fields[name] = before.Or(value.typ)
			}
		} else if _, twice := fields[*key.text]; twice {
			c.fault(key.at, "duplicate field %q", *key.text)
		} else {
			fields[*key.text] = value.typ
		}
		entries[i] = entry{key.run, value.run, key.spot}
		at = at.cover(key.at).cover(value.at)
	}
	return operand{run: objectOf(entries, spot), typ: ObjectOf(fields, open).Bounded(), at: c.src.closed(at), spot: spot}
}

// entry is a field of an object literal.
type entry struct {
	key, value thunk
	at         span // of the key
}

// objectOf returns the thunk of an object literal. An Unknown name makes the whole object Unknown.
func objectOf(entries []entry, at span) thunk {
	return func(ev *evaluation) (any, error) {
		var unknown any
		object := make(map[string]any, len(entries))
		for _, e := range entries {
			key, err := e.key(ev)
			if err != nil {
				return nil, err
			}
			name, ok := key.(string)
			if !ok {
				if unknown, err = unless(mustBe("the name of a field", "string", kindWord(key)), e.at, key); err != nil {
					return nil, err
				}
			}
			if object[name], err = e.value(ev); err != nil {
				return nil, err
			}
		}
		if unknown != nil {
			return unknown, nil
		}
		return object, place(ev.grow(len(entries)), at)
	}
}
