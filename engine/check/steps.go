package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// steps makes the steps of a list. Each step can read the results of the previous ones.
func (b *builder) steps(list []*flow.Step) []engine.Step {
	var steps []engine.Step
	nth := map[string]int{}
	over := false
	for i, s := range list {
		if b.full() {
			break
		}
		nth[s.Verb]++
		steps = append(steps, b.step(s, list[i:], nth[s.Verb])...)
		over = over || b.over
		if s.If == nil && s.Ends() != "" && !s.Lacks && i+1 < len(list) {
			b.warn(flow.Problem{
				Pos: list[i+1].Pos, Width: 1, Code: flow.CodeUnreachable,
				Message: "unreachable: the " + s.Verb + " before it always ends the steps", Hint: "give the " + s.Verb + " a condition with `if`, or remove what follows it",
			})
		}
	}
	b.over = over
	return steps
}

// step makes one step, or none if a problem prevents this. rest is the step itself and the steps after it, whose
// results it cannot read.
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
	b.unsure = b.unsure || s.Lacks
	before := b.env
	b.env, b.over = b.narrow(before, step.If, true), false
	var result, bound expr.Type
	if step.Continue {
		bound = b.during(func() { step.Do, result = b.verb(s) })
	} else {
		step.Do, result = b.verb(s)
	}
	b.over = (b.over || s.Ends() != "") && s.If == nil && !step.Continue
	if step.Do == nil && !s.Wrong && b.problems[known:].Err() == nil && !b.full() && !b.nameless && !b.implied {
		panic(fmt.Sprintf("check: the %s at %s makes neither a plan nor a problem", s.Verb, s.Pos))
	}
	switch do := step.Do.(type) {
	case engine.CallCard:
		step.Card = do.Card.Name
	case engine.Loop:
		step.Card = do.Source.Card.Name
	}
	b.unsure = b.unsure || step.Do == nil
	if s.Lacks {
		result = expr.Any
		b.env = opened(b.env, mayBind(s)...)
	} else if s.Wrong && s.Verb != "set" && s.Node.Key("set") != nil { // of two verbs the other may be meant
		b.env = opened(b.env, scopes[:]...)
	}
	if s.If != nil {
		b.env = maybe(before, b.env) // the step may not run, so its bindings may be nil
		result = b.unlessNil(step.ID, result, step.If, step.Continue)
		if s.Ends() != "" {
			b.env = b.narrow(b.env, step.If, false)
		}
	}
	if step.Continue {
		b.env = either(before, b.env, midway(before, bound))
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

// mayBind returns the scopes in which an incomplete step may bind more names: its id, or the names that its verb or its nested
// steps bind.
func mayBind(s *flow.Step) []string {
	switch {
	case s.Value == nil || s.Binds() || len(s.Bodies) > 0:
		return scopes[:]
	case s.ID == nil:
		return []string{"steps"}
	}
	return nil
}

// A build makes the engine.Verb of a step, and the type of its result. The Verb is nil if a problem prevents this. The
// value of the step may be nil in that case, but not a verb's required bodies.
type build func(*builder, *flow.Step) (engine.Verb, expr.Type)

// builds returns one build for every verb in the table of the language. A test compares them.
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
		"respond":  (*builder).respondStep,
		"set":      (*builder).setStep,
		"return":   (*builder).returnStep,
		"stop":     (*builder).stopStep,
		"fail":     (*builder).failStep,
	}
}

// verb makes the engine.Verb of a step, and the type of its result. The Verb is nil if a problem prevents this.
func (b *builder) verb(s *flow.Step) (engine.Verb, expr.Type) {
	if s.Verb == "" || s.Value == nil && len(s.Bodies) == 0 {
		return nil, expr.Any // reported by package flow
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
		made := b.expression(until, b.env)
		if made != nil && neverText(made.Program.Type()) {
			b.problem(until, flow.CodeWrongType, "such as now() + hours(2), or date(…)", "%s", words.MustBe("`until`", "time", made.Program.Type().String()))
		}
		return engine.Wait{Until: made}, expr.Nil
	}
	length := b.template(s.Value)
	if length.Text != nil && neverText(length.Text.Type()) {
		b.problem(s.Value, flow.CodeWrongType, "such as 30s, or ${ minutes(5) }", "%s", words.MustBe("wait", "duration", length.Text.Type().String()))
	}
	return engine.Wait{For: length}, expr.Nil
}

// neverText reports whether no value of a type is a text, as times and durations are outside of expressions.
func neverText(t expr.Type) bool {
	return slices.Contains([]expr.Kind{expr.KindBool, expr.KindInt, expr.KindFloat, expr.KindNumber, expr.KindList, expr.KindObject, expr.KindNil}, t.Kind())
}

func (b *builder) setStep(s *flow.Step) (engine.Verb, expr.Type) {
	for _, field := range s.Value.Fields {
		b.setOuter(field.Key)
	}
	known := len(b.problems)
	t := engine.Template{Fields: make([]engine.Field, len(s.Value.Fields))} // not a literal: a map takes more memory
	for i, field := range s.Value.Fields {
		t.Fields[i] = engine.Field{Name: field.Key.Text, Value: b.template(field.Value)}
	}
	vars := typeOf(t)
	for _, name := range vars.Fields() {
		typ, _ := vars.Field(name)
		if b.problems[known:].Err() != nil { // of some of them it is not known
			typ = expr.Any
		}
		b.bind("vars", name, typ)
	}
	return engine.Set{Vars: t}, vars
}

// length returns the duration in a node; 0 for nil, and for an invalid one, which package flow reports.
func length(n *flow.Node) time.Duration {
	if n == nil {
		return 0
	}
	d, _ := flow.ParseDuration(n.Text)
	return d
}
