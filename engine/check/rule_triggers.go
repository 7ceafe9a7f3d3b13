package check

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// triggers checks the triggers of a flow, and that they provide its inputs.
func (b *builder) triggers(p *engine.Plan) {
	for _, t := range b.flow.Triggers {
		switch {
		case t.Value == nil: // reported by package flow
		case t.Kind == "schedule":
			b.schedule(p, t)
		case t.Kind == "event" || t.Kind == "poll":
			b.problem(t.Value, CodeUnknownCard, "this version has schedules and webhooks only", "unknown trigger card %q", t.Value.Text)
		}
		at := t.Value
		if at == nil {
			at = t.Node
		}
		b.in(expr.ObjectOf(map[string]expr.Type{"trigger": expr.Any}, false), func() {
			b.object(t.Node.Field("inputs"), object{of: "flow " + p.Flow, noun: "input", schema: b.inputsSchema(b.flow, p), at: missingAt(t.Node, at, "inputs", t.Lacks)})
		})
	}
}

// runLimit returns how many runs of the flow may go on at a time; nil if it does not say.
func (b *builder) runLimit(inputs expr.Type) *engine.RunLimit {
	n := b.flow.Runs
	if n == nil {
		return nil
	}
	r := &engine.RunLimit{Limit: 1, Busy: engine.BusyQueue}
	if limit, ok := n.Field("limit").Literal().(int); ok {
		r.Limit = limit
	}
	if busy := n.Field("busy"); busy != nil {
		r.Busy = engine.Busy(busy.Text)
	}
	if per := n.Field("per"); per != nil {
		env := expr.ObjectOf(map[string]expr.Type{"inputs": inputs}, false)
		r.Per = b.expression(per, env)
	}
	return r
}
