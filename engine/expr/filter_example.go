package expr

import (
	"strings"

	"github.com/expr-lang/expr/ast"
)

// isQuote reports whether an expression is a call of quote() or quote_expression(). The result of both is a string in a filter.
func isQuote(n ast.Node) bool {
	call, ok := n.(*ast.CallNode)
	if !ok {
		return false
	}
	callee, ok := call.Callee.(*ast.IdentifierNode)
	return ok && (callee.Value == "quote" || callee.Value == "quote_expression")
}

// Example returns a filter that the text can make, in which every byte has the position that it has in the text. It returns
// false if an expression is more than an operand: only a call of quote(), a number or a boolean outside of quotes, and a
// part of a string inside of them, are not.
func (t *Template) Example() (string, bool) {
	if t.whole != nil || strings.Contains(t.text, "$${") { // an escape is shorter than its source
		return "", false
	}
	var b strings.Builder
	var q quotes
	for _, p := range t.parts {
		if p.program == nil {
			q.literal(p.literal)
			b.WriteString(p.literal)
			continue
		}
		width := len("${") + len(p.program.src.text) + len("}")
		switch {
		case q.open && p.program.typ.grade() == word && !q.escaped:
			b.WriteString(strings.Repeat("x", width))
		case !q.open && p.program.quoted:
			b.WriteString(`"` + strings.Repeat("x", width-len(`""`)) + `"`)
		case !q.open && p.program.typ.kinds()&^(kNumber|kBool) == 0:
			b.WriteString(strings.Repeat("1", width))
		default:
			return "", false
		}
	}
	return b.String(), true
}
