package okta

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// auth is how a connection authenticates. Exactly one is set.
type auth struct {
	APIToken   any         `json:"api_token,omitempty" jsonschema:"an API token (SSWS), as a reference such as {env: OKTA_API_TOKEN}" secret:"true"`
	PrivateKey *privateKey `json:"private_key,omitempty" jsonschema:"an API service app, which signs in with its private key"`
}

// privateKey is the client credentials grant of an API service app.
type privateKey struct {
	ClientID string   `json:"client_id" jsonschema:"the client ID of the app, such as 0oa1b2c3d4e5f6g7h8i9"`
	Key      any      `json:"key" jsonschema:"the private key, PEM or JWK, as a reference such as {file: /run/secrets/okta.pem}" secret:"true"`
	KeyID    string   `json:"key_id,omitempty" jsonschema:"the id of the public key in the app (its kid); a JWK has its own"`
	Scopes   []string `json:"scopes,omitempty" jsonschema:"the scopes to ask for, such as okta.users.read; the app must have them granted" null:"false"`
	DPoP     any      `json:"dpop,omitempty" jsonschema:"whether tokens are bound to a key of this process: auto (if the app requires it), true or false" default:"auto"`
}

// check finds the mistakes of how a connection authenticates.
func (a *auth) check() error {
	switch {
	case a.APIToken != nil && a.PrivateKey != nil:
		return misconfigured("remove one of them", "`auth` has both `api_token` and `private_key`")
	case a.APIToken != nil:
		return nil
	case a.PrivateKey == nil:
		return misconfigured("write `api_token: {env: OKTA_API_TOKEN}`, or `private_key` with `client_id`, `key` and `scopes`", "`auth` has neither `api_token` nor `private_key`")
	}
	return a.PrivateKey.check()
}

func (k *privateKey) check() error {
	if strings.TrimSpace(k.ClientID) == "" || k.Key == nil {
		return misconfigured("the app's page in the Admin Console shows its client ID on the tab General", "`private_key` needs `client_id` and `key`")
	}
	if len(k.Scopes) == 0 {
		return misconfigured("flowdeck scopes FLOW  lists the scopes that a flow needs", "`private_key` needs `scopes`: an access token has only the scopes that were asked for")
	}
	for _, scope := range k.Scopes {
		if scope == "" || strings.ContainsFunc(scope, func(c rune) bool { return c <= ' ' || c == '"' || c == '\\' || c >= 0x7f }) {
			return misconfigured("write each scope as its own item, such as [okta.users.read, okta.groups.read]", "a scope has a space or another character that scopes never have")
		}
		if slices.Contains(signInScopes, scope) {
			return misconfigured("remove it: an app signs in as itself, not as a person", "`private_key` cannot have the scope "+scope)
		}
	}
	_, err := k.dpop()
	return err
}

// signInScopes are about a person who signs in. Okta refuses openid for client credentials.
//
// Source: Okta, "Error codes", openid_not_allowed_client_creds
var signInScopes = []string{"openid", "profile", "email", "offline_access"}

func (k *privateKey) dpop() (oauth.DPoP, error) {
	switch k.DPoP {
	case nil, "auto":
		return oauth.DPoPAuto, nil
	case true:
		return oauth.DPoPAlways, nil
	case false:
		return oauth.DPoPNever, nil
	}
	return 0, misconfigured("leave it out: auto is right for every app", "`dpop` must be auto, true or false")
}

// credentials returns what a connection authenticates with. app is nil for an API token.
func (a *auth) credentials(s card.Settings, domain string) (_ oktaapi.Credentials, app *serviceApp, err error) {
	if a.PrivateKey != nil {
		if app, err = a.PrivateKey.app(s, domain); err != nil {
			return nil, nil, err
		}
		return app, app, nil
	}
	token, err := s.Secret(a.APIToken)
	if err != nil {
		return nil, nil, err
	}
	c, err := oktaapi.APIToken(token)
	return c, nil, err
}

// serviceApp is an app that acts as itself.
type serviceApp struct {
	*oauth.Source
	id string // the client ID
}

func (k *privateKey) app(s card.Settings, domain string) (*serviceApp, error) {
	text, err := s.Secret(k.Key)
	if err != nil {
		return nil, err
	}
	key, err := oauth.ParseKey(text, k.KeyID, s.Hide)
	if err != nil {
		return nil, err
	}
	dpop, err := k.dpop()
	if err != nil {
		return nil, err
	}
	org, err := oktaapi.OrgURL(domain)
	if err != nil {
		return nil, err
	}
	source, err := oauth.ClientCredentials(oauth.Config{
		TokenURL: org + "/oauth2/v1/token", Client: oauth.Client{ID: k.ClientID, Key: key}, DPoP: dpop,
		Product: s.Product, Clock: s.Clock, Hide: s.Hide, Where: "domain", Hint: tokenHint,
	}, k.Scopes, nil)
	return &serviceApp{Source: source, id: k.ClientID}, err
}

// reads are small reads that show whether Okta lets an app use its token, with the scope of each.
var reads = []struct{ resource, path string }{
	{"okta.users", "/users"},
	{"okta.groups", "/groups"},
	{"okta.apps", "/apps"},
	{"okta.logs", "/logs"},
	{"okta.devices", "/devices"},
}

// noAdmin is the note about an app that gets tokens but is not allowed to do anything with them.
const noAdmin = "Okta refuses a read that its scopes include: the app may need an admin role"

// test requests a token and, if a scope of the token allows one, sends a small read. An app is not a user, so that Okta cannot show who
// it is. The headers are of an answer of the org.
func (a *serviceApp) test(ctx context.Context, org *oktaapi.Session) (answer http.Header, note string, err error) {
	token, err := a.Token(ctx)
	if err != nil {
		return nil, "", err
	}
	request := oktaapi.Request{Method: http.MethodGet, Path: "/.well-known/oauth-authorization-server"}
	for _, read := range reads {
		if slices.Contains(token.Scopes, read.resource+".read") || slices.Contains(token.Scopes, read.resource+".manage") {
			request.Path, request.Query = read.path, url.Values{"limit": {"1"}}
			break
		}
	}
	got, err := org.Raw(ctx, request)
	if e := card.AsError(err); e != nil && e.Kind == card.Forbidden {
		return got.Header, noAdmin, nil
	}
	return got.Header, "", err
}
