package engine_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// A helper flow writes on the connection that its parent reads from, unless the helper, its step or the user names
// another.
func TestAStepUsesTheConnectionOfItsFlowUnlessAnotherIsNamed(t *testing.T) {
	t.Parallel()
	okta := engine.CallCard{Card: card.Card{Spec: card.Spec{Name: "okta.user.suspend"}}}
	own := okta
	own.Connection = "own"
	parent := func(says map[string]string, helper map[string]string, c engine.CallCard) *engine.Plan {
		return &engine.Plan{Connections: says, Steps: []engine.Step{{Do: engine.Loop{
			Source: okta, To: &engine.Plan{Connections: helper, Steps: []engine.Step{{Do: c}}},
		}}}}
	}
	flow, other := map[string]string{"okta": "flow"}, map[string]string{"okta": "helper"}
	for name, test := range map[string]struct {
		plan   *engine.Plan
		chosen map[string]string
		want   []engine.Use
	}{
		"no connection is named":                   {parent(nil, nil, okta), nil, []engine.Use{{Service: "okta", Name: "okta"}}},
		"the flow names one":                       {parent(flow, nil, okta), nil, []engine.Use{{Service: "okta", Name: "flow"}}},
		"the helper names one":                     {parent(flow, other, okta), nil, []engine.Use{{Service: "okta", Name: "flow"}, {Service: "okta", Name: "helper"}}},
		"the user chooses one":                     {parent(flow, other, okta), map[string]string{"okta": "prod"}, []engine.Use{{Service: "okta", Name: "prod"}}},
		"the step names one":                       {parent(flow, other, own), map[string]string{"okta": "prod"}, []engine.Use{{Service: "okta", Name: "own"}, {Service: "okta", Name: "prod"}}},
		"the user chooses one for another service": {parent(nil, nil, okta), map[string]string{"scim": "x"}, []engine.Use{{Service: "okta", Name: "okta"}}},
	} {
		if got := test.plan.Uses(test.chosen); !cmp.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

// The effect is known before the run if the inputs that decide it are written in the flow.
func TestTheEffectOfACallIsKnownAsFarAsItsInputsAreKnown(t *testing.T) {
	t.Parallel()
	text, err := expr.CompileText("${ inputs.method }", expr.ObjectOf(map[string]expr.Type{"inputs": expr.Any}, false))
	if err != nil {
		t.Fatal(err)
	}
	raw := card.Card{Spec: card.Spec{Name: "okta.request", Effect: card.Destroys, ByInput: func(in card.Value) card.Effect {
		switch method, given := in.(map[string]any)["method"]; {
		case !given, method == "GET":
			return card.Reads
		}
		return card.Destroys
	}}}
	for name, test := range map[string]struct {
		method []engine.Template
		writes bool
	}{
		"it is not given":          {nil, false},
		"it is nil":                {[]engine.Template{{}}, false},
		"it is a literal":          {[]engine.Template{{Literal: "GET"}}, false},
		"it is a literal, a write": {[]engine.Template{{Literal: "DELETE"}}, true},
		"it is an expression":      {[]engine.Template{{Text: text}}, true},
		"it is made in the run":    {[]engine.Template{{Items: []engine.Template{{Text: text}}}}, true},
	} {
		call := engine.CallCard{Card: raw}
		for _, method := range test.method {
			call.With.Fields = append(call.With.Fields, engine.Field{Name: "method", Value: method})
		}
		p := &engine.Plan{Steps: []engine.Step{{Do: call}}}
		if got := p.Writes(); got != test.writes {
			t.Errorf("%s: writes: %t, want %t", name, got, test.writes)
		}
	}
}

// Each flow runs the next two, so there are about a million paths to the last flow.
func TestAFlowIsVisitedOnceForEachChoiceOfConnections(t *testing.T) {
	t.Parallel()
	okta := engine.CallCard{Card: card.Card{Spec: card.Spec{Name: "okta.user.suspend", Effect: card.Idempotent}}}
	last := &engine.Plan{Steps: []engine.Step{{Do: okta}}}
	first := last
	for range 40 {
		first = &engine.Plan{Steps: []engine.Step{
			{Do: engine.CallFlow{To: first}}, {Do: engine.CallFlow{To: first, Connections: map[string]string{"okta": "prod"}}},
		}}
	}
	var visits []string
	first.EachCard(nil, func(u engine.Use, _ engine.CallCard, _ flow.Pos) { visits = append(visits, u.Name) })
	slices.Sort(visits)
	if !slices.Equal(visits, []string{"okta", "prod"}) {
		t.Errorf("visited with %d connections: %.200q", len(visits), visits)
	}
}

func TestAFlowThatRunsItselfElsewhereIsVisitedThereToo(t *testing.T) {
	t.Parallel()
	p := &engine.Plan{}
	p.Steps = []engine.Step{
		{Do: engine.CallCard{Card: card.Card{Spec: card.Spec{Name: "okta.user.suspend"}}}},
		{Do: engine.CallFlow{To: p, Connections: map[string]string{"okta": "prod"}}},
	}
	want := []engine.Use{{Service: "okta", Name: "okta"}, {Service: "okta", Name: "prod"}}
	if got := p.Uses(nil); !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
