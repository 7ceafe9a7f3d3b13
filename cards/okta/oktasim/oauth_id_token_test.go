package oktasim

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// verified checks an ID token as a client does, with the keys of the org, and returns its claims.
func (c oauthTest) verified(token any) map[string]any {
	c.t.Helper()
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(c.get("/oauth2/v1/keys").body), &keys); err != nil {
		c.t.Fatal(err)
	}
	parsed, err := jose.ParseSignedCompact(textOf(token), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		c.t.Fatalf("%v: %v", token, err)
	}
	text, err := parsed.Verify(keys)
	if err != nil {
		c.t.Fatal(err)
	}
	return reply{t: c.t, status: 200, body: string(text)}.object()
}

// Okta, "OpenID Connect & OAuth 2.0 API", ID token: header, payload and reserved claims; at_hash is OpenID Connect Core, section 3.1.3.6.
// That its times are those of the caller's clock is of this org.
func TestASignInWithOpenIDHasAnIDToken(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	got := c.signedIn("0oaweb", "nonce", "n-1", "scope", "openid profile email offline_access")
	claims, now := c.verified(got["id_token"]), c.clock.at.Unix()
	sum := sha256.Sum256([]byte(textOf(got["access_token"])))
	for name, want := range map[string]any{
		"iss": c.url, "aud": "0oaweb", "sub": "00uada", "nonce": "n-1", "name": "Ada Lovelace", "preferred_username": "ada@acme.example",
		"email": "ada@acme.example", "at_hash": base64.RawURLEncoding.EncodeToString(sum[:16]),
	} {
		if claims[name] != want {
			t.Errorf("%s: %v, want %v", name, claims[name], want)
		}
	}
	for name, want := range map[string]int64{"ver": 1, "iat": now, "exp": now + 3600, "auth_time": now} {
		if n, ok := secondsOf(claims[name]); !ok || n != want {
			t.Errorf("%s: %v, want %d", name, claims[name], want)
		}
	}
	if claims["given_name"] != nil || claims["email_verified"] != nil {
		t.Errorf("an ID token that comes with an access token has too many claims: %v", claims)
	}
	again := c.verified(c.refresh("0oaweb", textOf(got["refresh_token"])).object()["id_token"])
	if again["sub"] != "00uada" || again["jti"] == claims["jti"] || again["at_hash"] == claims["at_hash"] {
		t.Errorf("after a refresh: %v", again)
	}
	if got := c.signedIn("0oaweb", "scope", "okta.users.read"); got["id_token"] != nil {
		t.Errorf("without openid: %v", got)
	}
}

// Okta, "OpenID Connect & OAuth 2.0 API", scope-dependent claims: email with the scope email, name and preferred_username with profile.
func TestAnIDTokenHasTheClaimsOfItsScopes(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	for scope, want := range map[string][]string{
		"openid": nil, "openid email": {"email"}, "openid profile": {"name", "preferred_username"}, "openid phone address": nil,
	} {
		claims := c.verified(c.signedIn("0oaweb", "scope", scope)["id_token"])
		var got []string
		for _, one := range personClaims {
			if claims[one.name] != nil {
				got = append(got, one.name)
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", scope, got, want)
		}
	}
}

// The username in the application is preferred_username: "by default this is the Okta username" (Okta, scope-dependent claims). That an
// attribute of the assignment with the name of a claim is the claim follows from the schema of a client's users.
func TestTheClaimsOfAPersonAreThoseOfTheAssignment(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	c.send("POST", "/api/v1/apps/0oaweb/users/00uada", `{"credentials":{"userName":"ada"}}`).ok()
	c.send("POST", "/api/v1/apps/0oaweb/users/00uada", `{"profile":{"name":"Countess"}}`).ok()
	claims := c.verified(c.signedIn("0oaweb", "scope", "openid profile")["id_token"])
	if claims["preferred_username"] != "ada" || claims["name"] != "Countess" {
		t.Errorf("%v", claims)
	}
}

// Okta, "OpenID Connect & OAuth 2.0 API", userinfo: all claims of the scopes, by GET and by POST.
func TestUserInfoHasAllClaimsOfTheScopes(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	c.send("POST", "/api/v1/users/00uada", `{"profile":{"timezone":"Europe/London","city":"London","countryCode":"GB","primaryPhone":"+44 1"}}`).ok()
	token := "Bearer " + textOf(c.signedIn("0oaweb", "scope", "openid profile email address phone")["access_token"])
	const want = `{"address":{"country":"GB","locality":"London"},"email":"ada@acme.example","email_verified":true,"family_name":"Lovelace",` +
		`"given_name":"Ada","name":"Ada Lovelace","phone_number":"+44 1","preferred_username":"ada@acme.example","sub":"00uada","zoneinfo":"Europe/London"}`
	for _, method := range []string{"GET", "POST"} {
		c.auth = token
		got := c.send(method, "/oauth2/v1/userinfo", "").object()
		if got["updated_at"] == nil {
			t.Errorf("%s: %v", method, got)
		}
		maps.DeleteFunc(got, func(name string, _ any) bool { return name == "updated_at" })
		if text := string(encoded(got)); text != want {
			t.Errorf("%s:\ngot  %s\nwant %s", method, text, want)
		}
	}
}

// Okta, "OpenID Connect & OAuth 2.0 API", userinfo: the two error examples. They have no body.
func TestUserInfoNeedsATokenWithOpenIDScopes(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	worker := c.service(c.assertion("first", "0oaworker", nil), "okta.users.read").text("access_token")
	bare := textOf(c.signedIn("0oaweb", "scope", "okta.users.read")["access_token"])
	openid := textOf(c.signedIn("0oaweb", "scope", "openid")["access_token"])
	const invalid, insufficient = `Bearer error="invalid_token", error_description="The access token is invalid"`,
		`Bearer error="insufficient_scope", error_description="The access token must provide access to at least one of these scopes - profile, email, address or phone"`
	for sent, want := range map[string]struct {
		status int
		header string
	}{
		"": {401, invalid}, "SSWS demo-token": {401, invalid}, "Bearer x": {401, invalid},
		"Bearer " + worker: {403, insufficient}, "Bearer " + bare: {403, insufficient}, "Bearer " + openid: {403, insufficient},
	} {
		c.auth = sent
		if r := c.get("/oauth2/v1/userinfo"); r.status != want.status || r.header.Get("WWW-Authenticate") != want.header || strings.TrimSpace(r.body) != "" {
			t.Errorf("%q: %d %q %q", sent, r.status, r.header.Get("WWW-Authenticate"), r.body)
		}
	}
	c.auth = "SSWS demo-token"
	profile := textOf(c.signedIn("0oaweb", "scope", "openid profile")["access_token"])
	c.send("POST", "/api/v1/users/00uada/lifecycle/suspend", "").ok()
	c.auth = "Bearer " + profile
	if got := c.get("/oauth2/v1/userinfo"); got.status != 401 {
		t.Errorf("a suspended person: %d %s", got.status, got.body)
	}
}
