package check

import (
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// nilReads warns about reading a field of a step's result or a variable that may be nil.
func (b *builder) nilReads(n *flow.Node, reads []expr.Read) {
	if b.unsure {
		return
	}
	for _, r := range reads {
		if r.Nil != 2 || r.Path[0] != "steps" && r.Path[0] != "vars" {
			continue
		}
		what := strings.Join(r.Path[:2], ".")
		b.warn(flow.Problem{
			Pos: n.At(r.Offset), Width: r.Width, Code: CodeNilRead,
			Message: what + " may be nil here, and reading a field of nil is an error",
			Hint:    "write " + safely(n, r) + ", or " + b.never(r.Path, what),
		})
	}
}

// never returns how a flow ends before it reads a value that is nil.
func (b *builder) never(path []string, what string) string {
	if s := b.onlyStep(path[1]); path[0] == "steps" && s != nil && text(s.Key("result")) == string(engine.First) && s.Key("if") == nil && s.Key("on_error") == nil && s.Key("required") == nil {
		return "add `required: true` beside `result: first`, so that the flow ends there"
	}
	return "end the flow before with `if: " + what + " == nil`"
}

// safely returns a read that does not fail on nil. A condition needs a boolean for that case.
func safely(n *flow.Node, r expr.Read) string {
	what := strings.Join(r.Path[:2], ".")
	if rest, ok := strings.CutPrefix(n.Text[r.Offset:r.Offset+r.Width], what+"."); ok && r.Condition {
		return "(" + what + "?." + rest + " ?? false)"
	}
	return what + "?."
}

// maybes warns about values that may be nil where nil is an error.
func (b *builder) maybes(n *flow.Node, found []expr.Maybe) {
	if b.unsure {
		return
	}
	for _, m := range found {
		b.warn(flow.Problem{Pos: n.At(m.Offset), Width: m.Width, Code: CodeNilRead, Message: m.Message, Hint: m.Hint})
	}
}
