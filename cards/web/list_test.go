package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// readAll reads a list to its end, at most ten pages.
func readAll(t *testing.T, call card.Call, in map[string]any) (items []any, err error) {
	t.Helper()
	at := card.Cursor("")
	for range 10 {
		page, err := all["http.list"].Page(t.Context(), call, in, at)
		if err != nil {
			return items, err
		}
		items = append(items, page.Items...)
		if at = page.Next; at == "" {
			return items, nil
		}
	}
	return items, fmt.Errorf("the list does not end: %v", items)
}

// numbers are five records, in pages of two. next writes the rest of an answer for the page that starts at a record.
func numbers(t *testing.T, write func(w http.ResponseWriter, r *http.Request, page []string, next int)) *service {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		from := 0
		for _, name := range []string{"after", "cursor", "offset", "startIndex", "pageToken"} {
			if text := r.URL.Query().Get(name); text != "" {
				from, _ = strconv.Atoi(strings.Trim(text, "/="))
			}
		}
		for _, name := range []string{"page", "p"} {
			if text := r.URL.Query().Get(name); text != "" {
				n, _ := strconv.Atoi(text)
				from = (n - 1) * 2
			}
		}
		page := []string{}
		for n := from; n < min(from+2, 5); n++ {
			page = append(page, strconv.Itoa(n))
		}
		next := from + 2
		if next >= 5 {
			next = 0
		}
		w.Header().Set("Content-Type", "application/json")
		write(w, r, page, next)
	})
}

func list(page []string) string { return "[" + strings.Join(page, ",") + "]" }

func TestAListIsReadToItsEndByEachWayToPage(t *testing.T) {
	t.Parallel()
	type writer = func(w http.ResponseWriter, r *http.Request, page []string, next int)
	field := func(format string, last string) writer {
		return func(w http.ResponseWriter, r *http.Request, page []string, next int) {
			text := last
			if next > 0 {
				text = fmt.Sprintf(strings.ReplaceAll(format, "HOST", "http://"+r.Host), next)
			}
			fmt.Fprintf(w, `{"value": %s, "more": {"a.b": %s}}`, list(page), text)
		}
	}
	plain := func(w http.ResponseWriter, _ *http.Request, page []string, _ int) { fmt.Fprint(w, list(page)) }
	for name, test := range map[string]struct {
		write  writer
		in     map[string]any
		answer string // empty: the five records
	}{
		"Link": {func(w http.ResponseWriter, r *http.Request, page []string, next int) {
			w.Header().Add("Link", `<http://`+r.Host+`/v1/n>; rel="first"`)
			if next > 0 {
				w.Header().Add("Link", fmt.Sprintf(`<http://%s/v1/n?after=%d&q=x>; rel="next"`, r.Host, next))
			}
			plain(w, r, page, next)
		}, nil, ""},
		"a relative Link": {func(w http.ResponseWriter, r *http.Request, page []string, next int) {
			if next > 0 {
				w.Header().Add("Link", fmt.Sprintf(`<?after=%d>; rel=next`, next))
			}
			plain(w, r, page, next)
		}, map[string]any{"paginate": "link"}, ""},
		"no Link":                {plain, nil, "[0 1]"},
		"a cursor":               {field(`"%d"`, `null`), map[string]any{"items": "value", "next": "more.a.b"}, ""},
		"a cursor that is empty": {field(`"%d"`, `""`), map[string]any{"items": "value", "next": "more.a.b", "param": "pageToken"}, ""},
		"a cursor with a slash":  {field(`"/%d="`, `false`), map[string]any{"items": "value", "next": "more.a.b", "param": "cursor", "paginate": "cursor"}, ""},
		"a number":               {field(`%d`, `null`), map[string]any{"items": "value", "next": "more.a.b", "param": "startIndex"}, ""},
		"a URL in the body":      {field(`"HOST/v1/n?cursor=%d"`, `null`), map[string]any{"items": "value", "next": "more.a.b"}, ""},
		"a path in the body":     {field(`"/v1/n?cursor=%d"`, `null`), map[string]any{"items": "value", "next": "more.a.b"}, ""},
		"HAL":                    {field(`{"href": "/v1/n?cursor=%d"}`, `null`), map[string]any{"items": "value", "next": "more.a.b"}, ""},
		"offset":                 {plain, map[string]any{"paginate": "offset"}, ""},
		"page":                   {plain, map[string]any{"paginate": "page"}, ""},
		"a number of records":    {plain, map[string]any{"paginate": "offset", "start": 0}, ""},
		"another parameter":      {plain, map[string]any{"paginate": "page", "param": "p", "start": 1}, ""},
	} {
		s := numbers(t, test.write)
		in := map[string]any{"path": "/n", "query": map[string]any{"q": "x"}}
		for key, value := range test.in {
			in[key] = value
		}
		items, err := readAll(t, connect(t, bearerConfig(s.URL+"/v1")), in)
		want := test.answer
		if want == "" {
			want = "[0 1 2 3 4]"
		}
		if err != nil || fmt.Sprint(items) != want {
			t.Errorf("%s: %v, %v; want %s", name, items, err, want)
		}
		if slices.ContainsFunc(s.requests, func(r *http.Request) bool {
			return r.Header.Get("Authorization") != "Bearer "+token || r.URL.Path != "/v1/n"
		}) {
			t.Errorf("%s: a request without credentials, or of another path", name)
		}
	}
}

func TestAPageThatCannotBeUsedEndsTheListWithAnError(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body, link string
		in         map[string]any
		parts      []string
	}{
		"an object":                            {`{"total": 2, "data": {"users": [1]}, "errors": []}`, "", nil, []string{"the answer is not a list but an object", "set `items`", "data.users or errors"}},
		"another field":                        {`{"users": [1]}`, "", map[string]any{"items": "usres"}, []string{`no field "usres"`, "users"}},
		"a field that is not a list":           {`{"users": {"ada": 1}}`, "", map[string]any{"items": "users"}, []string{`"users" in the answer is not a list but an object`}},
		"a text":                               {`"x"`, "", map[string]any{"items": "users"}, []string{`no field "users"`}},
		"no JSON":                              {`<html>`, "", nil, []string{"cannot be read as JSON"}},
		"nothing":                              {``, "", nil, []string{"the answer is not a list but nil"}},
		"another host":                         {`[1]`, `<https://evil.example/v1/n?after=2>; rel="next"`, nil, []string{"points to another host", "evil.example"}},
		"above the base":                       {`[1]`, `</v2/n>; rel="next"`, nil, []string{"not below base_url"}},
		"a broken Link":                        {`[1]`, `<x; rel="next"`, nil, []string{"Link header is not valid"}},
		"a cursor that is a list":              {`{"users": [1], "next": [1]}`, "", map[string]any{"items": "users", "next": "next"}, []string{`"next" is not a cursor but a list`}},
		"a cursor that is true":                {`{"users": [1], "next": true}`, "", map[string]any{"items": "users", "next": "next"}, []string{`"next" is not a cursor but true`}},
		"a refusal with a status of success":   {`{"ok": false, "error": "ratelimited"}`, "", map[string]any{"items": "members", "next": "next"}, []string{"the answer has no records but an error: ratelimited"}},
		"an error instead of a list":           {`{"error": "denied"}`, "", map[string]any{"items": "members"}, []string{"denied"}},
		"an empty list and an error":           {`{"success": false, "members": [], "errors": [{"message": "expired"}]}`, "", map[string]any{"items": "members"}, []string{"expired"}},
		"an error without a reason":            {`{"ok": false}`, "", nil, []string{"it has no reason"}},
		"a parameter that the service ignores": {`[1]`, "", map[string]any{"paginate": "page", "param": "pg"}, []string{"the page has the records of an earlier one", `"pg"`}},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if test.link != "" {
				w.Header().Set("Link", test.link)
			}
			fmt.Fprint(w, test.body)
		})
		in := map[string]any{"path": "/n"}
		for key, value := range test.in {
			in[key] = value
		}
		_, err := readAll(t, connect(t, bearerConfig(s.URL+"/v1")), in)
		if e := card.AsError(err); e == nil || !has(e, e.Kind, test.parts...) || e.Kind == card.Unavailable {
			t.Errorf("%s: %v (hint: %v)", name, err, e.Hint)
		}
	}
}

func TestAnEmptyListThatTheServiceLeavesOutIsEmpty(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"kind": "users", "etag": "x"}`, `{"users": null}`, `{"users": []}`, `{"ok": true, "error": null, "success": true, "error_count": 0}`, `{"ok": true, "error": "", "users": [], "errors": []}`} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
		items, err := readAll(t, connect(t, bearerConfig(s.URL)), map[string]any{"path": "/n", "items": "users", "next": "nextPageToken", "param": "pageToken"})
		if err != nil || len(items) > 0 {
			t.Errorf("%s: %v, %v", body, items, err)
		}
	}
}

func TestInputsOfAListThatContradictEachOtherAreRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request came") })
	call := connect(t, bearerConfig(s.URL))
	for _, in := range []map[string]any{
		{"query": map[string]any{"startAt": 50}, "paginate": "offset", "param": "startAt"}, {"query": map[string]any{"page": 2}, "paginate": "page"},
		{"paginate": "cursor"}, {"paginate": "page", "next": "x"}, {"paginate": "link", "next": "x"}, {"param": "x"}, {"start": 1}, {"next": "x", "start": 1},
	} {
		in["path"] = "/n"
		if _, err := readAll(t, call, in); !has(card.AsError(err), card.Invalid, "only for") && !has(card.AsError(err), card.Invalid, "needs `next`") && !has(card.AsError(err), card.Invalid, "sets the query parameter", "`start`") {
			t.Errorf("%v: %v", in, err)
		}
	}
	for _, at := range []card.Cursor{"x", ">https://evil.example/n", "#x", ">/\\evil"} {
		if _, err := all["http.list"].Page(t.Context(), call, map[string]any{"path": "/n", "next": "x"}, at); !has(card.AsError(err), card.Internal) {
			t.Errorf("%s: %v", at, err)
		}
	}
}

// A list that is counted ends with an error if its pages repeat, whatever else of them changes, and before many records come twice.
func TestPagesThatRepeatEndTheList(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		start, circle int // pages that come once, and pages that repeat
		most          int // pages
	}{{0, 1, 1}, {0, 2, 2}, {3, 2, 5}, {5, 1, 6}, {0, 8, 8}, {2, 9, 40}, {20, 30, 160}} {
		n := 0
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			page := n
			if n >= test.start {
				page = test.start + (n-test.start)%test.circle
			}
			n++
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `[{"id": %d, "seen": %d}]`, page, n)
		})
		call, at, pages := connect(t, bearerConfig(s.URL)), card.Cursor(""), 0
		for {
			page, err := all["http.list"].Page(t.Context(), call, map[string]any{"path": "/n", "paginate": "offset"}, at)
			if err != nil {
				if !has(card.AsError(err), card.Invalid, "records of an earlier one") {
					t.Error(err)
				}
				break
			}
			if pages++; pages > test.most || len(page.Next) > 200 {
				t.Fatalf("%+v: %d pages, cursor %s", test, pages, page.Next)
			}
			at = page.Next
		}
	}
}

func TestPagesThatDifferInTheirIdsAreRead(t *testing.T) {
	t.Parallel()
	for _, format := range []string{`[{"id": %d, "name": "a"}]`, `[{"name": "a", "n": %d}]`, `[{"id": 1, "n": %[1]d}, {"id": 1, "n": %[1]d}]`, `[{"id": 1, "n": %[1]d}, {"n": %[1]d}]`, `[%d]`} {
		n := 0
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if n++; n > 9 {
				fmt.Fprint(w, "[]")
				return
			}
			fmt.Fprintf(w, format, n)
		})
		if items, err := readAll(t, connect(t, bearerConfig(s.URL)), map[string]any{"path": "/n", "paginate": "page"}); err != nil || len(items) < 9 {
			t.Errorf("%s: %v, %v", format, items, err)
		}
	}
}
