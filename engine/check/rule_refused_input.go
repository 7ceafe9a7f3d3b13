package check

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// refusedInput reports the input for which a card refuses the call, if it is certain from the inputs that are written in the flow. A
// run checks the others.
func (b *builder) refusedInput(with *flow.Node, step engine.CallCard) {
	refusal := step.Card.Refusal(written(step.With))
	if refusal == nil {
		return
	}
	at := with
	for _, name := range refusal.Path {
		if next := at.Field(name); next != nil {
			at = next
		}
	}
	b.problem(at, CodeRefusedInput, refusal.Hint, "%s", refusal.Message)
}

// written returns the value of a template as far as it is written in the flow; a part that is computed is an expr.Unknown.
func written(t engine.Template) engine.Value {
	switch {
	case t.Text != nil:
		if literal, ok := t.Text.Literal(); ok {
			return literal
		}
		return expr.Unknown{}
	case t.Where != nil:
		return expr.Unknown{}
	case t.Fields != nil:
		object := make(map[string]any, len(t.Fields))
		for _, field := range t.Fields {
			object[field.Name] = written(field.Value)
		}
		return object
	case t.Items != nil:
		list := make([]any, len(t.Items))
		for i, item := range t.Items {
			list[i] = written(item)
		}
		return list
	}
	return t.Literal
}
