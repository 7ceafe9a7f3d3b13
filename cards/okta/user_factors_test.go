package okta_test

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

const withFactors = people + `
factors:
  - {id: sms1, user: ada@acme.example, factorType: sms, profile: {phoneNumber: "+49301"}}
  - {id: opf1, user: ada@acme.example, factorType: push}
`

func TestUnenrollingAFactorThatIsGoneChangesNothing(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, withFactors)
	for _, want := range []bool{true, false} {
		if out := o.run("okta.user.factor.unenroll", `{"user_id": "00u1", "factor_id": "sms1", "remove_recovery_enrollment": true}`); out["changed"] != want {
			t.Errorf("got %v, want changed %t", out, want)
		}
	}
	o.refused("okta.user.factor.unenroll", `{"user_id": "00u9", "factor_id": "sms1"}`, card.NotFound, "00u9")
}

func TestResettingFactorsSendsNothingIfThereAreNone(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, withFactors)
	for _, want := range []bool{true, false} {
		out := o.run("okta.user.factor.reset", `{"user_id": "00u1"}`)
		if wrote := len(o.writes()) == 1; out["changed"] != want || wrote != want {
			t.Errorf("got %v, and it wrote: %t", out, wrote)
		}
	}
}
