package oauth

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Authorization is how a person is asked for a grant: the authorization code grant with PKCE (RFC 7636), in the browser of the person, which
// comes back to this machine (RFC 8252).
type Authorization struct {
	URL    string // of the authorization endpoint
	Issuer string
	Port   int // of this machine, to which the browser comes back
	Scopes []string
	Again  string // the hint how a person grants it again
}

// Authorize asks a person for a grant: it calls show with the question, and waits for the browser, five minutes at most. The grant has a refresh
// token.
func Authorize(ctx context.Context, c Config, a Authorization, show func(card.Consent) error) (card.Grant, error) {
	e, err := newEndpoint(c)
	if err != nil {
		return card.Grant{}, err
	}
	defer e.close()
	visit, err := await(a.Port, a.Issuer, rand.Text()) // 130 bits
	if err != nil {
		return card.Grant{}, err
	}
	defer visit.close()
	verifier := oauth2.GenerateVerifier()
	learn(c.Hide, verifier)
	query := url.Values{
		"response_type": {"code"}, "client_id": {c.Client.ID}, "redirect_uri": {visit.redirect}, "scope": {strings.Join(a.Scopes, " ")},
		"state": {visit.state}, "code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
	}
	if err := show(card.Consent{URL: a.URL + "?" + query.Encode(), Redirect: visit.redirect}); err != nil {
		return card.Grant{}, err
	}
	got, err := visit.wait(ctx)
	if err != nil {
		return card.Grant{}, err
	}
	if got.failure != "" {
		return card.Grant{}, e.declined(got)
	}
	learn(c.Hide, got.code)
	token, refresh, err := Exchange(ctx, c, Code{
		Code: card.NewSecret(got.code), Verifier: card.NewSecret(verifier), Redirect: visit.redirect, Scopes: a.Scopes,
	})
	switch {
	case err != nil:
		return card.Grant{}, err
	case refresh.IsZero():
		return card.Grant{}, &card.Error{
			Kind: card.Unauthorized, Message: e.host + " issued no refresh token, so that the grant would end with the access token",
			Hint: "allow the app the grant type Refresh Token, and then: " + a.Again,
		}
	}
	g := card.Grant{Issuer: a.Issuer, ClientID: c.Client.ID, Granted: e.clock.Now(), Refresh: refresh}
	hold(&g, token, e)
	return g, nil
}

// declined returns the error of a person or a server that does not allow it.
func (e *endpoint) declined(v visitor) error {
	d := &delivery{endpoint: e}
	code, description := d.clean(v.failure), d.clean(v.description)
	err := &card.Error{Kind: card.Unauthorized, Code: code, Message: e.host + " did not allow it: " + code}
	if !oauthCode.MatchString(v.failure) {
		err.Code = ""
	}
	if description != "" {
		err.Message += ": " + description
	}
	if e.Hint != nil {
		err.Hint = e.Hint(v.failure, description)
	}
	return err
}
