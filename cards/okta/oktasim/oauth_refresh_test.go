package oktasim

import (
	"strings"
	"testing"
)

// refresh sends a refresh token.
func (c oauthTest) refresh(client, token string, pairs ...string) reply {
	c.t.Helper()
	pairs = append([]string{"grant_type", "refresh_token", "refresh_token", token, "client_id", client}, pairs...)
	if client == "0oaweb" {
		pairs = append(pairs, "client_secret", "web-s3cret")
	}
	return c.asked("token", pairs...)
}

const deadRefresh = "The refresh token is invalid or expired."

// Okta's guide "Refresh tokens": the default of web applications is a token that stays the same; it lives for 90 days.
func TestARefreshTokenThatDoesNotRotateWorksForNinetyDays(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	token := textOf(c.signedIn("0oaweb")["refresh_token"])
	for range 2 {
		got := c.refresh("0oaweb", token).object()
		if got["refresh_token"] != token || got["scope"] != "openid offline_access okta.users.read" {
			t.Errorf("got %v", got)
		}
	}
	c.advance("2159h")
	c.refresh("0oaweb", token).ok()
	c.advance("1h")
	c.refresh("0oaweb", token).problem(400, "invalid_grant", deadRefresh)
}

// Okta's guide "Refresh tokens": the old token works for the leeway, and its use after that revokes all tokens since the sign-in.
func TestTheReuseOfARotatedRefreshTokenRevokesAll(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	first := textOf(c.signedIn("0oaspa")["refresh_token"])
	second := c.refresh("0oaspa", first).text("refresh_token")
	if second == first || second == "" {
		t.Fatalf("the token is %q after %q", second, first)
	}
	c.advance("10s")
	c.refresh("0oaspa", first).ok()
	got := c.refresh("0oaspa", second).object()
	c.advance("1s")
	c.refresh("0oaspa", first).problem(400, "invalid_grant", deadRefresh)
	for _, token := range []string{second, textOf(got["refresh_token"])} {
		c.refresh("0oaspa", token).problem(400, "invalid_grant", deadRefresh)
	}
	if n := len(c.get(`/api/v1/logs?filter=` + find(`eventType eq "app.oauth2.token.detect_reuse"`)).ok().([]any)); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
	c.auth = "Bearer " + textOf(got["access_token"])
	if r := c.get("/api/v1/users/me"); r.status != 401 || !strings.Contains(r.header.Get("WWW-Authenticate"), "The access token has been revoked.") {
		t.Errorf("%d %v", r.status, r.header)
	}
}

// Okta's guide "Refresh tokens": a rotation does not change when the tokens end.
func TestRotationDoesNotProlong(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	token := textOf(c.signedIn("0oaspa")["refresh_token"])
	c.advance("2159h")
	token = c.refresh("0oaspa", token).text("refresh_token")
	c.advance("1h")
	c.refresh("0oaspa", token).problem(400, "invalid_grant", deadRefresh)
}

// Okta, Org Authorization Server, token: the scopes are those of the sign-in or a part; error codes for OAuth 2.0: refresh_scopes_denied.
func TestARefreshCanAskForFewerScopes(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	token := textOf(c.signedIn("0oaweb")["refresh_token"])
	if got := c.refresh("0oaweb", token, "scope", "okta.users.read").text("scope"); got != "okta.users.read" {
		t.Errorf("scope %q", got)
	}
	c.refresh("0oaweb", token, "scope", "okta.users.read okta.groups.manage").problem(400, "access_denied",
		"Some of the scopes requested for the refresh request were not granted in the original authorize request. Denied scopes: okta.groups.manage.")
	c.refresh("0oaweb", token).ok()
}

// Okta's error codes for OAuth 2.0: invalid_refresh_token, user_not_assigned, missing_token_request_parameter. The cases are our guess.
func TestARefreshTokenThatIsNotValidIsRefused(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	token := textOf(c.signedIn("0oaweb")["refresh_token"])
	c.refresh("0oaweb", "").problem(400, "invalid_request", "The required parameter 'refresh_token' is missing.")
	c.refresh("0oaweb", "x").problem(400, "invalid_grant", deadRefresh)
	c.refresh("0oaspa", token).problem(400, "invalid_grant", deadRefresh)
	c.refresh("0oaplain", token).problem(400, "unauthorized_client",
		"The client is not authorized to use the provided grant type. Configured grant types: [authorization_code].")
	c.do("DELETE", "/api/v1/apps/0oaweb/users/00uada")
	c.refresh("0oaweb", token).problem(400, "access_denied", "User is not assigned to the client application.")
	c.do("POST", "/api/v1/users/00uada/lifecycle/suspend").ok()
	c.refresh("0oaweb", token).problem(403, "access_denied", "User status is invalid.")
}
