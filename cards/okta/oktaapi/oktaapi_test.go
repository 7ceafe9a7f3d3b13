package oktaapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

const token = "s3cret-t0ken"

// serve opens a session with a server that answers with handler.
func serve(t *testing.T, handler http.HandlerFunc) (*Session, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s, err := Open(Config{Domain: server.URL, Credentials: credentials(t, token), Product: "flowdeck/test", Door: pace.New(clock.System{}, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, server
}

func TestNothingOfAnAnswerIsLost(t *testing.T) {
	t.Parallel()
	const body = `{"id":"00u1","lastLogin":null,"created":"2024-05-01T08:00:00.000Z","status":"NEW_STATUS",` +
		`"profile":{"department":null,"number":9007199254740993,"huge":92233720368547758089,"nested":{"a":[1,null]},"manager":{"id":7}},` +
		`"_embedded":[1,2],"html":"<b>&"}`
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, body)
	})
	got, err := s.Do(t.Context(), GetUser, Args{Path: []string{"00u1"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"id": "00u1", "lastLogin": nil, "created": "2024-05-01T08:00:00.000Z", "status": "NEW_STATUS",
		"profile": map[string]any{
			"department": nil, "number": 9007199254740993, "huge": json.Number("92233720368547758089"),
			"nested": map[string]any{"a": []any{1, nil}}, "manager": map[string]any{"id": 7},
		},
		"_embedded": []any{1, 2}, "html": "<b>&",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestARequestCarriesTokenProductPathAndQuery(t *testing.T) {
	t.Parallel()
	var seen *http.Request
	s, server := serve(t, func(w http.ResponseWriter, r *http.Request) { seen = r; fmt.Fprint(w, "[]") })
	_, _, err := s.Page(t.Context(), ListGroupUsers, Args{Path: []string{"a%b c@x"}, Query: url.Values{"limit": {"7"}, "unknownToSDK": {"ü&"}}}, "cur=sor")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := seen.Header.Values("Authorization"), []string{"SSWS " + token}; !cmp.Equal(got, want) {
		t.Errorf("Authorization %q, want %q", got, want)
	}
	if got := seen.Header.Get("User-Agent"); !strings.Contains(got, "flowdeck/test") {
		t.Errorf("User-Agent %q does not name the product", got)
	}
	if got, want := seen.URL.EscapedPath(), "/api/v1/groups/a%25b%20c@x/users"; got != want {
		t.Errorf("path %q, want %q", got, want)
	}
	if got, want := seen.URL.Query(), (url.Values{"limit": {"7"}, "unknownToSDK": {"ü&"}, "after": {"cur=sor"}}); !cmp.Equal(got, want) {
		t.Errorf("query %v, want %v", got, want)
	}
	if "http://"+seen.Host != server.URL {
		t.Errorf("sent to %q, want %q with its port", seen.Host, server.URL)
	}
}

func credentials(t *testing.T, token string) Credentials {
	t.Helper()
	c, err := APIToken(card.NewSecret(token))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTokenThatIsNotAHeaderValueIsRefusedWithoutShowingIt(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"abc\ndef", "abc def", "abc\x00", "äbc"} {
		_, err := APIToken(card.NewSecret(token))
		e := (*card.Error)(nil)
		if !errors.As(err, &e) || e.Kind != card.Unauthorized || strings.Contains(e.Message+e.Hint, "bc") {
			t.Errorf("%q: got %#v", token, err)
		}
	}
}

func TestAQuotaIsReadFromASuccessAndFromALimitThatIsUsedUp(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		status        int
		limit, resets string
		want          pace.Quota
		fails         card.Kind
	}{
		{200, "600", fmt.Sprint(now.Add(40 * time.Second).Unix()), pace.Quota{Limit: 600, Remaining: 0, Resets: 40 * time.Second}, ""},
		{429, "600", fmt.Sprint(now.Add(40 * time.Second).Unix()), pace.Quota{Limit: 600, Remaining: 0, Resets: 40 * time.Second}, ""},
		{200, "600", "", pace.Quota{Limit: 600}, ""},
		{429, "0", fmt.Sprint(now.Add(40 * time.Second).Unix()), pace.Quota{}, card.RateLimit}, // too many concurrent requests: the headers describe no window
		{403, "600", "", pace.Quota{}, card.Forbidden},
		{200, "", "", pace.Quota{}, card.Unavailable},
	} {
		s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", now.Format(http.TimeFormat))
			w.Header().Set("X-Rate-Limit-Limit", test.limit)
			w.Header().Set("X-Rate-Limit-Remaining", "0")
			w.Header().Set("X-Rate-Limit-Reset", test.resets)
			w.WriteHeader(test.status)
			if test.status == http.StatusForbidden {
				fmt.Fprint(w, `{"errorCode":"E0000006","errorSummary":"no"}`)
				return
			}
			fmt.Fprint(w, "[]")
		})
		got, _, err := s.Quota(t.Context(), ListUsers, Args{})
		if test.fails != "" {
			if e := card.AsError(err); e == nil || e.Kind != test.fails {
				t.Errorf("%d %s: got %v, %v; want an error of kind %s", test.status, test.limit, got, err, test.fails)
			}
		} else if got != test.want || err != nil {
			t.Errorf("%d %s: got %v, %v; want %v", test.status, test.limit, got, err, test.want)
		}
	}
}

// The SDK itself repeats a request without end if the connection closes before an answer.
func TestRequestIsSentOnceWhateverTheAnswer(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"closed before the answer": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		},
		"broken off in the body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"id":`)
		},
		"too many requests": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
		"an internal error": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"no JSON":           func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `<html>`) },
		"two JSON values":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{} {}`) },
	} {
		var sent atomic.Int64
		s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { sent.Add(1); handler(w, r) })
		_, err := s.Do(t.Context(), SuspendUser, Args{Path: []string{"00u1"}})
		e := (*card.Error)(nil)
		if !errors.As(err, &e) || e.Kind != card.Unavailable && e.Kind != card.RateLimit {
			t.Errorf("%s: got %#v, want unavailable", name, err)
		}
		if n := sent.Load(); n != 1 {
			t.Errorf("%s: sent %d times, want once", name, n)
		}
	}
}

func TestInvalidDomainsAreRefusedWithAHint(t *testing.T) {
	t.Parallel()
	for domain, want := range map[string]string{
		"acme.okta.com": "https://acme.okta.com", "https://acme.okta.com/": "https://acme.okta.com",
		"Acme.OKTA.com.:443": "https://acme.okta.com", "http://[::1]:8642": "http://[::1]:8642", "https://LOCALHOST:443": "https://localhost",
		"http://127.0.0.1:8642": "http://127.0.0.1:8642", "http://localhost:1": "http://localhost:1",
	} {
		if u, err := orgURL(domain); err != nil || u.String() != want {
			t.Errorf("%s: got %v, %v; want %s", domain, u, err, want)
		}
	}
	for domain, hint := range map[string]string{
		"acme-admin.okta.com": `"acme.okta.com"`, "ACME-Admin.okta.com.:443": `"acme.okta.com"`, "acme.okta.com:80": `"acme.okta.com"`, "https://acme.okta.com/app/x": `"acme.okta.com"`,
		"http://acme.okta.com": "https", "acme.okta.com:8443": `"acme.okta.com"`, "": "acme.okta.com", "ftp://acme.okta.com": "https",
		"http://127.0.0.1.evil.example": "https", "acme-admin\uff0eokta.com": `"acme.okta.com"`, "\u0430cme.okta.com": `"acme.okta.com"`, "acme%20x.okta.com": `"acme.okta.com"`,
		"https://user:pass@acme.okta.com": `"acme.okta.com"`,
	} {
		_, err := orgURL(domain)
		e := (*card.Error)(nil)
		if !errors.As(err, &e) || e.Kind != card.Invalid || !strings.Contains(e.Hint, hint) {
			t.Errorf("%q: got %#v, want a hint with %s", domain, err, hint)
		}
	}
}

func TestRefusedConnectionHasAHint(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	s, err := Open(Config{Domain: "http://" + listener.Addr().String(), Credentials: credentials(t, token), Door: pace.New(clock.System{}, 1)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Do(t.Context(), GetUser, Args{Path: []string{"me"}})
	e := (*card.Error)(nil)
	if !errors.As(err, &e) || e.Kind != card.Unavailable || e.Code != card.CodeRefused || e.Hint == "" {
		t.Errorf("got %#v", err)
	}
}

func TestTheErrorOfAnEndedContextIsItsCause(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(why) })
	if _, err := s.Do(ctx, GetUser, Args{Path: []string{"me"}}); !errors.Is(err, why) {
		t.Errorf("got %v, want the cause", err)
	}
}

// The SDK's own configuration reads the environment. A variable can make it print requests with their token.
func TestTheEnvironmentDoesNotReachTheSDK(t *testing.T) { // not parallel: it sets the environment
	var auth atomic.Value
	for name, value := range map[string]string{
		"OKTA_CLIENT_TOKEN": "other", "OKTA_CLIENT_PROXY_HOST": "127.0.0.1", "OKTA_CLIENT_PROXY_PORT": "1", "OKTA_CLIENT_CACHE_ENABLED": "true",
		"OKTA_DEBUG": "true", "OKTA_DEFAULTHEADER": "X-Evil:1", "OKTA_CLIENT_ORGURL": "https://evil.example", "OKTA_CLIENT_AUTHORIZATIONMODE": "JWT",
	} {
		t.Setenv(name, value)
	}
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		auth.Store(r.Header.Get("Authorization") + r.Header.Get("X-Evil"))
		fmt.Fprint(w, `{}`)
	})
	for range 2 {
		if _, err := s.Do(t.Context(), GetUser, Args{Path: []string{"me"}}); err != nil {
			t.Fatal(err)
		}
		if got := auth.Load(); got != "SSWS "+token {
			t.Errorf("Authorization %q", got)
		}
		auth.Store("not asked again") // a cached answer would leave this value
	}
}
