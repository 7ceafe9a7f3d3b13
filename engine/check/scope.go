package check

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// roots is what expressions see before the first step.
func roots(inputs map[string]expr.Type) expr.Type {
	return expr.ObjectOf(map[string]expr.Type{
		"inputs":  expr.ObjectOf(inputs, false),
		"steps":   expr.ObjectOf(nil, false),
		"vars":    expr.ObjectOf(nil, false),
		"trigger": expr.Any,
		"run":     engine.RunType,
	}, false)
}

// scopes are the roots that steps bind names in.
var scopes = [...]string{"steps", "vars"}

// maybe is the roots after steps that may not have run: what they bound may be nil, and what they bound
// again may be of either type.
func maybe(before, after expr.Type) expr.Type {
	return either(before, before, after)
}

// either is the roots after one of several lists of steps has run, of which there is at least one.
func either(before expr.Type, after ...expr.Type) expr.Type {
	for _, root := range scopes {
		bound, _ := after[0].Field(root)
		for _, other := range after[1:] {
			also, _ := other.Field(root)
			bound = bound.Or(also)
		}
		before = before.With(root, bound)
	}
	return before
}

// binding is the roots with one name bound.
func binding(roots expr.Type, root, name string, t expr.Type) expr.Type {
	names, _ := roots.Field(root)
	return roots.With(root, names.With(name, t))
}

// unbound is the scopes of steps that bind nothing.
var unbound = expr.ObjectOf(map[string]expr.Type{"steps": expr.ObjectOf(nil, false), "vars": expr.ObjectOf(nil, false)}, false)

// during runs do, and returns the scopes with all that its steps bind: a name that is bound twice is of either type.
func (b *builder) during(do func()) (bound expr.Type) {
	outside := b.bound
	b.bound = &unbound
	do()
	bound = *b.bound
	b.bound = outside
	b.binds(bound)
	return bound
}

// binds notes what steps bind, for those who have asked.
func (b *builder) binds(names expr.Type) {
	if b.bound != nil {
		bound := joined(*b.bound, names, expr.Type.Blending)
		b.bound = &bound
	}
}

// midway is the roots where steps were interrupted: each of their bindings may be there, or not yet, or no more.
func midway(before, bound expr.Type) expr.Type { return joined(before, bound, expr.Type.Perhaps) }

// adding is the roots with what some more steps have bound.
func adding(roots, more expr.Type) expr.Type { return joined(roots, more, expr.Type.Adding) }

// joined is the roots with the scopes of others in them.
func joined(roots, others expr.Type, how func(t, u expr.Type) expr.Type) expr.Type {
	for _, root := range scopes {
		names, _ := roots.Field(root)
		other, _ := others.Field(root)
		roots = roots.With(root, how(names, other))
	}
	return roots
}

// narrow takes nil out of the types of what is certainly there after a guard that did not hold: after
// `fail` with `if: steps.group == nil`, steps.group. A guard that is nil is one with a problem.
func narrow(env expr.Type, guard *engine.Expression) expr.Type {
	if guard == nil {
		return env
	}
	for _, path := range guard.Program.NonNil(false) {
		env = narrowed(env, path)
	}
	return env
}

func narrowed(t expr.Type, path []string) expr.Type {
	if len(path) == 0 {
		return t.NotNil()
	}
	if !t.Lists(path[0]) {
		return t
	}
	field, _ := t.Field(path[0])
	return t.With(path[0], narrowed(field, path[1:]))
}

// typeOf is the type of what a template makes.
func typeOf(t engine.Template) expr.Type {
	switch {
	case t.Text != nil:
		return t.Text.Type()
	case t.Items != nil:
		return expr.ListOf(expr.Any)
	case t.Fields != nil:
		fields := map[string]expr.Type{}
		for _, f := range t.Fields {
			fields[f.Name] = typeOf(f.Value)
		}
		return expr.ObjectOf(fields, false)
	}
	return expr.TypeOf(t.Literal)
}
