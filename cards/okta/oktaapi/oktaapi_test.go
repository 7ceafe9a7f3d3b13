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

// serve is a session with a server that answers as handler does.
func serve(t *testing.T, handler http.HandlerFunc) (*Session, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s, err := Open(Config{Domain: server.URL, Token: card.NewSecret(token), Product: "flowdeck/test", Door: pace.New(clock.System{}, 1)})
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
	_, _, err := s.Page(t.Context(), ListGroupUsers, Args{Path: []string{"a/b c@x"}, Query: url.Values{"limit": {"7"}, "unknownToSDK": {"ü&"}}}, "cur=sor")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := seen.Header.Values("Authorization"), []string{"SSWS " + token}; !cmp.Equal(got, want) {
		t.Errorf("Authorization %q, want %q", got, want)
	}
	if got := seen.Header.Get("User-Agent"); !strings.Contains(got, "flowdeck/test") {
		t.Errorf("User-Agent %q does not name the product", got)
	}
	if got, want := seen.URL.EscapedPath(), "/api/v1/groups/a%2Fb%20c@x/users"; got != want {
		t.Errorf("path %q, want %q", got, want)
	}
	if got, want := seen.URL.Query(), (url.Values{"limit": {"7"}, "unknownToSDK": {"ü&"}, "after": {"cur=sor"}}); !cmp.Equal(got, want) {
		t.Errorf("query %v, want %v", got, want)
	}
	if "http://"+seen.Host != server.URL {
		t.Errorf("sent to %q, want %q with its port", seen.Host, server.URL)
	}
}

func TestRefusalsBecomeCardErrors(t *testing.T) {
	t.Parallel()
	const oktas = `{"errorCode":"E0000001","errorSummary":"Api validation failed: login","errorId":"oae1","errorCauses":[{"errorSummary":"login: taken"},{"errorSummary":"email: bad"}]}`
	for _, test := range []struct {
		status int
		body   string
		want   card.Kind
		code   string
		said   string
	}{
		{400, oktas, card.Invalid, "E0000001", "Api validation failed: login: login: taken; email: bad"},
		{401, `{"errorCode":"E0000011","errorSummary":"Invalid token provided"}`, card.Unauthorized, "E0000011", "Invalid token"},
		{403, `{"errorCode":"E0000006","errorSummary":"You do not have permission"}`, card.Forbidden, "E0000006", "permission"},
		{404, `{"errorCode":"E0000007","errorSummary":"Not found"}`, card.NotFound, "E0000007", "Not found"},
		{403, `{"errorCode":"E0000005","errorSummary":"Invalid session"}`, card.Unauthorized, "E0000005", "session"},
		{403, `{"errorCode":"E0000016","errorSummary":"Activation failed because the user is already active"}`, card.Invalid, "E0000016", "already active"},
		{409, `{"errorCode":"E0000112","errorSummary":"Cannot update this user"}`, card.Conflict, "E0000112", "Cannot update"},
		{400, `{"errorCode":"E0000001","errorSummary":"Api validation failed: name","errorCauses":[{"errorSummary":"name: An object with this field already exists in the current organization"}]}`,
			card.Conflict, "E0000001", "already exists"},
		{400, `{"errorCode":"E0000001","errorSummary":"already exists","errorCauses":[]}`, card.Invalid, "E0000001", "already exists"},
		{429, ``, card.RateLimit, "", "429 Too Many Requests"},
		{408, ``, card.Timeout, "", "408 Request Timeout"},
		{401, `{"error":"invalid_client","error_description":"The client is unknown"}`, card.Unauthorized, "invalid_client", "The client is unknown"},
		{500, `{"errorCode":"E0000009","errorSummary":"Internal Server Error"}`, card.Unavailable, "E0000009", "Internal"},
		{502, `<html>Bad Gateway</html>`, card.Unavailable, "", "502 Bad Gateway"},
		{503, ``, card.Unavailable, "", "503 Service Unavailable"},
		{302, ``, card.Invalid, "", "302 Found"},
	} {
		s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Okta-Request-Id", "req1")
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(test.status)
			fmt.Fprint(w, test.body)
		})
		_, err := s.Do(t.Context(), SuspendUser, Args{Path: []string{"00u1"}})
		e := (*card.Error)(nil)
		if !errors.As(err, &e) || e.Kind != test.want || e.Code != test.code || e.Status != test.status || !strings.Contains(e.Message, test.said) {
			t.Errorf("%d: got %#v", test.status, err)
			continue
		}
		if id := e.Details.(map[string]any)["request_id"]; id != "req1" {
			t.Errorf("%d: details %v have no request id", test.status, e.Details)
		}
	}
}

// A 404 of a proxy must not pass for Okta's word that somebody is gone.
func TestForeignAnswersAreUnavailable(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"a 404 page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusNotFound)
		},
		"a 404 of a load balancer": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "default backend - 404", 404) },
		"a 404 in JSON": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"timestamp":"2026-03-01T06:00:00","status":404,"error":"Not Found","errorCode":null}`)
		},
		"a 404 in the words of OAuth": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error":"not_found"}`)
		},
		"an empty 401": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
		"a 403 page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusForbidden)
		},
		"a page for people": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!DOCTYPE html><html>") },
		"another API":       func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"hello":"world"}`) },
		"a list":            func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `[]`) },
	} {
		s, _ := serve(t, handler)
		_, _, err := s.Me(t.Context())
		e := (*card.Error)(nil)
		if !errors.As(err, &e) || e.Kind != card.Unavailable || !strings.Contains(e.Hint, "is the domain right?") {
			t.Errorf("%s: got %#v", name, err)
		}
	}
}

func TestTokenThatIsNotAHeaderValueIsRefusedWithoutShowingIt(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"abc\ndef", "abc def", "abc\x00", "äbc"} {
		_, err := Open(Config{Domain: "acme.okta.com", Token: card.NewSecret(token), Door: pace.New(clock.System{}, 1)})
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
		{429, "0", fmt.Sprint(now.Add(40 * time.Second).Unix()), pace.Quota{}, card.RateLimit}, // too many at once: of no window
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

func TestARateLimitSaysHowLongToWait(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		limit, reset string
		want         time.Duration
	}{
		{"600", fmt.Sprint(now.Add(40 * time.Second).Unix()), 41 * time.Second},
		{"0", fmt.Sprint(now.Add(time.Hour).Unix()), concurrencyWait}, // Okta's refusal of concurrency
		{"600", "", defaultWait},
	} {
		s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", now.Format(http.TimeFormat))
			w.Header().Set("X-Rate-Limit-Limit", test.limit)
			w.Header().Set("X-Rate-Limit-Reset", test.reset)
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprint(w, `{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit due to too many requests."}`)
		})
		_, err := s.Do(t.Context(), GetUser, Args{Path: []string{"00u1"}})
		e := (*card.Error)(nil)
		if !errors.As(err, &e) || e.Kind != card.RateLimit || e.Code != "E0000047" || e.Wait != test.want {
			t.Errorf("limit %s: got %#v, want to wait %v", test.limit, err, test.want)
		}
	}
}

func TestHintsGoByCode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status          int
		body, challenge string
		kind            card.Kind
		hint            string
	}{
		{401, `{"errorCode":"E0000011","errorSummary":"Invalid token provided"}`, "", card.Unauthorized, "wrong, expired or revoked"},
		{401, `{"errorCode":"E0000004","errorSummary":"Authentication failed"}`, "", card.Unauthorized, ""},
		{403, `{"errorCode":"E0000006","errorSummary":"You do not have permission"}`, "", card.Forbidden, ""}, // the card's
		{403, ``, `Bearer error="insufficient_scope"`, card.Forbidden, ""},
		{403, `{"errorCode":"E0000015","errorSummary":"You do not have permission to access the feature"}`, "", card.Forbidden, "may not have this feature"},
		{403, `{"errorCode":"E0000032","errorSummary":"Unlock is not allowed for this user."}`, "", card.Invalid, ""},
	} {
		s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("WWW-Authenticate", test.challenge)
			w.WriteHeader(test.status)
			fmt.Fprint(w, test.body)
		})
		_, err := s.Do(t.Context(), GetUser, Args{Path: []string{"00u1"}})
		e := card.AsError(err)
		if e.Kind != test.kind || !strings.Contains(e.Hint, test.hint) || test.hint == "" && e.Hint != "" {
			t.Errorf("%d %s: %s with the hint %q, want %s with %q", test.status, test.body, e.Kind, e.Hint, test.kind, test.hint)
		}
	}
}

func TestRetryAfterIsHonored(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		status       int
		after, limit string
		want         time.Duration
	}{
		{429, "7", "", 7 * time.Second},
		{503, "7", "", 7 * time.Second},
		{503, now.Add(30 * time.Second).Format(http.TimeFormat), "", 30 * time.Second},
		{503, "86400", "", 2 * time.Minute},
		{429, "7", "0", concurrencyWait},
		{429, "7", "600", 41 * time.Second}, // Okta's own headers know better
		{429, "soon", "", defaultWait},
		{503, "soon", "", 0},
		{500, "7", "", 0},
	} {
		s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", now.Format(http.TimeFormat))
			w.Header().Set("Retry-After", test.after)
			if test.limit != "" {
				w.Header().Set("X-Rate-Limit-Limit", test.limit)
				w.Header().Set("X-Rate-Limit-Reset", fmt.Sprint(now.Add(40*time.Second).Unix()))
			}
			w.WriteHeader(test.status)
		})
		_, err := s.Do(t.Context(), GetUser, Args{Path: []string{"00u1"}})
		if got := card.AsError(err).Wait; got != test.want {
			t.Errorf("%d, Retry-After %s, limit %s: wait %v, want %v", test.status, test.after, test.limit, got, test.want)
		}
	}
}

// The SDK itself repeats a request without end when the connection closes before an answer.
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

func TestPagesFollowTheNextLinkOfTheSameHostOnly(t *testing.T) {
	t.Parallel()
	org := &url.URL{Scheme: "https", Host: "acme.okta.com"}
	for _, test := range []struct {
		links []string
		want  card.Cursor
		fails bool
	}{
		{nil, "", false},
		{[]string{`<https://acme.okta.com/api/v1/users?limit=2>; rel="self"`}, "", false},
		{[]string{`<https://acme.okta.com/api/v1/users?limit=2>; rel="self"`, `<https://acme.okta.com/api/v1/users?after=a%2Fb&limit=2>; rel="next"`}, "a/b", false},
		{[]string{`<https://acme.okta.com/u>; rel="self", <https://acme.okta.com/u?after=X>; rel="next"`}, "X", false},
		{[]string{`<https://acme.okta.com/u?after=X>; rel=next`}, "X", false},
		{[]string{`<https://acme.okta.com/u?q=a,b;c&after=X>; title="x, y; z"; rel="next"`}, "X", false},
		{[]string{`</u?after=X>; rel="next"`}, "X", false},
		{[]string{`<https://acme.okta.com/u?after=X>; REL=NEXT`}, "X", false},
		{[]string{`<https://evil.example/u?after=X>; rel="next"`}, "", true},
		{[]string{`<//evil.example/u?after=X>; rel="next"`}, "", true},
		{[]string{`<https://acme.okta.com/u>; rel="next"`}, "", true},
		{[]string{`<https://acme.okta.com/%zz>; rel="next"`}, "", true},
		{[]string{`<https://ACME.okta.com.:443/u?after=X>; rel="next"`}, "X", false},
		{[]string{`<https://acme.okta.com:8443/u?after=X>; rel="next"`}, "", true},
		{[]string{`<https://acme.okta.com..evil.example/u?after=X>; rel="next"`}, "", true},
		{[]string{`<u?after=X>; rel="prev next"`}, "X", false},
		{[]string{`<u?after=Y>;title="a \", <u?after=Z>; rel=next";rel=prev , ,<u?after=X>; rel = "next"; rel="prev"`}, "X", false},
		{[]string{``, `<x>;;;`, `<x>;rel`, `<x>; rel="nextish"`, ` , `}, "", false},
		// What cannot be read may have been the link to the next page.
		{[]string{`<https://acme.okta.com/u?after=X`}, "", true},
		{[]string{`<u?after=X> rel="next"`}, "", true},
		{[]string{`<u?after=X>; rel="nex`}, "", true},
		{[]string{`u?after=X; rel="next"`}, "", true},
		{[]string{`<u>; rel="self", ; rel="next"`}, "", true},
	} {
		got, err := nextCursor(http.Header{"Link": test.links}, org)
		if got != test.want || (err != nil) != test.fails {
			t.Errorf("%q: got %q, %v; want %q, an error: %t", test.links, got, err, test.want, test.fails)
		}
	}
}

func FuzzLinkHeader(f *testing.F) {
	f.Add(`<https://acme.okta.com/u?after=X>; rel="next"`)
	f.Add(`<a>; rel="self", <b>; rel=next; title="x`)
	f.Add(`<a>;;=;rel`)
	org := &url.URL{Scheme: "https", Host: "acme.okta.com"}
	f.Fuzz(func(t *testing.T, header string) {
		at, err := nextCursor(http.Header{"Link": {header}}, org)
		if err != nil && at != "" {
			t.Errorf("%q: the cursor %q, and %v", header, at, err)
		}
		// A link of our own after a readable one is found, whatever is in that one.
		const ours = `, <https://acme.okta.com/u?after=ours>; rel="next"`
		if then, _ := nextCursor(http.Header{"Link": {header + ours}}, org); err == nil && at == "" && then != "ours" {
			t.Errorf("%q: a link to the next page after it is lost: %q", header, then)
		}
	})
}

func TestListThatIsNotAListOrLinksElsewhereIsAnError(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"an object": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"id":1}`) },
		"nothing":   func(w http.ResponseWriter, _ *http.Request) {},
		"another host": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", `<https://evil.example/api/v1/groups?after=x>; rel="next"`)
			fmt.Fprint(w, `[]`)
		},
	} {
		s, _ := serve(t, handler)
		_, _, err := s.Page(t.Context(), ListGroups, Args{}, "")
		e := (*card.Error)(nil)
		if !errors.As(err, &e) || e.Kind != card.Unavailable {
			t.Errorf("%s: got %#v, want an error of kind unavailable", name, err)
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
		"http://127.0.0.1.evil.example": "https", "https://user:pass@acme.okta.com": `"acme.okta.com"`,
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
	s, err := Open(Config{Domain: "http://" + listener.Addr().String(), Token: card.NewSecret(token), Door: pace.New(clock.System{}, 1)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Do(t.Context(), GetUser, Args{Path: []string{"me"}})
	e := (*card.Error)(nil)
	if !errors.As(err, &e) || e.Kind != card.Unavailable || e.Code != card.CodeRefused || e.Hint == "" {
		t.Errorf("got %#v", err)
	}
}

func TestAnEndedContextIsItsCause(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(why) })
	if _, err := s.Do(ctx, GetUser, Args{Path: []string{"me"}}); !errors.Is(err, why) {
		t.Errorf("got %v, want the cause", err)
	}
}

// The SDK's own configuration reads the environment and prints requests with their token when that is switched on.
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
		auth.Store("not asked again") // a cache would leave it so
	}
}
