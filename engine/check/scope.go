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
var scopes = []string{"steps", "vars"}

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

// A binding is a name that a step has bound, in one of the scopes.
type binding struct {
	root, name string
	typ        expr.Type
}

// midway returns the types of the roots if steps were interrupted: each of their bindings may exist or not, with the
// old or the new type.
func midway(before expr.Type, bindings []binding) expr.Type {
	for _, b := range bindings {
		bound, _ := before.Field(b.root)
		t := b.typ.OrNil()
		if bound.Lists(b.name) {
			earlier, _ := bound.Field(b.name)
			t = earlier.Or(b.typ).Bounded()
		}
		before = before.With(b.root, bound.With(b.name, t))
	}
	return before
}

// adding returns roots with the bindings in more.
func adding(roots, more expr.Type) expr.Type {
	for _, root := range scopes {
		bound, _ := roots.Field(root)
		also, _ := more.Field(root)
		roots = roots.With(root, bound.Adding(also))
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
