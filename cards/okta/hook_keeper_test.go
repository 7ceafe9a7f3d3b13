package okta_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

// hookTrigger returns the trigger of event hooks.
func hookTrigger(t *testing.T) card.Trigger {
	t.Helper()
	for _, trigger := range okta.Triggers() {
		if trigger.Name == "okta.event_hook" {
			return trigger
		}
	}
	t.Fatal("there is no such trigger")
	return card.Trigger{}
}

func keeperOf(t *testing.T) card.HookKeeper { return hookTrigger(t).Keeper }

// guarded is a server that answers Okta's verification only if the request has its secret.
type guarded struct {
	url    string
	secret atomic.Value
}

func guard(t *testing.T, secret string) *guarded {
	t.Helper()
	g := &guarded{}
	g.secret.Store(secret)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != g.secret.Load() {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, `{"verification": %q}`, r.Header.Get("X-Okta-Verification-Challenge"))
	}))
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

func (g *guarded) hook(types ...string) card.Hook {
	return card.Hook{Name: "flowdeck joiners", URL: g.url, Types: types, Headers: map[string]string{"X-Who": "okta"}, Secret: card.NewSecret(g.secret.Load().(string))}
}

func TestAKeptHookIsCreatedAndChangedAsWanted(t *testing.T) {
	t.Parallel()
	s, keeper, server := simulate(t, ""), keeperOf(t), guard(t, "open-sesame-open")
	call := s.call()
	want := server.hook("user.lifecycle.create")
	id, err := keeper.Create(t.Context(), call, want)
	if err != nil {
		t.Fatal(err)
	}
	status := func(want card.HookStatus) {
		t.Helper()
		all, err := keeper.Hooks(t.Context(), call)
		if diff := cmp.Diff([]card.KeptHook{{ID: id, Name: "flowdeck joiners", URL: server.url, Ours: true, Status: want}}, all); diff != "" || err != nil {
			t.Fatalf("%v, (-want +got)\n%s", err, diff)
		}
	}
	keep := func(renew bool, changed ...string) {
		t.Helper()
		got, err := keeper.Keep(t.Context(), call, id, want, renew)
		if !slices.Equal(got, changed) || err != nil {
			t.Fatalf("got %q, %v, want %q", got, err, changed)
		}
		status(card.HookActive)
	}
	status(card.HookUnverified)
	keep(false, "verification")
	keep(false)
	want.Types = []string{"user.lifecycle.create", "user.lifecycle.suspend"}
	keep(false, "types")
	slices.Reverse(want.Types)
	keep(false)
	want.Headers = map[string]string{"x-who": "okta"}
	keep(false)
	want.Headers = map[string]string{"x-who": "us"}
	keep(false, "headers", "verification")

	// Somebody deactivates it.
	if _, err := s.try("okta.event_hook.deactivate", map[string]any{"event_hook_id": id}); err != nil {
		t.Fatal(err)
	}
	status(card.HookInactive)
	keep(false, "status")

	// The server has another secret: only a renewed hook has it.
	server.secret.Store("another-secret-x")
	want.Secret = card.NewSecret("another-secret-x")
	keep(false)
	keep(true, "verification")

	if err := keeper.Delete(t.Context(), call, id); err != nil {
		t.Fatal(err)
	}
	if err := keeper.Delete(t.Context(), call, id); err != nil {
		t.Errorf("a hook that is gone: %v", err)
	}
	if _, err := keeper.Keep(t.Context(), call, id, want, false); card.AsError(err).Kind != card.NotFound {
		t.Errorf("a hook that is gone: got %v", err)
	}
	if len(s.asked) < 20 {
		t.Fatalf("only %d requests were seen", len(s.asked))
	}
	allowed(t, card.Card{Spec: card.Spec{Name: "the keeper", Scopes: hookTrigger(t).KeeperScopes}}, s.asked)
}

func TestAHookThatCannotBeVerifiedIsSentAsAWholeTheNextTime(t *testing.T) {
	t.Parallel()
	s, keeper, server := simulate(t, ""), keeperOf(t), guard(t, "open-sesame-open")
	want := server.hook("user.lifecycle.create")
	want.Secret = card.NewSecret("wrong-wrong-wrong")
	id, err := keeper.Create(t.Context(), s.call(), want)
	if err != nil {
		t.Fatal(err)
	}
	_, err = keeper.Keep(t.Context(), s.call(), id, want, false)
	if e := card.AsError(err); e == nil || !strings.Contains(e.Message, "Unable to verify event hook") || !strings.Contains(e.Hint, "within 3 seconds") || strings.Contains(e.Message, "wrong") {
		t.Errorf("got %v", err)
	}
	want.Secret = card.NewSecret("open-sesame-open")
	if changed, err := keeper.Keep(t.Context(), s.call(), id, want, false); err != nil || !slices.Equal(changed, []string{"verification"}) {
		t.Errorf("got %q, %v", changed, err)
	}
}

func TestTheErrorOfOneHookTooManySaysSo(t *testing.T) {
	t.Parallel()
	s, keeper, server := simulate(t, ""), keeperOf(t), guard(t, "open-sesame-open")
	one := func() error {
		id, err := keeper.Create(t.Context(), s.call(), server.hook("user.lifecycle.create"))
		if err == nil {
			_, err = keeper.Keep(t.Context(), s.call(), id, server.hook("user.lifecycle.create"), false)
		}
		return err
	}
	for range 25 {
		if err := one(); err != nil {
			t.Fatal(err)
		}
	}
	if e := card.AsError(one()); e == nil || !strings.Contains(e.Message, "has 25 active event hooks, and Okta allows 25") || !strings.Contains(e.Hint, "deactivate or delete one") {
		t.Errorf("got %v", e)
	}
}

// An org that is not on this machine cannot reach this machine, and takes no HTTP. Nothing is sent.
func TestAnOrgElsewhereTakesHTTPSOnly(t *testing.T) {
	t.Parallel()
	service := okta.Service()
	conn, err := service.Open(card.Settings{
		Config: map[string]any{"domain": "acme.okta.com", "auth": map[string]any{"api_token": map[string]any{"env": "TOKEN"}}},
		Secret: func(card.Value) (card.Secret, error) { return card.NewSecret("token"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, address := range []string{"http://flows.example.com/events/f", "http://127.0.0.1:1/events/f", "https://127.0.0.1:1/events/f", "https://localhost/events/f"} {
		_, err := keeperOf(t).Create(ctx, card.Call{Conn: conn}, card.Hook{URL: address, Types: []string{"user.lifecycle.create"}})
		if e := card.AsError(err); e == nil || !strings.Contains(e.Message, "acme.okta.com cannot send events to "+address) || !strings.Contains(e.Hint, "--public-url") {
			t.Errorf("%s: got %v", address, err)
		}
	}
}

func TestAScopeThatIsMissingForHooksIsNamed(t *testing.T) {
	t.Parallel()
	s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"errorCode": "E0000006", "errorSummary": "You do not have permission to perform the requested action"}`)
	}))
	if _, err := keeperOf(t).Hooks(t.Context(), s.call()); card.AsError(err).Kind != card.Forbidden || !strings.Contains(card.AsError(err).Hint, "event hooks need okta.eventHooks.manage") {
		t.Errorf("got %v", err)
	}
}

// A hook that Okta keeps in another form would be replaced at each look, and might be unverified each time.
func TestAHookThatOktaKeepsInAnotherFormIsAnError(t *testing.T) {
	t.Parallel()
	org := orgOf(t, "")
	s := connectTo(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		org.ServeHTTP(answer, r)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(answer.Code)
		fmt.Fprint(w, strings.ReplaceAll(answer.Body.String(), "flowdeck joiners", "FLOWDECK JOINERS"))
	}))
	want := guard(t, "open-sesame-open").hook("user.lifecycle.create")
	id, err := keeperOf(t).Create(t.Context(), s.call(), want)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keeperOf(t).Keep(t.Context(), s.call(), id, want, false); err == nil || !strings.Contains(err.Error(), "Okta keeps name of the event hook in another form than it was sent") {
		t.Errorf("got %v", err)
	}
}
