package oktasim

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// grantToService handles the grant type client_credentials: a service gets scopes of the management API with a private key only (Okta's guide
// "Implement OAuth for Okta with a service app").
func (c *call) grantToService(d *directory, client *oauthClient, form url.Values) (answer, *oauthProblem) {
	switch {
	case client.kind != "service":
		return answer{}, invalidClient("Only clients with 'application_type' of 'service' may use the client_credentials 'grant_type' with the Org Authorization Server.")
	case client.method != "private_key_jwt":
		return answer{}, invalidClient("Client Credentials requests to the Org Authorization Server must use the private_key_jwt token_endpoint_auth_method.")
	}
	scopes, problem := scopesOf(form.Get("scope"))
	if problem == nil {
		problem = d.serviceScopes(client, scopes)
	}
	if problem != nil {
		return answer{}, problem
	}
	key, problem := c.bound(client, "")
	if problem != nil {
		return answer{}, problem
	}
	s := &signIn{app: client.app, user: nobody, scopes: scopes, at: c.now, key: key}
	return c.tokens(s, scopes, ""), nil
}

// grantForCode handles the grant type authorization_code. A code that is used again revokes what was issued for it (RFC 6749, section
// 4.1.2); that Okta does this too is our guess.
func (c *call) grantForCode(d *directory, client *oauthClient, form url.Values) (answer, *oauthProblem) {
	if form.Get("code") == "" {
		return answer{}, invalidRequest("The required parameter 'code' is missing.")
	}
	code, verifier := c.org.issued.codes[form.Get("code")], form.Get("code_verifier")
	sum := sha256.Sum256([]byte(verifier))
	if code != nil && code.used && code.app == client.app {
		code.over = true
	}
	switch {
	case code == nil || code.used || c.now >= code.expires || code.over:
		return answer{}, invalidGrant("The authorization code is invalid or has expired.")
	case code.app != client.app:
		return answer{}, invalidGrant("The grant was issued to another client. Please make sure the 'client_id' matches the one used at the authorize request.")
	case code.redirect != form.Get("redirect_uri"):
		return answer{}, invalidGrant("The 'redirect_uri' does not match the redirection URI used in the authorization request.")
	case code.challenge == "" && verifier != "":
		return answer{}, invalidRequest("PKCE code challenge should be specified in the authorize request for code verification.")
	case code.challenge != "" && verifier == "":
		return answer{}, invalidRequest("PKCE code verifier is required by the application.")
	case code.challenge != "" && code.challenge != base64.RawURLEncoding.EncodeToString(sum[:]):
		return answer{}, invalidGrant("PKCE verification failed.")
	}
	if problem := c.allowedPerson(d, client, code.user); problem != nil {
		return answer{}, problem
	}
	key, problem := c.bound(client, "")
	if problem != nil {
		return answer{}, problem
	}
	code.used, code.key, code.ends = true, key, c.now.add(refreshLife)
	refresh := ""
	if slices.Contains(code.scopes, "offline_access") {
		refresh = c.newRefresh(code.signIn)
	}
	return c.tokens(code.signIn, code.scopes, refresh), nil
}

// grantAgain handles the grant type refresh_token. A token that was rotated works for the leeway; its use after that revokes all tokens since
// the sign-in (Okta's guide "Refresh tokens"). That the refresh token of another client, and that of a user who is not ACTIVE, is invalid, that
// scopes must still be granted, and that each use of a rotated token within its leeway makes another one, is our guess.
func (c *call) grantAgain(d *directory, client *oauthClient, form url.Values) (answer, *oauthProblem) {
	sent := form.Get("refresh_token")
	if sent == "" {
		return answer{}, invalidRequest("The required parameter 'refresh_token' is missing.")
	}
	t := c.org.issued.refresh[sent]
	if t == nil || t.app != client.app {
		return answer{}, invalidGrant("The refresh token is invalid or expired.")
	}
	if !t.active(c.now, client.leeway) {
		if t.replaced != never && !t.over && !t.revoked {
			t.over = true
			c.logFor(client, "app.oauth2.token.detect_reuse", d.personTargets(t.user)...)
		}
		return answer{}, invalidGrant("The refresh token is invalid or expired.")
	}
	scopes, problem := refreshedScopes(t.signIn, form.Get("scope"))
	if problem == nil {
		problem = d.grantedScopes(client, scopes)
	}
	if problem == nil {
		problem = c.allowedPerson(d, client, t.user)
	}
	if problem != nil {
		return answer{}, problem
	}
	if _, problem := c.bound(client, t.key); problem != nil {
		return answer{}, problem
	}
	if client.rotates {
		if t.replaced == never {
			t.replaced = c.now
		}
		sent = c.newRefresh(t.signIn)
	}
	return c.tokens(t.signIn, scopes, sent), nil
}

// refreshedScopes returns the scopes of a refresh: those of the sign-in, or a part of them.
func refreshedScopes(s *signIn, text string) ([]string, *oauthProblem) {
	scopes, problem := scopesOf(text)
	if problem != nil || len(scopes) == 0 {
		return s.scopes, problem
	}
	var denied []string
	for _, scope := range scopes {
		if !slices.Contains(s.scopes, scope) {
			denied = append(denied, scope)
		}
	}
	if denied != nil {
		return nil, accessDenied("Some of the scopes requested for the refresh request were not granted in the original authorize request. " +
			"Denied scopes: " + strings.Join(denied, ", ") + ".")
	}
	return scopes, nil
}

// allowedPerson checks that a user may sign in to a client.
func (c *call) allowedPerson(d *directory, client *oauthClient, ordinal uint32) *oauthProblem {
	u := d.users[ordinal].at(c.now)
	switch {
	case u.gone || u.status != active && u.status != passwordExpired:
		return &oauthProblem{403, "access_denied", "User status is invalid."}
	case u.status == passwordExpired:
		return &oauthProblem{403, "access_denied", "The user's password is expired."}
	case c.assignment(d, client.app, u) == nil:
		return accessDenied("User is not assigned to the client application.")
	}
	return nil
}

// newRefresh issues a refresh token, and logs that.
func (c *call) newRefresh(s *signIn) string {
	t, text := c.org.issued.newRefresh(s)
	c.logFor(clientOf(s.app), "app.oauth2.token.grant.refresh_token",
		append(c.org.state.personTargets(s.user), tokenTarget(t.id, "refresh_token", "Refresh Token"))...)
	return text
}

// tokens issues an access token, logs that, and returns the answer with it, an ID token if the scopes have openid, and a refresh token.
func (c *call) tokens(s *signIn, scopes []string, refresh string) answer {
	t, text := c.org.issued.newAccess(s, scopes, c.now)
	c.logFor(clientOf(s.app), "app.oauth2.token.grant.access_token",
		append(c.org.state.personTargets(s.user), tokenTarget(t.id, "access_token", "Access Token"))...)
	body := map[string]any{
		"token_type": t.kind(), "expires_in": int(accessLife.Seconds()), "access_token": text, "scope": strings.Join(scopes, " "),
	}
	if refresh != "" {
		body["refresh_token"] = refresh
	}
	if id := c.idToken(s, scopes, text); id != "" {
		body["id_token"] = id
	}
	a := c.oauthAnswer(200, body)
	if s.key != "" {
		a.header["dpop-nonce"] = c.org.proofs.nonce(c.now)
	}
	return a
}

// kind returns the token type, which is the scheme of the Authorization header.
func (t *accessToken) kind() string {
	if t.key != "" {
		return "DPoP"
	}
	return "Bearer"
}
