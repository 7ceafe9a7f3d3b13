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
	over := false
	for i, s := range list {
		nth[s.Verb]++
		steps = append(steps, b.step(s, list[i:], nth[s.Verb])...)
		over = over || b.over
	}
	b.over = over
	return steps
}

// step makes one step, or none if a problem is in the way. rest is the step itself and those after it,
// which it cannot read.
func (b *builder) step(s *flow.Step, rest []*flow.Step, nth int) []engine.Step {
	step := engine.Step{ID: text(s.ID), Title: text(s.Name), Pos: s.Pos, Verb: s.Verb, Name: fmt.Sprintf("%s-%d", s.Verb, nth)}
	if s.ID != nil {
		step.Name = step.ID
	}
	outside := b.rest
	b.rest = rest
	defer func() { b.rest = outside }()

	known := len(b.problems)
	step.If = b.condition(s.If, b.env)
	step.Timeout = length(s.Key("timeout"))
	step.Continue = text(s.Key("on_error")) == "continue"
	before, bound := b.env, len(b.bound)
	b.env, b.over = b.narrow(before, step.If, true), false
	var result expr.Type
	step.Do, result = b.verb(s)
	b.over = (b.over || s.Ends() != "") && s.If == nil && !step.Continue
	if step.Do == nil && !s.Wrong && b.problems[known:].Err() == nil && !b.full() {
		panic(fmt.Sprintf("check: the %s at %s makes neither a plan nor a problem", s.Verb, s.Pos))
	}
	switch do := step.Do.(type) {
	case engine.CallCard:
		step.Card = do.Card.Name
	case engine.Loop:
		step.Card = do.Source.Card.Name
	}
	if s.If != nil {
		b.env = maybe(before, b.env) // what the step bound may not be there
		result = b.unlessNil(step.ID, result, step.If, step.Continue)
		if s.Ends() != "" {
			b.env = b.narrow(b.env, step.If, false)
		}
	}
	if step.Continue {
		b.env = either(before, b.env, midway(before, b.bound[bound:]))
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

// A build makes what a step with some verb does, and the type of its result. The engine.Verb is nil if a problem is in the
// way; the step's value may be nil then, but not without bodies.
type build func(*builder, *flow.Step) (engine.Verb, expr.Type)

// builds has one build for every verb of the language's table. A test holds it to that.
func builds() map[string]build {
	return map[string]build{
		"card":     (*builder).cardStep,
		"stream":   (*builder).streamStep,
		"each":     (*builder).eachStep,
		"call":     (*builder).callStep,
		"start":    (*builder).startStep,
		"if":       (*builder).ifStep,
		"switch":   (*builder).switchStep,
		"parallel": (*builder).parallelStep,
		"try":      (*builder).tryStep,
		"repeat":   (*builder).repeatStep,
		"wait":     (*builder).waitStep,
		"approve":  (*builder).approveStep,
		"set":      (*builder).setStep,
		"return":   (*builder).returnStep,
		"stop":     (*builder).stopStep,
		"fail":     (*builder).failStep,
	}
}

// verb makes what a step does, and the type of its result. It is nil if a problem is in the way.
func (b *builder) verb(s *flow.Step) (engine.Verb, expr.Type) {
	if s.Verb == "" || s.Value == nil && len(s.Bodies) == 0 {
		return nil, expr.Any // package flow has reported why
	}
	do, ok := b.verbs[s.Verb]
	if !ok {
		panic(fmt.Sprintf("check: nothing builds the %s at %s", s.Verb, s.Pos))
	}
	return do(b, s)
}

func (b *builder) returnStep(s *flow.Step) (engine.Verb, expr.Type) {
	return engine.Return{Value: b.template(s.Value)}, expr.Nil
}

func (b *builder) stopStep(s *flow.Step) (engine.Verb, expr.Type) {
	return engine.Stop{Reason: b.printed(s.Value)}, expr.Nil
}

func (b *builder) failStep(s *flow.Step) (engine.Verb, expr.Type) {
	if s.Value.Kind != flow.Mapping {
		return engine.Fail{Message: b.printed(s.Value)}, expr.Nil
	}
	return engine.Fail{
		Message: b.printed(s.Value.Field("message")),
		Code:    b.printed(s.Value.Field("code")),
		Details: b.template(s.Value.Field("details")),
	}, expr.Nil
}

func (b *builder) waitStep(s *flow.Step) (engine.Verb, expr.Type) {
	if until := s.Value.Field("until"); until != nil {
		return engine.Wait{Until: b.expression(until, b.env)}, expr.Nil
	}
	return engine.Wait{For: b.template(s.Value)}, expr.Nil
}

func (b *builder) approveStep(s *flow.Step) (engine.Verb, expr.Type) {
	b.template(s.Value.Field("prompt"))
	return engine.Refused{What: "approve"}, engine.ApprovalType
}

func (b *builder) setStep(s *flow.Step) (engine.Verb, expr.Type) {
	for _, field := range s.Value.Fields {
		b.setOuter(field.Key)
	}
	t := b.template(s.Value)
	vars := typeOf(t)
	for _, name := range vars.Fields() {
		typ, _ := vars.Field(name)
		b.bind("vars", name, typ)
	}
	return engine.Set{Vars: t}, vars
}

// length is the duration in a node; 0 for none. Package flow has reported one that is not valid.
func length(n *flow.Node) time.Duration {
	if n == nil {
		return 0
	}
	d, _ := flow.ParseDuration(n.Text)
	return d
}
