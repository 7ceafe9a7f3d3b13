package check

import (
	"fmt"
	"time"

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
		steps = append(steps, b.step(s, list[i:], nth[s.Verb])...)
	}
	return steps
}

// step makes one step, or none if a problem is in the way. rest is the step itself and those after it,
// which it cannot read.
func (b *builder) step(s *flow.Step, rest []*flow.Step, nth int) []engine.Step {
	step := engine.Step{ID: text(s.ID), Pos: s.Pos, Verb: s.Verb, Name: fmt.Sprintf("%s-%d", s.Verb, nth)}
	if s.ID != nil {
		step.Name = step.ID
	}
	outside := b.rest
	b.rest = rest
	defer func() { b.rest = outside }()

	if s.If != nil && s.Verb != "if" {
		step.If = b.condition(s.If, b.env)
	}
	step.Timeout = length(s.Key("timeout"))
	step.Continue = text(s.Key("on_error")) == "continue"
	before := b.env
	var result expr.Type
	step.Do, result = b.verb(s)
	switch do := step.Do.(type) {
	case engine.Card:
		step.Card = do.Card.Name
	case engine.Loop:
		step.Card = do.Source.Card.Name
	}
	if step.If != nil {
		b.env = maybe(before, b.env) // what the step bound may not be there
		result = result.OrNil()
		if ends(s.Verb) {
			b.narrow(step.If.Program)
		}
	}
	if step.Continue {
		result = result.OrNil()
	}
	if s.ID != nil {
		b.bind("steps", step.ID, result)
	}
	if step.Do == nil {
		return nil
	}
	return []engine.Step{step}
}

// verb makes what a step does, and tells the type of its result. It is nil if a problem is in the way.
func (b *builder) verb(s *flow.Step) (engine.Verb, expr.Type) {
	switch s.Verb {
	case "stop":
		return engine.Stop{Reason: b.template(s.Value)}, expr.Nil
	case "return":
		return engine.Return{Value: b.template(s.Value)}, expr.Nil
	case "try":
		return b.tryStep(s)
	case "repeat":
		return b.repeatStep(s)
	case "parallel":
		return b.parallelStep(s)
	case "switch":
		return b.switchStep(s)
	}
	if s.Value == nil {
		return nil, expr.Any // flow has told what is wrong with it
	}
	switch s.Verb {
	case "card":
		return b.cardStep(s)
	case "stream", "each":
		return b.loopStep(s)
	case "call", "start":
		return b.flowStep(s)
	case "if":
		return b.ifStep(s)
	case "wait":
		return b.waitStep(s), expr.Nil
	case "set":
		return b.setStep(s)
	case "fail":
		return b.failStep(s), expr.Nil
	case "approve":
		return b.approveStep(s)
	}
	return nil, expr.Any
}

func (b *builder) failStep(s *flow.Step) engine.Verb {
	if s.Value.Kind != flow.Mapping {
		return engine.Fail{Message: b.template(s.Value)}
	}
	return engine.Fail{
		Message: b.template(s.Value.Field("message")),
		Code:    b.template(s.Value.Field("code")),
		Details: b.template(s.Value.Field("details")),
	}
}

func (b *builder) waitStep(s *flow.Step) engine.Verb {
	if until := s.Value.Field("until"); until != nil {
		return engine.Wait{Until: b.expression(until, b.env)}
	}
	return engine.Wait{For: b.template(s.Value)}
}

func (b *builder) approveStep(s *flow.Step) (engine.Verb, expr.Type) {
	b.template(s.Value.Field("prompt"))
	return engine.Refused{What: "approve"}, expr.ObjectOf(map[string]expr.Type{
		"approved": expr.Bool, "by": expr.String, "note": expr.String.OrNil(), "at": expr.String,
	}, false)
}

func (b *builder) setStep(s *flow.Step) (engine.Verb, expr.Type) {
	t := b.template(s.Value)
	types := map[string]expr.Type{}
	for _, field := range s.Value.Fields {
		name := field.Key.Text
		b.setOuter(field.Key)
		for _, f := range t.Fields {
			if f.Name == name {
				types[name] = typeOf(f.Value)
			}
		}
		if object, ok := t.Literal.(map[string]any); ok {
			types[name] = expr.TypeOf(object[name])
		}
	}
	for name, typ := range types {
		b.bind("vars", name, typ)
	}
	return engine.Set{Vars: t}, expr.ObjectOf(types, false)
}

// length is the duration that a node says; 0 for none. flow has told if it is no duration.
func length(n *flow.Node) time.Duration {
	if n == nil {
		return 0
	}
	d, _ := flow.ParseDuration(n.Text)
	return d
}
