package check

import (
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

func (b *builder) callStep(s *flow.Step) (engine.Verb, expr.Type) {
	called, ok := b.flowNamed(s.Value)
	if !ok {
		return nil, expr.Any
	}
	p, with := b.given(s, s.Value, "with", called)
	return engine.CallFlow{To: p, With: with, Connections: b.stepConnection(s)}, b.returns(called)
}

func (b *builder) startStep(s *flow.Step) (engine.Verb, expr.Type) {
	started, ok := b.flowNamed(s.Value)
	if !ok {
		return nil, expr.Any
	}
	p, with := b.given(s, s.Value, "with", started)
	return engine.StartFlow{To: p, With: with, Connections: b.stepConnection(s)}, expr.ObjectOf(map[string]expr.Type{"run": expr.String}, false)
}

// given returns the plan of the flow that a step runs, and the inputs that the step passes to it under a key. name is the node that names
// the flow.
func (b *builder) given(s *flow.Step, name *flow.Node, key string, f *flow.Flow) (*engine.Plan, engine.Template) {
	p := b.plan(f)
	inputs := b.check(f).inputs.get(func() *jsonschema.Schema { return b.inputsSchema(f, p) })
	with, _ := b.object(s.Key(key), object{of: "flow " + p.Flow, noun: "input", schema: inputs, at: missingAt(s.Node, name, key, s.Lacks)})
	given := map[string]engine.Template{}
	for _, field := range with.Fields {
		given[field.Name] = field.Value
	}
	for _, in := range f.Inputs {
		if value, ok := given[in.Name.Text]; ok {
			b.recordOf(s.Key(key).Field(in.Name.Text), f, in, typeOf(value))
		}
	}
	return p, with
}

// stepConnection returns the connection that a step names for the flow that it runs: it is for the service of
// its type.
func (b *builder) stepConnection(s *flow.Step) map[string]string {
	n := s.Key("connection")
	if n == nil {
		return nil
	}
	conn, ok := b.workspace.Connection(n.Text)
	service := text(conn.Type)
	if !ok {
		b.connection(n, service)
		return nil
	}
	return map[string]string{service: n.Text}
}

// inputsSchema returns the inputs of a flow as a schema.
func (r *report) inputsSchema(f *flow.Flow, p *engine.Plan) *jsonschema.Schema {
	s := &jsonschema.Schema{
		Type: "object", Properties: map[string]*jsonschema.Schema{},
		AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}},
	}
	for _, in := range p.Inputs {
		property := in.Schema
		if property == nil {
			property = &jsonschema.Schema{}
		}
		s.Properties[in.Name] = property
		if in.Required {
			s.Required = append(s.Required, in.Name)
		}
	}
	if f.Lacks { // it may have other inputs
		s.AdditionalProperties = &jsonschema.Schema{}
	}
	return s
}

// returns returns the type of the value that a flow returns: that of its `returns`, or any; also nil if the flow can
// stop.
func (b *builder) returns(f *flow.Flow) expr.Type {
	return b.check(f).returns.get(func() expr.Type { return b.returned(f) })
}

func (b *builder) returned(f *flow.Flow) expr.Type {
	if f.Returns == nil || f.WrongReturns {
		return expr.Any
	}
	var t expr.Type
	b.silently(func() { t = expr.FromSchema(b.schema(f.Returns, "returns").schema) }) // problems are reported by the check of that flow
	stops := false
	f.Walk(func(s *flow.Step) { stops = stops || s.Ends() == flow.EndsSkipped })
	if stops {
		return t.OrNil()
	}
	return t
}

// flowNamed returns the flow that a node names.
func (r *report) flowNamed(at *flow.Node) (*flow.Flow, bool) {
	found, ok := r.flows[at.Text]
	if !ok && !r.nameless {
		r.problem(at, CodeUnknownFlow, words.Hint("flows", at.Text, r.names()), "unknown flow %q", at.Text)
	}
	return found, ok
}
