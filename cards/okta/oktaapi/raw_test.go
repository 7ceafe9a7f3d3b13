package oktaapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestABodyIsSentAsItIs(t *testing.T) {
	t.Parallel()
	const body = `{"profile":{"name":"<a&b>","owner":null,"big":92233720368547758089}}`
	var got, kind string
	var length int64
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, kind, length = string(b), r.Header.Get("Content-Type"), r.ContentLength
		succeed(w, ReplaceGroup)
	})
	if _, err := s.Do(t.Context(), ReplaceGroup, Args{Path: []string{"00g1"}, Body: []byte(body)}); err != nil {
		t.Fatal(err)
	}
	if got != body || kind != "application/json" || length != int64(len(body)) {
		t.Errorf("sent %s, %q, %d", got, kind, length)
	}
}

func TestUnsupportedIsInvalidAndNotRetried(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotImplemented)
		fmt.Fprint(w, `{"errorCode":"E0000060","errorSummary":"Unsupported operation."}`)
	})
	_, err := s.Do(t.Context(), AssignUserToGroup, Args{Path: []string{"00g1", "00u1"}})
	e := (*card.Error)(nil)
	if !errors.As(err, &e) || e.Kind != card.Invalid || e.Code != "E0000060" {
		t.Errorf("got %#v", err)
	}
}

func TestARawRequestIsSentLikeAllOthers(t *testing.T) {
	t.Parallel()
	var seen *http.Request
	var body string
	s, server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		seen, body = r, string(b)
		w.Header().Set("Link", `</api/v1/things?after=X>; rel="next"`)
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, `[1]`)
	})
	got, err := s.Raw(t.Context(), Request{
		Method: "PATCH", Path: "/things/a%2Fb%20c", Query: url.Values{"x": {"1", "ü&"}},
		Header: http.Header{"If-Match": {"7"}, "Content-Type": {"text/plain"}}, Body: []byte("hello"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != http.StatusAccepted || string(got.Body) != "[1]" || got.Next != "X" {
		t.Errorf("answer %+v", got)
	}
	if "http://"+seen.Host != server.URL || seen.Method != "PATCH" || seen.URL.EscapedPath() != "/api/v1/things/a%2Fb%20c" || body != "hello" {
		t.Errorf("sent %s %s%s %q", seen.Method, seen.Host, seen.URL.EscapedPath(), body)
	}
	if diff := cmp.Diff(url.Values{"x": {"1", "ü&"}}, seen.URL.Query()); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{"Authorization": "SSWS " + token, "If-Match": "7", "Content-Type": "text/plain"} {
		if got := seen.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := seen.Header.Get("User-Agent"); !strings.Contains(got, "flowdeck/test") {
		t.Errorf("User-Agent %q does not name the product", got)
	}
}

func TestRawRequestsHaveTheErrorsOfAllRequests(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]card.Kind{302: card.Invalid, 403: card.Forbidden, 429: card.RateLimit, 503: card.Unavailable} {
		sent := 0
		s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			sent++
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(status)
			if status == http.StatusForbidden {
				fmt.Fprint(w, `{"errorCode":"E0000006"}`)
			}
		})
		_, err := s.Raw(t.Context(), Request{Method: "GET", Path: "/users"})
		e := (*card.Error)(nil)
		if !errors.As(err, &e) || e.Kind != want || e.Status != status || sent != 1 {
			t.Errorf("%d: got %#v after %d requests", status, err, sent)
		}
	}
}

func TestAnAnswerThatIsTooLongIsNotReadToItsEnd(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for piece := make([]byte, 1<<20); ; {
			if _, err := w.Write(piece); err != nil { // the client closed the connection
				return
			}
		}
	})
	_, err := s.Raw(t.Context(), Request{Method: "GET", Path: "/things"})
	e := (*card.Error)(nil)
	if !errors.As(err, &e) || e.Kind != card.Invalid || !strings.Contains(e.Message, "longer than 32 MB") || !strings.Contains(e.Hint, "limit") {
		t.Errorf("got %#v", err)
	}
}

func TestARawPathNeverLeavesTheOrg(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	for _, path := range []string{
		"", "users", "https://evil.example/api/v1/users", "//evil.example/users", "/\\evil.example", "/users/../../oauth2/v1/token", "/..",
		"/users/%2e%2e/%2E%2E/x", "/users/..%2f..%2fx", "/./users", "/users?limit=1", "/users#x", "/users/%zz", "/users\r\nHost: evil", "/a%0d%0ab", "@evil.example/",
		"/", "/users/", "/groups/00g1/users/", "/groups//users", "/users/%20", "/users/%2f",
	} {
		_, err := s.Raw(t.Context(), Request{Method: "GET", Path: path})
		e := (*card.Error)(nil)
		if !errors.As(err, &e) || e.Kind != card.Invalid {
			t.Errorf("%q: got %v, want it refused", path, err)
		}
	}
	for path, want := range map[string]string{
		"/users": "/api/v1/users", "/api/v1/users": "/api/v1/users", "/oauth2/v1/clients": "/oauth2/v1/clients", "/users/a..b": "/api/v1/users/a..b",
		"/governance/api/v1/campaigns": "/governance/api/v1/campaigns", "/.well-known/okta-organization": "/.well-known/okta-organization",
		"/users/@evil.example": "/api/v1/users/@evil.example", "/api": "/api/v1/api",
	} {
		u, err := s.target(path)
		if err != nil || u.EscapedPath() != want || u.Host != s.org.Host {
			t.Errorf("%s: %v, %v; want %s of the org", path, u, err, want)
		}
	}
}

func TestARawRequestCannotChangeTheSenderOrTheHost(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	for _, name := range []string{"Authorization", "authorization", "Host", "Cookie", "Content-Length", "Proxy-Authorization", "X-Forwarded-Host", "X_HTTP_METHOD_OVERRIDE", "X-Original-URL", "Forwarded"} {
		_, err := s.Raw(t.Context(), Request{Method: "GET", Path: "/users", Header: http.Header{name: {"x"}}})
		e := (*card.Error)(nil)
		if !errors.As(err, &e) || e.Kind != card.Invalid || !strings.Contains(e.Message, name) {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
}

// A write whose answer is lost is sent once, even if net/http takes it for one that can be repeated.
func TestARawWriteIsNotSentAgainByTheTransport(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		keys := make(chan string, 10) // one for each write
		s, _ := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			if r.Method == "POST" {
				keys <- r.Header.Get(name)
				panic(http.ErrAbortHandler) // which closes the connection
			}
		})
		if _, err := s.Raw(t.Context(), Request{Method: "GET", Path: "/users"}); err != nil { // only a connection that was used is used again
			t.Fatal(err)
		}
		_, err := s.Raw(t.Context(), Request{Method: "POST", Path: "/groups", Header: http.Header{name: {"k"}}, Body: []byte("{}")})
		if e := card.AsError(err); e == nil || !e.MayBeDone() || len(keys) != 1 || <-keys != "k" {
			t.Errorf("%s: %d more requests, %v", name, len(keys), err)
		}
	}
}

func FuzzRawPath(f *testing.F) {
	for _, path := range []string{"/users", "//x", "/a/%2e%2e/b", "/%5c", "/api/v1/../x", "/\u2025"} {
		f.Add(path)
	}
	s := &Session{org: &url.URL{Scheme: "https", Host: "acme.okta.com"}}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := s.target(path)
		if err != nil {
			return
		}
		again, err := url.Parse(u.String())
		if err != nil || again.Scheme != "https" || again.Host != "acme.okta.com" || again.User != nil {
			t.Fatalf("%q becomes %q, %v", path, u, err)
		}
		if clean := s.org.ResolveReference(again); clean.Path != again.Path {
			t.Fatalf("%q leads from %q to %q", path, again.Path, clean.Path)
		}
	})
}

func TestRawRequestsForDifferentUsersShareABucket(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/api/v1/users/00u1/lifecycle/suspend": "/api/v1/users/{id}/lifecycle/suspend",
		"/api/v1/users/ada@acme.example":       "/api/v1/users/{id}",
		"/oauth2/v1/clients/0oa7/roles":        "/oauth2/v1/clients/{id}/roles",
		"/api/v1/logs":                         "/api/v1/logs",
	} {
		if got := template(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
