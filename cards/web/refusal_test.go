package web

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestTheKindOfARefusalIsThatOfItsStatus(t *testing.T) {
	t.Parallel()
	limited := map[string]string{"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "900"}
	for _, test := range []struct {
		status  int
		headers map[string]string
		kind    card.Kind
		wait    time.Duration
	}{
		{400, nil, card.Invalid, 0}, {422, nil, card.Invalid, 0}, {405, nil, card.Invalid, 0}, {415, nil, card.Invalid, 0}, {501, nil, card.Invalid, 0},
		{401, nil, card.Unauthorized, 0}, {403, nil, card.Forbidden, 0}, {409, nil, card.Conflict, 0}, {412, nil, card.Conflict, 0}, {408, nil, card.Timeout, 0},
		{404, nil, card.NotFound, 0}, {410, nil, card.NotFound, 0}, {404, map[string]string{"Content-Type": "application/problem+json"}, card.NotFound, 0},
		{404, map[string]string{"Content-Type": "text/html; charset=utf-8"}, card.NotFound, 0}, // some services send a text so
		{429, nil, card.RateLimit, 5 * time.Second}, {429, map[string]string{"Retry-After": "30"}, card.RateLimit, 30 * time.Second},
		{429, limited, card.RateLimit, 901 * time.Second}, {403, limited, card.RateLimit, 901 * time.Second},
		{429, map[string]string{"Retry-After": "7", "X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "9", "X-RateLimit-Reset": "900"}, card.RateLimit, 7 * time.Second},
		{403, map[string]string{"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "9", "X-RateLimit-Reset": "900"}, card.Forbidden, 0},
		{500, nil, card.Unavailable, 0}, {502, nil, card.Unavailable, 0}, {503, map[string]string{"Retry-After": "9"}, card.Unavailable, 9 * time.Second}, {504, nil, card.Unavailable, 0},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for name, value := range test.headers {
				w.Header().Set(name, value)
			}
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, `{"message": "no"}`)
		})
		_, e := run(t, connect(t, bearerConfig(s.URL)), "http.get", map[string]any{"path": "/items/i1"})
		if !has(e, test.kind, "GET /items/i1: ") || e.Wait != test.wait || e.Status != test.status {
			t.Errorf("%d %v: got %v, kind %s, wait %v; want %s, %v", test.status, test.headers, e, e.Kind, e.Wait, test.kind, test.wait)
		}
	}
}

func TestARefusalHasTheReasonAndTheBody(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]struct {
		message string
		body    any
	}{
		`{"message": "no such item", "code": 7}`:                        {"404 Not Found: no such item", map[string]any{"message": "no such item", "code": 7}},
		`{"error": {"code": "x", "message": "no such item"}}`:           {"404 Not Found: no such item", map[string]any{"error": map[string]any{"code": "x", "message": "no such item"}}},
		`{"error": "invalid_grant", "error_description": "it is over"}`: {"404 Not Found: it is over", map[string]any{"error": "invalid_grant", "error_description": "it is over"}},
		`{"errors": [{"detail": "bad id"}]}`:                            {"404 Not Found: bad id", map[string]any{"errors": []any{map[string]any{"detail": "bad id"}}}},
		`{"title": "Gone", "detail": "it is gone", "status": 404}`:      {"404 Not Found: it is gone", map[string]any{"title": "Gone", "detail": "it is gone", "status": 404}},
		`[{"errorCode": "X", "message": "no"}]`:                         {"404 Not Found: no", []any{map[string]any{"errorCode": "X", "message": "no"}}},
		`{"message": "no\r\n  hint: yes\n"}`:                            {"404 Not Found: no hint: yes", map[string]any{"message": "no\r\n  hint: yes\n"}},
		`{"ok": false}`:                                                 {"404 Not Found", map[string]any{"ok": false}},
		"plain text\nin lines\n":                                        {"404 Not Found: plain text", "plain text\nin lines\n"},
		"<!doctype html>\n<p>no</p>":                                    {"404 Not Found", "<!doctype html>\n<p>no</p>"},
		``:                                                              {"404 Not Found", nil},
		`{"password": "hunter22", "message": "hunter22 is too short"}`:  {"404 Not Found: [secret] is too short", map[string]any{"password": "[secret]", "message": "[secret] is too short"}},
		`{"message": "` + strings.Repeat("ä", 400) + `"}`:               {"404 Not Found: " + strings.Repeat("ä", 150) + "…", map[string]any{"message": strings.Repeat("ä", 400)}},
		strings.Repeat("x", 20<<10):                                     {"404 Not Found: " + strings.Repeat("x", 300) + "…", strings.Repeat("x", 8<<10) + "…"},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, body)
		})
		_, e := run(t, connect(t, bearerConfig(s.URL)), "http.get", map[string]any{"path": "/items"})
		details := map[string]any{"status": 404}
		if want.body != nil {
			details["body"] = want.body
		}
		if e.Message != "GET /items: "+want.message || !cmp.Equal(e.Details, card.Value(details)) {
			t.Errorf("%.60s: got %q, %v", body, e.Message, cmp.Diff(card.Value(details), e.Details))
		}
	}
}

func TestTheHintOfARefusalNamesWhatThePersonCanChange(t *testing.T) {
	t.Parallel()
	for status, hint := range map[int]string{401: `credentials of connection "shop"`, 403: "may lack a permission", 404: "are base_url and the path right?", 405: "does not have this method"} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "\n<!DOCTYPE html><html><body>no</body></html>")
		})
		if _, e := run(t, connect(t, bearerConfig(s.URL)), "http.get", map[string]any{"path": "/items"}); !strings.Contains(e.Hint, hint) {
			t.Errorf("%d: %q", status, e.Hint)
		}
		if _, e := run(t, connect(t, map[string]any{"base_url": s.URL}), "http.get", map[string]any{"path": "/items"}); status == 401 && !strings.Contains(e.Hint, "has no `auth`") {
			t.Errorf("without auth: %q", e.Hint)
		}
		if _, e := run(t, connect(t, bearerConfig(s.URL)), "http.get", map[string]any{"path": "/page", "response": "text"}); status == 404 && e.Kind != card.NotFound {
			t.Errorf("a page that was asked for: %s", e.Kind)
		}
	}
}
