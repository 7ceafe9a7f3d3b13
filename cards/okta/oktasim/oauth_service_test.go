package oktasim

import (
	"slices"
	"strings"
	"testing"
)

// Okta's guide "Implement OAuth for Okta with a service app"; the algorithms are in "Build a JWT for client authentication".
func TestAServiceGetsATokenForItsPrivateKey(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	for _, key := range []string{"first", "curve"} {
		got := c.service(c.assertion(key, "0oaworker", nil), "okta.users.read").object()
		if got["token_type"] != "Bearer" || got["scope"] != "okta.users.read" || len(textOf(got["access_token"])) < 40 || got["refresh_token"] != nil {
			t.Errorf("%s: %v", key, got)
		}
		if n, _ := secondsOf(got["expires_in"]); n != 3600 {
			t.Errorf("%s: expires_in %v", key, got["expires_in"])
		}
	}
	c.service(c.assertion("first", "0oaworker", said{"aud": []string{"x", c.url + "/oauth2/v1/token"}}), "okta.users.read").ok()
}

// Okta's error codes for OAuth 2.0, client_assertion_*.
func TestAnAssertionThatIsNotValidIsRefused(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	now := c.clock.at.Unix()
	for _, test := range []struct {
		assertion, description string
	}{
		{c.assertion("first", "0oanobody", nil), "The issuer claim for client_assertion is not a valid client_id."},
		{c.assertion("first", "0oaoff", nil), "The issuer claim for client_assertion is not a valid client_id."},
		{c.assertion("first", "0oaworker", said{"iss": nil}), "The issuer claim for client_assertion is not a valid client_id."},
		{c.assertion("first", "0oaworker", said{"sub": "0oabound"}), "The subject claim for client_assertion is not a valid client_id."},
		{c.assertion("first", "0oaworker", said{"sub": nil}), "The subject claim for client_assertion is not a valid client_id."},
		{c.assertion("first", "0oaworker", said{"aud": c.url}), "The audience claim for client_assertion must be the endpoint invoked for the request."},
		{c.assertion("first", "0oaworker", said{"aud": nil}), "The audience claim for client_assertion must be the endpoint invoked for the request."},
		{c.assertion("first", "0oaworker", said{"exp": nil}), "The client_assertion must contain the 'exp' claim as seconds since epoch."},
		{c.assertion("first", "0oaworker", said{"exp": "soon"}), "The client_assertion must contain the 'exp' claim as seconds since epoch."},
		{c.assertion("first", "0oaworker", said{"exp": now}), "The client_assertion token is expired."},
		{c.assertion("first", "0oaworker", said{"exp": now + 3601}), "The client_assertion token has an expiration too far into the future."},
		{c.assertion("first", "0oaworker", said{"iat": now + 1}), "The client_assertion token must be issued before the current time."},
		{c.assertion("second", "0oabound", nil), "The client_assertion JWT kid is invalid."},
		{c.assertion("stranger", "0oaworker", nil), "The client_assertion JWT kid is invalid."},
		{c.assertion("first", "0oakeyless", nil), "The client does not have a JWKSet configured, but the client_assertion requires one."},
		{c.assertion("second", "0oaworker", nil), "The public key being used for client assertion has an invalid 'use' parameter. Valid values for the 'use' parameter are sig."},
		{c.assertion("first", "0oaweb", nil), "Client authentication failed. Either the client or the client credentials are invalid."},
		{strings.Replace(c.assertion("first", "0oaworker", nil), ".", "", 1), "The parsing of the client_assertion failed."},
		{"x", "The parsing of the client_assertion failed."},
		{sign(t, secretKey(), nil, said{"iss": "0oaworker"}), "The client_assertion JWT signature algorithm is invalid."},
		{sign(t, otherKey("stranger", "first"), nil, said{"iss": "0oaworker", "sub": "0oaworker"}), "The client_assertion signature is invalid."},
	} {
		c.service(test.assertion, "okta.users.read").problem(401, "invalid_client", test.description)
	}
	c.asked("token", "grant_type", "client_credentials", "client_assertion", c.assertion("first", "0oaworker", nil)).
		problem(400, "invalid_request", "The client_assertion_type is invalid.")
	for id, status := range map[string]int{"0oaworker": 200, "0oabound": 401, "": 401} { // RFC 7521, section 4.2: client_id need not be there
		got := c.asked("token", "grant_type", "client_credentials", "scope", "okta.users.read", "client_assertion", c.assertion("first", "0oaworker", nil),
			"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_id", id)
		if got.status != status {
			t.Errorf("client_id %q: %d %s", id, got.status, got.body)
		}
	}
	if got := c.service(c.assertion("first", "0oaworker", said{"iat": nil, "exp": now + 3600}), "okta.users.read"); got.status != 200 {
		t.Errorf("iat is optional, and exp an hour ahead is not too far: %s", got.body)
	}
}

// Okta's guide "Build a JWT for client authentication": jti is optional; a JWT with it can be used once.
func TestAnAssertionWithAnIDIsUsedOnce(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	once, often := c.assertion("first", "0oaworker", said{"jti": "a"}), c.assertion("first", "0oaworker", nil)
	for range 2 {
		c.service(often, "okta.users.read").ok()
	}
	c.service(once, "okta.users.read").ok()
	c.service(once, "okta.users.read").problem(401, "invalid_client", "The client_assertion token has already been used.")
	c.service(c.assertion("first", "0oabound", said{"jti": "a"}), "").problem(400, "invalid_scope", "No scopes were requested.")
}

// Okta's error codes for OAuth 2.0: openid_not_allowed_client_creds, no_matching_scope, no_org_scopes_granted, missing_scopes.
func TestAServiceGetsOnlyScopesThatAreGranted(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	ask := func(scope string) reply { return c.service(c.assertion("first", "0oaworker", nil), scope) }
	ask("").problem(400, "invalid_scope", "No scopes were requested.")
	ask("openid okta.users.read").problem(400, "invalid_scope", "Cannot request 'openid' scopes using client credentials.")
	ask("offline_access").problem(400, "invalid_scope", "The following scopes are not allowed for this request: [offline_access].")
	ask("okta.myAccount.read.self").problem(400, "client_credentials_self_scope_requested", "The 'client_credentials' grant type may not request .self scopes.")
	ask("users").problem(400, "invalid_scope", "One or more scopes are not configured for the authorization server resource.")
	ask("okta.logs.read").problem(400, "consent_required", "You are not allowed any of the requested scopes.")
	ask("okta.users.read okta.logs.read").problem(400, "invalid_scope", "One or more scopes are not configured for the authorization server resource.")
	ask("okta."+strings.Repeat("x", maxScope)).problem(400, "invalid_scope", "The requested scope is invalid, unknown, malformed, or exceeds the scope granted by the resource owner.")
	if got := ask("okta.users.read  okta.groups.manage okta.users.read").text("scope"); got != "okta.users.read okta.groups.manage" {
		t.Errorf("scope %q", got)
	}
	grants := c.get("/api/v1/apps/0oaworker/grants").ok().([]any)
	c.do("DELETE", "/api/v1/apps/0oaworker/grants/"+textOf(grants[0].(map[string]any)["id"]))
	ask("okta.users.read okta.groups.manage").problem(400, "invalid_scope", "One or more scopes are not configured for the authorization server resource.")
	c.send("POST", "/api/v1/apps/0oaworker/grants", `{"issuer":"`+c.url+`","scopeId":"okta.logs.read"}`)
	ask("okta.logs.read").ok()
}

// Okta's error codes for OAuth 2.0: invalid_client_secret, unsupported_auth_method_client_creds, invalid_basic_auth_creds, client_credentials_in_query.
func TestASecretIsNotEnoughForTheScopesOfOkta(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	const only = "Client Credentials requests to the Org Authorization Server must use the private_key_jwt token_endpoint_auth_method."
	grant := []string{"grant_type", "client_credentials", "scope", "okta.users.read"}
	c.with("Authorization", basic("0oasecret", "worker-s3cret")).asked("token", grant...).problem(401, "invalid_client", only)
	posted := slices.Concat(grant, []string{"client_id", "0oasecret", "client_secret"})
	c.asked("token", append(posted, "worker-s3cret")...).problem(401, "invalid_client", only)
	c.asked("token", append(posted, "other")...).problem(401, "invalid_client", "The client secret supplied for a confidential client is invalid.")
	const failed = "Client authentication failed. Either the client or the client credentials are invalid."
	c.asked("token", append(grant, "client_id", "0oasecret")...).problem(401, "invalid_client", failed)
	c.with("Authorization", basic("0oaspa", "x")).asked("token", grant...).problem(401, "invalid_client", failed)
	c.with("Authorization", basic("0oaworker", "x")).asked("token", grant...).problem(401, "invalid_client", failed)
	c.with("Authorization", "SSWS demo-token").asked("token", grant...).
		problem(401, "invalid_client", "Found Authentication header but was not valid client credentials.")
	c.asked("token?client_secret=worker-s3cret", append(grant, "client_id", "0oasecret")...).
		problem(400, "invalid_request", "Client credentials cannot be supplied via query parameters.")
	c.asked("token", append(grant, "scope", "x")...).problem(400, "invalid_request", "The request contained multiple parameters with the same name.")
}

// Okta's error codes for OAuth 2.0: unauthorized_client, invalid_application_type_client_credentials.
func TestAGrantTypeMustBeConfigured(t *testing.T) {
	t.Parallel()
	c := serveClients(t)
	web := c.with("Authorization", basic("0oaweb", "web-s3cret"))
	web.asked("token", "grant_type", "client_credentials", "scope", "okta.users.read").
		problem(400, "unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: [authorization_code, refresh_token].")
	app := `{"label":"Odd","name":"oidc_client","signOnMode":"OPENID_CONNECT","credentials":{"oauthClient":{"client_secret":"odd-s3cret"}},
		"settings":{"oauthClient":{"application_type":"web","grant_types":["client_credentials"]}}}`
	id := c.send("POST", "/api/v1/apps", app).text("id")
	c.with("Authorization", basic(id, "odd-s3cret")).asked("token", "grant_type", "client_credentials", "scope", "okta.users.read").
		problem(401, "invalid_client", "Only clients with 'application_type' of 'service' may use the client_credentials 'grant_type' with the Org Authorization Server.")
}
