package web

import (
	"net/http"
	"strings"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// auth is how a connection authenticates. It has exactly one of the ways.
type auth struct {
	Bearer            any                `json:"bearer,omitempty" jsonschema:"a token for the header Authorization: Bearer, as a reference such as {env: API_TOKEN}" secret:"true"`
	Header            *headerAuth        `json:"header,omitempty" jsonschema:"a secret in another header"`
	Basic             *basicAuth         `json:"basic,omitempty" jsonschema:"a user and a password"`
	ClientCredentials *clientCredentials `json:"client_credentials,omitempty" jsonschema:"OAuth: access tokens for a client with a secret"`
	JWTBearer         *jwtBearer         `json:"jwt_bearer,omitempty" jsonschema:"OAuth: access tokens for a signed assertion, as for a service account of Google"`
	RefreshToken      *refreshToken      `json:"refresh_token,omitempty" jsonschema:"OAuth: access tokens for a refresh token"`
}

type headerAuth struct {
	Name  string `json:"name" jsonschema:"the name of the header, such as X-Api-Key"`
	Value any    `json:"value" jsonschema:"its value, as a reference such as {env: API_KEY}" secret:"true"`
}

type basicAuth struct {
	Username string `json:"username" jsonschema:"the user"`
	Password any    `json:"password" jsonschema:"the password, as a reference such as {env: API_PASSWORD}" secret:"true"`
}

// A way is one way to authenticate.
type way interface {
	// check finds the mistakes of the configuration.
	check(private bool) error
	// account is the account that the configuration names; "" if it names none.
	account() string
	// open resolves the secrets, and adds what authenticates to a session.
	open(s card.Settings, private bool, to *Session) error
}

// ways returns the ways that are given, by their keys.
func (a *auth) ways() (given map[string]way) {
	given = map[string]way{}
	if a.Bearer != nil {
		given["bearer"] = bearerAuth{a.Bearer}
	}
	if a.Header != nil {
		given["header"] = a.Header
	}
	if a.Basic != nil {
		given["basic"] = a.Basic
	}
	if a.ClientCredentials != nil {
		given["client_credentials"] = a.ClientCredentials
	}
	if a.JWTBearer != nil {
		given["jwt_bearer"] = a.JWTBearer
	}
	if a.RefreshToken != nil {
		given["refresh_token"] = a.RefreshToken
	}
	return given
}

// way returns the only way of an auth. Without an auth it is one that adds nothing.
func (a *auth) way() (way, error) {
	if a == nil {
		return nobody{}, nil
	}
	given := a.ways()
	for _, w := range given {
		if len(given) == 1 {
			return w, nil
		}
	}
	all := words.Or([]string{"bearer", "header", "basic", "client_credentials", "jwt_bearer", "refresh_token"})
	return nil, misconfigured("write one of "+all, "`auth` needs exactly one way to authenticate")
}

// nobody sends requests without credentials.
type nobody struct{}

func (nobody) check(bool) error                         { return nil }
func (nobody) account() string                          { return "" }
func (nobody) open(card.Settings, bool, *Session) error { return nil }

type bearerAuth struct{ token any }

func (bearerAuth) check(bool) error { return nil }
func (bearerAuth) account() string  { return "" }

func (b bearerAuth) open(s card.Settings, _ bool, to *Session) error {
	token, err := s.Secret(b.token)
	to.headers = append(to.headers, header{name: "Authorization", scheme: bearer, secret: token})
	return err
}

func (a *headerAuth) check(bool) error {
	if http.CanonicalHeaderKey(a.Name) == "Authorization" {
		return nil
	}
	return wire.CheckHeader(http.Header{a.Name: {""}})
}

func (*headerAuth) account() string { return "" }

func (a *headerAuth) open(s card.Settings, _ bool, to *Session) error {
	value, err := s.Secret(a.Value)
	to.headers = append(to.headers, secretHeader(a.Name, value, s.Hide))
	return err
}

func (a *basicAuth) check(bool) error {
	if strings.ContainsFunc(a.Username, func(c rune) bool { return c == ':' || c < ' ' || c == 0x7f }) {
		return misconfigured("", "the username has a colon or a control character, which HTTP does not allow")
	}
	return nil
}

func (a *basicAuth) account() string { return a.Username }

func (a *basicAuth) open(s card.Settings, _ bool, to *Session) error {
	password, err := s.Secret(a.Password)
	to.headers = append(to.headers, basic(a.Username, password, s.Hide))
	return err
}
