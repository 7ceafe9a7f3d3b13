package check

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// triggers checks what starts a flow, and that it gives the flow what it needs.
func (b *builder) triggers(p *engine.Plan) {
	for _, t := range b.flow.Triggers {
		switch {
		case t.Value == nil: // flow has told
		case t.Kind == "schedule":
			b.schedule(t)
		case t.Kind == "event" || t.Kind == "poll":
			b.problem(t.Value, CodeUnknownCard, "this version has schedules and webhooks only", "unknown trigger card %q", t.Value.Text)
		}
		b.env = expr.ObjectOf(map[string]expr.Type{"trigger": expr.Any}, false)
		at := t.Value
		if at == nil {
			at = t.Node
		}
		b.object(t.Node.Field("inputs"), object{of: "flow " + p.Flow, noun: "input", schema: inputsSchema(p), at: at})
	}
}

// flowRules are the rules about a flow as a whole.
func (b *builder) flowRules(p *engine.Plan) {
	b.runsPer()
	b.triggers(p)
	b.callCycles(b.flow)
}

// runsPer checks by what the runs of a flow are counted.
func (b *builder) runsPer() {
	if b.flow.Runs == nil {
		return
	}
	inputs, _ := b.env.Field("inputs")
	b.expression(b.flow.Runs.Field("per"), expr.ObjectOf(map[string]expr.Type{"inputs": inputs}, false))
}
