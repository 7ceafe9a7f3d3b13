package oktaapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

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
		// A link that cannot be parsed may have been the link to the next page.
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
		// If the header can be parsed and has no next link, a next link that is appended to it is found.
		const ours = `, <https://acme.okta.com/u?after=ours>; rel="next"`
		if then, _ := nextCursor(http.Header{"Link": {header + ours}}, org); err == nil && at == "" && then != "ours" {
			t.Errorf("%q: a link to the next page after it is lost: %q", header, then)
		}
	})
}

func TestListThatIsNotAListIsAnError(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"an object": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"id":1}`) },
		"nothing":   func(w http.ResponseWriter, _ *http.Request) {},
		"numbers":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `[1,2]`) },
	} {
		s, _ := serve(t, handler)
		_, _, err := s.Page(t.Context(), ListGroups, Args{}, "")
		e := (*card.Error)(nil)
		if !errors.As(err, &e) || e.Kind != card.Unavailable {
			t.Errorf("%s: got %#v, want an error of kind unavailable", name, err)
		}
	}
}

// Another attempt would get the same link.
func TestAListWhoseNextPageCannotBeReadIsAFinalError(t *testing.T) {
	t.Parallel()
	for name, link := range map[string]string{
		"another host": `<https://evil.example/api/v1/groups?after=x>; rel="next"`, "no cursor": `</api/v1/groups>; rel="next"`, "not a link": `after=x`,
	} {
		s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", link)
			fmt.Fprint(w, `[]`)
		})
		_, _, err := s.Page(t.Context(), ListGroups, Args{}, "")
		_, raw := s.Raw(t.Context(), Request{Method: http.MethodGet, Path: "/groups"})
		for _, err := range []error{err, raw} {
			if e := card.AsError(err); e == nil || e.Kind != card.Invalid || e.Code != card.CodeUnread || e.Hint == "" {
				t.Errorf("%s: got %#v, want an invalid one with the code %s", name, err, card.CodeUnread)
			}
		}
	}
}

func TestAnAnswerThatIsNotHTTPIsReportedInWords(t *testing.T) {
	t.Parallel()
	for answer, why := range map[string]string{
		"HTTP/1.1 200 OK\r\nX-Foo: a\x01b\r\n\r\n": "a header may have a control character",
		"nonsense\r\n\r\n":                         "it does not start as an answer of HTTP does",
		"HTTP/1.1 99 No\r\n\r\n":                   "it does not start as an answer of HTTP does",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}":   "it has several lengths",
		"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}":                        "its length is not a number",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\n{}":                     "its encoding is not known",
		"HTTP/1.1 200 OK\r\nX-A: " + strings.Repeat("a", 11<<20) + "\r\n\r\n{}": "its headers are too long",
	} {
		s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = conn.Write([]byte(answer))
			_ = conn.Close()
		})
		_, err := s.Do(t.Context(), GetUser, Args{Path: []string{"00u1"}})
		if e, want := card.AsError(err), "getUser: no answer: it is not valid HTTP: "+why; e.Message != want || (e.Kind == card.Invalid && e.Code == card.CodeUnread) == strings.Contains(why, "start") {
			t.Errorf("%.80q: got %q, kind %s, want %q", answer, e.Message, e.Kind, want)
		}
	}
}
