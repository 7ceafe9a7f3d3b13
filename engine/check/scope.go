package check

import (
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// roots returns the types of the roots before the first step.
func roots(inputs, trigger expr.Type) expr.Type {
	return expr.ObjectOf(map[string]expr.Type{
		"inputs":  inputs,
		"steps":   expr.ObjectOf(nil, false),
		"vars":    expr.ObjectOf(nil, false),
		"trigger": trigger,
		"run":     engine.RunType,
	}, false)
}

// rootNames are the names of all roots. Not each of them exists everywhere.
var rootNames = []string{"inputs", "steps", "vars", "trigger", "run", "record", "index", "error", "typed"}

// newRoot reports a name for a root that expressions know as something else, or could not read.
func (b *builder) newRoot(n *flow.Node, env expr.Type) {
	read, err := expr.Compile(n.Text, expr.ObjectOf(map[string]expr.Type{n.Text: expr.String}, false))
	function := slices.ContainsFunc(expr.Functions(), func(f expr.Function) bool { return f.Name == n.Text })
	if slices.Contains(rootNames, n.Text) || env.Lists(n.Text) || function || err != nil || read.Type().Kind() != expr.KindString {
		b.problem(n, flow.CodeBadName, "another name, such as "+n.Text+"_record", "%q is a name that expressions know already", n.Text)
	}
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

// rebinding returns roots in which the names of bound have the types that they have in end.
func rebinding(roots, bound, end expr.Type) expr.Type {
	for _, root := range scopes {
		names, _ := bound.Field(root)
		last, _ := end.Field(root)
		for _, name := range names.Fields() {
			t, _ := last.Field(name)
			roots = binding(roots, root, name, t)
		}
		if last.Open() {
			roots = opened(roots, root)
		}
	}
	return roots
}

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

// unlessNil returns the type of the result of a step with a guard: it is nil if the guard does not hold. In find or create,
// the result exists where the value that was searched for is nil. A step that may fail may leave nil.
func (b *builder) unlessNil(id string, t expr.Type, guard *engine.Expression, fails bool) expr.Type {
	was := t.Nullable()
	t = t.OrNil()
	if guard == nil || was || fails {
		return t
	}
	for _, path := range guard.Program.TrueIfNil() {
		if path[0] == "steps" && len(path) > 1 { // a variable may be set again
			t = t.UnlessNil(path)
			of := strings.Join(path, ".")
			b.instead[of] = append(b.instead[of], id)
			b.paths[path[1]] = append(b.paths[path[1]], of)
		}
	}
	return t
}

// rebound removes from the types of other steps that they depend on the result of a step: in a repeat, the step has a
// new result in each round.
func (b *builder) rebound(id string) {
	for _, of := range b.paths[id] {
		for _, other := range b.instead[of] {
			steps, _ := b.env.Field("steps")
			if t, _ := steps.Field(other); steps.Lists(other) {
				b.env = binding(b.env, "steps", other, t.UnlessNil(nil))
			}
		}
		delete(b.instead, of)
	}
	delete(b.paths, id)
}

// made returns the roots after a body that ran if a condition held.
func (b *builder) made(env expr.Type, did branch, when *engine.Expression) expr.Type {
	end, _ := did.after.Field("steps")
	bound, _ := did.bound.Field("steps")
	for _, name := range bound.Fields() {
		if t, _ := end.Field(name); end.Lists(name) && !t.Nullable() {
			env = binding(env, "steps", name, b.unlessNil(name, t, when, false))
		}
	}
	return env
}

// narrow removes nil from the types of values that cannot be nil where a condition held, or did not hold: after `fail` with
// `if: steps.group == nil`, from steps.group. condition is nil if it has a problem, or if there is none.
func (b *builder) narrow(env expr.Type, condition *engine.Expression, held bool) expr.Type {
	if condition == nil {
		return env
	}
	for _, path := range condition.Program.NonNil(held) {
		env = narrowed(env, path)
	}
	for _, path := range condition.Program.Nil(held) {
		for _, name := range b.instead[strings.Join(path, ".")] {
			env = narrowed(env, []string{"steps", name})
		}
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
		elem := typeOf(t.Items[0])
		for _, item := range t.Items[1:] {
			elem = elem.Or(typeOf(item))
		}
		return expr.ListOf(elem)
	case t.Fields != nil:
		fields := map[string]expr.Type{}
		for _, f := range t.Fields {
			fields[f.Name] = typeOf(f.Value)
		}
		return expr.ObjectOf(fields, false)
	}
	return expr.TypeOf(t.Literal)
}
