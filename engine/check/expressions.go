package check

import (
	"errors"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// condition compiles a bare expression that must be true or false. It returns nil for nil.
func (b *builder) condition(n *flow.Node, env expr.Type) *engine.Expression {
	made := b.compile(n, env, expr.CompileBool)
	b.unsure = b.unsure || n != nil && made == nil
	return made
}

// expression compiles a bare expression of any type. It returns nil for nil.
func (b *builder) expression(n *flow.Node, env expr.Type) *engine.Expression {
	return b.compile(n, env, expr.Compile)
}

func (b *builder) compile(n *flow.Node, env expr.Type, with func(string, expr.Type) (*expr.Program, error)) *engine.Expression {
	if n == nil || b.full() {
		return nil
	}
	program, err := with(n.Text, env)
	if err != nil {
		b.mistake(n, err, n.Unwrapped())
		return nil
	}
	b.nilReads(n, program.Reads())
	b.similarFields(n, program.Reads())
	b.maybes(n, program.Maybes())
	return &engine.Expression{Program: program, At: n.At}
}

// template returns the template of a value of any type that may contain expressions.
func (b *builder) template(n *flow.Node) engine.Template {
	t, _ := b.value(n, schema{}, "")
	return t
}

// printed returns the template of a string for people. A number is written with its digits; nil, a list and an object
// are errors.
func (b *builder) printed(n *flow.Node) engine.Template {
	if n == nil || !holdsExpression(n) {
		b.literalExpressions(n)
		return engine.Template{Literal: text(n)}
	}
	compiled, ok := b.compiled(n, expr.CompileString)
	if !ok {
		return engine.Template{}
	}
	return engine.Template{Text: compiled, At: n.At}
}

// text compiles a text that may contain expressions. It returns false if there is an error in it.
func (b *builder) text(n *flow.Node) (*expr.Template, bool) {
	return b.compiled(n, expr.CompileText)
}

func (b *builder) compiled(n *flow.Node, compile func(string, expr.Type) (*expr.Template, error)) (*expr.Template, bool) {
	if b.full() {
		return nil, false
	}
	compiled, err := compile(n.Text, b.env)
	if err != nil {
		b.mistake(n, err, nil)
		return nil, false
	}
	b.nilReads(n, compiled.Reads())
	b.similarFields(n, compiled.Reads())
	b.maybes(n, compiled.Maybes())
	return compiled, true
}

// mistake reports an error of the expression in n at its position. fix mends it; it may be nil.
func (b *builder) mistake(n *flow.Node, err error, fix *flow.Edit) {
	if n.Reported() {
		b.implied = true
		return
	}
	wrong := (*expr.Error)(nil)
	if !errors.As(err, &wrong) {
		b.problem(n, CodeBadExpression, "", "%v", err)
		return
	}
	p := flow.Problem{Pos: n.At(wrong.Offset), Width: wrong.Width, Code: CodeBadExpression, Message: wrong.Message, Hint: wrong.Hint, Fix: fix}
	if p.Hint == "" && strings.HasPrefix(p.Message, "trigger, nil,") {
		p.Hint = "this flow has no triggers; a flow that is called takes what it needs as inputs"
	}
	if wrong.Name != "" {
		if b.readsBadID(n.Text) {
			b.implied = true
			return
		}
		p.Code = CodeUnknownName
		if _, rest, of := strings.Cut(p.Message, " of inputs.state"); of && b.passing != nil && (rest == "" || rest[0] == '.') {
			p.Hint = strings.TrimPrefix(p.Hint+"; "+b.passedAt(), "; ")
		}
		if meant := flow.SameName(wrong.Name, wrong.Alternatives); meant != "" && len(wrong.Name) == wrong.Width {
			p.Fix = &flow.Edit{Pos: p.Pos, Width: p.Width, Text: meant}
		}
		if hint := b.otherResult(wrong.Of, wrong.Name); hint != "" {
			p.Hint = hint
		}
		for _, s := range b.rest {
			if text(s.ID) == wrong.Name && strings.Contains(wrong.Message, "steps") {
				p.Code = CodeStepOrder
				p.Message = "step " + wrong.Name + " has not run when this is evaluated"
				p.Hint = "a step sees the results of the steps above it"
			}
		}
	}
	b.put(p)
}

// readsBadID reports whether an expression reads the result of a step whose id package flow has reported, such as us-er: an unknown name in
// it follows from that.
func (b *builder) readsBadID(text string) bool {
	reads := false
	b.flow.Walk(func(s *flow.Step) {
		id := s.Node.Field("id")
		reads = reads || s.ID == nil && id != nil && id.Text != "" && strings.Contains(text, "steps."+id.Text)
	})
	return reads
}
