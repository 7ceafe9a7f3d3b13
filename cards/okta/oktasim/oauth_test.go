package oktasim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// post sends a form without a token.
func (c *client) post(path, form string) reply {
	c.t.Helper()
	open := *c
	open.auth = ""
	open.header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Authorization": c.header["Authorization"]}
	return open.send("POST", path, form)
}

// Sources: Okta, "OpenID Connect & OAuth 2.0 API", Org Authorization Server, token, introspect and revoke, and Okta's
// error codes for OAuth 2.0. The order of Okta's checks, and the text for a client_id without credentials, are our
// guess.
func TestTheAuthorizationServerHasItsOwnErrors(t *testing.T) {
	t.Parallel()
	c := undescribed(t, small, Options{})
	const grant = "grant_type=client_credentials&scope=okta.users.read"
	for _, test := range []struct {
		path, basic, form string
		status            int
		code, description string
	}{
		{"token", "", "scope=x", 400, "invalid_request", "The token request must specify a 'grant_type'. Valid values: [authorization_code, client_credentials, refresh_token]"},
		{"token", "", "grant_type=implicit", 400, "unsupported_grant_type", "The grant type in the request isn't supported."},
		{"token", "", grant, 401, "invalid_client", "No client credentials found."},
		{"token", "", grant + "&client_id=0oa1", 401, "invalid_client", "Invalid value for 'client_id' parameter."},
		{"token", "Basic YTpi", grant, 401, "invalid_client", "Invalid value for 'client_id' parameter."},
		{"token", "Basic YTpi", grant + "&client_secret=b", 401, "invalid_request", "Cannot supply multiple client credentials."},
		{"token", "", grant + "&client_assertion=x", 400, "invalid_request", "The client_assertion_type is invalid."},
		{"introspect", "Basic YTpi", "", 400, "invalid_request", "The `token` parameter is required."},
		{"introspect", "", "token=x", 401, "invalid_client", "No client credentials found."},
		{"revoke", "", "token=x&client_id=0oa1", 401, "invalid_client", "Invalid value for 'client_id' parameter."},
	} {
		c.header = http.Header{}
		if test.basic != "" {
			c.header.Set("Authorization", test.basic)
		}
		r := c.post("/oauth2/v1/"+test.path, test.form)
		var got map[string]string
		if err := json.Unmarshal([]byte(r.body), &got); err != nil || len(got) != 2 {
			t.Errorf("%+v: %s", test, r.body)
		}
		if r.status != test.status || got["error"] != test.code || !strings.HasPrefix(got["error_description"], test.description) {
			t.Errorf("%+v: %d %v", test, r.status, got)
		}
	}
}

// Source: Okta, Org Authorization Server, token, 429: the error has the form of the management API.
func TestTheAuthorizationServersRateLimitHasTheOtherBody(t *testing.T) {
	t.Parallel()
	c := undescribed(t, small+"limits: {/oauth2/v1: 1}\n", Options{Clock: (&fakeClock{at: start}).now})
	c.post("/oauth2/v1/token", "")
	if e := c.post("/oauth2/v1/token", "").refused(429, "E0000047"); e.ErrorSummary != "You exceeded the maximum number of requests. Try again in a while." {
		t.Errorf("summary %q", e.ErrorSummary)
	}
}

func TestOnlyTheAuthorizationServersOwnPathsNeedNoToken(t *testing.T) {
	t.Parallel()
	c := undescribed(t, small, Options{})
	c.get("/oauth2/v1/clients").refused(404, "E0000008")
	c.get("/oauth2/v1/token").refused(405, "E0000022")
	c.auth = ""
	c.get("/oauth2/v1/clients").refused(403, "E0000005")
}

// Source: Okta, "OpenID Connect & OAuth 2.0 API", Org Authorization Server, keys, authorize and the two .well-known documents: they
// are public. The example OrgASOidcMetadata has no authorization_response_iss_parameter_supported.
func TestThePublicDocumentsOfTheAuthorizationServerNeedNoToken(t *testing.T) {
	t.Parallel()
	c := undescribed(t, small, Options{})
	c.auth = ""
	if got := c.get("/oauth2/v1/keys").object(); len(got) != 1 || got["keys"] == nil {
		t.Errorf("keys: %v", got)
	}
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		got := c.get(path).object()
		issuer, _ := got["issuer"].(string)
		if issuer == "" || got["jwks_uri"] != issuer+"/oauth2/v1/keys" || got["token_endpoint"] != issuer+"/oauth2/v1/token" {
			t.Errorf("%s: %v", path, got)
		}
		for _, name := range []string{"grant_types", "code_challenge_methods", "token_endpoint_auth_methods", "dpop_signing_alg_values"} {
			if list, _ := got[name+"_supported"].([]any); len(list) == 0 {
				t.Errorf("%s: %s_supported is %v", path, name, got[name+"_supported"])
			}
		}
		c.get(path+"?client_id=0oa1").refused(400, "invalid_client")
	}
	for path, code := range map[string]string{"/oauth2/v1/authorize": "invalid_request", "/oauth2/v1/authorize?client_id=0oa1": "invalid_client"} {
		r := c.get(path)
		var got map[string]string
		if err := json.Unmarshal([]byte(r.body), &got); err != nil || r.status != 400 || got["error"] != code {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}
