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
	otherwise, afterElse := b.body(narrow(before, when), s.Body("else")) // only in else it is certain that the condition did not hold
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
	before, bound := b.env, len(b.bound)
	steps, tried := b.body(before, s.Body("try"))
	verb.Steps = steps
	after := []expr.Type{tried}
	failed := midway(before, b.bound[bound:])
	for _, body := range s.Bodies {
		if body.Key != "catch" {
			continue
		}
		caught := failed.With("error", engine.ErrorType)
		when := b.condition(body.When, caught)
		steps, end := b.body(caught, body.Steps)
		verb.Catch = append(verb.Catch, engine.Case{When: when, Do: steps})
		after = append(after, end)
	}
	done := either(before, after...)
	// A finally also runs after an error of the steps or of a catch.
	steps, end := b.body(either(before, done, midway(before, b.bound[bound:])), s.Body("finally"))
	verb.Finally = steps
	b.env = adding(done, end)
	return verb, expr.Any
}

func (b *builder) repeatStep(s *flow.Step) (engine.Verb, expr.Type) {
	verb := engine.Repeat{Max: engine.DefaultRounds, Delay: length(s.Key("delay"))}
	body := s.Body("repeat")
	b.earlierRounds(body)
	if b.rounds > 0 {
		b.rounds++
		defer func() { b.rounds-- }()
	}
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

// mostRounds is the maximum number of times that the steps of a repeat are checked to find the types that a round
// leaves for the next one.
const mostRounds = 3

// earlierRounds adds the bindings of earlier rounds to the scope of a round. They are nil in the first round. The
// bindings of one round may change the types of the next; if the types do not settle, they become Any. In a nested
// repeat they become Any immediately, since its steps would be checked 2ⁿ times; the bindings of the inner repeat are
// part of those of the outer one.
func (b *builder) earlierRounds(body []*flow.Step) {
	switch {
	case b.rounds == 1:
		b.bindAny(body)
	case b.rounds == 0:
		b.settle(body)
	}
}

func (b *builder) settle(body []*flow.Step) {
	b.rounds = 1
	defer func() { b.rounds = 0 }()
	b.silently(func() {
		for range mostRounds {
			before, bound := b.env, len(b.bound)
			_, after := b.body(before, body)
			b.env = maybe(before, after)
			if settled(before, b.env, b.bound[bound:]) {
				return
			}
		}
		b.bindAny(body)
	})
}

// bindAny binds all names that some steps bind, with the type Any.
func (b *builder) bindAny(body []*flow.Step) {
	for name := range setsOf(body) {
		b.bind("vars", name, expr.Any)
	}
	for _, id := range idsOf(body) {
		b.bind("steps", id, expr.Any)
	}
}

// settled reports whether the types of these bindings are the same before and after a round.
func settled(before, after expr.Type, bindings []binding) bool {
	for _, b := range bindings {
		was, _ := before.Field(b.root)
		is, _ := after.Field(b.root)
		t, known := was.Field(b.name)
		if u, _ := is.Field(b.name); !known || !expr.Same(t, u) {
			return false
		}
	}
	return true
}
