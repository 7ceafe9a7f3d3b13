package check

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// roots returns the types of the roots before the first step.
func roots(inputs expr.Type) expr.Type {
	return expr.ObjectOf(map[string]expr.Type{
		"inputs":  inputs,
		"steps":   expr.ObjectOf(nil, false),
		"vars":    expr.ObjectOf(nil, false),
		"trigger": expr.Any,
		"run":     engine.RunType,
	}, false)
}

// scopes are the roots in which steps bind names.
var scopes = [...]string{"steps", "vars"}

// maybe returns the types of the roots after steps that may not have run: their new bindings may be nil, and the
// bindings that they changed have either type.
func maybe(before, after expr.Type) expr.Type {
	return either(before, before, after)
}

// either returns the types of the roots after one of several lists of steps has run. There must be at least one list.
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

// binding returns roots with one more binding.
func binding(roots expr.Type, root, name string, t expr.Type) expr.Type {
	names, _ := roots.Field(root)
	return roots.With(root, names.With(name, t))
}

// unbound are scopes without bindings.
var unbound = expr.ObjectOf(map[string]expr.Type{"steps": expr.ObjectOf(nil, false), "vars": expr.ObjectOf(nil, false)}, false)

// during calls do, and returns the bindings of its steps. A name that is bound twice has either type.
func (b *builder) during(do func()) (bound expr.Type) {
	outside := b.bound
	b.bound = &unbound
	do()
	bound = *b.bound
	b.bound = outside
	b.binds(bound)
	return bound
}

// binds adds bindings to the result of during.
func (b *builder) binds(names expr.Type) {
	if b.bound != nil {
		bound := joined(*b.bound, names, expr.Type.Blending)
		b.bound = &bound
	}
}

// midway returns the types of the roots if steps were interrupted: each of their bindings may exist or not, with the
// old or the new type.
func midway(before, bound expr.Type) expr.Type { return joined(before, bound, expr.Type.Perhaps) }

// adding returns roots with the bindings in more.
func adding(roots, more expr.Type) expr.Type { return joined(roots, more, expr.Type.Adding) }

// joined returns roots whose scopes are merged with those of others.
func joined(roots, others expr.Type, how func(t, u expr.Type) expr.Type) expr.Type {
	for _, root := range scopes {
		names, _ := roots.Field(root)
		other, _ := others.Field(root)
		roots = roots.With(root, how(names, other))
	}
	return roots
}

// opened returns the roots with unknown names in some of them, because a step that binds names there has a problem.
func opened(env expr.Type, roots ...string) expr.Type {
	for _, root := range roots {
		all, _ := env.Field(root)
		env = env.With(root, all.Opened())
	}
	return env
}

// narrow removes nil from the types of values that cannot be nil after a guard that did not hold: after `fail` with
// `if: steps.group == nil`, from steps.group. guard is nil if it has a problem.
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

// typeOf returns the type of the value of a template.
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
