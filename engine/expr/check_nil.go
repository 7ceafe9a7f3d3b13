package expr

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// If a condition ensures that a path is not nil, the type of the path excludes nil: after `x != nil and`, after `x ==
// nil or`, and in the branches of `x == nil ? … : …`.

// assuming calls walk with the paths that are not nil when the condition has this value.
func (c *checker) assuming(condition ast.Node, value bool, walk func()) {
	safe, empty := len(c.safe), len(c.empty)
	for _, path := range c.sure(condition, value) {
		c.safe = append(c.safe, key(path))
	}
	for _, path := range c.nils(condition, value, false) {
		c.empty = append(c.empty, key(path))
	}
	walk()
	c.safe, c.empty = c.safe[:safe], c.empty[:empty]
}

// assumingNil walks while an expression is nil.
func (c *checker) assumingNil(n ast.Node, walk func()) {
	empty := len(c.empty)
	if path := c.culprit(c.pathOf(n)); path != nil {
		c.empty = append(c.empty, key(path))
	}
	walk()
	c.empty = c.empty[:empty]
}

// culprit returns the only start of a path that may be nil, and so is nil where the whole path is nil. It returns nil if several
// starts may be.
func (c *checker) culprit(path []string) (found []string) {
	t := c.env
	for n, name := range path {
		if !t.Lists(name) {
			return nil
		}
		t, _ = t.NotNil().Field(name)
		if t.Nullable() && found != nil {
			return nil
		}
		if t.Nullable() {
			found = path[:n+1]
		}
	}
	return found
}

// narrowed removes nil from the type of a path that is not nil here.
func (c *checker) narrowed(o operand) operand {
	switch {
	case o.path == nil || !o.typ.Nullable() || o.typ.isAny():
	case slices.Contains(c.safe, key(o.path)), o.typ.unless != "" && slices.Contains(c.empty, o.typ.unless):
		o.typ = o.typ.NotNil()
	}
	return o
}

// nils are the paths that are nil if the condition has the value; with enough, those each of which gives it that value if
// it is nil.
func (c *checker) nils(n ast.Node, value, enough bool) [][]string {
	switch n := n.(type) {
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return c.nils(n.Node, !value, enough)
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&":
			if value != enough {
				return append(c.nils(n.Left, value, enough), c.nils(n.Right, value, enough)...)
			}
		case "or", "||":
			if value == enough {
				return append(c.nils(n.Left, value, enough), c.nils(n.Right, value, enough)...)
			}
		case "==", "!=":
			for _, side := range [][2]ast.Node{{n.Left, n.Right}, {n.Right, n.Left}} {
				if _, isNil := side[1].(*ast.NilNode); !isNil || value != (n.Operator == "==") {
					continue
				}
				if path := c.pathOf(side[0]); path != nil {
					return [][]string{path}
				}
			}
		}
	}
	return nil
}

func key(path []string) string { return strings.Join(path, "\x00") }

// sure returns the paths that are not nil when the condition has this value, each with its prefixes.
func (c *checker) sure(n ast.Node, value bool) [][]string {
	switch n := n.(type) {
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return c.sure(n.Node, !value)
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&":
			if value {
				return append(c.sure(n.Left, true), c.sure(n.Right, true)...)
			}
		case "or", "||":
			if !value {
				return append(c.sure(n.Left, false), c.sure(n.Right, false)...)
			}
		case "in": // nil is an element only of a list with nil
			if path := c.pathOf(n.Left); value && path != nil && literalsOnly(n.Right) {
				return prefixes(path)
			}
		case "<", "<=", ">", ">=", "contains", "startsWith", "endsWith", "matches": // nil is an error
			return append(prefixes(c.pathOf(n.Left)), prefixes(c.pathOf(n.Right))...)
		case "==", "!=":
			equal := value == (n.Operator == "==")
			for _, side := range [][2]ast.Node{{n.Left, n.Right}, {n.Right, n.Left}} {
				path := c.pathOf(side[0])
				if path == nil {
					continue
				}
				if _, isNil := side[1].(*ast.NilNode); isNil != equal && (isNil || literal(side[1])) {
					return prefixes(path)
				}
			}
		}
	}
	return nil
}

func prefixes(path []string) [][]string {
	var all [][]string
	for n := range path {
		all = append(all, path[:n+1])
	}
	return all
}

// literalsOnly reports whether an expression is a list of literals other than nil.
func literalsOnly(n ast.Node) bool {
	list, ok := n.(*ast.ArrayNode)
	return ok && !slices.ContainsFunc(list.Nodes, func(n ast.Node) bool { return !literal(n) })
}

func literal(n ast.Node) bool {
	switch n.(type) {
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.StringNode:
		return true
	}
	return false
}

// pathOf returns the path that an expression consists of; nil if it is not a path.
func (c *checker) pathOf(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return []string{n.Value}
	case *ast.PointerNode:
		if len(c.loops) == 0 || n.Name == "index" {
			return nil
		}
		return []string{"#" + n.Name + c.loops[len(c.loops)-1].id}
	case *ast.ChainNode:
		return c.pathOf(n.Node)
	case *ast.MemberNode:
		name, ok := n.Property.(*ast.StringNode)
		base := c.pathOf(n.Node)
		if !ok || base == nil || n.Method {
			return nil
		}
		return append(base, name.Value)
	}
	return nil
}
