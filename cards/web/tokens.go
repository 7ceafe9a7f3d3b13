package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"

	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

type clientCredentials struct {
	TokenURL     string            `json:"token_url" jsonschema:"the token endpoint, such as https://login.example.com/oauth2/token"`
	ClientID     string            `json:"client_id" jsonschema:"the client's id"`
	ClientSecret any               `json:"client_secret" jsonschema:"the client's secret, as a reference such as {env: CLIENT_SECRET}" secret:"true"`
	SecretInBody bool              `json:"secret_in_body,omitempty" jsonschema:"the token endpoint wants id and secret in the body, not in the header Authorization"`
	Scopes       []string          `json:"scopes,omitempty" jsonschema:"the scopes to ask for"`
	Parameters   map[string]string `json:"parameters,omitempty" jsonschema:"more parameters of the token request, such as audience"`
}

type jwtBearer struct {
	TokenURL string   `json:"token_url" jsonschema:"the token endpoint; Google's is https://oauth2.googleapis.com/token"`
	Issuer   string   `json:"issuer" jsonschema:"who signs the assertion, such as the email address of the service account"`
	Subject  string   `json:"subject,omitempty" jsonschema:"the user whom the tokens act for, such as an administrator's email address"`
	Audience string   `json:"audience,omitempty" jsonschema:"who the assertion is for; by default token_url"`
	Scopes   []string `json:"scopes,omitempty" jsonschema:"the scopes to ask for"`
	Key      any      `json:"key" jsonschema:"the private key (PEM or JWK) or Google's JSON file of the service account, as a reference such as {file: key.json}" secret:"true"`
	KeyID    string   `json:"key_id,omitempty" jsonschema:"the id of the key at the service; by default that of a JSON key"`
}

type refreshToken struct {
	TokenURL     string   `json:"token_url" jsonschema:"the token endpoint, such as https://login.example.com/oauth2/token"`
	ClientID     string   `json:"client_id" jsonschema:"the client's id"`
	ClientSecret any      `json:"client_secret,omitempty" jsonschema:"the client's secret, as a reference such as {env: CLIENT_SECRET}; a public client has none" secret:"true"`
	SecretInBody bool     `json:"secret_in_body,omitempty" jsonschema:"the token endpoint wants id and secret in the body, not in the header Authorization"`
	RefreshToken any      `json:"refresh_token" jsonschema:"the refresh token, as a reference such as {env: REFRESH_TOKEN}; if the service replaces it, the new one is kept, encrypted, until the reference has another value" secret:"true"`
	Scopes       []string `json:"scopes,omitempty" jsonschema:"the scopes to ask for"`
}

func (a *clientCredentials) check(private bool) error { return checkTokenURL(a.TokenURL, private) }
func (a *jwtBearer) check(private bool) error         { return checkTokenURL(a.TokenURL, private) }
func (a *refreshToken) check(private bool) error      { return checkTokenURL(a.TokenURL, private) }

func (a *clientCredentials) account() string { return a.ClientID }
func (a *refreshToken) account() string      { return a.ClientID }

func (a *jwtBearer) account() string {
	if a.Subject != "" {
		return a.Subject
	}
	return a.Issuer
}

func (a *clientCredentials) open(s card.Settings, private bool, to *Session) error {
	c, err := tokenConfig(s, a.TokenURL, private)
	if err != nil {
		return err
	}
	c.Client = oauth.Client{ID: a.ClientID, Post: a.SecretInBody}
	if c.Client.Secret, err = s.Secret(a.ClientSecret); err != nil {
		return err
	}
	to.tokens, err = oauth.ClientCredentials(c, a.Scopes, a.Parameters)
	return err
}

func (a *jwtBearer) open(s card.Settings, private bool, to *Session) error {
	c, err := tokenConfig(s, a.TokenURL, private)
	if err != nil {
		return err
	}
	secret, err := s.Secret(a.Key)
	if err != nil {
		return err
	}
	key, err := oauth.ParseKey(secret, a.KeyID, c.Hide)
	if err != nil {
		return err
	}
	to.tokens, err = oauth.JWTBearer(c, oauth.Assertion{Issuer: a.Issuer, Subject: a.Subject, Audience: a.Audience, Scopes: a.Scopes, Key: key})
	return err
}

func (a *refreshToken) open(s card.Settings, private bool, to *Session) error {
	c, err := tokenConfig(s, a.TokenURL, private)
	if err != nil {
		return err
	}
	c.Client = oauth.Client{ID: a.ClientID, Post: a.SecretInBody}
	if a.ClientSecret != nil {
		if c.Client.Secret, err = s.Secret(a.ClientSecret); err != nil {
			return err
		}
	}
	refresh, err := s.Secret(a.RefreshToken)
	if err != nil {
		return err
	}
	if refresh.IsZero() {
		return &card.Error{Kind: card.Unauthorized, Message: "the refresh token is empty"}
	}
	to.tokens, err = oauth.KeptGrant(c, oauth.Kept{
		Grants: s.Grants, Connection: s.Name, Issuer: a.TokenURL, Seed: refresh, Scopes: a.Scopes,
		Again: fmt.Sprintf("get a new refresh token, and put it where `refresh_token` of connection %q refers to", s.Name),
	})
	return err
}

// checkTokenURL finds an address that a token endpoint must not have. Package oauth finds all other mistakes.
func checkTokenURL(text string, private bool) error {
	b, err := parseTokenURL(text)
	if err != nil {
		return err
	}
	return b.checkLiteral(private)
}

// parseTokenURL reads the URL of a token endpoint, which may have a query.
func parseTokenURL(text string) (base, error) {
	u, err := url.Parse(text)
	if err != nil {
		return base{}, misconfigured("write it as https://HOST/PATH", "`token_url` is not a URL")
	}
	u.RawQuery = ""
	b, err := parseBase(u.String())
	if err != nil {
		return base{}, misconfigured(card.AsError(err).Hint, "`token_url`: "+err.Error())
	}
	return b, nil
}

// tokenConfig returns what all kinds of OAuth share.
func tokenConfig(s card.Settings, tokenURL string, private bool) (oauth.Config, error) {
	b, err := parseTokenURL(tokenURL)
	if err != nil {
		return oauth.Config{}, err
	}
	c := oauth.Config{TokenURL: tokenURL, Product: s.Product, Clock: s.Clock, Hide: s.Hide, Where: "token_url", Refusal: tokenRefusal, Trace: wire.TraceOf(s)}
	proxy, err := b.proxy()
	if err == nil && proxy == nil {
		c.Dial = b.dial(private)
	}
	return c, err
}

// code matches the codes of errors.
var code = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// tokenRefusal reads a refusal of a token endpoint that is not in the form of OAuth. Some services, Okta among them, refuse also there in the form of their other
// errors.
func tokenRefusal(status int, _ http.Header, body []byte) *card.Error {
	v, err := card.DecodeJSON(body)
	why := reasonIn(v)
	if err != nil || why == "" || status < 400 {
		return nil
	}
	refusal := &card.Error{Kind: card.Unauthorized, Code: codeIn(v), Status: status, Message: why}
	switch {
	case status == http.StatusTooManyRequests:
		refusal.Kind = card.RateLimit
	case status >= 500:
		refusal.Kind = card.Unavailable
	}
	return refusal
}

// codeIn returns the code in the body of a refusal; "" if there is none.
func codeIn(body card.Value) string {
	switch body := body.(type) {
	case []any:
		if len(body) > 0 {
			return codeIn(body[0])
		}
	case map[string]any:
		for _, name := range []string{"errorCode", "code", "status"} {
			if text, _ := body[name].(string); code.MatchString(text) {
				return text
			}
		}
		return cmp.Or(codeIn(body["error"]), codeIn(body["errors"]))
	}
	return ""
}
