package expr

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// A Bound is a comparison that holds wherever a condition is true, of a root with a value that does not depend on the roots that vary:
// `login == inputs.login`. It is what an index can look up.
type Bound struct {
	Op    string // ==, <, <=, >, >=, or in: the value is a list
	Value *Program
}

// Bounds returns bounds of a root in a condition. vary are the roots that have another value each time the condition is evaluated. It
// returns none if the condition does not compile.
func Bounds(condition string, env Type, root string, vary []string) []Bound {
	src := newSource(condition)
	tree, err := parse(src)
	if err != nil {
		return nil
	}
	b := bounds{src: src, env: env, root: root, vary: vary}
	b.visit(tree)
	return b.found
}

type bounds struct {
	src   source
	env   Type
	root  string
	vary  []string
	found []Bound
}

// mirrored are the operators of a Bound, and what they are with their sides exchanged.
var mirrored = map[string]string{"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// visit adds the bounds in a node that must be true.
func (b *bounds) visit(n ast.Node) {
	compared, ok := n.(*ast.BinaryNode)
	switch {
	case !ok:
	case compared.Operator == "and" || compared.Operator == "&&":
		b.visit(compared.Left)
		b.visit(compared.Right)
	case compared.Operator == "in" && b.is(compared.Left):
		b.add("in", compared.Right)
	case mirrored[compared.Operator] == "":
	case b.is(compared.Left):
		b.add(compared.Operator, compared.Right)
	case b.is(compared.Right):
		b.add(mirrored[compared.Operator], compared.Left)
	}
}

func (b *bounds) is(n ast.Node) bool {
	name, ok := n.(*ast.IdentifierNode)
	return ok && name.Value == b.root
}

func (b *bounds) add(op string, n ast.Node) {
	p, err := program(b.src, n, b.env)
	if err != nil || p.whole || slices.ContainsFunc(p.reads, func(r Read) bool { return slices.Contains(b.vary, r.Path[0]) }) {
		return
	}
	b.found = append(b.found, Bound{Op: op, Value: p})
}
