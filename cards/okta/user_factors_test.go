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

func TestUnenrollingAFactorThatDoesNotExistFails(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, withFactors)
	if out := o.run("okta.user.factor.unenroll", `{"user_id": "00u1", "factor_id": "sms1", "remove_recovery_enrollment": true}`); out["changed"] != true {
		t.Errorf("got %v", out)
	}
	o.refused("okta.user.factor.unenroll", `{"user_id": "00u1", "factor_id": "sms1"}`, card.NotFound, "sms1") // gone
	o.refused("okta.user.factor.unenroll", `{"user_id": "00u1", "factor_id": "nope"}`, card.NotFound, "nope") // never existed
	o.refused("okta.user.factor.unenroll", `{"user_id": "00u9", "factor_id": "sms1"}`, card.NotFound, "00u9")
}

func TestOnlyAPhoneIsUnenrolledWithItsNumberForRecovery(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, withFactors)
	o.refused("okta.user.factor.unenroll", `{"user_id": "00u1", "factor_id": "opf1", "remove_recovery_enrollment": true}`, card.Invalid, "opf1 is of type push")
	if writes := o.writes(); len(writes) > 0 {
		t.Errorf("it sent %v", writes)
	}
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
