package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// A helper writes where its parent reads, unless it, its step or the person says otherwise.
func TestTheConnectionOfAStep(t *testing.T) {
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
		"nobody says one":        {parent(nil, nil, okta), nil, []engine.Use{{Service: "okta", Name: "okta"}}},
		"the flow does":          {parent(flow, nil, okta), nil, []engine.Use{{Service: "okta", Name: "flow"}}},
		"the helper does":        {parent(flow, other, okta), nil, []engine.Use{{Service: "okta", Name: "flow"}, {Service: "okta", Name: "helper"}}},
		"the person does":        {parent(flow, other, okta), map[string]string{"okta": "prod"}, []engine.Use{{Service: "okta", Name: "prod"}}},
		"the step does":          {parent(flow, other, own), map[string]string{"okta": "prod"}, []engine.Use{{Service: "okta", Name: "own"}, {Service: "okta", Name: "prod"}}},
		"the person, of another": {parent(nil, nil, okta), map[string]string{"scim": "x"}, []engine.Use{{Service: "okta", Name: "okta"}}},
	} {
		if got := test.plan.Uses(test.chosen); !cmp.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}
