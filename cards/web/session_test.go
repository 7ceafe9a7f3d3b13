package web

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestEachWayToAuthenticateSendsItsHeader(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	secret := map[string]any{"env": "TOKEN"}
	for name, test := range map[string]struct {
		auth         map[string]any
		header, want string
	}{
		"bearer":         {map[string]any{"bearer": secret}, "Authorization", "Bearer " + token},
		"header":         {map[string]any{"header": map[string]any{"name": "x-api-key", "value": secret}}, "X-Api-Key", token},
		"another scheme": {map[string]any{"header": map[string]any{"name": "authorization", "value": map[string]any{"env": "GenieKey " + token}}}, "Authorization", "GenieKey " + token},
		"basic":          {map[string]any{"basic": map[string]any{"username": "ada@a.example/token", "password": secret}}, "Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("ada@a.example/token:"+token))},
		"nothing":        {nil, "Authorization", ""},
	} {
		config := map[string]any{"base_url": s.URL, "headers": map[string]any{"Accept": "application/vnd.shop+json", "X-Tenant": map[string]any{"env": "tenant-4711"}}}
		if test.auth != nil {
			config["auth"] = test.auth
		}
		if _, err := run(t, connect(t, config), "http.get", map[string]any{"path": "/items", "query": map[string]any{"a": []any{1, true, "x y"}}, "headers": map[string]any{"x-more": "1"}}); err != nil {
			t.Fatal(err)
		}
		r, _ := s.last(t)
		got := []string{r.Header.Get(test.header), r.Header.Get("Accept"), r.Header.Get("X-Tenant"), r.Header.Get("X-More"), r.Header.Get("User-Agent"), r.RequestURI}
		want := []string{test.want, "application/vnd.shop+json", "tenant-4711", "1", "flowdeck/test", "/items?a=1&a=true&a=x+y"}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestMistakesOfAConnectionAreExplained(t *testing.T) {
	t.Parallel()
	secret, other := map[string]any{"env": "TOKEN"}, func(text string) map[string]any { return map[string]any{"env": text} }
	for name, test := range map[string]struct {
		more  map[string]any
		parts []string
	}{
		"no way":                     {map[string]any{"auth": map[string]any{}}, []string{"exactly one way", "bearer, header"}},
		"two ways":                   {map[string]any{"auth": map[string]any{"bearer": secret, "basic": map[string]any{"username": "a", "password": secret}}}, []string{"exactly one way"}},
		"a colon in a user":          {map[string]any{"auth": map[string]any{"basic": map[string]any{"username": "a:b", "password": secret}}}, []string{"colon"}},
		"a header of the connection": {map[string]any{"auth": map[string]any{"header": map[string]any{"name": "Cookie", "value": secret}}}, []string{"Cookie"}},
		"a name with a line break":   {map[string]any{"headers": map[string]any{"X-A\r\nX-B": "1"}}, []string{"not a valid name"}},
		"a value with a line break":  {map[string]any{"headers": map[string]any{"X-A": "1\r\nX-B: 2"}}, []string{"control character"}},
		"authorization in headers":   {map[string]any{"headers": map[string]any{"authorization": secret}}, []string{"use `auth`"}},
		"one header twice":           {map[string]any{"headers": map[string]any{"X-A": "1", "x-a": "2"}}, []string{`"X-A" and "x-a"`, "one header"}},
		"a header in auth, too":      {map[string]any{"headers": map[string]any{"x-api-id": "1"}, "auth": map[string]any{"header": map[string]any{"name": "X-Api-Id", "value": secret}}}, []string{"both have the header"}},
		"a number":                   {map[string]any{"headers": map[string]any{"X-A": 1}}, []string{"in quotes"}},
		"a literal secret":           {map[string]any{"headers": map[string]any{"X-API-Key": "abcdef"}}, []string{"must not be written", "{env: NAME}"}},
		"a test with a host":         {map[string]any{"test": "https://evil.example/me"}, []string{"`test`", "names a host"}},
		"a share":                    {map[string]any{"rate_limit": map[string]any{"share": "200%"}}, []string{"between 1% and 100%"}},
		"a real service":             {map[string]any{"base_url": "https://api.example.com", "simulated": true}, []string{"only for a service on this machine"}},
		"a token endpoint":           {map[string]any{"auth": map[string]any{"client_credentials": map[string]any{"token_url": "http://login.example.com", "client_id": "a", "client_secret": secret}}}, []string{"`token_url`", "not encrypted"}},
		"a private token endpoint":   {map[string]any{"auth": map[string]any{"client_credentials": map[string]any{"token_url": "https://169.254.169.254/token", "client_id": "a", "client_secret": secret}}}, []string{"link-local", "private_network"}},
		"a key that is not one":      {map[string]any{"auth": map[string]any{"jwt_bearer": map[string]any{"token_url": "https://login.example.com", "issuer": "a", "key": secret}}}, []string{"key"}},
		"an empty secret":            {map[string]any{"auth": map[string]any{"bearer": other("")}}, []string{"is empty"}},
		"two lines":                  {map[string]any{"auth": map[string]any{"bearer": other(token + "\n" + token)}}, []string{"line break", "copy more"}},
		"two words":                  {map[string]any{"auth": map[string]any{"bearer": other("Bearer " + token)}}, []string{"copy more"}},
	} {
		config := map[string]any{"base_url": "http://127.0.0.1:1"}
		for key, value := range test.more {
			config[key] = value
		}
		_, err := opened(t, config)
		e := card.AsError(err)
		if e == nil || !has(e, e.Kind, test.parts...) || strings.Contains(e.Message+e.Hint, token) || strings.Contains(e.Message, "abcdef") {
			t.Errorf("%s: %v, want %q", name, err, test.parts)
		}
	}
}

func TestTheHeadersOfAConnectionCannotBeReplaced(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request came") })
	call := connect(t, map[string]any{"base_url": s.URL, "headers": map[string]any{"X-Tenant": "a"}, "auth": map[string]any{"header": map[string]any{"name": "X-Api-Key", "value": map[string]any{"env": "TOKEN"}}}})
	for _, h := range []map[string]any{
		{"authorization": "x"}, {"Host": "evil.example"}, {"cookie": "a=b"}, {"X-Forwarded-For": "1.2.3.4"}, {"x-http-method-override": "DELETE"}, {"X_HTTP_METHOD_OVERRIDE": "DELETE"}, {"X-Http_Method-Override": "DELETE"}, {"X-METHOD": "DELETE"}, {"Method-Override": "DELETE"},
		{"HTTP-Method-Override": "DELETE"}, {"X-Original-Method": "DELETE"}, {"X-Original-URL": "/x"}, {"X_Original_URI": "/x"}, {"X-Rewrite-URL": "/x"}, {"Forwarded": "host=x"}, {"X-Host": "x"}, {"X_FORWARDED_HOST": "x"},
		{"Content-Length": "3"}, {"Accept-Encoding": "gzip"},
		{"x-api-key": "x"}, {"X-TENANT": "b"}, {"X-A\r\nB": "x"}, {"X-A": "x\r\nB: y"}, {"": "x"}, {"X-A": map[string]any{}},
	} {
		if _, e := run(t, call, "http.get", map[string]any{"path": "/items", "headers": h}); !has(e, card.Invalid) {
			t.Errorf("%v: %v", h, e)
		}
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request came with the credentials") })
	for _, test := range []struct {
		status         int
		method, target string
		parts          []string
		doubt          bool
	}{
		{302, "GET", elsewhere.URL + "/x?token=t0psecret", []string{"GET /items: 302 Found", "redirects to " + strings.TrimPrefix(elsewhere.URL, "http://"), "change base_url"}, false},
		{301, "GET", "/items/", []string{"the same host", "final /"}, false},
		{303, "GET", "/login?next=x", []string{"page to sign in", `connection "shop"`}, false},
		{302, "POST", elsewhere.URL, []string{"POST /items"}, true},
		{303, "DELETE", "/", nil, true},
		{307, "POST", elsewhere.URL, nil, false},
		{308, "PUT", elsewhere.URL, nil, false},
		{304, "GET", "", []string{"304 Not Modified"}, false},
		{300, "POST", "", nil, true}, {301, "PUT", "", nil, true}, {302, "POST", "", nil, true}, {303, "PATCH", " ", nil, true}, {304, "POST", "", nil, true}, {305, "DELETE", "", nil, true},
		{302, "PUT", "http://[::1/%zz", nil, true}, {302, "POST", "mailto:a@b.example", nil, true}, {302, "GET", "https:///x", nil, false}, {307, "PUT", "http://[::1/%zz", nil, false}, {308, "POST", "", nil, false},
		{101, "POST", "", []string{"101 Switching Protocols"}, true}, {101, "GET", "", nil, false},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if test.target != "" {
				w.Header().Set("Location", test.target)
			}
			w.WriteHeader(test.status)
		})
		_, e := run(t, connect(t, bearerConfig(s.URL)), "http.request", map[string]any{"path": "/items", "method": test.method})
		if !has(e, card.Invalid, test.parts...) || e.MayBeDone() != test.doubt || strings.Contains(fmt.Sprint(e, e.Hint), "t0psecret") || strings.HasSuffix(e.Message, " ") {
			t.Errorf("%d to %s: %v (hint: %s), in doubt: %t", test.status, test.method, e, e.Hint, e.MayBeDone())
		}
	}
}

// An answer that repeats the request must not bring a secret into messages, logs or results.
func TestTheSecretsOfAConnectionAreHiddenInAnswers(t *testing.T) {
	t.Parallel()
	pair := base64.StdEncoding.EncodeToString([]byte("ada:" + token))
	for name, auth := range map[string]map[string]any{
		"bearer": {"bearer": map[string]any{"env": "TOKEN"}},
		"short":  {"bearer": map[string]any{"env": "abc12"}},
		"basic":  {"basic": map[string]any{"username": "ada", "password": map[string]any{"env": "TOKEN"}}},
		"header": {"header": map[string]any{"name": "X-Key", "value": map[string]any{"env": "TOKEN"}}},
	} {
		for _, status := range []int{200, 400, 401, 404, 500} {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Echo", fmt.Sprint(r.Header["Authorization"], r.Header["X-Key"], r.Header["X-Tenant"]))
				w.WriteHeader(status)
				fmt.Fprintln(w, "you sent", w.Header().Get("X-Echo"))
			})
			call := connect(t, map[string]any{"base_url": s.URL, "auth": auth, "headers": map[string]any{"X-Tenant": map[string]any{"env": "tenant-4711"}}})
			out, e := run(t, call, "http.get", map[string]any{"path": "/items", "response": "text"})
			shown := fmt.Sprint(out)
			if e != nil {
				shown = fmt.Sprint(e, e.Hint, e.Details)
			}
			for _, secret := range []string{token, pair, "Bearer abc12", "tenant-4711"} {
				if strings.Contains(shown, secret) {
					t.Errorf("%s, %d: %s", name, status, shown)
				}
			}
			if !strings.Contains(shown, "[hidden]") {
				t.Errorf("%s, %d: %s", name, status, shown)
			}
		}
	}
}

func TestAnAnswerThatDoesNotComeIsExplained(t *testing.T) {
	t.Parallel()
	cut := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	long := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for piece := make([]byte, 1<<20); ; {
			if _, err := w.Write(piece); err != nil { // the client went away
				return
			}
		}
	})
	for url, test := range map[string]struct {
		kind  card.Kind
		doubt bool
		parts []string
	}{
		cut.URL:              {card.Unavailable, true, []string{"POST /items: the answer was cut off"}},
		long.URL:             {card.Invalid, true, []string{"longer than 32 MB"}},
		"http://127.0.0.1:1": {card.Unavailable, false, []string{"cannot reach 127.0.0.1:1: connection refused", "is the base_url right?"}},
	} {
		_, e := run(t, connect(t, bearerConfig(url)), "http.post", map[string]any{"path": "/items", "body": 1})
		if !has(e, test.kind, test.parts...) || e.MayBeDone() != test.doubt {
			t.Errorf("%s: %#v", url, e)
		}
	}
}

func TestACallThatWaitsForTheRateLimitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-RateLimit-Limit", "1")
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", "1800")
	})
	call := connect(t, bearerConfig(s.URL))
	in := map[string]any{"path": "/v1/items/1"}
	if _, e := run(t, call, "http.get", in); e != nil {
		t.Fatal(e)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	done := make(chan error)
	go func() {
		_, err := all["http.get"].Run(ctx, call, in)
		done <- err
	}()
	cancel(stop)
	if err := <-done; !errors.Is(err, stop) || !errors.Is(err, card.ErrNotSent) {
		t.Errorf("got %v", err)
	}
}

func TestTheRateLimitHeadersOfAServicePaceItsRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		left := 2
		window := start.Add(30 * time.Second)
		s := without(func(*http.Request) (*http.Response, error) {
			if now := time.Now(); !now.Before(window) {
				window, left = now.Add(30*time.Second), 2
			}
			left--
			if left < 0 {
				t.Error("a request above the limit")
			}
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Header: http.Header{
				"Ratelimit-Limit": {"2"}, "Ratelimit-Remaining": {fmt.Sprint(left)}, "Ratelimit-Reset": {fmt.Sprint(int(time.Until(window).Seconds()))},
			}}, nil
		})
		for range 5 {
			e, err := s.do(t.Context(), request{method: "GET", target: s.base.url("/items")})
			e.end()
			if err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took < 60*time.Second || took > 70*time.Second {
			t.Errorf("five requests at two in 30 s took %v", took)
		}
	})
}
