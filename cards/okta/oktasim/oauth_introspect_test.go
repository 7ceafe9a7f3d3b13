package oktasim

import (
	"strings"
	"testing"
)

// about sends a token to an endpoint, as the client to which it belongs.
func (c oauthTest) about(endpoint, client, token string) reply {
	c.t.Helper()
	pairs := []string{"token", token, "client_id", client}
	switch client {
	case "0oaworker", "0oabound":
		assertion := c.assertion("first", client, said{"aud": c.url + "/oauth2/v1/" + endpoint})
		pairs = []string{"token", token, "client_assertion", assertion, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
	case "0oaweb":
		pairs = append(pairs, "client_secret", "web-s3cret")
	}
	return c.asked(endpoint, pairs...)
}

func (c oauthTest) introspected(client, token string) map[string]any {
	c.t.Helper()
	return c.about("introspect", client, token).object()
}

// Okta, Org Authorization Server, introspect: the examples IntrospectionAccessToken, IntrospectionRefreshToken and IntrospectionInactiveToken.
func TestIntrospectionDescribesATokenThatIsActive(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	got := c.signedIn("0oaweb")
	token := textOf(got["access_token"])
	shown := c.introspected("0oaweb", token)
	issued, _ := secondsOf(shown["iat"])
	expires, _ := secondsOf(shown["exp"])
	for name, want := range map[string]any{
		"active": true, "token_type": "Bearer", "client_id": "0oaweb", "username": "ada@acme.example", "sub": "ada@acme.example", "uid": "00uada",
		"scope": "openid offline_access okta.users.read", "iss": c.url, "aud": c.url,
	} {
		if shown[name] != want {
			t.Errorf("%s is %v, want %v", name, shown[name], want)
		}
	}
	if issued != start.Unix() || expires != issued+3600 || !strings.HasPrefix(textOf(shown["jti"]), "AT.") {
		t.Errorf("got %v", shown)
	}
	if refresh := c.introspected("0oaweb", textOf(got["refresh_token"])); refresh["active"] != true || refresh["aud"] != nil {
		t.Errorf("refresh token: %v", refresh)
	}
	if service := c.introspected("0oaworker", c.token("okta.users.read")); service["sub"] != "0oaworker" || service["username"] != nil {
		t.Errorf("service: %v", service)
	}
	for client, other := range map[string]string{"0oaweb": "x", "0oaspa": token} {
		if got := c.introspected(client, other); len(got) != 1 || got["active"] != false {
			t.Errorf("%s: %v", client, got)
		}
	}
	c.advance("1h")
	if got := c.introspected("0oaweb", token); got["active"] != false {
		t.Errorf("expired: %v", got)
	}
	c.asked("introspect", "token", token).problem(401, "invalid_client", "No client credentials found.")
	c.asked("revoke", "client_id", "0oaspa").problem(400, "invalid_request", "The `token` parameter is required.")
}

// Okta, Org Authorization Server, revoke: 200 for every token; a client may only revoke its own. Okta's guide "Revoke tokens": each by itself.
func TestATokenIsRevokedByItsClient(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	got := c.signedIn("0oaweb")
	access, refresh := textOf(got["access_token"]), textOf(got["refresh_token"])
	for _, of := range []struct{ client, token string }{{"0oaspa", access}, {"0oaspa", refresh}, {"0oaweb", "x"}, {"0oaweb", access}, {"0oaweb", access}} {
		if r := c.about("revoke", of.client, of.token); r.status != 200 || r.body != "" {
			t.Errorf("%v: %d %s", of, r.status, r.body)
		}
	}
	c.auth = "Bearer " + access
	c.get("/api/v1/users/me").challenged(401, "E0000011", "Bearer", "invalid_token", "The access token has been revoked.")
	fresh := c.refresh("0oaweb", refresh).text("access_token")
	c.about("revoke", "0oaweb", refresh)
	c.refresh("0oaweb", refresh).problem(400, "invalid_grant", deadRefresh)
	c.auth = "Bearer " + fresh
	c.get("/api/v1/users/me").ok()
}
