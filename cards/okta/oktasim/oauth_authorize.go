package oktasim

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"slices"
)

// oauthAuthorize handles GET and POST /oauth2/v1/authorize. It signs in without a page, and redirects at once with a code. The person is
// the login in sessionToken or login_hint, or else the owner of the first token of the seed. The login deny refuses. With prompt=none, only
// sessionToken signs in.
//
// Errors before the client and its redirect URI are known are shown, and others are sent to that URI, as RFC 6749, section 4.1.2.1, requires.
// Okta shows people a page for the first ones, which it does not document. The redirect has the parameter iss (RFC 9207); that Okta sends it
// is our guess.
func oauthAuthorize(c *call) answer {
	c.form()
	form := c.r.Form
	if form.Get("client_id") == "" {
		c.reject(c.oauthError(invalidRequest("The 'client_id' parameter is required.")))
	}
	return c.write(func(d *directory) answer {
		client := d.oauthClient(form.Get("client_id"))
		switch {
		case client == nil:
			return c.oauthError(&oauthProblem{http.StatusBadRequest, "invalid_client", "Invalid value for 'client_id' parameter."})
		case client.kind == "service":
			return c.oauthError(invalidRequest("Clients with 'application_type' of 'service' are not allowed to access the 'authorize' endpoint."))
		case !slices.Contains(client.redirects, form.Get("redirect_uri")):
			return c.oauthError(invalidRequest("The 'redirect_uri' parameter must be a Login redirect URI in the client app settings."))
		}
		scopes, problem := d.authorizable(client, form)
		var user uint32
		if problem == nil {
			user, problem = c.person(d, client, form)
		}
		if problem != nil {
			return c.redirect(form, url.Values{"error": {problem.code}, "error_description": {problem.description}})
		}
		s := &signIn{app: client.app, user: user, scopes: scopes, nonce: form.Get("nonce"), at: c.now}
		text := secretText()
		c.org.issued.codes[text] = &authorizationCode{
			signIn: s, redirect: form.Get("redirect_uri"), challenge: form.Get("code_challenge"), expires: c.now.add(codeLife),
		}
		c.logAs(userTarget(&d.users[user]), "app.oauth2.authorize.code", clientTarget(client))
		return c.redirect(form, url.Values{"code": {text}})
	})
}

// redirect sends a browser back to the client.
func (c *call) redirect(form, with url.Values) answer {
	to, err := url.Parse(form.Get("redirect_uri"))
	if err != nil {
		return c.oauthError(invalidRequest("The 'redirect_uri' parameter must be a Login redirect URI in the client app settings."))
	}
	query := to.Query()
	for name, values := range with {
		query[name] = values
	}
	if state := form.Get("state"); state != "" {
		query.Set("state", state)
	}
	query.Set("iss", c.base)
	to.RawQuery = query.Encode()
	return answer{status: http.StatusFound, header: map[string]string{"Location": to.String(), "Cache-Control": "no-cache, no-store", "Pragma": "no-cache"}}
}

// challengeForm is the form of a PKCE challenge (RFC 7636, section 4.2). Okta refuses other characters; that it refuses other lengths with
// the same text is our guess.
var challengeForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// authorizable checks the request of a client, and returns its scopes. state is required (parameter state).
func (d *directory) authorizable(client *oauthClient, form url.Values) ([]string, *oauthProblem) {
	challenge := form.Get("code_challenge")
	switch {
	case form.Get("state") == "":
		return nil, invalidRequest("The authentication request has an invalid 'state' parameter.")
	case form.Get("response_type") != "code":
		return nil, &oauthProblem{400, "unsupported_response_type",
			"The response type is not supported by the authorization server. Configured response types: [code]."}
	case form.Get("response_mode") != "" && form.Get("response_mode") != "query": // Okta has more
		return nil, &oauthProblem{400, "unsupported_response_mode",
			"The response mode is not supported by the authorization server. Valid response modes: [query, fragment, form_post, okta_post_message]."}
	case !slices.Contains(client.grants, "authorization_code"):
		return nil, unauthorized(client)
	case challenge == "" && (client.needsPKCE || form.Has("code_challenge_method")):
		return nil, invalidRequest("PKCE code challenge is required by the application.")
	case challenge != "" && form.Get("code_challenge_method") != "S256":
		return nil, invalidRequest("PKCE code challenge method is not supported. Valid values: [S256]")
	case challenge != "" && !challengeForm.MatchString(challenge):
		return nil, invalidRequest("PKCE code challenge contains illegal characters.")
	}
	scopes, problem := scopesOf(form.Get("scope"))
	if problem == nil {
		problem = d.personScopes(client, scopes)
	}
	return scopes, problem
}

// person returns the user who signs in.
func (c *call) person(d *directory, client *oauthClient, form url.Values) (uint32, *oauthProblem) {
	login := cmp.Or(form.Get("sessionToken"), form.Get("login_hint"))
	switch {
	case form.Get("prompt") == "none" && form.Get("sessionToken") == "":
		return 0, &oauthProblem{400, "login_required", "The client specified not to prompt, but the user is not logged in."}
	case login == "deny":
		return 0, &oauthProblem{403, "access_denied", "The resource owner or authorization server denied the request."}
	}
	ordinal := c.org.visitor
	if login != "" {
		u, ok := d.user(login)
		if !ok {
			return 0, &oauthProblem{403, "access_denied", "Login failed."}
		}
		ordinal = d.byID[u.id]
	}
	if int(ordinal) >= len(d.users) {
		return 0, &oauthProblem{403, "access_denied", "Login failed."}
	}
	return ordinal, c.allowedPerson(d, client, ordinal)
}
