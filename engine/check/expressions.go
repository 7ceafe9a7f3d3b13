package check

import (
	"errors"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// condition compiles a bare expression that must be true or false. nil stays nil. rest is the step itself
// and those after it, which it cannot read.
func (b *builder) condition(n *flow.Node, env expr.Type, rest []*flow.Step) *engine.Expression {
	if n == nil {
		return nil
	}
	program, err := expr.CompileBool(n.Text, env)
	if err != nil {
		b.mistake(n, err, rest)
		return nil
	}
	return &engine.Expression{Program: program, At: n.At}
}

// template makes a value with expressions in it, of whatever type.
func (b *builder) template(n *flow.Node, rest []*flow.Step) engine.Template {
	t, _ := b.value(n, schema{}, "", rest)
	return t
}

// text compiles a text that may hold expressions. It is false if there is a mistake in it.
func (b *builder) text(n *flow.Node, rest []*flow.Step) (*expr.Template, bool) {
	compiled, err := expr.CompileText(n.Text, b.env)
	if err != nil {
		b.mistake(n, err, rest)
		return nil, false
	}
	return compiled, true
}

// mistake tells what is wrong with the expression in n, at its place.
func (b *builder) mistake(n *flow.Node, err error, rest []*flow.Step) {
	wrong := (*expr.Error)(nil)
	if !errors.As(err, &wrong) {
		b.problem(n, CodeBadExpression, "", "%v", err)
		return
	}
	p := flow.Problem{Pos: n.At(wrong.Offset), Width: wrong.Width, Code: CodeBadExpression, Message: wrong.Message, Hint: wrong.Hint}
	if wrong.Name != "" {
		p.Code = CodeUnknownName
		for _, s := range rest {
			if text(s.ID) == wrong.Name && strings.Contains(wrong.Message, "steps") {
				p.Code = CodeStepOrder
				p.Message = "step " + wrong.Name + " has not run when this is evaluated"
				p.Hint = "a step sees the results of the steps above it"
			}
		}
	}
	b.problems = append(b.problems, p)
}
