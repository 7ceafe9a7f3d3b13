package check

import (
	"slices"

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

// maybe is the roots after steps that may not have run: what they bound may be nil, and what they bound
// again may be of either type.
func maybe(before, after expr.Type) expr.Type {
	return either(before, before, after)
}

// either is the roots after one of several lists of steps has run.
func either(before expr.Type, after ...expr.Type) expr.Type {
	joined := before
	for _, root := range []string{"steps", "vars"} {
		all, _ := before.Field(root)
		bound := func(t expr.Type) expr.Type { there, _ := t.Field(root); return there }
		if !slices.ContainsFunc(after, func(t expr.Type) bool { return bound(t) != all }) {
			continue // nothing was bound
		}
		fields := map[string]expr.Type{}
		for _, t := range after {
			for _, name := range bound(t).Fields() {
				if _, done := fields[name]; !done {
					fields[name] = joinedField(root, name, after)
				}
			}
		}
		joined = joined.With(root, expr.ObjectOf(fields, false))
	}
	return joined
}

func joinedField(root, name string, after []expr.Type) expr.Type {
	var joined expr.Type
	for i, t := range after {
		bound, _ := t.Field(root)
		typ, ok := bound.Field(name)
		if !ok {
			typ = expr.Nil
		}
		if i == 0 {
			joined = typ
		} else {
			joined = joined.Or(typ)
		}
	}
	return joined
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
	field, ok := t.Field(path[0])
	if !ok || !slices.Contains(t.Fields(), path[0]) {
		return t
	}
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
