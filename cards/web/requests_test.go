package web

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestABodyIsSentAsJSONAsItIsOrAsAForm(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	call := connect(t, bearerConfig(s.URL+"/v1"))
	for name, test := range map[string]struct {
		in         map[string]any
		kind, body string
	}{
		"object":  {map[string]any{"body": map[string]any{"name": "rug <1>", "n": json.Number("12345678901234567890"), "none": nil}}, "application/json", `{"n":12345678901234567890,"name":"rug <1>","none":null}`},
		"list":    {map[string]any{"body": []any{}}, "application/json", "[]"},
		"string":  {map[string]any{"body": `{"as": "it is"}`}, "application/json", `{"as": "it is"}`},
		"XML":     {map[string]any{"body": "<item/>", "headers": map[string]any{"content-type": "application/xml"}}, "application/xml", "<item/>"},
		"form":    {map[string]any{"form": map[string]any{"grant": "a b", "id": []any{1, 2}}}, "application/x-www-form-urlencoded", "grant=a+b&id=1&id=2"},
		"nothing": {nil, "", ""},
	} {
		for _, name2 := range []string{"http.post", "http.put", "http.patch", "http.delete"} {
			in := map[string]any{"path": "/items"}
			for key, value := range test.in {
				in[key] = value
			}
			out, e := run(t, call, name2, in)
			if e != nil || out["changed"] != true || out["status"] != 200 || out["body"] != nil {
				t.Fatalf("%s of %s: %v, %v", name2, name, out, e)
			}
			r, body := s.last(t)
			if want := strings.ToUpper(strings.TrimPrefix(name2, "http.")); r.Method != want || r.URL.Path != "/v1/items" || r.Header.Get("Content-Type") != test.kind || body != test.body {
				t.Errorf("%s of %s: %s %s, %q, %q", name2, name, r.Method, r.URL, r.Header.Get("Content-Type"), body)
			}
		}
	}
	for name, in := range map[string]map[string]any{
		"a body and a form":   {"method": "POST", "body": 1, "form": map[string]any{}},
		"a GET with a body":   {"body": 1},
		"a HEAD with a form":  {"method": "HEAD", "form": map[string]any{"a": 1}},
		"an object in a form": {"method": "POST", "form": map[string]any{"a": map[string]any{}}},
	} {
		in["path"] = "/items"
		before := len(s.requests)
		if _, e := run(t, call, "http.request", in); !has(e, card.Invalid) || len(s.requests) != before {
			t.Errorf("%s: %v", name, e)
		}
	}
}

func TestAnAnswerIsReadAsItsMediaTypeOrTheFlowSays(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind, body, response string
		want                 any
	}{
		{"application/json", `{"n": 12345678901234567890}`, "", map[string]any{"n": json.Number("12345678901234567890")}},
		{"application/scim+json; charset=utf-8", `[1]`, "auto", []any{1}},
		{"text/plain", `[1]`, "", "[1]"},
		{"text/plain", `[1]`, "json", []any{1}},
		{"application/json", `[1]`, "text", "[1]"},
		{"application/json", "\ufeff[1]", "", []any{1}},
		{"application/json", "", "", nil}, {"", "", "json", nil}, {"text/plain", "", "", nil}, {"text/plain", "", "text", ""},
		{"application/octet-stream", "a\xffb", "", "a\uFFFDb"},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{test.kind}
			w.Header().Add("X-Two", "a")
			w.Header().Add("X-Two", "caf\xe9")
			_, _ = io.WriteString(w, test.body)
		})
		in := map[string]any{"path": "/items"}
		if test.response != "" {
			in["response"] = test.response
		}
		out, e := run(t, connect(t, bearerConfig(s.URL)), "http.get", in)
		if e != nil || !cmp.Equal(out["body"], test.want) || out["headers"].(map[string]any)["x-two"] != "a, caf\uFFFD" {
			t.Errorf("%+v: %#v, %v", test, out, e)
		}
	}
}

func TestAnAnswerThatIsNotJSONIsAnErrorAndAWriteIsThenInDoubt(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "<html>Sign in to the WiFi</html>")
	})
	call := connect(t, bearerConfig(s.URL))
	if _, e := run(t, call, "http.get", map[string]any{"path": "/x"}); !has(e, card.Invalid, "cannot be read as JSON", "response: text") || e.Code != card.CodeUnread {
		t.Errorf("got %v", e)
	}
	if _, e := run(t, call, "http.post", map[string]any{"path": "/x"}); !has(e, card.Invalid, "cannot be read as JSON") || !e.MayBeDone() {
		t.Errorf("got %v", e)
	}
}

func TestAWebPageIsAnErrorUnlessATextIsWantedAndAWriteIsThenInDoubt(t *testing.T) {
	t.Parallel()
	for body, page := range map[string]bool{"<!DOCTYPE html><title>WiFi</title>": true, "\n <HTML>": true, "ok": false, "<?xml version='1.0'?><html/>": false} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, body)
		})
		call := connect(t, bearerConfig(s.URL))
		_, e := run(t, call, "http.post", map[string]any{"path": "/x"})
		if (e != nil) != page || page && (!has(e, card.Invalid, "is a web page", "response: text") || !e.MayBeDone()) {
			t.Errorf("%q: %v", body, e)
		}
		if _, e := run(t, call, "http.get", map[string]any{"path": "/x"}); (e != nil) != page || page && !has(e, card.Invalid, "is a web page", "response: text") {
			t.Errorf("%q: %v", body, e)
		}
		accepts := map[string]any{"path": "/x", "headers": map[string]any{"Accept": "text/html"}}
		for card, in := range map[string]map[string]any{"http.get": accepts, "http.put": {"path": "/x", "response": "text"}} {
			if out, e := run(t, call, card, in); e != nil || out["body"] != body {
				t.Errorf("%s of %q: %v, %v", card, body, out, e)
			}
		}
	}
}

func TestTheEffectOfARequestIsThatOfItsMethodUnlessTheFlowSaysIdempotent(t *testing.T) {
	t.Parallel()
	request, unknown := all["http.request"], struct{}{}
	for _, test := range []struct {
		card card.Card
		in   map[string]any
		want card.Effect
	}{
		{request, nil, card.Reads}, {request, map[string]any{"method": "GET"}, card.Reads}, {request, map[string]any{"method": "HEAD"}, card.Reads},
		{request, map[string]any{"method": "PUT"}, card.Idempotent}, {request, map[string]any{"method": "DELETE"}, card.Idempotent},
		{request, map[string]any{"method": "POST"}, card.Creates}, {request, map[string]any{"method": "PATCH", "idempotent": false}, card.Creates},
		{request, map[string]any{"method": "POST", "idempotent": true}, card.Idempotent}, {request, map[string]any{"method": unknown}, card.Creates},
		{request, map[string]any{"method": "POST", "idempotent": unknown}, card.Creates}, {request, map[string]any{"method": "GET", "idempotent": unknown}, card.Reads},
		{all["http.post"], nil, card.Creates}, {all["http.patch"], map[string]any{"idempotent": true}, card.Idempotent}, {all["http.post"], map[string]any{"idempotent": true}, card.Idempotent},
		{all["http.get"], nil, card.Reads}, {all["http.put"], nil, card.Idempotent}, {all["http.delete"], nil, card.Idempotent}, {all["http.list"], nil, card.Reads},
	} {
		if got := test.card.EffectOf(test.in); got != test.want {
			t.Errorf("%s with %v: %s, want %s", test.card.Name, test.in, got, test.want)
		}
	}
}

func TestAHEADHasNoBodyAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Count", "7") })
	out, e := run(t, connect(t, bearerConfig(s.URL)), "http.request", map[string]any{"method": "HEAD", "path": "/"})
	if e != nil || out["changed"] != false || out["body"] != nil || out["headers"].(map[string]any)["x-count"] != "7" {
		t.Errorf("%v, %v", out, e)
	}
}

func TestSecretsInAnswersAndInputsAreFound(t *testing.T) {
	t.Parallel()
	out := map[string]any{"status": 200, "headers": map[string]any{"set-cookie": "sid=abcdefgh; Path=/"}, "body": map[string]any{"access_token": "at-1", "items": []any{map[string]any{"apiKey": "k-1", "name": "rug"}}}}
	if got := strings.Join(all["http.get"].Secrets(out), " "); !strings.Contains(got, "at-1") || !strings.Contains(got, "k-1") || !strings.Contains(got, "abcdefgh") || strings.Contains(got, "rug") {
		t.Errorf("got %q", got)
	}
	in := map[string]any{"path": "/x", "form": map[string]any{"client_secret": "cs-1"}, "headers": map[string]any{"X-Api-Key": "xk-1"}}
	if got := strings.Join(all["http.post"].InputSecrets(in), " "); !strings.Contains(got, "cs-1") || !strings.Contains(got, "xk-1") {
		t.Errorf("got %q", got)
	}
}

func TestTestReadsItsPathOrOnlyReachesTheHost(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token || r.URL.Path != "/v1/me" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	config := bearerConfig(s.URL + "/v1")
	config["test"] = "/me"
	host := strings.TrimPrefix(s.URL, "http://")
	if id, err := connect(t, config).Conn.Test(t.Context()); err != nil || id != (card.Identity{Org: host, Key: s.URL + "/v1", What: "service"}) {
		t.Errorf("%+v, %v", id, err)
	}
	for base, key := range map[string]string{"": "", "/": "/", "/v1": "/v1", "/v1/": "/v1/", "/v%31": "/v%31"} { // the paths of a service end with / or do not, as base_url does
		if id, err := connect(t, map[string]any{"base_url": s.URL + base}).Conn.Test(t.Context()); err != nil || id.Key != s.URL+key {
			t.Errorf("%q: the key is %q, %v; want the URL with %q", base, id.Key, err, key)
		}
	}
	config["test"] = "/you"
	if _, err := connect(t, config).Conn.Test(t.Context()); !has(card.AsError(err), card.Unauthorized, "GET /v1/you") {
		t.Errorf("got %v", err)
	}
	for _, answer := range [][]string{
		{"text/html", "<!doctype html><title>Sign in</title>", "web page"}, {"application/json", `{"ok": false, "error": "invalid_auth"}`, "the answer is an error: invalid_auth"},
		{"application/json", `{"ok": false}`, "no reason"}, {"application/json", `{"ok": true, "error": ""}`, ""}, {"application/json", `[]`, ""}, {"text/plain", "hello", ""},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", answer[0])
			_, _ = io.WriteString(w, answer[1])
		})
		config := bearerConfig(s.URL)
		config["test"] = "/me"
		_, err := connect(t, config).Conn.Test(t.Context())
		if answer[2] == "" && err != nil || answer[2] != "" && !has(card.AsError(err), card.Invalid, "GET /me: ", answer[2]) {
			t.Errorf("%s: %v", answer[1], err)
		}
	}
	delete(config, "test")
	config["simulated"] = true
	id, err := connect(t, config).Conn.Test(t.Context())
	if r, _ := s.last(t); err != nil || !id.Simulated || id.Note == "" || r.Method != "HEAD" || r.Header.Get("Authorization") != "" {
		t.Errorf("%+v, %v; it sent %s with %q", id, err, r.Method, r.Header.Get("Authorization"))
	}
	s.Close()
	if _, err := connect(t, config).Conn.Test(t.Context()); !has(card.AsError(err), card.Unavailable, "connection refused") {
		t.Errorf("got %v", err)
	}
}
