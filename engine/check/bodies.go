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
	var after []expr.Type
	before := b.env
	bound := b.during(func() {
		tried := before
		bound := b.during(func() { verb.Steps, tried = b.body(before, s.Body("try")) })
		after = append(after, tried)
		failed := midway(before, bound).With("error", engine.ErrorType)
		for _, body := range s.Bodies {
			if body.Key != "catch" {
				continue
			}
			when := b.condition(body.When, failed)
			steps, end := b.body(failed, body.Steps)
			verb.Catch = append(verb.Catch, engine.Case{When: when, Do: steps})
			after = append(after, end)
		}
	})
	done := either(before, after...)
	// A finally also runs after an error of the steps or of a catch.
	steps, end := b.body(either(before, done, midway(before, bound)), s.Body("finally"))
	verb.Finally = steps
	b.env = adding(done, end)
	return verb, expr.Any
}

func (b *builder) repeatStep(s *flow.Step) (engine.Verb, expr.Type) {
	verb := engine.Repeat{Max: engine.DefaultRounds, Delay: length(s.Key("delay"))}
	verb.Steps = b.rounds(s)
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

const (
	mostRounds  = 3 // maximum number of times that the steps of a repeat are checked to find the types that a round leaves for the next
	mostRepeats = 3 // maximum depth of nested repeats for which these types are found
)

// rounds builds the steps of a repeat. A round sees the bindings of earlier rounds, which are nil in the first. The bindings
// of one round may change the types of the next; if the types do not settle, they become Any. In a deeply nested repeat they
// become Any immediately, since its steps would be checked 2ⁿ times.
func (b *builder) rounds(s *flow.Step) []engine.Step {
	outside, body := b.repeats, s.Body("repeat")
	defer func() { b.repeats = outside }()
	b.seen++
	settled := false
	for i := 0; i < mostRounds && outside < mostRepeats && !settled; i++ {
		before, problems, seen := b.env, b.problems, b.seen
		b.repeats = mostRepeats
		steps, after := b.body(before, body)
		b.env = maybe(before, after)
		settled = expr.Same(before, b.env)
		if settled && b.seen == seen { // no nested repeat, whose types could be more exact
			b.env = after
			return steps
		}
		b.problems = problems
	}
	if !settled {
		b.bindAny(body)
	}
	b.repeats = outside + 1
	return b.steps(body)
}
