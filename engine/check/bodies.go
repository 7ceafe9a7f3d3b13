package check

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

func (b *builder) ifStep(s *flow.Step) (engine.Verb, expr.Type) {
	before := b.env
	when := b.condition(s.Value, before)
	then, afterThen := b.body(before, s.Body("then"))
	otherwise, afterElse := b.body(narrow(before, when), s.Body("else")) // in else, and nowhere else, the condition did not hold
	b.env = either(before, afterThen, afterElse)
	if when == nil {
		return nil, expr.Any
	}
	return engine.If{When: when, Then: then, Else: otherwise}, expr.Any
}

func (b *builder) switchStep(s *flow.Step) (engine.Verb, expr.Type) {
	before, after := b.env, []expr.Type{}
	var verb engine.Switch
	otherwise := false
	for _, body := range s.Bodies {
		when := b.condition(body.When, before)
		steps, end := b.body(before, body.Steps)
		if body.Key == "else" {
			verb.Else = steps
			otherwise = true
		} else {
			verb.Cases = append(verb.Cases, engine.Case{When: when, Do: steps})
		}
		after = append(after, end)
	}
	if !otherwise {
		after = append(after, before)
	}
	b.env = either(before, after...)
	return verb, expr.Any
}

func (b *builder) parallelStep(s *flow.Step) (engine.Verb, expr.Type) {
	var verb engine.Parallel
	types := map[string]expr.Type{}
	for _, body := range s.Bodies {
		steps, _ := b.scoped(b.env, body.Steps)
		verb.Branches = append(verb.Branches, engine.Branch{Name: text(body.Name), Steps: steps})
		types[text(body.Name)] = expr.Any
	}
	return verb, expr.ObjectOf(types, false)
}

func (b *builder) tryStep(s *flow.Step) (engine.Verb, expr.Type) {
	var verb engine.Try
	before := b.env
	steps, tried := b.body(before, s.Body("try"))
	verb.Steps = steps
	after := []expr.Type{tried}
	for _, body := range s.Bodies {
		if body.Key != "catch" {
			continue
		}
		caught := maybe(before, tried).With("error", engine.ErrorType)
		when := b.condition(body.When, caught)
		steps, end := b.body(caught, body.Steps)
		verb.Catch = append(verb.Catch, engine.Case{When: when, Do: steps})
		after = append(after, end)
	}
	done := either(before, after...)
	// A finally runs after an error too, when any of it may be missing.
	steps, end := b.body(either(before, append(after, before)...), s.Body("finally"))
	verb.Finally = steps
	b.env = addedBy(done, end)
	return verb, expr.Any
}

// addedBy is the roots of done, with what some more steps have added.
func addedBy(done, more expr.Type) expr.Type {
	for _, root := range []string{"steps", "vars"} {
		all, _ := done.Field(root)
		bound, _ := more.Field(root)
		for _, name := range bound.Fields() {
			if _, known := all.Field(name); !known {
				t, _ := bound.Field(name)
				all = all.With(name, t)
			}
		}
		done = done.With(root, all)
	}
	return done
}

func (b *builder) repeatStep(s *flow.Step) (engine.Verb, expr.Type) {
	verb := engine.Repeat{Max: engine.DefaultRounds, Delay: length(s.Key("delay"))}
	body := s.Body("repeat")
	// A round sees the last one: what the steps bind is known in them too, and nil the first time.
	before := b.env
	b.silently(func() {
		_, after := b.body(before, body)
		b.env = maybe(before, after)
	})
	verb.Steps = b.steps(body)
	if until := s.Key("until"); until != nil {
		verb.Until = b.condition(until, b.env)
	}
	if n, ok := s.Key("max").Literal().(int); ok {
		verb.Max = n
	}
	if verb.Until == nil {
		return nil, expr.Any
	}
	return verb, expr.Any
}
