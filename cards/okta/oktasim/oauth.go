package oktasim

import (
	"net/http"
	"net/url"
	"slices"
)

// oauthRoutes are the endpoints of the org's authorization server. This org has no OAuth clients, so that it never
// issues a token, and has no key that signs one. It has its documents and its errors, which have the form of OAuth and not of
// the management API (Okta, "OpenID Connect & OAuth 2.0 API", Org Authorization Server). Requests need no token.
var oauthRoutes = []route{
	{"POST", "/oauth2/v1/token", noToken, oauthToken},
	{"POST", "/oauth2/v1/introspect", noToken, oauthIntrospect},
	{"POST", "/oauth2/v1/revoke", noToken, oauthIntrospect}, // it has the same errors
	{"GET", "/oauth2/v1/authorize", noToken, oauthAuthorize},
	{"POST", "/oauth2/v1/authorize", noToken, oauthAuthorize},
	{"GET", "/oauth2/v1/keys", noToken, oauthKeys},
	{"GET", "/.well-known/openid-configuration", noToken, oauthMetadata},
	{"GET", "/.well-known/oauth-authorization-server", noToken, oauthMetadata},
}

// oauthError returns an answer with OAuth's error body (RFC 6749, section 5.2).
func (c *call) oauthError(status int, code, description string) answer {
	return answer{status: status, body: []byte(`{"error":` + jsonText(code) + `,"error_description":` + jsonText(description) + `}`)}
}

// form reads the body of a request as a form.
func (c *call) form() url.Values {
	c.r.Body = http.MaxBytesReader(nil, c.r.Body, maxBody)
	if c.r.ParseForm() != nil {
		c.reject(c.oauthError(http.StatusBadRequest, "invalid_request", "The request body was not well-formed."))
	}
	return c.r.PostForm
}

// client refuses every request, because this org knows no client. The error depends on how the request names its
// client (Okta's error codes for OAuth 2.0).
func (c *call) client(form url.Values) {
	_, _, basic := c.r.BasicAuth()
	ways := 0
	for _, used := range []bool{basic, form.Has("client_secret"), form.Has("client_assertion")} {
		if used {
			ways++
		}
	}
	switch {
	case ways > 1:
		c.reject(c.oauthError(http.StatusUnauthorized, "invalid_request", "Cannot supply multiple client credentials. Use one of the following: "+
			"credentials in the Authorization header, credentials in the post body, or a client_assertion in the post body."))
	case form.Has("client_assertion"):
		c.reject(c.oauthError(http.StatusUnauthorized, "invalid_client", "The issuer claim for client_assertion is not a valid client_id."))
	case ways == 0 && !form.Has("client_id"):
		c.reject(c.oauthError(http.StatusUnauthorized, "invalid_client", "No client credentials found."))
	}
	c.reject(c.oauthError(http.StatusUnauthorized, "invalid_client", "Invalid value for 'client_id' parameter."))
}

// grantTypes are the grant types of the token endpoint.
var grantTypes = []string{
	"authorization_code", "client_credentials", "refresh_token", "password", "interaction_code",
	"urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange",
}

// oauthToken handles POST /oauth2/v1/token. Okta does not document the order of its checks.
func oauthToken(c *call) answer {
	form := c.form()
	if grant := form.Get("grant_type"); !slices.Contains(grantTypes, grant) {
		c.reject(c.oauthError(http.StatusBadRequest, "unsupported_grant_type", "The grant type in the request isn't supported."))
	}
	c.client(form)
	return *c.refusal
}

// oauthIntrospect handles POST /oauth2/v1/introspect.
func oauthIntrospect(c *call) answer {
	form := c.form()
	if form.Get("token") == "" {
		c.reject(c.oauthError(http.StatusBadRequest, "invalid_request", "The `token` parameter is required."))
	}
	c.client(form)
	return *c.refusal
}

// oauthAuthorize handles GET and POST /oauth2/v1/authorize. Okta shows people a page for an unknown client, which it does not
// document; the code is that of the token endpoint.
func oauthAuthorize(c *call) answer {
	if c.form(); c.r.Form.Get("client_id") == "" {
		return c.oauthError(http.StatusBadRequest, "invalid_request", "The 'client_id' parameter is required.")
	}
	return c.oauthError(http.StatusBadRequest, "invalid_client", "Invalid value for 'client_id' parameter.")
}

// oauthKeys handles GET /oauth2/v1/keys.
func oauthKeys(c *call) answer { return c.ok([]byte(`{"keys":[]}`)) }

// oauthMetadata handles the documents that describe the authorization server, with the endpoints that this org has.
func oauthMetadata(c *call) answer {
	if c.r.URL.Query().Has("client_id") { // a call without a token has no query
		return c.refuse(http.StatusBadRequest, "invalid_client", "Invalid value for 'client_id' parameter.")
	}
	text := `{"issuer":` + jsonText(c.base)
	for _, e := range []struct{ name, path string }{
		{"authorization_endpoint", "authorize"}, {"token_endpoint", "token"}, {"jwks_uri", "keys"},
		{"introspection_endpoint", "introspect"}, {"revocation_endpoint", "revoke"},
	} {
		text += `,"` + e.name + `":` + jsonText(c.base+"/oauth2/v1/"+e.path)
	}
	return c.ok([]byte(text + `,"response_types_supported":["code"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}`))
}
