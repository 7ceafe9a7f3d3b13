package oktasim

import (
	"strings"
	"sync"
	"testing"
)

// token returns an access token of the service Worker.
func (c oauthTest) token(scope string) string {
	c.t.Helper()
	return c.service(c.assertion("first", "0oaworker", nil), scope).text("access_token")
}

// challenged checks a refusal whose reason is in the header.
func (r reply) challenged(status int, code, scheme, reason, description string) {
	r.t.Helper()
	r.refused(status, code)
	challenge := r.header.Get("WWW-Authenticate")
	for _, part := range []string{scheme + " ", `authorization_uri="`, `error="` + reason + `"`, `error_description="` + description + `"`, `resource="/api/v1/`} {
		if !strings.Contains(challenge, part) {
			r.t.Errorf("WWW-Authenticate %q lacks %q", challenge, part)
		}
	}
}

// okta-sdk-nodejs, issue 427: an access token after SSWS is 401 E0000011. Okta's error codes for OAuth 2.0: token_expired, access_token_*.
// Okta does not document the bodies of the refusals: our guess.
func TestAnAccessTokenCallsTheAPI(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	token := c.token("okta.users.read")
	c.auth = "Bearer " + token
	c.get("/api/v1/users").ok()
	c.advance("59m59s")
	c.get("/api/v1/users").ok()
	c.advance("1s")
	c.get("/api/v1/users").challenged(401, "E0000011", "Bearer", "invalid_token", "The token has expired.")
	c.auth = "SSWS " + c.token("okta.users.read")
	c.get("/api/v1/users").refused(401, "E0000011")
	c.auth = "Bearer x"
	c.get("/api/v1/users").challenged(401, "E0000011", "Bearer", "invalid_token", "The access token is invalid.")
	c.auth = "DPoP " + c.token("okta.users.read")
	c.get("/api/v1/users").challenged(401, "E0000011", "DPoP", "invalid_token", "The presented access_token is not DPoP bound.")
}

// okta-sdk-golang, issue 145: the header has the scope that is missing.
func TestAnAccessTokenAllowsOnlyItsScopes(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	c.auth = "Bearer " + c.token("okta.users.read")
	r := c.get("/api/v1/groups")
	r.challenged(403, "E0000006", "Bearer", "insufficient_scope", "The access token provided does not contain the required scopes.")
	if !strings.Contains(r.header.Get("WWW-Authenticate"), `scope="okta.groups.read"`) {
		t.Errorf("WWW-Authenticate %q", r.header.Get("WWW-Authenticate"))
	}
	c.auth = "Bearer " + c.token("okta.groups.manage")
	c.get("/api/v1/groups").ok()
	c.get("/api/v1/users").refused(403, "E0000006")
}

// A service has no user: that me is not found, in the form of other missing users, is our guess.
func TestAServiceIsNobody(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	c.auth = "Bearer " + c.token("okta.users.read")
	c.get("/api/v1/users/me").refused(404, "E0000007")
}

// That an access token ends with its application, or with the status of its user, is our guess.
func TestAnAccessTokenNeedsItsApplicationAndItsUser(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	service, person := c.token("okta.users.read"), textOf(c.signedIn("0oaweb")["access_token"])
	c.send("POST", "/api/v1/apps/0oaworker/lifecycle/deactivate", "").ok()
	c.send("POST", "/api/v1/users/00uada/lifecycle/suspend", "").ok()
	for _, token := range []string{service, person} {
		c.auth = "Bearer " + token
		c.get("/api/v1/users").challenged(401, "E0000011", "Bearer", "invalid_token", "The access token is invalid.")
	}
}

// Okta, "Token rate limits": the share of a limit belongs to the application, whatever its token. The actor of its changes is the application.
func TestAServiceActsAndIsLimitedAsItsApplication(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	c.auth = "Bearer " + c.token("okta.groups.manage")
	c.send("POST", "/api/v1/groups", `{"profile":{"name":"Made by a service"}}`).ok()
	c.auth = "SSWS demo-token"
	events := c.get(`/api/v1/logs?filter=` + find(`eventType eq "group.lifecycle.create"`)).ok().([]any)
	actor := events[0].(map[string]any)["actor"].(map[string]any)
	if actor["id"] != "0oaworker" || actor["type"] != "PublicClientApp" || actor["displayName"] != "Worker" {
		t.Errorf("actor %v", actor)
	}

	limited := oauthTest{undescribed(t, clientSeed(t)+"limits: {/api/v1/users: 4}\n", Options{Clock: c.clock.now}), c.clock}
	for i, want := range []int{200, 200, 429} {
		limited.auth = "Bearer " + limited.token("okta.users.read")
		if got := limited.get("/api/v1/users").status; got != want {
			t.Errorf("call %d: %d, want %d", i, got, want)
		}
	}
}

// For the race detector: tokens are issued, used, described and revoked while their application changes.
func TestTokensAreUsedWhileTheirApplicationChanges(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	app := c.get("/api/v1/apps/0oaworker").body
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			mine := *c.client
			one := oauthTest{&mine, c.clock}
			for range 5 {
				token := one.token("okta.users.read")
				one.auth = "Bearer " + token
				one.get("/api/v1/users?limit=1").ok()
				one.auth = "SSWS demo-token"
				one.send("PUT", "/api/v1/apps/0oaworker", app).ok()
				one.introspected("0oaworker", token)
				one.about("revoke", "0oaworker", token)
			}
		})
	}
	all.Wait()
}
