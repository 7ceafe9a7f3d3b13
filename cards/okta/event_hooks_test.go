package okta_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// hookServer serves event hooks. Under /right it answers Okta's verification.
func hookServer(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/right" {
			fmt.Fprintf(w, `{"verification": %q}`, r.Header.Get("X-Okta-Verification-Challenge"))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func newHook(url string) map[string]any {
	return map[string]any{"name": "Movers", "url": url, "events": []any{"user.lifecycle.create"}, "authorization": "open-sesame"}
}

func TestAnEventHookThatOktaCannotVerifyIsDeletedAgain(t *testing.T) {
	t.Parallel()
	s := simulate(t, "")
	_, err := s.try("okta.event_hook.create", newHook(hookServer(t)+"/wrong"))
	e := card.AsError(err)
	if e == nil || e.Kind != card.Invalid || !strings.Contains(e.Message, "Unable to verify event hook. Hook Movers execution failed") || !strings.Contains(e.Hint, "deleted again") || strings.Contains(e.Message, "sesame") {
		t.Errorf("got %v, hint %q", err, e.Hint)
	}
	if hooks, _ := s.list("okta.event_hook.list", map[string]any{}, 0); len(hooks) != 0 {
		t.Errorf("there are %v", hooks)
	}
}

func TestDeleteAllEventHooksDeletesThoseWithTheURLOrAll(t *testing.T) {
	t.Parallel()
	s := simulate(t, "")
	right := hookServer(t) + "/right"
	for _, url := range []string{right, right + "?2", right + "?3"} {
		s.run("okta.event_hook.create", newHook(url))
	}
	if got := s.run("okta.event_hook.delete_all", map[string]any{"url": right}); got["changed"] != true || len(got["deleted"].([]any)) != 1 {
		t.Errorf("got %v", got)
	}
	if got := s.run("okta.event_hook.delete_all", map[string]any{}); got["changed"] != true || len(got["deleted"].([]any)) != 2 {
		t.Errorf("got %v", got)
	}
	if got := s.run("okta.event_hook.delete_all", map[string]any{}); got["changed"] != false {
		t.Errorf("got %v", got)
	}
}

// A hook that exists, but is not verified, needs a person: another attempt would create a second one.
func TestACreateWhoseVerificationWasLostIsInDoubt(t *testing.T) {
	t.Parallel()
	s := simulate(t, "")
	in := newHook(hookServer(t) + "/right")
	create, call := s.cards["okta.event_hook.create"], card.Call{Conn: s.conn, ConnName: "okta"}
	before, err := create.Before(t.Context(), call, in)
	if err != nil {
		t.Fatal(err)
	}
	s.run("okta.request", map[string]any{"method": "POST", "path": "/eventHooks", "body": map[string]any{
		"name": "Movers", "events": map[string]any{"type": "EVENT_TYPE", "items": []any{"user.lifecycle.create"}},
		"channel": map[string]any{"type": "HTTP", "version": "1.0.0", "config": map[string]any{"uri": in["url"]}},
	}})
	if _, done, err := create.Did(t.Context(), call, in, before); done || card.AsError(err) == nil || card.AsError(err).Kind != card.Failed {
		t.Errorf("got %t, %v", done, err)
	}
}
