package check

import (
	"fmt"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// steps makes the steps of a list. Each sees the results of those before it.
func (b *builder) steps(list []*flow.Step) []engine.Step {
	var steps []engine.Step
	nth := map[string]int{}
	for i, s := range list {
		nth[s.Verb]++
		step := engine.Step{ID: text(s.ID), Place: s.Pos, Name: fmt.Sprintf("%s-%d", s.Verb, nth[s.Verb])}
		if s.ID != nil {
			step.Name = step.ID
		}
		step.If = b.condition(s.If, b.env, list[i:])
		var result expr.Type
		step.Do, result = b.verb(s, list[i:])
		if step.If != nil {
			result = result.OrNil()
			if ends(s.Verb) {
				b.narrow(step.If.Program)
			}
		}
		if s.ID != nil {
			all, _ := b.env.Field("steps")
			b.env = b.env.With("steps", all.With(step.ID, result))
		}
		if step.Do != nil {
			steps = append(steps, step)
		}
	}
	return steps
}

// verb makes what a step does, and tells the type of its result. It is nil if a problem is in the way.
func (b *builder) verb(s *flow.Step, rest []*flow.Step) (engine.Verb, expr.Type) {
	if s.Value == nil && s.Verb != "return" && s.Verb != "stop" {
		return nil, expr.Any
	}
	switch s.Verb {
	case "card":
		return b.cardStep(s, rest)
	case "stream":
		return b.streamStep(s, rest)
	case "stop":
		return engine.Stop{Reason: b.template(s.Value, rest)}, expr.Nil
	case "return":
		return engine.Return{Value: b.template(s.Value, rest)}, expr.Nil
	case "fail":
		return b.failStep(s, rest), expr.Nil
	}
	return nil, expr.Any // flow has told what is wrong with it
}

func (b *builder) failStep(s *flow.Step, rest []*flow.Step) engine.Verb {
	if s.Value.Kind != flow.Mapping {
		return engine.Fail{Message: b.template(s.Value, rest)}
	}
	return engine.Fail{
		Message: b.template(s.Value.Field("message"), rest),
		Code:    b.template(s.Value.Field("code"), rest),
		Details: b.template(s.Value.Field("details"), rest),
	}
}

// ends reports whether a verb ends its flow, so that what follows knows that its guard did not hold.
func ends(verb string) bool { return verb == "stop" || verb == "fail" || verb == "return" }

// narrow takes nil out of the types of what is certainly there after a guard that did not hold: after
// `fail` with `if: steps.group == nil`, steps.group.
func (b *builder) narrow(guard *expr.Program) {
	for _, path := range guard.NonNil(false) {
		b.env = narrowed(b.env, path)
	}
}

func narrowed(t expr.Type, path []string) expr.Type {
	if len(path) == 0 {
		return t.NotNil()
	}
	field, ok := t.Field(path[0])
	if !ok || len(t.Fields()) == 0 {
		return t
	}
	return t.With(path[0], narrowed(field, path[1:]))
}
