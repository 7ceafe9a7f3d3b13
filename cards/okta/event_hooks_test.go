package okta_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync/atomic"
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
	if e == nil || e.Kind != card.Invalid || !strings.Contains(e.Message, "Unable to verify event hook. Hook Movers execution failed") || !strings.Contains(e.Message, "was deleted again") || !strings.Contains(e.Hint, "within 3 seconds") || strings.Contains(e.Message, "sesame") {
		t.Errorf("got %v, hint %q", err, e.Hint)
	}
	if hooks, _ := s.list("okta.event_hook.list", map[string]any{}, 0); len(hooks) != 0 {
		t.Errorf("there are %v", hooks)
	}
}

// answering returns an org that answers a request itself, after the org has done it: with a status, or not at all if that is 0.
func answering(org http.Handler, request string, status int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		named, _ := path.Match(request, r.Method+" "+r.URL.Path)
		if !named {
			org.ServeHTTP(w, r)
			return
		}
		org.ServeHTTP(httptest.NewRecorder(), r)
		if status == 0 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(status)
	})
}

func TestTheErrorOfAnEventHookThatWasNotVerifiedSaysWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	const verify, remove = "POST /api/v1/eventHooks/*/lifecycle/verify", "DELETE /api/v1/eventHooks/*"
	for name, test := range map[string]struct {
		url     string
		request string
		status  int
		kind    card.Kind
		says    string
	}{ // a hook that was deleted again is not a change
		"the verification gets a 500":              {"/right", verify, 500, card.Failed, "was deleted again"},
		"the verification is cut":                  {"/right", verify, 0, card.Failed, "was deleted again"},
		"the answer to the deletion is lost":       {"/wrong", remove, 0, card.Invalid, "may still exist, because the answer to its deletion was lost"},
		"the deletion has another server's answer": {"/wrong", remove, 400, card.Invalid, "may still exist"},
	} {
		s := connectTo(t, answering(orgOf(t, ""), test.request, test.status))
		_, err := s.cards["okta.event_hook.create"].Run(t.Context(), s.call(), newHook(hookServer(t)+test.url))
		if e := card.AsError(err); e == nil || e.Kind != test.kind || !strings.Contains(e.Message, test.says) || e.Changed == (test.kind == card.Failed) || e.MayBeDone() == (test.kind == card.Failed) {
			t.Errorf("%s: got %+v", name, e)
		}
		if hooks, _ := s.list("okta.event_hook.list", map[string]any{}, 0); len(hooks) != 0 {
			t.Errorf("%s: there are %v", name, hooks)
		}
	}
}

func TestAnEventHookIsDeletedAgainDespiteARateLimit(t *testing.T) {
	t.Parallel()
	for _, limited := range []string{"DELETE ", "POST /api/v1/eventHooks/"} { // the deletion; the verification, and then the deactivation
		org, n := orgOf(t, ""), atomic.Int64{}
		s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.Method+" "+r.URL.Path, limited) && !strings.HasSuffix(r.URL.Path, "/verify") && n.Add(1) == 1 {
				w.Header().Set("Retry-After", "0")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			org.ServeHTTP(w, r)
		}))
		_, err := s.cards["okta.event_hook.create"].Run(t.Context(), s.call(), newHook(hookServer(t)+"/wrong"))
		if e := card.AsError(err); e == nil || e.Kind != card.Invalid || !strings.Contains(e.Message, "was deleted again") || n.Load() < 2 {
			t.Errorf("%s: got %+v after %d requests", limited, e, n.Load())
		}
	}
}

func TestAnEventHookWhoseVerificationIsInterruptedIsDeletedOrNamed(t *testing.T) {
	t.Parallel()
	for _, refusal := range []string{"", "DELETE "} {
		ctx, interrupt := context.WithCancel(t.Context())
		org := orgOf(t, "")
		s := connectTo(t, refusing(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/verify") {
				interrupt()
				<-r.Context().Done()
				return
			}
			org.ServeHTTP(w, r)
		}), cmp.Or(refusal, "none"), 1))
		_, err := s.cards["okta.event_hook.create"].Run(ctx, s.call(), newHook(hookServer(t)+"/right"))
		hooks, _ := s.list("okta.event_hook.list", map[string]any{}, 0)
		if refusal == "" {
			if len(hooks) != 0 || !errors.Is(err, context.Canceled) || !errors.Is(err, card.ErrNotSent) {
				t.Errorf("there are %v after %v", hooks, err)
			}
			continue
		}
		if e := card.AsError(err); len(hooks) != 1 || e.Kind != card.Timeout || errors.Is(err, context.Canceled) || !strings.Contains(e.Message, fmt.Sprintf("the event hook %v still exists", hooks[0]["id"])) {
			t.Errorf("there are %v after %+v", hooks, err)
		}
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
