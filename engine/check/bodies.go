package check

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// branch is one of several lists of steps, of which one runs: the roots after it, what it binds, and whether it ends its flow.
type branch struct {
	after expr.Type
	bound []binding
	over  bool
}

// branch makes the steps of a body that shares its scope, as one of several.
func (b *builder) branch(env expr.Type, body []*flow.Step) ([]engine.Step, branch) {
	bound := len(b.bound)
	steps, after := b.body(env, body)
	return steps, branch{after, b.bound[bound:len(b.bound):len(b.bound)], b.over}
}

// join makes known what follows one of several branches: it comes only after those that do not end the flow.
func (b *builder) join(before expr.Type, branches ...branch) {
	var live []expr.Type
	for _, one := range branches {
		if !one.over {
			live = append(live, one.after)
		}
	}
	b.over = len(live) == 0
	if b.over { // what follows is not reached
		live = []expr.Type{before}
	}
	b.env = either(before, live...)
	for _, one := range branches {
		if one.over {
			b.env = unbound(b.env, one.bound)
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
	before, bound := b.env, len(b.bound)
	steps, tried := b.branch(before, s.Body("try"))
	verb.Steps = steps
	branches := []branch{tried}
	failed := midway(before, b.bound[bound:])
	for _, body := range s.Bodies {
		if body.Key != "catch" {
			continue
		}
		caught := failed.With("error", engine.ErrorType)
		when := b.condition(body.When, caught)
		steps, one := b.branch(b.narrow(caught, when, true), body.Steps)
		one.bound = b.bound[bound:]
		verb.Catch = append(verb.Catch, engine.Case{When: when, Do: steps})
		branches = append(branches, one)
	}
	b.join(before, branches...)
	done, over := b.env, b.over
	// A finally runs after an error too, of the steps or of a catch, and after the end of the flow.
	steps, end := b.body(either(before, done, midway(before, b.bound[bound:])), s.Body("finally"))
	verb.Finally = steps
	b.env, b.over = adding(done, end), over
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

// mostRounds is how often the steps of a repeat are checked to learn what a round leaves to the next one.
const mostRounds = 3

// earlierRounds makes known what a round sees of those before it: what the steps bind, which is nil the first time. What
// one round binds may change the types of the next; if they do not settle, any value may be there. So it is at once in a
// repeat in a repeat, whose steps would be checked 2ⁿ times; what its inner repeats bind is among what it binds.
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

// bindAny makes all that some steps bind known, but not its types.
func (b *builder) bindAny(body []*flow.Step) {
	for name := range setsOf(body) {
		b.bind("vars", name, expr.Any)
	}
	for _, id := range idsOf(body) {
		b.bind("steps", id, expr.Any)
	}
}

// settled reports whether the types of what steps bind are the same before and after them.
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
