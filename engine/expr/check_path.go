package expr

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/flowdeck/flowdeck/engine/words"
)

// postfix checks a path: a value followed by links such as .name, ?.name, [index] and [low:high]; see chain.
func (c *checker) postfix(n ast.Node) operand {
	var steps []ast.Node
	for {
		switch s := n.(type) {
		case *ast.MemberNode:
			steps, n = append(steps, s), s.Node
			continue
		case *ast.SliceNode:
			steps, n = append(steps, s), s.Node
			continue
		case *ast.ChainNode:
			n = s.Node
			continue
		}
		break
	}
	slices.Reverse(steps)
	var base operand
	if root, ok := n.(*ast.IdentifierNode); ok {
		base = c.identifier(root) // recorded together with the names that follow
	} else {
		base = c.visit(n)
	}
	links := make([]link, 0, len(steps))
	out := c.follow(base, steps, &links)
	out.run = chain(base.run, links)
	return c.recorded(out)
}

func (c *checker) follow(base operand, steps []ast.Node, links *[]link) operand {
	for i, s := range steps {
		if m, ok := s.(*ast.MemberNode); ok && m.Optional {
			return c.optional(base, steps[i:], links)
		}
		base = c.step(base, s, links)
	}
	return base
}

// optional checks base?.rest: rest reads a base that is not nil, and a list that has the element.
func (c *checker) optional(base operand, steps []ast.Node, links *[]link) operand {
	inner := base
	inner.typ = base.typ.NotNil()
	if base.typ.isAny() {
		inner.typ = Any
	}
	first := len(*links)
	rest := c.step(inner, steps[0], links)
	if c.err != nil {
		return rest
	}
	(*links)[first].optional = true
	rest = c.follow(rest, steps[1:], links)
	m := steps[0].(*ast.MemberNode)
	if _, named := m.Property.(*ast.StringNode); base.typ.Nullable() || !named && base.typ.may(kList) {
		rest.typ = rest.typ.OrNil()
	}
	rest.spot = c.src.name(steps[0].Location())
	return c.narrowed(rest)
}

// step checks one link of a path. The operand that it returns has no thunk.
func (c *checker) step(base operand, s ast.Node, links *[]link) operand {
	if s, ok := s.(*ast.SliceNode); ok {
		return c.slice(c.recorded(base), s, links)
	}
	m := s.(*ast.MemberNode)
	if m.Method {
		name := m.Property.(*ast.StringNode).Value
		at := c.src.name(m.Property.Location())
		return c.fail(&Error{
			Offset: at.from, Width: len(name), Message: fmt.Sprintf("values have no methods, so there is no %s() here", name),
			Hint: c.functionFor(base, name, span{at.from, at.from + len(name)}),
		})
	}
	if p, ok := m.Property.(*ast.StringNode); ok {
		return c.field(base, p, links)
	}
	c.recorded(base)
	index := c.visit(m.Property)
	spot := c.src.name(m.Location())
	*links = append(*links, elementOf(index.run, base.name, spot, index.at))
	o := operand{typ: Any, at: c.src.closed(base.at.cover(index.at)), spot: spot, nils: base.nils}
	switch {
	case base.typ.isAny() || base.typ.kinds() == kNothing:
	case !base.typ.may(kList | kObject):
		return c.fault(c.src.span(m.Location()), "%s has no elements", orThis(base))
	case !base.typ.may(kObject):
		if !index.typ.may(kNumber) {
			return c.fail(mustBe("the index of a list", "integer", index.typ.String()).placed(index.at))
		}
		o.typ = base.typ.Elem()
	case !base.typ.may(kList):
		if !index.typ.may(kString) {
			f := mustBe("the name of a field", "string", index.typ.String())
			if list := base.listIn(); list != "" {
				f.hint = "its list is " + list
			}
			return c.fail(f.placed(index.at))
		}
		if s := base.typ.shape; s != nil && s.fields == nil && s.extra != nil {
			o.typ = s.extra.OrNil()
		}
	}
	return o
}

// field checks base.name or base["name"].
func (c *checker) field(base operand, p *ast.StringNode, links *[]link) operand {
	name, loc, at := p.Value, p.Location(), c.src.name(p.Location())
	whole := c.src.span(loc)
	if at != whole { // quoted, so it is in brackets
		whole = c.src.closed(whole)
	}
	*links = append(*links, fieldOf(name, base.name, at))
	o := operand{at: base.at.cover(whole), spot: at, from: base.from, nils: base.nils}
	if base.path != nil {
		o.path = append(slices.Clone(base.path), name)
		o.name = strings.TrimPrefix(base.name, "an element of "+c.loopOf()) + "." + name
		if o.nils == 0 && base.typ.Nullable() && !base.typ.isAny() {
			o.nils = len(base.path)
		}
	}
	if base.typ.kinds() == kNothing {
		o.typ = Any
		return o
	}
	if !base.typ.may(kObject) {
		e := faultf("%s has no field %q", orThis(base), name).placed(at)
		e.Name, e.Of = name, base.path
		switch {
		case base.typ.may(kList):
			list := cmp.Or(base.name, "list")
			e.Hint = fmt.Sprintf("first(%s)?.%s reads it from the first element, map(%s, .%s) from all", list, name, list, name)
			if base.name != "" && slices.Contains(lengths, strings.ToLower(name)) {
				e.Hint = "write len(" + base.name + ")"
			}
		case base.typ.may(kTime):
			e.Hint = `format_date(time, "YYYY-MM-DD") gives its parts`
		}
		return c.fail(e)
	}
	typ, ok := base.typ.Field(name)
	if !ok {
		of := "this object"
		if base.name != "" {
			of = base.name
		}
		e := unknown(at, name, fmt.Sprintf("unknown field %q of %s", name, of), "fields", base.typ.alternatives())
		e.Of = base.path
		if meant := c.elsewhere(base, name, at); meant != "" {
			e.Hint = meant
		} else if _, near := words.Nearest(name, e.Alternatives); !near && base.unlisted() {
			e.Hint = strings.TrimPrefix(e.Hint+fmt.Sprintf("; path(%s, %q) reads a field that is not listed", base.name, name), "; ")
		}
		return c.fail(e)
	}
	o.typ = typ
	return c.narrowed(o)
}

// unlisted reports whether an operand may have fields that its type does not list: a card's answer does, but the roots, the results
// of loops and what an expression makes do not.
func (o operand) unlisted() bool {
	return o.from >= 0 && len(o.path) > 1 && o.typ.shape != nil && o.typ.shape.loose
}

// orThis names an operand for a message: `steps.group, a list,` or `a list`.
func orThis(o operand) string {
	kind := words.A(o.typ.String())
	if o.name == "" {
		return kind
	}
	return o.name + ", " + kind + ","
}

func (c *checker) loopOf() string {
	if len(c.loops) == 0 {
		return "\x00"
	}
	return c.loops[len(c.loops)-1].of
}

func (c *checker) slice(base operand, s *ast.SliceNode, links *[]link) operand {
	at, spot := base.at.cover(c.src.span(s.Location())), c.src.name(s.Location())
	bound := func(n ast.Node) thunk {
		if n == nil {
			return constant(nil)
		}
		o := c.visit(n)
		if !o.typ.may(kNumber) {
			c.fail(mustBe("the bound of a slice", "integer", o.typ.String()).placed(o.at))
		}
		at = at.cover(o.at)
		return o.run
	}
	if !base.typ.may(kList | kString) {
		return c.fault(c.src.span(s.Location()), "cannot slice %s", orThis(base))
	}
	typ := base.typ
	typ.set = typ.kinds() & (kList | kString | kNothing)
	typ.shape, typ.texts = nil, nil
	if typ.text != word {
		typ.text = foreign // a part of the string may contain an open quote
	}
	low := bound(s.From)
	*links = append(*links, partOf(low, bound(s.To), spot))
	return operand{typ: typ, at: at, spot: spot, nils: base.nils}
}

// recorded adds a path that starts at a root to the reads.
func (c *checker) recorded(o operand) operand {
	if len(o.path) > 0 && o.from >= 0 {
		c.reads = append(c.reads, Read{Path: o.path, Offset: o.from, Width: o.at.to - o.from, Nil: o.nils})
	}
	return o
}
