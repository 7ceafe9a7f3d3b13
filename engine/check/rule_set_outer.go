package check

import "github.com/flowdeck/flowdeck/engine/flow"

// inScope calls visit for the steps of a scope: a list and its nested steps, except for the bodies of loops and the
// branches of a parallel, which have their own scopes.
func inScope(steps []*flow.Step, visit func(*flow.Step)) {
	for _, s := range steps {
		visit(s)
		for _, body := range s.Bodies {
			if body.Scope == flow.SameScope {
				inScope(body.Steps, visit)
			}
		}
	}
}

// setsOf returns the variables that are set in a scope, with the position of the first set.
func setsOf(steps []*flow.Step) map[string]*flow.Node {
	sets := map[string]*flow.Node{}
	inScope(steps, func(s *flow.Step) {
		if !s.Binds() || s.Value == nil {
			return
		}
		for _, field := range s.Value.Fields {
			if sets[field.Key.Text] == nil {
				sets[field.Key.Text] = field.Key
			}
		}
	})
	return sets
}

// setOuter reports a set, in a loop or a branch, of a variable that is also set outside of it. Each record or branch
// would change its own copy, which would be lost.
func (b *builder) setOuter(name *flow.Node) {
	for _, outer := range b.sets[:len(b.sets)-1] {
		if first := outer[name.Text]; first != nil {
			b.problem(name, CodeSetOuter, "use `collect` and `items` to pass values out of a loop, and the result to pass them out of a branch; or rename this variable",
				"%q is set outside as well (%s), which a loop or a branch cannot change", name.Text, first.Pos)
			return
		}
	}
}
