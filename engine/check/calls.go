package check

import (
	"slices"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// flowStep makes a call or a start.
func (b *builder) flowStep(s *flow.Step) (engine.Verb, expr.Type) {
	started := expr.ObjectOf(map[string]expr.Type{"run": expr.String}, false)
	called, ok := b.flowNamed(s.Value)
	if !ok {
		return nil, expr.Any
	}
	p := b.plan(called)
	with, _ := b.object(s.Key("with"), object{of: "flow " + p.Flow, noun: "input", schema: inputsSchema(p), at: missingAt(s, "with")})
	connections := b.stepConnection(s)
	if s.Verb == "start" {
		return engine.StartFlow{To: p, With: with, Connections: connections}, started
	}
	return engine.CallFlow{To: p, With: with, Connections: connections}, b.returns(called)
}

// stepConnection is the connection that a step says for the flow that it runs: it is of the service of
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

// inputsSchema is a flow's inputs as one schema.
func inputsSchema(p *engine.Plan) *jsonschema.Schema {
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
	return s
}

// returns is the type of what calling a flow gives: what its `returns` says, or anything; nil if it stops.
func (b *builder) returns(f *flow.Flow) expr.Type {
	if f.Returns == nil {
		return expr.Any
	}
	problems := b.problems
	t := expr.FromSchema(b.schema(f.Returns, "returns").schema)
	b.problems = problems // the flow's own check tells
	stops := false
	f.Walk(func(s *flow.Step) { stops = stops || s.Verb == "stop" })
	if stops {
		return t.OrNil()
	}
	return t
}

// flowNamed finds the flow that a node names.
func (c *Checker) flowNamed(at *flow.Node) (*flow.Flow, bool) {
	if found := c.workspace.Flow(at.Text); found != nil {
		return found, true
	}
	var names []string
	for _, f := range c.workspace.Flows() {
		names = append(names, text(f.Name))
	}
	slices.Sort(names)
	c.problem(at, CodeUnknownFlow, alternatives(at.Text, "flows", names), "unknown flow %q", at.Text)
	return nil, false
}
