package okta_test

import (
	"testing"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestRiskAndClassificationAreWrittenOnlyIfTheyDiffer(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people)
	for _, test := range []struct {
		card, inputs string
		changed      bool
	}{
		{"okta.user.risk.set", `"risk_level": "HIGH"`, true},
		{"okta.user.risk.set", `"risk_level": "HIGH"`, false},
		{"okta.user.risk.set", `"risk_level": "HIGH", "reason": "Lost laptop"`, true},
		{"okta.user.risk.set", `"risk_level": "HIGH"`, false},
		{"okta.user.classification.set", `"type": "STANDARD"`, false},
		{"okta.user.classification.set", `"type": "LITE"`, true},
		{"okta.user.classification.set", `"type": "LITE"`, false},
	} {
		o.writes()
		out := o.run(test.card, `{"user_id": "00u1", `+test.inputs+`}`)
		if wrote := len(o.writes()) == 1; out["changed"] != test.changed || wrote != test.changed {
			t.Errorf("%s %s: got %v, and it wrote: %t", test.card, test.inputs, out, wrote)
		}
	}
}

// Okta cannot remove a level.
func TestTheFirstRiskLevelIsNotTakenBack(t *testing.T) {
	t.Parallel()
	set := card.NewSet(okta.Cards()...)["okta.user.risk.set"]
	in := map[string]any{"user_id": "00u1", "risk_level": "HIGH"}
	back, err := set.Back(in, map[string]any{"changed": true, "riskLevel": "HIGH"}, card.State{Fields: map[string]any{"riskLevel": "NONE"}})
	if back != nil || err != nil {
		t.Errorf("got %v, %v", back, err)
	}
}
