package check

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// triggers checks the triggers of a flow, and that they provide its inputs.
func (b *builder) triggers(p *engine.Plan) {
	for _, t := range b.flow.Triggers {
		switch {
		case t.Value == nil: // reported by package flow
		case t.Kind == "schedule":
			b.schedule(t)
		case t.Kind == "event" || t.Kind == "poll":
			b.problem(t.Value, CodeUnknownCard, "this version has schedules and webhooks only", "unknown trigger card %q", t.Value.Text)
		}
		at := t.Value
		if at == nil {
			at = t.Node
		}
		b.in(expr.ObjectOf(map[string]expr.Type{"trigger": expr.Any}, false), func() {
			b.object(t.Node.Field("inputs"), object{of: "flow " + p.Flow, noun: "input", schema: inputsSchema(p), at: func() *flow.Node { return at }})
		})
	}
}

// runsPer checks the expression by which the runs of a flow are counted.
func (b *builder) runsPer(inputs map[string]expr.Type) {
	env := expr.ObjectOf(map[string]expr.Type{"inputs": expr.ObjectOf(inputs, false)}, false)
	b.expression(b.flow.Runs.Field("per"), env)
}
