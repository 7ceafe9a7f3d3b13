package oauth

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// Config describes a token endpoint and the client that it knows.
type Config struct {
	TokenURL string // https, or http on this machine
	Client   Client
	DPoP     DPoP // whether tokens are bound to a key

	Product string          // "flowdeck/1.2.3", for the logs of the server
	Clock   clock.Clock     // nil: the system clock
	Hide    func(...string) // learns each token and assertion before anything can show it; nil: nothing does

	// Where is the setting that has the host of the token endpoint, for hints, such as "domain". It must not be empty.
	Where string
	// Hint returns what to do about an error of the server; nil, or an empty hint, means the usual one.
	Hint func(code, description string) string
	// Refusal reads a refusal in the service's own form, and returns its error; nil if the body is something else. A nil Refusal means that
	// the service has only the form of OAuth.
	Refusal func(status int, h http.Header, body []byte) *card.Error
	Trace   wire.Trace // reports the requests, without what they send
	// Dial makes the connections of the network. Nil is the usual way to the host of TokenURL.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Client is how a token endpoint knows the program: by an id and a secret, an id and a key (private_key_jwt), only an id, or, for the
// zero Client, not at all, since the grant itself is enough.
type Client struct {
	ID     string
	Secret card.Secret
	Post   bool // the secret is sent in the body, not in the Authorization header
	Key    Key
}

// DPoP is whether token requests have a proof of possession, so that tokens are bound to a key.
type DPoP int

const (
	DPoPNever  DPoP = iota
	DPoPAuto        // if the server asks for it
	DPoPAlways      // a token that is not bound is an error
)

// A grant is what a client gets tokens for.
type grant interface {
	token(context.Context, *endpoint) (Token, error)
}

// ClientCredentials returns a source of tokens for the client itself. more are further parameters of the request, such as audience.
// It sends nothing yet.
func ClientCredentials(c Config, scopes []string, more map[string]string) (*Source, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	if len(scopes) > 0 {
		form.Set("scope", strings.Join(scopes, " "))
	}
	for name, value := range more {
		form.Set(name, value)
	}
	return newSource(c, credentials{form, scopes})
}

type credentials struct {
	form   url.Values
	scopes []string
}

func (g credentials) token(ctx context.Context, e *endpoint) (Token, error) {
	a, err := e.request(ctx, func(time.Time) (url.Values, error) { return maps.Clone(g.form), nil })
	return a.tokenFor(g.scopes), err
}

// Assertion has the claims of the JSON Web Token that is exchanged for an access token.
type Assertion struct {
	Issuer   string
	Subject  string // whom the token acts for; may be empty
	Audience string // empty: the URL of the token endpoint
	Scopes   []string
	Key      Key
}

// JWTBearer returns a source of tokens that are exchanged for assertions, as Google does for service accounts. It sends nothing
// yet.
//
// Source: RFC 7523, section 2.1; Google, "Using OAuth 2.0 for Server to Server Applications"
func JWTBearer(c Config, a Assertion) (*Source, error) {
	if a.Audience == "" {
		a.Audience = c.TokenURL
	}
	return newSource(c, bearer(a))
}

type bearer Assertion

func (g bearer) token(ctx context.Context, e *endpoint) (Token, error) {
	a, err := e.request(ctx, func(now time.Time) (url.Values, error) {
		claims := map[string]any{"iss": g.Issuer, "aud": g.Audience, "iat": now.Unix(), "exp": now.Add(assertionLife).Unix()}
		if g.Subject != "" {
			claims["sub"] = g.Subject
		}
		if len(g.Scopes) > 0 {
			claims["scope"] = strings.Join(g.Scopes, " ")
		}
		assertion, err := g.Key.sign(claims)
		return url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}, err
	})
	return a.tokenFor(g.Scopes), err
}

// Code is an authorization code, and what it was requested with.
type Code struct {
	Code     card.Secret
	Verifier card.Secret // of PKCE
	Redirect string      // the redirect URI
	Scopes   []string
}

// Exchange exchanges an authorization code for an access token and, if the scopes have offline_access, a refresh token.
func Exchange(ctx context.Context, c Config, code Code) (token Token, refresh card.Secret, err error) {
	e, err := newEndpoint(c)
	if err != nil {
		return Token{}, card.Secret{}, err
	}
	defer e.close()
	a, err := e.request(ctx, func(time.Time) (url.Values, error) {
		return url.Values{
			"grant_type": {"authorization_code"}, "code": {code.Code.Reveal()}, "redirect_uri": {code.Redirect}, "code_verifier": {code.Verifier.Reveal()},
		}, nil
	})
	return a.tokenFor(code.Scopes), a.refresh, err
}

// checkTokenURL returns the URL of a token endpoint. Secrets go there, so that it must be encrypted, or on this machine.
func checkTokenURL(text string) (*url.URL, error) {
	wrong := ""
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || strings.ContainsFunc(u.Hostname(), func(c rune) bool { return c <= ' ' || c >= 0x7f }): // a look-alike
		return nil, &card.Error{Kind: card.Invalid, Message: "the URL of the token endpoint is not a URL with a host", Hint: "write it as https://HOST/PATH"}
	case u.Scheme != "https" && (u.Scheme != "http" || !wire.Loopback(u.Hostname())):
		wrong = "must be https; http is only for this machine"
	case u.User != nil || u.Fragment != "":
		wrong = "must not have a user, a password or a fragment"
	}
	if wrong != "" {
		return nil, &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("the URL of the token endpoint, at %s, %s", u.Host, wrong), Hint: "write it as https://HOST/PATH"}
	}
	return u, nil
}
