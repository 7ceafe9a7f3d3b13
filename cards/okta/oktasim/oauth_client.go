package oktasim

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// An oauthClient is an application as the authorization server sees it (management API, schemas ApplicationCredentialsOAuthClient and
// OpenIdConnectApplicationSettingsClient).
type oauthClient struct {
	app       *object
	id        string
	kind      string // application_type: service, web, native or browser
	method    string // token_endpoint_auth_method
	grants    []string
	redirects []string
	keys      []any // JSON Web Keys
	needsPKCE bool
	needsDPoP bool
	rotates   bool          // refresh tokens
	leeway    time.Duration // in which a refresh token works after its rotation
}

// clientOf returns the OAuth client of an application. Refresh tokens rotate by default if the client is a browser application (Okta's
// guide "Refresh tokens"). That a client without grant_types has those usual for its type is our guess.
func clientOf(app *object) *oauthClient {
	settings := objectIn(objectIn(app.fields["settings"])["oauthClient"])
	credentials := objectIn(objectIn(app.fields["credentials"])["oauthClient"])
	client := &oauthClient{
		app: app, id: clientID(app), kind: textOf(settings["application_type"]), method: textOf(credentials["token_endpoint_auth_method"]),
		grants: textsOf(settings["grant_types"]), redirects: textsOf(settings["redirect_uris"]),
		needsPKCE: credentials["pkce_required"] == true, needsDPoP: settings["dpop_bound_access_tokens"] == true,
	}
	client.keys, _ = objectIn(settings["jwks"])["keys"].([]any)
	switch {
	case client.grants != nil:
	case client.kind == "service":
		client.grants = []string{"client_credentials"}
	default:
		client.grants = []string{"authorization_code"}
	}
	refresh := objectIn(settings["refresh_token"])
	client.rotates = refresh["rotation_type"] == "ROTATE" || refresh["rotation_type"] == nil && client.kind == "browser"
	client.leeway = 30 * time.Second
	if n, ok := refresh["leeway"].(json.Number); ok {
		if seconds, err := n.Int64(); err == nil {
			client.leeway = time.Duration(seconds) * time.Second
		}
	}
	return client
}

// textsOf returns the strings of a list; nil if the value is not a list.
func textsOf(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return nil
	}
	texts := []string{}
	for _, item := range list {
		texts = append(texts, textOf(item))
	}
	return texts
}

// oauthClient returns the client with an id; nil if there is none. That the client of an INACTIVE application is unknown is our guess.
func (d *directory) oauthClient(id string) *oauthClient {
	app := d.find(apps, func(o *object) bool { return isOAuthClient(o) && o.status == "ACTIVE" && clientID(o) == id })
	if app == nil {
		return nil
	}
	return clientOf(app)
}

// authenticated returns the client that a request authenticates. That a client may send its secret in either way is our guess.
func (c *call) authenticated(d *directory, form url.Values) (*oauthClient, *oauthProblem) {
	id, secret, basic := c.r.BasicAuth()
	ways := 0
	for _, used := range []bool{basic, form.Has("client_secret"), form.Has("client_assertion")} {
		if used {
			ways++
		}
	}
	query := c.r.URL.Query()
	switch {
	case query.Has("client_secret") || query.Has("client_assertion"):
		return nil, invalidRequest("Client credentials cannot be supplied via query parameters.")
	case ways > 1:
		problem := invalidRequest("Cannot supply multiple client credentials. Use one of the following: " +
			"credentials in the Authorization header, credentials in the post body, or a client_assertion in the post body.")
		problem.status = 401 // its error codes; the description of the operation has 400
		return nil, problem
	case form.Has("client_assertion"):
		return c.asserted(d, form)
	case !basic && c.r.Header.Get("Authorization") != "":
		return nil, invalidClient("Found Authentication header but was not valid client credentials.")
	case basic: // RFC 6749, section 2.3.1: both are encoded as in a form
		id, secret = unescaped(id), unescaped(secret)
	case ways == 0 && !form.Has("client_id"):
		return nil, invalidClient("No client credentials found.")
	default:
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	client := d.oauthClient(id)
	switch {
	case client == nil:
		return nil, invalidClient("Invalid value for 'client_id' parameter.")
	case ways == 0 && client.method == "none":
		return client, nil
	case ways == 0 || client.method != "client_secret_basic" && client.method != "client_secret_post":
		return nil, authenticationFailed()
	case !client.app.hasSecret(secret):
		return nil, invalidClient("The client secret supplied for a confidential client is invalid.")
	}
	return client, nil
}

func authenticationFailed() *oauthProblem {
	return invalidClient("Client authentication failed. Either the client or the client credentials are invalid.")
}

func unescaped(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// setSecret keeps the digest of the secret that a client or a seed gives an OAuth client. The secret of a replayed request is masked, so
// that no secret fits any more.
func (o *object) setSecret(secret string, masked bool) {
	sum := sha256.Sum256([]byte(secret))
	if o.secret = sum[:]; masked {
		o.secret = []byte{}
	}
}

// hasSecret reports whether a secret is that of an OAuth client.
func (o *object) hasSecret(secret string) bool {
	want, sum := o.secret, sha256.Sum256([]byte(secret))
	if want == nil {
		made := sha256.Sum256([]byte(secretOf(o)))
		want = made[:]
	}
	return subtle.ConstantTimeCompare(want, sum[:]) == 1
}

// keyOf reads a JSON Web Key.
func keyOf(v any) (*jose.JSONWebKey, bool) {
	var key jose.JSONWebKey
	if err := json.Unmarshal(encoded(v), &key); err != nil || !key.Valid() {
		return nil, false
	}
	return &key, true
}

// maxKeys is the maximum number of keys of an application.
const maxKeys = 50

// checkKeys returns why Okta refuses the keys of an OAuth client; "" if it accepts them. Sources: management API, the examples
// ErrorClientJsonWebKey…; that other keys than public ones are refused with this text is our guess.
func checkKeys(fields map[string]any) string {
	settings := objectIn(objectIn(fields["settings"])["oauthClient"])
	keys, _ := objectIn(settings["jwks"])["keys"].([]any)
	if len(keys) > maxKeys {
		return "settings.oauthClient.jwks: The number of keys exceeds the maximum of 50"
	}
	var ids []string
	for _, v := range keys {
		key, ok := keyOf(v)
		if !ok || !key.IsPublic() {
			return "settings.oauthClient.jwks: a key is not a valid public JSON Web Key"
		}
		if n := bitsOf(key); n > 0 && n < 2048 {
			return "settings.oauthClient.jwks: RSA key length in the 'jwks' is less than '2,048' bits"
		}
		if key.KeyID != "" && slices.Contains(ids, key.KeyID) {
			return "settings.oauthClient.jwks: The 'kid' of each key must be unique"
		}
		ids = append(ids, strings.TrimSpace(key.KeyID))
	}
	return ""
}
