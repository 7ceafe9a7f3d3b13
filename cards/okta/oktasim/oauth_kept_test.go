package oktasim

import (
	"encoding/base64"
	"encoding/hex"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// keptClients serves an org with OAuth clients that stores its changes in dir. Okta's description has no authorization server: the answers of
// the org are not checked against it.
func keptClients(t *testing.T, dir, seed string, clock *fakeClock) oauthTest {
	t.Helper()
	c := remembering(t, dir, seed, Options{Clock: clock.now})
	server := httptest.NewServer(c.org)
	t.Cleanup(server.Close)
	c.url = server.URL
	return oauthTest{c, clock}
}

// TestNoSecretOfAClientIsKeptOrShown: secrets, assertions, proofs, codes, verifiers and tokens are in no journal, dump, log, list of requests
// or statistics, in no encoding.
func TestNoSecretOfAClientIsKeptOrShown(t *testing.T) {
	t.Parallel()
	dir, clock := t.TempDir(), &fakeClock{at: start}
	c := keptClients(t, dir, clientSeed(t), clock)
	made := c.send("POST", "/api/v1/apps", `{"label":"New","name":"oidc_client","signOnMode":"OPENID_CONNECT","credentials":{"oauthClient":{"client_secret":"new-s3cret"}},"settings":{}}`).object()
	if made["id"] == nil {
		t.Fatal(made)
	}
	c.send("PUT", "/api/v1/apps/"+textOf(made["id"]), `{"label":"New","name":"oidc_client","signOnMode":"OPENID_CONNECT","credentials":{"oauthClient":{"client_secret":"newer-s3cret"}},"settings":{}}`).ok()
	assertion, code := c.assertion("first", "0oaworker", nil), c.redirected(sent("0oaweb", "sessionToken", "ada@acme.example")).Get("code")
	proof := c.proof("stranger", "POST", "/oauth2/v1/token", said{"nonce": c.nonce()})
	got := c.exchange("0oaweb", "code", code).object()
	secrets := []string{
		"web-s3cret", "worker-s3cret", "new-s3cret", "newer-s3cret", verifier, assertion, code, proof,
		c.service(assertion, "okta.groups.manage").text("access_token"), c.bound(proof).text("access_token"),
		textOf(got["access_token"]), textOf(got["refresh_token"]), c.refresh("0oaspa", textOf(c.signedIn("0oaspa")["refresh_token"])).text("refresh_token"),
	}
	c.asked("token?client_assertion="+assertion+"&code="+code+"&refresh_token="+secrets[11]+"&token="+secrets[10], "grant_type", "refresh_token")
	c.about("introspect", "0oaweb", secrets[10])
	c.about("revoke", "0oaweb", secrets[11])
	c.auth = "Bearer " + secrets[8]
	c.send("POST", "/api/v1/groups", `{"profile":{"name":"Made by a service"}}`).ok()
	c.auth = "SSWS demo-token"
	all := string(stateFile(t, dir))
	for _, path := range []string{"/-/dump", "/-/stats", "/-/requests", "/-/hooks", "/api/v1/logs", "/api/v1/apps"} {
		all += c.get(path).body
	}
	for _, secret := range secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), hex.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret))} {
			if len(form) < 8 || strings.Contains(all, form) {
				t.Errorf("%q is kept or shown", form)
			}
		}
	}
	if !strings.Contains(all, "Made by a service") || !strings.Contains(all, "app.oauth2.token.revoke") {
		t.Error("the changes are not in what was searched")
	}
}

// Tokens end with the process. So do the events of their grants, which the ids of other events do not depend on.
func TestTokensEndWithTheProcessAndChangesDoNot(t *testing.T) {
	t.Parallel()
	dir, clock := t.TempDir(), &fakeClock{at: start}
	first := keptClients(t, dir, clientSeed(t)+"log_delay: 1s\n", clock)
	app := `{"label":"New","name":"oidc_client","signOnMode":"OPENID_CONNECT","credentials":{"oauthClient":{"client_secret":"new-s3cret"}},"settings":{}}`
	id := first.send("POST", "/api/v1/apps", app).text("id")
	made := first.send("POST", "/api/v1/apps", `{"label":"Made","name":"oidc_client","signOnMode":"OPENID_CONNECT","settings":{}}`).object()
	secret := textOf(objectIn(objectIn(made["credentials"])["oauthClient"])["client_secret"])
	token := first.token("okta.groups.manage")
	first.auth = "Bearer " + token
	first.send("POST", "/api/v1/groups", `{"profile":{"name":"Made by a service"}}`).ok()
	first.auth = "SSWS demo-token"
	first.send("POST", "/api/v1/users/00uada/lifecycle/suspend", "").ok()
	clock.at = clock.at.Add(2e9)

	second := keptClients(t, killed(t, dir), clientSeed(t)+"log_delay: 1s\n", clock)
	const changes = `/api/v1/logs?filter=not+(eventType+sw+%22app.oauth2%22)`
	if got, want := second.get(changes).body, first.get(changes).body; got != want || !strings.Contains(got, `"PublicClientApp"`) {
		t.Errorf("the log of the second process is\n%s\nwant\n%s", got, want)
	}
	second.auth = "Bearer " + token
	second.get("/api/v1/groups").refused(401, "E0000011")
	ask := func(c oauthTest, id, secret string) reply {
		return c.with("Authorization", basic(id, secret)).asked("introspect", "token", "x")
	}
	ask(second, textOf(made["id"]), secret).ok()
	ask(first, id, "new-s3cret").ok()
	for _, secret := range []string{"new-s3cret", strings.Repeat("x", len("new-s3cret")), ""} {
		ask(second, id, secret).problem(401, "invalid_client", "The client secret supplied for a confidential client is invalid.")
	}
}

func TestOneSeedWithSecretsMakesManyOrgs(t *testing.T) {
	t.Parallel()
	seed := mustLoad(t, clientSeed(t))
	for range 2 {
		org, err := New(seed, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if app := org.state.collection(apps).byID["0oaweb"]; !app.hasSecret("web-s3cret") || givenSecret(app.fields) != "" {
			t.Errorf("the secret of the seed is not that of the client, or is shown: %v", app.fields)
		}
	}
}

// Okta's catalogue of event types, app.oauth2.token.grant.* and app.oauth2.authorize.code: those of the org's authorization server have no "as".
func TestGrantsAreLogged(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	got := c.signedIn("0oaweb")
	c.token("okta.users.read")
	c.about("revoke", "0oaweb", textOf(got["access_token"]))
	want := []string{
		"app.oauth2.authorize.code by User 00uada about PublicClientApp 0oaweb",
		"app.oauth2.token.grant.refresh_token by PublicClientApp 0oaweb about User 00uada, refresh_token",
		"app.oauth2.token.grant.access_token by PublicClientApp 0oaweb about User 00uada, access_token",
		"app.oauth2.token.grant.access_token by PublicClientApp 0oaworker about access_token",
		"app.oauth2.token.revoke by PublicClientApp 0oaweb about User 00uada, access_token",
	}
	events := c.get("/api/v1/logs").ok().([]any)
	if len(events) != len(want) {
		t.Fatalf("%d events, want %d", len(events), len(want))
	}
	for i, e := range events {
		event := e.(map[string]any)
		actor := event["actor"].(map[string]any)
		var about []string
		for _, item := range event["target"].([]any) {
			of := item.(map[string]any)
			if text := textOf(of["type"]); strings.HasSuffix(text, "_token") {
				about = append(about, text)
			} else {
				about = append(about, text+" "+textOf(of["id"]))
			}
		}
		line := textOf(event["eventType"]) + " by " + textOf(actor["type"]) + " " + textOf(actor["id"]) + " about " + strings.Join(about, ", ")
		if line != want[i] || event["displayMessage"] == nil {
			t.Errorf("got  %s\nwant %s", line, want[i])
		}
	}
}

// Management API, examples ErrorClientJsonWebKey…. The texts, but for that of the length, are our guess.
func TestTheKeysOfAClientArePublicUniqueAndLong(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	private, err := testKeys()["first"].MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	const short = `{"kty":"RSA","kid":"s","e":"AQAB","n":"` // 512 bits
	n := base64.RawURLEncoding.EncodeToString([]byte("\xff" + strings.Repeat("k", 63)))
	for keys, want := range map[string]string{
		publicKey(t, "first", "") + "," + publicKey(t, "first", "enc"): "settings.oauthClient.jwks: The 'kid' of each key must be unique",
		string(private):  "settings.oauthClient.jwks: a key is not a valid public JSON Web Key",
		`{"kty":"RSA"}`:  "settings.oauthClient.jwks: a key is not a valid public JSON Web Key",
		short + n + `"}`: "settings.oauthClient.jwks: RSA key length in the 'jwks' is less than '2,048' bits",
		strings.Repeat(publicKey(t, "first", "")+",", 50) + publicKey(t, "curve", ""): "settings.oauthClient.jwks: The number of keys exceeds the maximum of 50",
	} {
		body := `{"label":"New","name":"oidc_client","signOnMode":"OPENID_CONNECT","settings":{"oauthClient":{"jwks":{"keys":[` + keys + `]}}}}`
		e := c.send("POST", "/api/v1/apps", body).refused(400, "E0000001")
		if e.causes() != want {
			t.Errorf("got %q, want %q", e.causes(), want)
		}
		if strings.Contains(e.causes(), "AQAB") {
			t.Error("the key is in the error")
		}
	}
}

// Okta, Org Authorization Server, oauthKeys: client_id adds the keys of the client to that of the org.
func TestTheKeysOfAClientAreShown(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	for id, want := range map[string]int{"0oaworker": 4, "0oakeyless": 1, "0oanobody": 1} {
		if got := c.get("/oauth2/v1/keys?client_id=" + id).object()["keys"].([]any); len(got) != want {
			t.Errorf("%s: %d keys, want %d", id, len(got), want)
		}
	}
	c.get("/.well-known/openid-configuration?client_id=0oaworker").ok()
}

// Okta's error codes for OAuth 2.0, server_error: a fault at an endpoint of the authorization server has its form. The error that belongs to another
// status is our guess.
func TestAFaultOfTheAuthorizationServerHasItsForm(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	for status, code := range map[string]string{"500": "server_error", "401": "invalid_client", "403": "access_denied", "400": "invalid_request"} {
		c.send("POST", "/-/faults", `[{"match": "POST /oauth2/v1/token", "nth": 1, "status": `+status+`}]`)
		r := c.service(c.assertion("first", "0oaworker", nil), "okta.users.read")
		if !strings.Contains(r.body, `"error":"`+code+`"`) {
			t.Errorf("%s: %d %s", status, r.status, r.body)
		}
	}
	c.send("POST", "/-/faults", `[{"match": "POST /oauth2/v1/token", "nth": 1, "status": 429}]`)
	c.service(c.assertion("first", "0oaworker", nil), "okta.users.read").refused(429, "E0000047")
}
