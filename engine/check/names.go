package check

import (
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// bindAny binds all names that some steps bind, with the type Any.
func (b *builder) bindAny(steps []*flow.Step) {
	names := b.names(steps)
	b.env = joined(b.env, names, func(bound, any expr.Type) expr.Type { return any.Adding(bound) })
	b.binds(names)
}

// names returns the bindings of some steps, with the type Any.
func (b *builder) names(steps []*flow.Step) expr.Type {
	names := unbound
	for _, s := range steps {
		if s.ID != nil {
			names = binding(names, "steps", s.ID.Text, expr.Any)
		}
		if s.Binds() && s.Value != nil {
			for _, field := range s.Value.Fields {
				names = binding(names, "vars", field.Key.Text, expr.Any)
			}
		}
		if len(s.Bodies) > 0 {
			names = adding(names, b.inside(s))
		}
	}
	return names
}

// inside returns names for the bodies of a step. The result is kept, since each level of nested repeats needs it.
func (b *builder) inside(s *flow.Step) expr.Type {
	if known, ok := b.named[s]; ok {
		return known
	}
	names := unbound
	for _, body := range s.Bodies {
		if body.Scope == flow.SameScope {
			names = adding(names, b.names(body.Steps))
		}
	}
	b.named[s] = names
	return names
}
