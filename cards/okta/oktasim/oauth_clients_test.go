package oktasim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// testKeys are the private keys of the OAuth clients of the tests, by their ids.
var testKeys = sync.OnceValue(func() map[string]jose.JSONWebKey {
	keys := map[string]jose.JSONWebKey{}
	for _, id := range []string{"first", "second"} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[id] = jose.JSONWebKey{Key: key, KeyID: id, Algorithm: "RS256"}
	}
	for id, curve := range map[string]elliptic.Curve{"curve": elliptic.P256(), "stranger": elliptic.P256()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			panic(err)
		}
		keys[id] = jose.JSONWebKey{Key: key, KeyID: id, Algorithm: "ES256"}
	}
	return keys
})

func publicKey(t testing.TB, id, use string) string {
	t.Helper()
	key := testKeys()[id]
	public := key.Public()
	public.Use = use
	text, err := json.Marshal(public)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const callback = "http://127.0.0.1:8765/callback"

// clientSeed has an OAuth client of each kind.
func clientSeed(t testing.TB) string {
	t.Helper()
	const app = "  - {id: %s, label: %s, signOnMode: OPENID_CONNECT, credentials: {oauthClient: {%s}}, settings: {oauthClient: {%s}}}\n"
	jwks := func(keys ...string) string { return "jwks: {keys: [" + strings.Join(keys, ", ") + "]}" }
	const key, service, back = "token_endpoint_auth_method: private_key_jwt", "application_type: service, grant_types: [client_credentials]", `redirect_uris: ["` + callback + `"]`
	seed := small + "apps:\n" +
		fmt.Sprintf(app, "0oaworker", "Worker", key, service+", "+jwks(publicKey(t, "first", ""), publicKey(t, "curve", "sig"), publicKey(t, "second", "enc"))) +
		fmt.Sprintf(app, "0oabound", "Bound", key, service+", dpop_bound_access_tokens: true, "+jwks(publicKey(t, "first", ""))) +
		fmt.Sprintf(app, "0oakeyless", "Keyless", key, service) +
		fmt.Sprintf(app, "0oasecret", "Secret", "token_endpoint_auth_method: client_secret_basic, client_secret: worker-s3cret", service) +
		fmt.Sprintf(app, "0oaweb", "Web", "client_secret: web-s3cret", "application_type: web, grant_types: [authorization_code, refresh_token], "+back) +
		fmt.Sprintf(app, "0oaspa", "Spa", "token_endpoint_auth_method: none", "application_type: browser, grant_types: [authorization_code, refresh_token], refresh_token: {rotation_type: ROTATE, leeway: 10}, "+back) +
		fmt.Sprintf(app, "0oaplain", "Plain", "token_endpoint_auth_method: none, pkce_required: true", "application_type: native, "+back) +
		"  - {id: 0oaoff, label: Off, signOnMode: OPENID_CONNECT, status: INACTIVE}\n"
	seed += "app_users: [{app: Web, user: ada@acme.example}, {app: Spa, user: ada@acme.example}, {app: Plain, user: ada@acme.example}, {app: Web, user: bob@acme.example}]\napp_grants:\n"
	for _, of := range []string{"Worker", "Bound", "Secret", "Web", "Spa", "Plain"} {
		seed += "  - {app: " + of + ", scopeId: okta.users.read}\n  - {app: " + of + ", scopeId: okta.groups.manage}\n"
	}
	return seed
}

// An oauthTest is an org with OAuth clients, and a clock of the caller that is not that of the data.
type oauthTest struct {
	*client
	clock *fakeClock
}

func serveClients(t *testing.T) oauthTest {
	t.Helper()
	clock := &fakeClock{at: time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)}
	return oauthTest{undescribed(t, clientSeed(t), Options{Clock: clock.now}), clock}
}

// said are the claims of a JWT. In a change, a nil value removes a claim.
type said = map[string]any

// sign returns a JWT.
func sign(t testing.TB, key jose.JSONWebKey, options *jose.SignerOptions, of said) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(of)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

func changed(of, with said) said {
	of = maps.Clone(of)
	for name, value := range with {
		if of[name] = value; value == nil {
			delete(of, name)
		}
	}
	return of
}

// assertion returns a client assertion, with other claims than usual.
func (c oauthTest) assertion(key, id string, with said) string {
	c.t.Helper()
	now := c.clock.at.Unix()
	return sign(c.t, testKeys()[key], nil, changed(said{"iss": id, "sub": id, "aud": c.url + "/oauth2/v1/token", "iat": now, "exp": now + 300}, with))
}

// proof returns a DPoP proof, with other claims than usual.
func (c oauthTest) proof(key, method, path string, with said) string {
	c.t.Helper()
	options := (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt")
	return sign(c.t, testKeys()[key], options, changed(said{"htm": method, "htu": c.url + path, "iat": c.clock.at.Unix(), "jti": secretText()}, with))
}

// asked sends a form of alternating names and values to an endpoint of the authorization server. An Authorization header, and one or more DPoP
// headers, can be among c.header.
func (c oauthTest) asked(endpoint string, pairs ...string) reply {
	c.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	header := c.header
	if header == nil {
		header = http.Header{}
	}
	other := *c.client
	other.header = maps.Clone(header)
	other.header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
	other.header["Authorization"] = header["Authorization"]
	return other.send("POST", "/oauth2/v1/"+endpoint, form.Encode())
}

// service asks for a token of a service.
func (c oauthTest) service(assertion, scope string) reply {
	c.t.Helper()
	return c.asked("token", "grant_type", "client_credentials", "scope", scope, "client_assertion", assertion,
		"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
}

// with returns the test with a header.
func (c oauthTest) with(name string, values ...string) oauthTest {
	other := *c.client
	other.header = maps.Clone(c.header)
	if other.header == nil {
		other.header = http.Header{}
	}
	other.header[http.CanonicalHeaderKey(name)] = values
	return oauthTest{&other, c.clock}
}

// problem checks the refusal of an authorization server.
func (r reply) problem(status int, code, description string) {
	r.t.Helper()
	var got map[string]string
	if err := json.Unmarshal([]byte(r.body), &got); err != nil || len(got) != 2 {
		r.t.Errorf("not an OAuth error: %d %s", r.status, r.body)
	}
	if r.status != status || got["error"] != code || got["error_description"] != description {
		r.t.Errorf("got  %d %s %q\nwant %d %s %q", r.status, got["error"], got["error_description"], status, code, description)
	}
}

// text returns a property of the answer that is a string.
func (r reply) text(name string) string { r.t.Helper(); return textOf(r.object()[name]) }

// advance moves the data clock of the org.
func (c oauthTest) advance(by string) {
	c.t.Helper()
	if r := c.send("POST", "/-/clock", `{"advance":"`+by+`"}`); r.status != 200 {
		c.t.Fatalf("advance: %d %s", r.status, r.body)
	}
}

func basic(id, secret string) string {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(id, secret)
	return r.Header.Get("Authorization")
}

// secretKey is a key that is not asymmetric.
func secretKey() jose.JSONWebKey {
	return jose.JSONWebKey{Key: []byte(strings.Repeat("k", 32)), KeyID: "first", Algorithm: "HS256"}
}

// otherKey is a key with the id of another one.
func otherKey(id, as string) jose.JSONWebKey {
	key := testKeys()[id]
	key.KeyID = as
	return key
}
