package oktasim

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

const verifier = "a-verifier-that-is-long-enough-for-pkce-0123456789"

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// sent is the request of a client at /authorize, with other parameters than usual. An empty one is left out.
func sent(client string, pairs ...string) string {
	query := url.Values{
		"client_id": {client}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid offline_access okta.users.read"},
		"state": {"s1"}, "code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(pairs); i += 2 {
		if query.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			query.Del(pairs[i])
		}
	}
	return "/oauth2/v1/authorize?" + query.Encode()
}

// redirected follows a browser to the client, and returns the parameters that it brings there.
func (c oauthTest) redirected(path string) url.Values {
	c.t.Helper()
	other := *c.client
	other.auth = ""
	r := other.get(path)
	to, err := url.Parse(r.header.Get("Location"))
	if err != nil || r.status != 302 || !strings.HasPrefix(to.String(), callback) {
		c.t.Fatalf("%d %s, Location %q, want a redirect to the client", r.status, r.body, to)
	}
	if got := to.Query(); got.Get("iss") != c.url {
		c.t.Errorf("iss %q, want %q", got.Get("iss"), c.url)
	}
	return to.Query()
}

// signedIn returns the answer of a token request after a sign-in.
func (c oauthTest) signedIn(client string, pairs ...string) map[string]any {
	c.t.Helper()
	code := c.redirected(sent(client, pairs...)).Get("code")
	return c.exchange(client, "code", code).object()
}

// exchange sends a code, with other parameters than usual.
func (c oauthTest) exchange(client string, pairs ...string) reply {
	c.t.Helper()
	form := map[string]string{"grant_type": "authorization_code", "redirect_uri": callback, "code_verifier": verifier, "client_id": client}
	if client == "0oaweb" {
		form["client_secret"] = "web-s3cret"
	}
	for i := 0; i < len(pairs); i += 2 {
		if form[pairs[i]] = pairs[i+1]; pairs[i+1] == "" {
			delete(form, pairs[i])
		}
	}
	var all []string
	for name, value := range form {
		all = append(all, name, value)
	}
	return c.asked("token", all...)
}

// Okta, Org Authorization Server, authorize and token, TokenRequestAuthorizationCode.
func TestAPersonSignsInWithACodeAndPKCE(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	for _, client := range []string{"0oaweb", "0oaspa"} {
		back := c.redirected(sent(client))
		if back.Get("state") != "s1" || back.Get("code") == "" {
			t.Errorf("%s: %v", client, back)
		}
		got := c.exchange(client, "code", back.Get("code")).object()
		if got["token_type"] != "Bearer" || got["scope"] != "openid offline_access okta.users.read" || got["refresh_token"] == nil {
			t.Errorf("%s: %v", client, got)
		}
		c.auth = "Bearer " + textOf(got["access_token"])
		if me := c.get("/api/v1/users/me").object()["id"]; me != "00uada" {
			t.Errorf("%s: me is %v", client, me)
		}
	}
	if got := c.signedIn("0oaplain", "scope", "okta.users.read"); got["refresh_token"] != nil {
		t.Errorf("without offline_access: %v", got)
	}
}

// The person is named by sessionToken or login_hint, as in Okta, Org Authorization Server, authorize. That login_hint signs in, and that the owner
// of the first token does by default, is of this org.
func TestThePersonWhoSignsInIsChosen(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	c.send("POST", "/api/v1/users/00ubob/lifecycle/unsuspend", "")
	for want, pairs := range map[string][]string{
		"00uada": {}, "00ubob": {"login_hint", "bob@acme.example"},
	} {
		c.auth = "Bearer " + textOf(c.signedIn("0oaweb", pairs...)["access_token"])
		if me := c.get("/api/v1/users/me").object()["id"]; me != want {
			t.Errorf("%v: me is %v, want %s", pairs, me, want)
		}
	}
	if got := c.redirected(sent("0oaweb", "sessionToken", "bob@acme.example", "prompt", "none")); got.Get("code") == "" {
		t.Errorf("prompt=none with a session: %v", got)
	}
}

// RFC 6749, section 4.1.2.1; Okta's error codes for OAuth 2.0: invalid_state, pkce_*, user_not_assigned, login_required, no_matching_scope.
func TestErrorsOfASignInAreSentToTheClient(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	for _, test := range []struct {
		client            string
		pairs             []string
		code, description string
	}{
		{"0oaweb", []string{"state", ""}, "invalid_request", "The authentication request has an invalid 'state' parameter."},
		{"0oaweb", []string{"response_type", ""}, "unsupported_response_type", "The response type is not supported by the authorization server. Configured response types: [code]."},
		{"0oaweb", []string{"response_mode", "fragment"}, "unsupported_response_mode", "The response mode is not supported by the authorization server. Valid response modes: [query, fragment, form_post, okta_post_message]."},
		{"0oaplain", []string{"code_challenge", "", "code_challenge_method", ""}, "invalid_request", "PKCE code challenge is required by the application."},
		{"0oaweb", []string{"code_challenge_method", "plain"}, "invalid_request", "PKCE code challenge method is not supported. Valid values: [S256]"},
		{"0oaweb", []string{"code_challenge_method", ""}, "invalid_request", "PKCE code challenge method is not supported. Valid values: [S256]"},
		{"0oaweb", []string{"code_challenge", "short"}, "invalid_request", "PKCE code challenge contains illegal characters."},
		{"0oaweb", []string{"scope", ""}, "invalid_scope", "No scopes were requested."},
		{"0oaweb", []string{"scope", "profile"}, "invalid_scope", "Requests for ID tokens or access tokens with OpenID scopes require the 'openid' scope."},
		{"0oaweb", []string{"scope", "openid okta.logs.read"}, "consent_required", "You are not allowed any of the requested scopes."},
		{"0oaweb", []string{"scope", "okta.users.read okta.logs.read"}, "invalid_scope", "One or more scopes are not configured for the authorization server resource."},
		{"0oaplain", []string{"scope", "openid offline_access"}, "invalid_scope", "The following scopes are not allowed for this request: [offline_access]."},
		{"0oaweb", []string{"login_hint", "deny"}, "access_denied", "The resource owner or authorization server denied the request."},
		{"0oaweb", []string{"login_hint", "nobody@acme.example"}, "access_denied", "Login failed."},
		{"0oaweb", []string{"login_hint", "bob@acme.example"}, "access_denied", "User status is invalid."},
		{"0oaweb", []string{"login_hint", "twin@acme.example"}, "access_denied", "User is not assigned to the client application."},
		{"0oaweb", []string{"prompt", "none"}, "login_required", "The client specified not to prompt, but the user is not logged in."},
	} {
		got := c.redirected(sent(test.client, test.pairs...))
		if got.Get("error") != test.code || got.Get("error_description") != test.description || got.Get("code") != "" {
			t.Errorf("%v: %v", test.pairs, got)
		}
		if got.Get("state") != "s1" && test.pairs[0] != "state" {
			t.Errorf("%v: state %q", test.pairs, got.Get("state"))
		}
	}
}

// RFC 6749, section 4.1.2.1: a redirect URI that is not the client's is never redirected to. Okta's error codes for OAuth 2.0:
// illegal_redirect_uri, invalid_client_application_type. The redirect URI matches exactly (management API, schema
// OpenIdConnectApplicationSettingsClient).
func TestAnUnknownRedirectIsShownAndNotFollowed(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	for _, uri := range []string{"", callback + "/", strings.Replace(callback, "127.0.0.1", "localhost", 1), "http://127.0.0.1:9/callback", callback + "?x=1"} {
		r := c.get(sent("0oaweb", "redirect_uri", uri))
		r.problem(400, "invalid_request", "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.")
		if got := r.header.Get("Location"); got != "" {
			t.Errorf("%q: Location %q", uri, got)
		}
	}
	c.get(sent("0oaworker")).problem(400, "invalid_request", "Clients with 'application_type' of 'service' are not allowed to access the 'authorize' endpoint.")
	c.get(sent("0oanobody")).problem(400, "invalid_client", "Invalid value for 'client_id' parameter.")
}

// Okta's error codes for OAuth 2.0: pkce_*, invalid_authorization_code, mismatched_client, mismatched_redirect_uri.
func TestACodeThatIsNotValidIsRefused(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	code := func(pairs ...string) string { return c.redirected(sent("0oaweb", pairs...)).Get("code") }
	const invalid = "The authorization code is invalid or has expired."
	c.exchange("0oaweb").problem(400, "invalid_request", "The required parameter 'code' is missing.")
	c.exchange("0oaweb", "code", "x").problem(400, "invalid_grant", invalid)
	c.exchange("0oaspa", "code", code()).problem(400, "invalid_grant",
		"The grant was issued to another client. Please make sure the 'client_id' matches the one used at the authorize request.")
	c.exchange("0oaweb", "code", code(), "redirect_uri", "http://127.0.0.1:9/").problem(400, "invalid_grant",
		"The 'redirect_uri' does not match the redirection URI used in the authorization request.")
	c.exchange("0oaweb", "code", code(), "code_verifier", "").problem(400, "invalid_request", "PKCE code verifier is required by the application.")
	c.exchange("0oaweb", "code", code(), "code_verifier", verifier+"x").problem(400, "invalid_grant", "PKCE verification failed.")
	c.exchange("0oaweb", "code", code("code_challenge", "", "code_challenge_method", "")).problem(400, "invalid_request",
		"PKCE code challenge should be specified in the authorize request for code verification.")
	c.exchange("0oaweb", "code", code("code_challenge", "", "code_challenge_method", ""), "code_verifier", "").ok()
	c.exchange("0oaweb", "code", code(), "client_secret", "").problem(401, "invalid_client",
		"Client authentication failed. Either the client or the client credentials are invalid.")

	late := code()
	c.advance("299s")
	c.exchange("0oaweb", "code", late).ok()
	late = code()
	c.advance("300s")
	c.exchange("0oaweb", "code", late).problem(400, "invalid_grant", invalid)
}

// RFC 6749, section 4.1.2: the tokens of a code that is used twice should be revoked. That Okta does so is our guess.
func TestACodeThatIsUsedTwiceRevokesItsTokens(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	code := c.redirected(sent("0oaweb")).Get("code")
	got := c.exchange("0oaweb", "code", code).object()
	c.exchange("0oaweb", "code", code).problem(400, "invalid_grant", "The authorization code is invalid or has expired.")
	c.auth = "Bearer " + textOf(got["access_token"])
	c.get("/api/v1/users/me").refused(401, "E0000011")
	c.refresh("0oaweb", textOf(got["refresh_token"])).problem(400, "invalid_grant", "The refresh token is invalid or expired.")
}
