package check

import (
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
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

// rootNames are all roots, of which not each is known everywhere.
var rootNames = []string{"inputs", "steps", "vars", "trigger", "run", "record", "index", "error", "typed"}

// newRoot refuses a name for a root if expressions know it as something else, or could not read it.
func (b *builder) newRoot(n *flow.Node, env expr.Type) {
	read, err := expr.Compile(n.Text, expr.ObjectOf(map[string]expr.Type{n.Text: expr.Bool}, false))
	if slices.Contains(rootNames, n.Text) || env.Lists(n.Text) || err != nil || read.Type().Kind() != expr.KindBool {
		b.problem(n, flow.CodeBadName, "another name, such as "+n.Text+"_record", "%q is a name that expressions know already", n.Text)
	}
}

// scopes are the roots that steps bind names in.
var scopes = []string{"steps", "vars"}

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

// A binding is a name that a step has bound, in one of the scopes.
type binding struct {
	root, name string
	typ        expr.Type
}

// midway is the roots where steps were interrupted: each of their bindings may be there, or not yet, or no more.
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

// adding is the roots with what some more steps have bound.
func adding(roots, more expr.Type) expr.Type {
	for _, root := range scopes {
		bound, _ := roots.Field(root)
		also, _ := more.Field(root)
		roots = roots.With(root, bound.Adding(also))
	}
	return roots
}

// unbound is the roots with what some steps bind, as nil where nothing else binds it: they did not run.
func unbound(env expr.Type, bindings []binding) expr.Type {
	for _, b := range bindings {
		if bound, _ := env.Field(b.root); !bound.Lists(b.name) {
			env = env.With(b.root, bound.With(b.name, b.typ.OrNil()))
		}
	}
	return env
}

// unlessNil is the type of the result of a step with a guard: nil if that does not hold. Of find or create, it is known when
// what was made is there: where what was looked for is nil. In a repeat it may be of another round, and a step that may fail may leave nil.
func (b *builder) unlessNil(id string, t expr.Type, guard *engine.Expression, fails bool) expr.Type {
	was := t.Nullable()
	t = t.OrNil()
	if guard == nil || was || fails || b.rounds > 0 {
		return t
	}
	for _, path := range guard.Program.TrueIfNil() {
		if path[0] == "steps" { // a variable may be set again
			t = t.UnlessNil(path)
			of := strings.Join(path, ".")
			b.instead[of] = append(b.instead[of], id)
		}
	}
	return t
}

// made is the roots after a body that ran if a condition held.
func (b *builder) made(env expr.Type, did branch, when *engine.Expression) expr.Type {
	end, _ := did.after.Field("steps")
	for _, made := range did.bound {
		if t, _ := end.Field(made.name); made.root == "steps" && end.Lists(made.name) && !t.Nullable() {
			bound, _ := env.Field(made.root)
			env = env.With(made.root, bound.With(made.name, b.unlessNil(made.name, t, when, false)))
		}
	}
	return env
}

// narrow takes nil out of the types of what is certainly there where a condition held, or did not: after
// `fail` with `if: steps.group == nil`, steps.group. A condition that is nil is one with a problem, or none.
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

// typeOf is the type of what a template makes.
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
