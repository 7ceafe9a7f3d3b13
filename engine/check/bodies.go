package check

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// branch describes one of several lists of steps, of which one runs.
type branch struct {
	after expr.Type // types of the roots after the list
	bound expr.Type // bindings of its steps
	over  bool      // whether it always ends the flow
}

// branch makes the steps of a body that shares its scope and is one of several branches.
func (b *builder) branch(env expr.Type, body []*flow.Step) (steps []engine.Step, made branch) {
	made.bound = b.during(func() { steps, made.after = b.body(env, body) })
	made.over = b.over
	return steps, made
}

// join continues after one of several branches: only after those that do not end the flow.
func (b *builder) join(before expr.Type, branches ...branch) {
	var live []expr.Type
	for _, one := range branches {
		if !one.over {
			live = append(live, one.after)
		}
	}
	b.over = len(live) == 0
	if b.over { // the next step is never reached
		live = []expr.Type{before}
	}
	b.env = either(before, live...)
	for _, one := range branches {
		if one.over { // its steps did not run, so that what they bind is nil
			b.env = joined(b.env, one.bound, expr.Type.Lacking)
		}
	}
}

func (b *builder) ifStep(s *flow.Step) (engine.Verb, expr.Type) {
	before := b.env
	when := b.condition(s.Value, before)
	then, did := b.branch(b.narrow(before, when, true), s.Body("then"))
	otherwise, didNot := b.branch(b.narrow(before, when, false), s.Body("else"))
	b.join(before, did, didNot)
	if when != nil && !did.over && len(s.Body("else")) == 0 {
		b.env = b.made(b.env, did, when)
	}
	if when == nil {
		return nil, expr.Any
	}
	return engine.If{When: when, Then: then, Else: otherwise}, expr.Any
}

func (b *builder) switchStep(s *flow.Step) (engine.Verb, expr.Type) {
	var verb engine.Switch
	var branches []branch
	before, rest := b.env, b.env // rest: where no case so far held
	otherwise := false
	for _, body := range s.Bodies {
		when := b.condition(body.When, rest)
		steps, one := b.branch(b.narrow(rest, when, true), body.Steps)
		branches = append(branches, one)
		if body.Key == "else" {
			verb.Else = steps
			otherwise = true
			continue
		}
		rest = b.narrow(rest, when, false)
		verb.Cases = append(verb.Cases, engine.Case{When: when, Do: steps})
	}
	if !otherwise {
		branches = append(branches, branch{after: rest})
	}
	b.join(before, branches...)
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
	var branches []branch
	before := b.env
	bound := b.during(func() {
		var tried branch
		verb.Steps, tried = b.branch(before, s.Body("try"))
		branches = append(branches, tried)
		failed, bound := midway(before, tried.bound).With("error", engine.ErrorType), tried.bound
		for _, body := range s.Bodies {
			if body.Key != "catch" {
				continue
			}
			when := b.condition(body.When, failed)
			steps, one := b.branch(b.narrow(failed, when, true), body.Steps)
			bound = joined(bound, one.bound, expr.Type.Blending)
			one.bound = bound
			verb.Catch = append(verb.Catch, engine.Case{When: when, Do: steps})
			branches = append(branches, one)
		}
	})
	b.join(before, branches...)
	done, over := b.env, b.over
	// A finally also runs after an error of the steps or of a catch, and after the end of the flow.
	var end expr.Type
	set := b.during(func() {
		verb.Finally, end = b.body(either(before, done, midway(before, bound)), s.Body("finally"))
	})
	b.env, b.over = rebinding(done, set, end), over
	return verb, expr.Any
}

func (b *builder) repeatStep(s *flow.Step) (engine.Verb, expr.Type) {
	verb := engine.Repeat{Max: engine.DefaultRounds, Delay: length(s.Key("delay"))}
	verb.Steps = b.rounds(s)
	if until := s.Key("until"); until != nil {
		over := b.over
		verb.Until = b.condition(until, b.env)
		b.env, b.over = b.narrow(b.env, verb.Until, true), over
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
