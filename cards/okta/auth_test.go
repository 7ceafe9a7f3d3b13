package okta_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

var appKey = sync.OnceValue(func() string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
})

// appSettings returns the settings of a connection with a private key. more replaces settings of private_key.
func appSettings(domain string, more map[string]any) card.Settings {
	key := map[string]any{"client_id": "0oa1", "key": map[string]any{"env": "KEY"}, "scopes": []any{"okta.users.read"}}
	maps.Copy(key, more)
	return card.Settings{
		Name: "okta", Config: map[string]any{"domain": domain, "auth": map[string]any{"private_key": key}},
		Secret: func(card.Value) (card.Secret, error) { return card.NewSecret(appKey()), nil },
	}
}

// tokens answers token requests with a token, and other requests with handler.
func tokens(t *testing.T, scopes string, handler http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth2/v1/token", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token": "an-access-token-1", "token_type": "Bearer", "expires_in": 3600, "scope": %q}`, scopes)
	})
	mux.HandleFunc("/", handler)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestTheAppOfAPrivateKeyIsShownAndItsTokenTried(t *testing.T) {
	t.Parallel()
	for scopes, want := range map[string]string{
		"okta.users.read":                  "/api/v1/users?limit=1",
		"okta.groups.manage okta.zones.x":  "/api/v1/groups?limit=1",
		"okta.logs.read okta.schemas.read": "/api/v1/logs?limit=1",
		"okta.roles.manage":                "/.well-known/oauth-authorization-server",
	} {
		var got []string
		domain := tokens(t, scopes, func(w http.ResponseWriter, r *http.Request) {
			got = append(got, r.Header.Get("Authorization")+" "+r.URL.String())
			fmt.Fprint(w, "[]")
		})
		conn := openSim(t, appSettings(domain, nil))
		id, err := conn.Test(t.Context())
		if err != nil || id.As != "0oa1" || id.Simulated || id.Note != "" || len(got) != 1 || got[0] != "Bearer an-access-token-1 "+want {
			t.Errorf("%s: got %+v, %v after %q", scopes, id, err, got)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAnAppWithoutAnAdminRoleIsANoteAndNotAnError(t *testing.T) {
	t.Parallel()
	for status, body := range map[int]string{
		403: `{"errorCode": "E0000006", "errorSummary": "You do not have permission to perform the requested action"}`,
		401: `{"errorCode": "E0000011", "errorSummary": "Invalid token provided"}`,
	} {
		domain := tokens(t, "okta.users.read", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		})
		conn := openSim(t, appSettings(domain, nil))
		defer conn.Close()
		id, err := conn.Test(t.Context())
		if status == 403 && (err != nil || !strings.Contains(id.Note, "admin role")) {
			t.Errorf("got %+v, %v", id, err)
		}
		if status == 401 && card.AsError(err).Kind != card.Unauthorized {
			t.Errorf("got %+v, %v", id, err)
		}
	}
}

// Okta, "Error codes", https://developer.okta.com/docs/reference/error-codes/, the errors of OAuth that the token endpoint can answer to
// client credentials; and Okta's guide on DPoP.
func TestEachRefusalOfATokenHasAHint(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status            int
		code, description string
		hint              string // a part of it
	}{
		{401, "invalid_client", "The issuer claim for client_assertion is not a valid client_id.", "`client_id`"},
		{401, "invalid_client", "The subject claim for client_assertion is not a valid client_id.", "`client_id`"},
		{401, "invalid_client", "Invalid value for 'client_id' parameter.", "`client_id`"},
		{401, "invalid_client", "The audience claim for client_assertion must be the endpoint invoked for the request.", "`domain`"},
		{401, "invalid_client", "The client_assertion must contain the 'exp' claim as seconds since epoch.", "clock"},
		{401, "invalid_client", "The client_assertion token is expired.", "clock"},
		{401, "invalid_client", "The client_assertion token has an expiration too far into the future.", "clock"},
		{401, "invalid_client", "The client_assertion token must be issued before the current time.", "clock"},
		{401, "invalid_client", "The client_assertion token has already been used.", "repeated"},
		{401, "invalid_client", "The client_assertion signature is invalid.", "the public key that belongs"},
		{401, "invalid_client", "The parsing of the client_assertion failed.", "the public key that belongs"},
		{401, "invalid_client", "The client_assertion JWT kid is invalid.", "`key_id`"},
		{401, "invalid_client", "The client_assertion JWT signature algorithm is invalid.", "type of the private key"},
		{401, "invalid_client", "The client does not have a JWKSet configured, but the client_assertion requires one.", "add the public key"},
		{401, "invalid_client", "The public key being used for client assertion has an invalid 'use' parameter. Valid values for the 'use' parameter are sig.", "`use: sig`"},
		{401, "invalid_client", "Client Credentials requests to the Org Authorization Server must use the private_key_jwt token_endpoint_auth_method.", "Public key / Private key"},
		{401, "invalid_client", "Only clients with 'application_type' of 'service' may use the client_credentials 'grant_type' with the Org Authorization Server.", "API Services"},
		{401, "invalid_client", "Client authentication failed. Either the client or the client credentials are invalid.", "Public key / Private key"},
		{401, "invalid_client", "No client credentials found", "Public key / Private key"},
		{400, "invalid_request", "The client_assertion_type is invalid.", "Public key / Private key"},
		{401, "invalid_request", "Cannot supply multiple client credentials. Use one of the following: …", "adds credentials"},
		{400, "consent_required", "You are not allowed any of the requested scopes.", "Okta API Scopes"},
		{400, "invalid_scope", "One or more scopes are not configured for the authorization server resource.", "Okta API Scopes"},
		{400, "invalid_scope", "No scopes were requested.", "Okta API Scopes"},
		{400, "invalid_scope", "Cannot request 'openid' scopes using client credentials.", "openid"},
		{400, "client_credentials_self_scope_requested", "The 'client_credentials' grant type may not request .self scopes.", ".self"},
		{400, "unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: [authorization_code].", "Client Credentials"},
		{400, "unsupported_grant_type", "The grant type in the request isn't supported.", "`domain`"},
		{403, "access_denied", "The request is made from outside the client's permitted network zones.", "network zones"},
		{400, "access_denied", "Policy evaluation failed for this request.", "policy"},
		{400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.", "dpop: auto"},
		{400, "invalid_dpop_proof", "The DPoP proof JWT is issued more than five minutes in the past.", "clock"},
		{400, "invalid_dpop_proof", "The DPoP proof JWT is issued in the future.", "clock"},
		{400, "invalid_dpop_proof", "'iat' claim in the DPoP proof JWT is invalid.", "clock"},
		{400, "invalid_dpop_proof", "The DPoP proof JWT has already been used.", "repeated"},
		{400, "invalid_dpop_proof", "'htu' claim in the DPoP proof JWT is invalid.", "a proxy"},
		{400, "invalid_dpop_proof", "Multiple DPoP proof JWT headers are not allowed.", "repeats headers"},
		{400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.", "`dpop` must not be false"},
		{400, "something_new", "Okta may add errors.", ""},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(test.status)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": test.code, "error_description": test.description})
		}))
		conn := openSim(t, appSettings(server.URL, map[string]any{"dpop": false}))
		_, err := conn.Test(t.Context())
		e := card.AsError(err)
		if e == nil || e.Kind != card.Unauthorized || e.Code != test.code || !strings.HasSuffix(e.Message, test.code+": "+test.description) {
			t.Errorf("%s, %s: got %#v", test.code, test.description, e)
		} else if !strings.Contains(e.Hint, test.hint) || (e.Hint == "") != (test.hint == "") {
			t.Errorf("%s, %s: the hint is %q, want %q in it", test.code, test.description, e.Hint, test.hint)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		server.Close()
	}
}

// Okta's gateway answers token requests in the form of the management API.
func TestARefusalOfATokenInTheFormOfTheManagementAPIIsShownWhole(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status     int
		code, hint string // a part of it
		kind       card.Kind
	}{
		{400, "invalid_client", "`client_id`", card.Unauthorized},
		{401, "invalid_client", "`client_id`", card.Unauthorized},
		{401, "E0000011", "are the client id and its secret or key right", card.Unauthorized},
		{403, "E0000006", "is the app active", card.Forbidden},
		{500, "E0000009", "Okta's support", card.Unavailable},
		{429, "E0000047", "other programs", card.RateLimit},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(test.status)
			_ = json.NewEncoder(w).Encode(map[string]string{"errorCode": test.code, "errorSummary": "Okta says no", "errorId": "oae1"})
		}))
		conn := openSim(t, appSettings(server.URL, nil))
		_, err := conn.Test(t.Context())
		e := card.AsError(err)
		if e == nil || e.Kind != test.kind || !strings.HasSuffix(e.Message, "issues no access token: "+test.code+": Okta says no") || !strings.Contains(e.Hint, test.hint) {
			t.Errorf("%d %s: got %#v", test.status, test.code, e)
		} else if details, _ := e.Details.(map[string]any); details["error_id"] != "oae1" || e.MayBeDone() || (e.Wait == 7*time.Second) == (test.status < 429) {
			t.Errorf("%d %s: got %#v", test.status, test.code, e)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		server.Close()
	}
}

func TestMistakesOfAPrivateKeyAreFoundWithoutOpeningIt(t *testing.T) {
	t.Parallel()
	token, key := map[string]any{"env": "TOKEN"}, appSettings("", nil).Config["auth"].(map[string]any)["private_key"]
	for name, test := range map[string]struct {
		auth map[string]any
		want string
	}{
		"both":           {map[string]any{"api_token": token, "private_key": key}, "has `api_token` and `private_key`"},
		"neither":        {map[string]any{}, "has none"},
		"null":           {map[string]any{"private_key": nil}, "has none"},
		"no client":      {privateKey(map[string]any{"client_id": " "}), "needs `client_id` and `key`"},
		"no scopes":      {privateKey(map[string]any{"scopes": nil}), "needs `scopes`"},
		"an empty list":  {privateKey(map[string]any{"scopes": []any{}}), "needs `scopes`"},
		"one text":       {privateKey(map[string]any{"scopes": []any{"okta.users.read okta.groups.read"}}), "a scope has a space"},
		"an empty scope": {privateKey(map[string]any{"scopes": []any{""}}), "a scope has a space"},
		"openid":         {privateKey(map[string]any{"scopes": []any{"openid"}}), "cannot have the scope openid"},
		"dpop":           {privateKey(map[string]any{"dpop": "yes"}), "`dpop` must be"},
		"dpop, a number": {privateKey(map[string]any{"dpop": 1}), "`dpop` must be"},
	} {
		s := card.Settings{Name: "okta", Config: map[string]any{"domain": "acme.okta.com", "auth": test.auth}}
		err := okta.Service().Check(s)
		if e := card.AsError(err); e == nil || e.Kind != card.Invalid || !strings.Contains(e.Message, test.want) || e.Hint == "" && name != "openid" {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := okta.Service().Open(s); err == nil {
			t.Errorf("%s: it can be opened", name)
		}
	}
	for _, dpop := range []any{nil, "auto", true, false} {
		if err := okta.Service().Check(appSettings("acme.okta.com", map[string]any{"dpop": dpop})); err != nil {
			t.Errorf("dpop: %v: %v", dpop, err)
		}
	}
}

func TestARefusalNamesHowTheConnectionGetsTheScope(t *testing.T) {
	t.Parallel()
	domain := tokens(t, "okta.users.read", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"errorCode": "E0000006", "errorSummary": "You do not have permission to perform the requested action"}`)
	})
	token := appSettings(domain, nil)
	token.Config["auth"] = map[string]any{"api_token": map[string]any{"env": "KEY"}}
	token.Secret = func(card.Value) (card.Secret, error) { return card.NewSecret("an-api-token-1234"), nil }
	for want, settings := range map[string]card.Settings{
		"grant it to the app on its tab Okta API Scopes, and add it to `scopes` of connection \"okta\"": appSettings(domain, nil),
		"connection \"okta\" needs an API token of an administrator with this permission":               token,
	} {
		conn := openSim(t, settings)
		for name, in := range map[string]map[string]any{"okta.group.get": {"group_id": "00g1"}, "okta.request": {"method": "GET", "path": "/api/v1/zones"}} {
			if _, err := do(t.Context(), conn, name, in); err == nil || card.AsError(err).Kind != card.Forbidden || !strings.Contains(card.AsError(err).Hint, want) {
				t.Errorf("%s: got %+v, want %q", name, card.AsError(err), want)
			}
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

// privateKey returns the settings of auth with a private key.
func privateKey(more map[string]any) map[string]any {
	return appSettings("", more).Config["auth"].(map[string]any)
}
