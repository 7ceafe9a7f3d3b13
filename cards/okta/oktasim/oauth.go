package oktasim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// oauthRoutes are the endpoints of the org's authorization server. Its clients are the applications with the sign-on mode OPENID_CONNECT.
// Its errors have the form of OAuth and not of the management API. Requests need no API token. What it issues ends with the process:
// none of these requests is kept.
//
// Sources: Okta, "OpenID Connect & OAuth 2.0 API", Org Authorization Server, and for the texts Okta's error codes for OAuth 2.0
// (okta-developer-docs, data/oauth2-error-codes.json). Okta does not document the order of its checks.
var oauthRoutes = []route{
	{"POST", "/oauth2/v1/token", noToken, oauthToken},
	{"POST", "/oauth2/v1/introspect", noToken, oauthIntrospect},
	{"POST", "/oauth2/v1/revoke", noToken, oauthRevoke},
	{"GET", "/oauth2/v1/authorize", noToken, oauthAuthorize},
	{"POST", "/oauth2/v1/authorize", noToken, oauthAuthorize},
	{"GET", "/oauth2/v1/keys", noToken, oauthKeys},
	{"GET", "/oauth2/v1/userinfo", noToken, oauthUserInfo},
	{"POST", "/oauth2/v1/userinfo", noToken, oauthUserInfo},
	{"GET", "/.well-known/openid-configuration", noToken, oauthMetadata},
	{"GET", "/.well-known/oauth-authorization-server", noToken, oauthMetadata},
}

// An oauthProblem is a refusal of the authorization server, or of an access token.
type oauthProblem struct {
	status            int
	code, description string
}

func invalidRequest(description string) *oauthProblem {
	return &oauthProblem{http.StatusBadRequest, "invalid_request", description}
}

func invalidClient(description string) *oauthProblem {
	return &oauthProblem{http.StatusUnauthorized, "invalid_client", description}
}

func invalidGrant(description string) *oauthProblem {
	return &oauthProblem{http.StatusBadRequest, "invalid_grant", description}
}

func invalidScope(description string) *oauthProblem {
	return &oauthProblem{http.StatusBadRequest, "invalid_scope", description}
}

func accessDenied(description string) *oauthProblem {
	return &oauthProblem{http.StatusBadRequest, "access_denied", description}
}

// oauthAnswer returns an answer of the authorization server (Okta's guide "Configure DPoP" shows its headers).
func (c *call) oauthAnswer(status int, body map[string]any) answer {
	return answer{status: status, body: encoded(body), header: map[string]string{"Cache-Control": "no-cache, no-store", "Pragma": "no-cache"}}
}

// oauthError returns an answer with OAuth's error body (RFC 6749, section 5.2).
func (c *call) oauthError(p *oauthProblem) answer {
	a := c.oauthAnswer(p.status, map[string]any{"error": p.code, "error_description": p.description})
	if p.code == useNonce {
		a.header["dpop-nonce"] = c.org.proofs.nonce(c.now)
	}
	return a
}

// form reads the body of a request as a form. A parameter must not be there twice.
func (c *call) form() url.Values {
	c.r.Body = http.MaxBytesReader(nil, c.r.Body, maxBody)
	if c.r.ParseForm() != nil {
		c.reject(c.oauthError(invalidRequest("The request body was not well-formed."))) // the text is our guess
	}
	for _, values := range c.r.Form {
		if len(values) > 1 {
			c.reject(c.oauthError(invalidRequest("The request contained multiple parameters with the same name.")))
		}
	}
	return c.r.PostForm
}

// asClient runs an operation for the client that a form authenticates.
func (c *call) asClient(form url.Values, operation func(*directory, *oauthClient) (answer, *oauthProblem)) answer {
	return c.write(func(d *directory) answer {
		client, problem := c.authenticated(d, form)
		if problem != nil {
			return c.oauthError(problem)
		}
		a, problem := operation(d, client)
		if problem != nil {
			return c.oauthError(problem)
		}
		return a
	})
}

// grantTypes are the grant types of the token endpoint. Okta has more.
var grantTypes = []string{"authorization_code", "client_credentials", "refresh_token"}

// oauthToken handles POST /oauth2/v1/token.
func oauthToken(c *call) answer {
	form := c.form()
	switch grant := form.Get("grant_type"); {
	case grant == "":
		c.reject(c.oauthError(invalidRequest("The token request must specify a 'grant_type'. Valid values: " + bracketed(grantTypes))))
	case !slices.Contains(grantTypes, grant):
		c.reject(c.oauthError(&oauthProblem{http.StatusBadRequest, "unsupported_grant_type", "The grant type in the request isn't supported."}))
	}
	return c.asClient(form, func(d *directory, client *oauthClient) (answer, *oauthProblem) {
		grant := form.Get("grant_type")
		if !slices.Contains(client.grants, grant) {
			return answer{}, unauthorized(client)
		}
		switch grant {
		case "client_credentials":
			return c.grantToService(d, client, form)
		case "authorization_code":
			return c.grantForCode(d, client, form)
		}
		return c.grantAgain(d, client, form)
	})
}

// unauthorized refuses a grant type that a client does not have.
func unauthorized(client *oauthClient) *oauthProblem {
	return &oauthProblem{http.StatusBadRequest, "unauthorized_client",
		"The client is not authorized to use the provided grant type. Configured grant types: " + bracketed(client.grants) + "."}
}

// bracketed returns words as Okta lists them in its errors.
func bracketed(words []string) string { return "[" + strings.Join(words, ", ") + "]" }
