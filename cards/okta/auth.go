package okta

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// auth is how a connection authenticates. Exactly one is set.
type auth struct {
	APIToken   any         `json:"api_token,omitempty" jsonschema:"an API token (SSWS), as a reference such as {env: OKTA_API_TOKEN}" secret:"true"`
	PrivateKey *privateKey `json:"private_key,omitempty" jsonschema:"an API service app, which signs in with its private key"`
	Person     *person     `json:"authorization_code,omitempty" jsonschema:"a person, who signs in once with flowdeck connect"`
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
	var given []string
	for name, set := range map[string]bool{"`api_token`": a.APIToken != nil, "`private_key`": a.PrivateKey != nil, "`authorization_code`": a.Person != nil} {
		if set {
			given = append(given, name)
		}
	}
	slices.Sort(given)
	switch {
	case len(given) > 1:
		return misconfigured("a connection signs in in one way: remove the others", "`auth` has "+strings.Join(given, " and "))
	case len(given) == 0:
		return misconfigured("write `api_token: {env: OKTA_API_TOKEN}`, or `private_key` or `authorization_code` with `client_id` and `scopes`",
			"`auth` has none of `api_token`, `private_key` and `authorization_code`")
	case a.PrivateKey != nil:
		return a.PrivateKey.check()
	case a.Person != nil:
		return a.Person.check()
	}
	return nil
}

func (k *privateKey) check() error {
	if strings.TrimSpace(k.ClientID) == "" || k.Key == nil {
		return misconfigured("the app's page in the Admin Console shows its client ID on the tab General", "`private_key` needs `client_id` and `key`")
	}
	if err := checkScopes("private_key", k.Scopes); err != nil {
		return err
	}
	for _, scope := range k.Scopes {
		if slices.Contains(signInScopes, scope) {
			return misconfigured("remove it: an app signs in as itself, not as a person", "`private_key` cannot have the scope "+scope)
		}
	}
	_, err := k.dpop()
	return err
}

// checkScopes finds the mistakes of the scopes of a way to sign in.
func checkScopes(way string, scopes []string) error {
	if len(scopes) == 0 {
		return misconfigured("flowdeck scopes FLOW  lists the scopes that a flow needs", "`"+way+"` needs `scopes`: an access token has only the scopes that were asked for")
	}
	for _, scope := range scopes {
		if scope == "" || strings.ContainsFunc(scope, func(c rune) bool { return c <= ' ' || c == '"' || c == '\\' || c >= 0x7f }) {
			return misconfigured("write each scope as its own item, such as [okta.users.read, okta.groups.read]", "a scope has a space or another character that scopes never have")
		}
	}
	return nil
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

// client is an OAuth client that a connection signs in as. It shows who that is.
type client interface {
	oktaapi.Credentials
	Token(context.Context) (oauth.Token, error)
	// who returns the account, what people should know about it, and the headers of an answer of the org.
	who(context.Context, *oktaapi.Session) (as, note string, answer http.Header, err error)
	// look adds to an Access what it finds out about the account. The error is only that of ctx.
	look(context.Context, *oktaapi.Session, *card.Access) error
	// howToGrant returns what people do to grant it a scope, for hints.
	howToGrant(connection string) string
	Close() error
}

// credentials returns what a connection authenticates with. app is nil for an API token.
func (a *auth) credentials(s card.Settings, domain string) (_ oktaapi.Credentials, app client, err error) {
	switch {
	case a.PrivateKey != nil:
		app, err = a.PrivateKey.app(s, domain)
	case a.Person != nil:
		app, err = a.Person.client(s, domain)
	default:
		token, err := s.Secret(a.APIToken)
		if err != nil {
			return nil, nil, err
		}
		c, err := oktaapi.APIToken(token)
		return c, nil, err
	}
	if err != nil {
		return nil, nil, err
	}
	return app, app, nil
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
		Product: s.Product, Clock: s.Clock, Hide: s.Hide, Where: "domain", Hint: tokenHint, Refusal: tokenRefusal, Trace: wire.TraceOf(s),
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

func (a *serviceApp) howToGrant(connection string) string {
	return fmt.Sprintf("grant it to the app on its tab Okta API Scopes, and add it to `scopes` of connection %q; the app also needs an admin role that allows it", connection)
}

// who returns the client ID: an app is not a user, so that Okta cannot show who it is. It requests a token and tries it.
func (a *serviceApp) who(ctx context.Context, org *oktaapi.Session) (as, note string, answer http.Header, err error) {
	token, err := a.Token(ctx)
	if err != nil {
		return "", "", nil, err
	}
	answer, refused, err := tryRead(ctx, org, token.Scopes)
	if refused {
		note = noAdmin
	}
	return a.id, note, answer, err
}

// tryRead sends a small read, if a scope allows one, and returns the headers of an answer of the org. refused means that a scope was not
// enough.
func tryRead(ctx context.Context, org *oktaapi.Session, scopes []string) (answer http.Header, refused bool, err error) {
	request := oktaapi.Request{Method: http.MethodGet, Path: "/.well-known/oauth-authorization-server"}
	for _, read := range reads {
		if slices.Contains(scopes, read.resource+".read") || slices.Contains(scopes, read.resource+".manage") {
			request.Path, request.Query = read.path, url.Values{"limit": {"1"}}
			break
		}
	}
	got, err := org.Raw(ctx, request)
	if e := card.AsError(err); e != nil && e.Kind == card.Forbidden {
		return got.Header, true, nil
	}
	return got.Header, false, err
}
