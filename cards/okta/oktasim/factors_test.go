package oktasim

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const enrolled = `
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: Lovelace}
  - {id: 00u2, login: bob@acme.example, firstName: Bob, lastName: Marsh}
factors:
  - {id: f1, user: ada@acme.example, factorType: sms, profile: {phoneNumber: "+49301"}}
  - {id: f2, user: ada@acme.example, factorType: push}
  - {id: f3, user: ada@acme.example, factorType: signed_nonce}
  - {id: f4, user: ada@acme.example, factorType: "token:software:totp"}
  - {id: f5, user: ada@acme.example, factorType: "token:software:totp", provider: GOOGLE}
  - {id: f6, user: bob@acme.example, factorType: push}
`

// factorsOf returns the ids of the factors of a user.
func (c *client) factorsOf(user string) []string {
	c.t.Helper()
	return c.get("/api/v1/users/" + user + "/factors").column("id")
}

// Management API, "List all enrolled factors".
func TestFactorsAreThoseOfOneUser(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, enrolled, Options{})
	if diff := cmp.Diff([]string{"f1", "f2", "f3", "f4", "f5"}, c.factorsOf("00u1")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	factor := c.get("/api/v1/users/00u1/factors/f1").object()
	if factor["factorType"] != "sms" || factor["provider"] != "OKTA" || factor["vendorName"] != "OKTA" || factor["status"] != "ACTIVE" || factor["user"] != nil {
		t.Errorf("got %v", factor)
	}
	c.get("/api/v1/users/00u2/factors/f1").refused(404, "E0000007")
	c.get("/api/v1/users/00u9/factors").refused(404, "E0000007")
}

// Management API, "Unenroll a factor": push and signed_nonce take the other factors of Okta Verify with them.
func TestUnenrollingOktaVerifyTakesItsOtherFactors(t *testing.T) {
	t.Parallel()
	for factor, want := range map[string][]string{
		"f1": {"f2", "f3", "f4", "f5"}, "f2": {"f1", "f5"}, "f3": {"f1", "f5"}, "f4": {"f1", "f2", "f3", "f5"},
	} {
		c := serveSeed(t, enrolled, Options{})
		if got := c.do("DELETE", "/api/v1/users/00u1/factors/"+factor+"?removeRecoveryEnrollment=true"); got.status != http.StatusNoContent {
			t.Errorf("%s: got %d %s", factor, got.status, got.body)
		}
		if diff := cmp.Diff(want, c.factorsOf("00u1")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", factor, diff)
		}
		if got := c.factorsOf("00u2"); len(got) != 1 {
			t.Errorf("the other user has %q", got)
		}
		c.do("DELETE", "/api/v1/users/00u1/factors/"+factor).refused(404, "E0000007")
	}
}

// Management API, "Reset the factors": all factors, and the status stays.
func TestResetFactorsRemovesAllFactors(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, enrolled, Options{})
	if got := c.do("POST", "/api/v1/users/00u1/lifecycle/reset_factors"); got.status != http.StatusOK || got.body != "" {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if got := c.factorsOf("00u1"); len(got) != 0 || c.way("00u1") != "ACTIVE" {
		t.Errorf("got %q, and the user is %s", got, c.way("00u1"))
	}
}

// Okta, "Deactivate a user": the factors are lost. Management API, "Unenroll a factor": "You can't unenroll a factor from a
// deactivated user". The code of the refusal is our guess.
func TestADeactivationRemovesTheFactors(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, enrolled, Options{})
	c.do("POST", "/api/v1/users/00u1/lifecycle/deactivate").ok()
	if got := c.factorsOf("00u1"); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	c.do("DELETE", "/api/v1/users/00u1/factors/f1").refused(403, "E0000038")
	c.do("POST", "/api/v1/users/00u1/lifecycle/reset_factors").refused(403, "E0000038")
}

func TestASeedHasOnlyKnownFactors(t *testing.T) {
	t.Parallel()
	seed, err := Load([]byte("users: [{login: ada@acme.example}]\nfactors: [{user: ada@acme.example, factorType: stamp}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(seed, Options{}); err == nil {
		t.Error("a seed with an unknown type of factor should be refused")
	}
}
