package oktasim

import (
	"net/url"
	"strings"
)

// needsToken refuses a form without a token.
func (c *call) needsToken(form url.Values) {
	if form.Get("token") == "" {
		c.reject(c.oauthError(invalidRequest("The `token` parameter is required.")))
	}
}

// oauthIntrospect handles POST /oauth2/v1/introspect. That the token of another client is not active is our guess. cnf is not in Okta's
// description, but in RFC 9449, section 6.2.
func oauthIntrospect(c *call) answer {
	form := c.form()
	c.needsToken(form)
	return c.asClient(form, func(d *directory, client *oauthClient) (answer, *oauthProblem) {
		shown := map[string]any{"active": false}
		if t := c.org.issued.access[form.Get("token")]; t != nil && t.app == client.app && t.active(c.now) {
			shown = c.shownToken(d, t.signIn, t.id, t.scopes)
			shown["token_type"], shown["aud"], shown["iat"], shown["exp"] = t.kind(), c.base, t.issued.time().Unix(), t.expires.time().Unix()
		}
		if t := c.org.issued.refresh[form.Get("token")]; t != nil && t.app == client.app && t.active(c.now, client.leeway) {
			shown = c.shownToken(d, t.signIn, t.id, t.scopes)
			shown["token_type"], shown["exp"] = "Bearer", t.ends.time().Unix()
		}
		return c.oauthAnswer(200, shown), nil
	})
}

// shownToken returns what the introspection of an access token and of a refresh token have in common.
func (c *call) shownToken(d *directory, s *signIn, id string, scopes []string) map[string]any {
	client := clientID(s.app)
	shown := map[string]any{"active": true, "scope": strings.Join(scopes, " "), "client_id": client, "sub": client, "iss": c.base, "jti": id}
	if s.user != nobody {
		u := &d.users[s.user]
		shown["sub"], shown["username"], shown["uid"] = u.login, u.login, u.id
	}
	if s.key != "" {
		shown["cnf"] = map[string]any{"jkt": s.key}
	}
	return shown
}

// oauthRevoke handles POST /oauth2/v1/revoke. "Revoking an invalid, expired, or revoked token is still considered a success", and "a client
// may only revoke its own tokens". A refresh token and its access tokens are revoked separately (Okta's guide "Revoke tokens").
func oauthRevoke(c *call) answer {
	form := c.form()
	c.needsToken(form)
	return c.asClient(form, func(d *directory, client *oauthClient) (answer, *oauthProblem) {
		if t := c.org.issued.access[form.Get("token")]; t != nil && t.app == client.app && t.active(c.now) {
			t.revoked = true
			c.logFor(client, "app.oauth2.token.revoke", append(d.personTargets(t.user), tokenTarget(t.id, "access_token", "Access Token"))...)
		}
		if t := c.org.issued.refresh[form.Get("token")]; t != nil && t.app == client.app && t.active(c.now, client.leeway) {
			t.revoked = true
			c.logFor(client, "app.oauth2.token.revoke", append(d.personTargets(t.user), tokenTarget(t.id, "refresh_token", "Refresh Token"))...)
		}
		return answer{status: 200}, nil
	})
}
