package web

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/flowdeck/flowdeck/cards/oauth"
	"github.com/flowdeck/flowdeck/engine/card"
)

// login is a service with a token endpoint, whose tokens are numbered. It accepts only the latest.
type login struct {
	*service
	issued, refused atomic.Int64
	mu              sync.Mutex
	form            url.Values // of the last token request
	basic           string
}

const secretOf = "client-s3cret-88"

func startLogin(t *testing.T) *login {
	t.Helper()
	l := &login{}
	l.service = serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/token":
			l.mu.Lock()
			defer l.mu.Unlock()
			l.form, _ = url.ParseQuery(l.bodies[len(l.bodies)-1])
			id, secret, _ := r.BasicAuth()
			l.basic = id + ":" + secret
			if secret == "wrong-secret" {
				w.WriteHeader(http.StatusUnauthorized)
				fmt.Fprintf(w, `{"error": "invalid_client", "error_description": "the secret %s is wrong"}`, secret)
				return
			}
			fmt.Fprintf(w, `{"access_token": "access-t0ken-%d", "token_type": "Bearer", "expires_in": 3600}`, l.issued.Add(1))
		case r.URL.Path == "/down":
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.Method == http.MethodHead: // of a connection test
		case r.Header.Get("Authorization") != fmt.Sprintf("Bearer access-t0ken-%d", l.issued.Load()) || r.URL.Path == "/never":
			l.refused.Add(1)
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"message": "no: %s"}`, r.Header.Get("Authorization"))
		default:
			fmt.Fprintf(w, `{"you sent": %q}`, r.Header.Get("Authorization"))
		}
	})
	return l
}

func (l *login) ways(t *testing.T) map[string]map[string]any {
	t.Helper()
	secret := map[string]any{"env": secretOf}
	return map[string]map[string]any{
		"client_credentials": {"token_url": l.URL + "/token", "client_id": "c1", "client_secret": secret, "scopes": []any{"a", "b"}, "parameters": map[string]any{"audience": "shop"}},
		"jwt_bearer":         {"token_url": l.URL + "/token", "issuer": "robot@a.example", "subject": "ada@a.example", "scopes": []any{"a", "b"}, "key": map[string]any{"env": testKey(t)}},
		"refresh_token":      {"token_url": l.URL + "/token", "client_id": "c1", "client_secret": secret, "secret_in_body": true, "refresh_token": map[string]any{"env": "refresh-t0ken-1"}},
	}
}

func testKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	data, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: data}))
}

func TestEachOAuthGrantGetsATokenAndAFreshOneAfterARefusal(t *testing.T) {
	t.Parallel()
	for way, account := range map[string]string{"client_credentials": "c1", "jwt_bearer": "ada@a.example", "refresh_token": "c1"} {
		l := startLogin(t)
		call := connect(t, map[string]any{"base_url": l.URL, "auth": map[string]any{way: l.ways(t)[way]}})
		if id, err := call.Conn.Test(t.Context()); err != nil || id.As != account || id.Note != "" || l.issued.Load() != 1 {
			t.Errorf("%s: %+v, %v, %d tokens", way, id, err, l.issued.Load())
		}
		out, e := run(t, call, "http.get", map[string]any{"path": "/items"})
		if e != nil || fmt.Sprint(out["body"]) != "map[you sent:Bearer [hidden]]" {
			t.Errorf("%s: %v, %v", way, out, e)
		}
		l.mu.Lock()
		form, basic := l.form, l.basic
		l.mu.Unlock()
		switch way {
		case "client_credentials":
			if form.Get("grant_type") != way || form.Get("scope") != "a b" || form.Get("audience") != "shop" || basic != "c1:"+secretOf {
				t.Errorf("%v, %s", form, basic)
			}
		case "jwt_bearer":
			parts := strings.Split(form.Get("assertion"), ".")
			if claims, _ := base64.RawURLEncoding.DecodeString(parts[min(1, len(parts)-1)]); !strings.Contains(string(claims), `"sub":"ada@a.example"`) || !strings.Contains(string(claims), `"aud":"`+l.URL+`/token"`) {
				t.Errorf("%v: %s", form, claims)
			}
		case "refresh_token":
			if form.Get("grant_type") != way || form.Get("refresh_token") != "refresh-t0ken-1" || form.Get("client_secret") != secretOf {
				t.Errorf("%v", form)
			}
		}
		l.issued.Add(1) // which revokes the token
		if _, e := run(t, call, "http.post", map[string]any{"path": "/items"}); e != nil || l.refused.Load() != 1 {
			t.Errorf("%s: after the token was revoked: %v, %d refusals", way, e, l.refused.Load())
		}
		if _, e := run(t, call, "http.get", map[string]any{"path": "/never"}); !has(e, card.Unauthorized, "no: Bearer [hidden]") || l.refused.Load() != 3 {
			t.Errorf("%s: refused twice: %v, %d refusals", way, e, l.refused.Load())
		}
	}
}

// Services refuse also at the token endpoint in the form of their other errors.
func TestARefusalOfTheTokenEndpointInAnotherFormIsShown(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]struct {
		status  int
		kind    card.Kind
		message string
	}{
		`{"errorCode": "invalid_client", "errorSummary": "Invalid value for 'client_id'", "errorCauses": []}`: {400, card.Unauthorized, "invalid_client: Invalid value for 'client_id'"},
		`{"errorCode": "E0000047", "errorSummary": "too many"}`:                                               {429, card.RateLimit, "E0000047: too many"},
		`{"message": "Forbidden,\n or not"}`:                                                                  {403, card.Unauthorized, "token: Forbidden, or not"},
		`{"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "The caller may not"}}`:            {403, card.Unauthorized, "PERMISSION_DENIED: The caller may not"},
		`{"errors": [{"code": "bad_client", "detail": "no such client"}]}`:                                    {401, card.Unauthorized, "bad_client: no such client"},
		`{"errors": ["no such client"]}`:                                                                      {401, card.Unauthorized, "token: no such client"},
		`{"message": "` + secretOf + ` is wrong"}`:                                                            {401, card.Unauthorized, "token: [secret] is wrong"},
		`{"message": "` + strings.Repeat(".", 990) + ` ` + secretOf + `"}`:                                    {401, card.Unauthorized, ". [secret]"},
		`{"errors": ["no: ` + secretOf[:8] + `\n` + secretOf[8:] + `"]}`:                                      {401, card.Unauthorized, "token: no: [secret]"}, // a line break splits it
		`{"message": "we are down"}`:                                                                          {503, card.Unavailable, "token: we are down"},
		`{"ok": false}`:                                                                                       {400, card.Unavailable, "it answered 400 Bad Request"},
		`<html>no</html>`:                                                                                     {401, card.Unavailable, "it answered 401 Unauthorized"},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(want.status)
			_, _ = io.WriteString(w, body)
		})
		auth := map[string]any{"client_credentials": map[string]any{"token_url": s.URL + "/token", "client_id": "c1", "client_secret": map[string]any{"env": secretOf}}}
		_, e := run(t, connect(t, map[string]any{"base_url": s.URL, "auth": auth}), "http.get", map[string]any{"path": "/items"})
		if !has(e, want.kind, "issues no access token: ", want.message) || strings.Contains(e.Message, "\n") || strings.Contains(e.Message, "s3cret") {
			t.Errorf("%.80s: got %s: %v", body, e.Kind, e)
		}
	}
}

func TestARefusalOfTheTokenEndpointIsShownWithoutTheSecret(t *testing.T) {
	t.Parallel()
	l := startLogin(t)
	way := l.ways(t)["client_credentials"]
	way["client_secret"] = map[string]any{"env": "wrong-secret"}
	call := connect(t, map[string]any{"base_url": l.URL, "auth": map[string]any{"client_credentials": way}})
	_, err := call.Conn.Test(t.Context())
	if e := card.AsError(err); e == nil || e.Code != "invalid_client" || strings.Contains(e.Message+e.Hint+fmt.Sprint(e.Details), "wrong-secret") {
		t.Errorf("got %v (hint: %s)", e, e.Hint)
	}
	if _, e := run(t, call, "http.post", map[string]any{"path": "/items"}); e == nil || e.MayBeDone() {
		t.Errorf("a write without a token: %v", e)
	}
	way["token_url"] = l.URL + "/down"
	call = connect(t, map[string]any{"base_url": l.URL, "auth": map[string]any{"client_credentials": way}})
	if _, e := run(t, call, "http.post", map[string]any{"path": "/items"}); e == nil || e.Kind != card.Unavailable || e.MayBeDone() {
		t.Errorf("a write without a token endpoint: %#v", e)
	}
}

func TestATokenEndpointHasTheRulesOfTheServiceForItsAddress(t *testing.T) {
	t.Parallel()
	l := startLogin(t)
	c, err := tokenConfig(card.Settings{}, "https://login.example.com/token", false)
	if err != nil {
		t.Fatal(err)
	}
	dialed := c.Dial
	c.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialed(ctx, network, strings.TrimPrefix(l.URL, "http://"))
	}
	source, err := oauth.ClientCredentials(c, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	_, err = source.Token(t.Context())
	if e := card.AsError(err); !has(e, card.Invalid, "login.example.com has the address 127.0.0.1, which is this machine", "private_network") || len(l.requests) > 0 {
		t.Errorf("got %#v", e)
	}
}

func TestTokensAndPairsAreTaughtToTheVeil(t *testing.T) {
	t.Parallel()
	l := startLogin(t)
	ways := l.ways(t)
	ways["basic"] = map[string]any{"username": "ada", "password": map[string]any{"env": token}}
	for way, want := range map[string]string{
		"client_credentials": "access-t0ken-", "jwt_bearer": "access-t0ken-", "refresh_token": "access-t0ken-", "basic": base64.StdEncoding.EncodeToString([]byte("ada:" + token)),
	} {
		var mu sync.Mutex
		var hidden []string
		s := settings(map[string]any{"base_url": l.URL, "auth": map[string]any{way: ways[way]}})
		s.Hide = func(texts ...string) { mu.Lock(); defer mu.Unlock(); hidden = append(hidden, texts...) }
		conn, err := Service().Open(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Test(t.Context()); err != nil {
			t.Errorf("%s: %v", way, err)
		}
		_ = conn.Close()
		mu.Lock()
		if !strings.Contains(strings.Join(hidden, "\n"), want) {
			t.Errorf("%s: hidden are %q, want %s among them", way, hidden, want)
		}
		mu.Unlock()
	}
}
