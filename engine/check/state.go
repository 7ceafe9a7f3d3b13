package check

import (
	"fmt"
	"strings"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// A use is a step that runs a flow, and the types of the inputs of the flow that it is in.
type use struct {
	step   *flow.Step
	inputs func() expr.Type
}

// usesOf returns the steps of a workspace that run flows, by the name of the flow that they run.
func (c *Checker) usesOf() map[string][]use {
	found := map[string][]use{}
	for _, f := range c.workspace.Flows() {
		inputs := sync.OnceValue(func() expr.Type { return c.inputTypes(f) })
		f.Walk(func(s *flow.Step) {
			if name := s.Runs(); name != nil {
				found[name.Text] = append(found[name.Text], use{s, inputs})
			}
		})
	}
	return found
}

// inputTypes returns the types of the inputs of a flow. Problems are reported by the check of that flow.
func (c *Checker) inputTypes(f *flow.Flow) expr.Type {
	b := &builder{report: report{Checker: c, flow: f}}
	types := map[string]expr.Type{}
	for _, in := range f.Inputs {
		_, types[in.Name.Text] = b.input(in)
	}
	return expr.ObjectOf(types, true)
}

// passed returns the type of the input `state` of a helper that names no fields of it: it has the fields that the flows of the workspace
// pass. It returns false if the schema names fields, if no loop passes any, if a part of the workspace could not be read, or if something else may give the state. from are the loops that
// pass fields. A person may run the helper with any state: its strings are not safe in a filter.
func (b *builder) passed(in flow.Input) (state expr.Type, from []*flow.Step, ok bool) {
	name := text(b.flow.Name)
	if in.Name.Text != "state" || !namesNothing(in.Schema) || len(b.flow.Triggers) > 0 || b.flows[name] != b.flow || b.unread() {
		return state, nil, false
	}
	var states []expr.Type
	for _, u := range b.uses()[name] {
		given, key := (*flow.Node)(nil), "pass"
		switch {
		case u.step.Lacks || u.step.Wrong:
			return state, nil, false
		case !u.step.Records() || u.step.Key("give") != nil:
			if key = "with"; u.step.Records() {
				key = "give"
			}
			if given = u.step.Key(key).Field("state"); given == nil { // the state is missing, which is reported there
				continue
			}
		default:
			if given = u.step.Key("pass"); given == nil {
				states = append(states, expr.ObjectOf(nil, false))
				continue
			}
		}
		if given.Kind != flow.Mapping {
			return state, nil, false
		}
		states = append(states, u.fields(given))
		if key == "pass" && len(given.Fields) > 0 {
			from = append(from, u.step)
		}
	}
	if len(from) == 0 {
		return state, nil, false
	}
	state = states[0]
	for _, other := range states[1:] {
		state = state.Or(other)
	}
	return state.Bounded(), from, true
}

// anyUnread reports whether a part of the workspace could not be read: it may have other loops.
func (c *Checker) anyUnread() bool {
	unread := c.workspace.Partial
	for _, file := range c.workspace.Files {
		unread = unread || file.Partial
		for _, f := range file.Flows {
			unread = unread || f.Lacks
			f.Walk(func(s *flow.Step) { unread = unread || s.Wrong && s.Runs() == nil && len(s.Bodies) == 0 })
		}
	}
	return unread
}

// namesNothing reports whether a schema only requires an object.
func namesNothing(s *flow.Node) bool {
	if s.Kind != flow.Mapping {
		return s.Text == "object"
	}
	for _, field := range s.Fields {
		if key := field.Key.Text; key != "type" && key != "about" || key == "type" && field.Value.Text != "object" {
			return false
		}
	}
	return s.Field("type") != nil
}

// fields returns the type of a mapping that a step gives to its flow.
func (u use) fields(n *flow.Node) expr.Type {
	fields := map[string]expr.Type{}
	for _, field := range n.Fields {
		fields[field.Key.Text] = u.value(field.Value)
	}
	return expr.ObjectOf(fields, false)
}

// value returns the type of a value. The results of steps, variables and records are not known here: the helper is checked before them.
func (u use) value(n *flow.Node) expr.Type {
	switch {
	case n.Kind == flow.Mapping:
		return u.fields(n)
	case n.Kind == flow.List:
		return expr.ListOf(expr.Any)
	case !holdsExpression(n):
		return foreign(expr.TypeOf(n.Literal()))
	}
	env := expr.ObjectOf(map[string]expr.Type{"run": engine.RunType, "index": expr.Int}, true)
	if strings.Contains(n.Text, "inputs") {
		env = env.With("inputs", u.inputs())
	}
	compiled, err := expr.CompileText(n.Text, env)
	if err != nil { // reported by the check of the flow
		return expr.Any
	}
	return foreign(compiled.Type())
}

// foreign returns a type without what is known of the texts of its strings, and of its parts. A value that may be nil has any type: a condition of
// the step may exclude nil.
func foreign(t expr.Type) expr.Type {
	if t.Nullable() {
		return expr.Any
	}
	switch t.Kind() {
	case expr.KindString:
		return expr.String
	case expr.KindBool:
		return expr.Bool
	case expr.KindInt:
		return expr.Int
	case expr.KindFloat:
		return expr.Float
	case expr.KindList:
		return expr.ListOf(expr.Any)
	}
	return expr.Any
}

// passedAt returns where the state of the flow comes from, for the hint of an unknown field of it. There must be a loop that passes it.
func (b *builder) passedAt() string {
	where := fmt.Sprintf("the %s at %s passes the state", b.passing[0].Verb, b.passing[0].Pos)
	if more := len(b.passing) - 1; more > 0 {
		where = fmt.Sprintf("the %s at %s and %d more pass the state", b.passing[0].Verb, b.passing[0].Pos, more)
	}
	return where
}
