package check

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// meant matches texts that other tools take for an expression: a path alone, $path, $.path, or {{ path }}.
var meant = regexp.MustCompile(`^\$?\.?((?:inputs|steps|vars|record|run)\.[A-Za-z_][\w.?]*)$|\{\{\s*((?:inputs|steps|vars|record|run)\.[A-Za-z_][\w.?]*)\s*\}\}`)

// ofTool matches texts that are the name of a secret or of a variable of the environment in other tools.
var ofTool = regexp.MustCompile(`^\$?(secrets\.[A-Za-z_]\w*|env\.[A-Z_][A-Z0-9_]*)$`)

// literalExpressions warns about literals that are exactly a path of this place, so that they were meant as an expression.
func (b *builder) literalExpressions(n *flow.Node) {
	n.Walk(func(n *flow.Node) bool {
		if n.IsText() && !n.Reported() {
			if m := ofTool.FindStringSubmatch(n.Text); m != nil {
				b.warn(flow.Problem{
					Pos: n.Pos, Width: n.Width, Code: CodeLiteralExpression,
					Message: "this is the text itself, not the value of " + m[1], Hint: b.hintOf(m[1]),
				})
			} else if path, ok := b.meantPath(n.Text); ok {
				b.literalExpression(n, path)
			}
		}
		for _, field := range n.Fields {
			if path, ok := b.meantPath(field.Key.Text); ok && field.Value.IsNull() { // {inputs.g}
				b.literalExpression(field.Key, path)
			}
		}
		return true
	})
}

func (b *builder) literalExpression(n *flow.Node, path string) {
	write := "${ " + path + " }"
	if n.InBrackets() && !n.Quoted() {
		write = strconv.Quote(write)
	}
	b.warn(flow.Problem{
		Pos: n.Pos, Width: n.Width, Code: CodeLiteralExpression,
		Message: "this is the text itself, not the value of " + path, Hint: "write " + write,
	})
}

// meantPath returns the path that a text was meant to be; false if it is an ordinary text.
func (b *builder) meantPath(text string) (string, bool) {
	m := meant.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	path := m[1] + m[2]
	if _, err := expr.Compile(path, b.env); err == nil {
		return path, true
	}
	result, after, _ := strings.Cut(strings.TrimPrefix(path, "steps."), ".") // steps.u.outputs.id, as the result of a step is called elsewhere
	_, field, _ := strings.Cut(after, ".")
	meant := strings.TrimSuffix("steps."+result+"."+field, ".")
	if _, err := expr.Compile(meant, b.env); err != nil || after == "" || !strings.HasPrefix(path, "steps.") || b.hintOf(path) != "steps."+result+" is the result of the step itself" {
		return "", false
	}
	return meant, true
}

// hintOf returns the hint for an expression with a mistake.
func (b *builder) hintOf(text string) string {
	wrong := (*expr.Error)(nil)
	if _, err := expr.Compile(text, b.env); errors.As(err, &wrong) {
		return wrong.Hint
	}
	return ""
}

// strayBrace warns about a brace that is left over after an expression: ${ inputs.n }}.
func (b *builder) strayBrace(n *flow.Node) {
	parts, err := expr.ParseText(n.Text)
	if err != nil {
		return
	}
	open := 0
	for i, part := range parts {
		if part.Hole {
			continue
		}
		if open += strings.Count(part.Text, "{"); i > 0 && open == 0 && strings.HasPrefix(part.Text, "}") {
			b.warn(flow.Problem{
				Pos: n.At(part.Offset), Width: 1, Code: CodeLiteralExpression,
				Message: "this } is not part of the expression before it", Hint: "remove it",
			})
			return
		}
		open -= strings.Count(part.Text, "}")
	}
}
