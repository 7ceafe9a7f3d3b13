package oktasim

import (
	"net/http"
	"strings"
	"testing"
)

const signedIn = `
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: Lovelace}
  - {id: 00u2, login: bob@acme.example, firstName: Bob, lastName: Marsh}
sessions:
  - {user: ada@acme.example}
  - {user: ada@acme.example}
  - {user: bob@acme.example}
`

// Management API, "Revoke all user sessions": 204.
func TestRevokingEndsTheSessionsOfOneUser(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, signedIn, Options{})
	for range 2 {
		if got := c.do("DELETE", "/api/v1/users/00u1/sessions?oauthTokens=true&forgetDevices=false"); got.status != http.StatusNoContent {
			t.Errorf("got %d %s", got.status, got.body)
		}
	}
	if dump := c.get("/-/dump").body; !strings.Contains(dump, "sessions:\n  - {\"user\":\"bob@acme.example\"}\n") {
		t.Errorf("the dump is\n%s", dump)
	}
	c.do("DELETE", "/api/v1/users/00u9/sessions").refused(404, "E0000007")
	c.do("DELETE", "/api/v1/users/00u1/sessions?oauthTokens=maybe").refused(400, "E0000001")
}

// Management API, "Reset a password", "Expire the password with a temporary password" and "Update password": revokeSessions. That
// a deactivation ends the sessions is our guess.
func TestTheseOperationsEndSessionsToo(t *testing.T) {
	t.Parallel()
	for _, call := range []string{
		"lifecycle/reset_password?sendEmail=false&revokeSessions=true",
		"lifecycle/expire_password_with_temp_password?revokeSessions=true",
		"lifecycle/deactivate",
		`credentials/change_password {"oldPassword":{"value":"Correct-Horse-0"},"newPassword":{"value":"Correct-Horse-1"},"revokeSessions":true}`,
	} {
		c := serveSeed(t, signedIn, Options{})
		path, body, _ := strings.Cut(call, " ")
		c.send("POST", "/api/v1/users/00u1/"+path, body).ok()
		if dump := c.get("/-/dump").body; strings.Contains(dump, `{"user":"ada@acme.example"}`) {
			t.Errorf("%s: the dump is\n%s", call, dump)
		}
	}
	c := serveSeed(t, signedIn, Options{})
	c.do("POST", "/api/v1/users/00u1/lifecycle/reset_password?sendEmail=false").ok()
	if dump := c.get("/-/dump").body; !strings.Contains(dump, `{"user":"ada@acme.example"}`) {
		t.Errorf("without revokeSessions, the dump is\n%s", dump)
	}
}
