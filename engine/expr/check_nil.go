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
	before := len(c.safe)
	for _, path := range c.sure(condition, value) {
		c.safe = append(c.safe, key(path))
	}
	walk()
	c.safe = c.safe[:before]
}

// narrowed removes nil from the type of a path that is not nil here.
func (c *checker) narrowed(o operand) operand {
	if len(c.safe) > 0 && o.path != nil && slices.Contains(c.safe, key(o.path)) && o.typ.Nullable() && !o.typ.isAny() {
		o.typ = o.typ.NotNil()
	}
	return o
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
