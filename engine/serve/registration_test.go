package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// keeping is a service that has hooks, and the calls that changed some.
type keeping struct {
	hooks map[string]*hook
	calls []string
	fails map[string]error // by the name of a call
	lost  bool             // Create does what it should, and its answer is lost
}

type hook struct {
	card.Hook
	ours   bool
	status card.HookStatus
}

func (k *keeping) call(name, id string) error {
	k.calls = append(k.calls, name+" "+id)
	return k.fails[name]
}

func (k *keeping) Hooks(context.Context, card.Call) (all []card.KeptHook, err error) {
	for _, id := range slices.Sorted(maps.Keys(k.hooks)) {
		h := k.hooks[id]
		all = append(all, card.KeptHook{ID: id, Name: h.Name, URL: h.URL, Ours: h.ours, Status: h.status})
	}
	return all, k.fails["list"]
}

func (k *keeping) Create(_ context.Context, _ card.Call, want card.Hook) (string, error) {
	id := fmt.Sprint("who", len(k.calls))
	if err := k.call("create", id); err != nil {
		return "", err
	}
	k.hooks[id] = &hook{want, true, card.HookUnverified}
	if k.lost {
		return "", &card.Error{Kind: card.Unavailable, Message: "the answer was lost"}
	}
	return id, nil
}

func (k *keeping) Keep(_ context.Context, _ card.Call, id string, want card.Hook, renew bool) ([]string, error) {
	h := k.hooks[id]
	if h == nil {
		return nil, &card.Error{Kind: card.NotFound, Message: "there is no such hook"}
	}
	if h.status == card.HookActive && slices.Equal(h.Types, want.Types) && h.Name == want.Name && !renew {
		return nil, nil
	}
	if err := k.call("keep", id); err != nil {
		return nil, err
	}
	k.hooks[id] = &hook{want, true, card.HookActive}
	return []string{"types"}, nil
}

func (k *keeping) Delete(_ context.Context, _ card.Call, id string) error {
	if err := k.call("delete", id); err != nil {
		return err
	}
	delete(k.hooks, id)
	return nil
}

// did returns the calls since the last time.
func (k *keeping) did() (all string) {
	all = strings.Join(k.calls, ", ")
	k.calls = nil
	return all
}

// registering is a registrar under test. Its clock stands still until a test moves it.
type registering struct {
	*registrar
	*keeping
	t       *testing.T
	dir     string
	clock   *clock.Jumping
	secrets map[string]string
	trust   error
	lines   chan string
}

const joiners = `flow: joiners
inputs: {user: string, types: {type: array, items: {type: string}, default: [user.lifecycle.create]}}
triggers:
  - event: okta.event_hook
    with: {types: "${ inputs.types }", register: true, headers: {x-who: okta}, secret: {env: HOOK}}
    inputs: {user: x}
steps: [{return: done}]
`

func register(t *testing.T, files map[string]string) *registering {
	t.Helper()
	r := &registering{
		keeping: &keeping{hooks: map[string]*hook{}, fails: map[string]error{}}, t: t, dir: t.TempDir(), clock: clock.NewJumping(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)),
		secrets: map[string]string{"HOOK": "open-sesame-open", "OTHER": "open-sesame-other"}, lines: make(chan string, 1000),
	}
	r.write(map[string]string{"flowdeck.yaml": simulated, "org.yaml": oneUser, "joiners.yaml": joiners})
	r.write(files)
	triggers := cards.Triggers()
	for name, trigger := range triggers {
		if trigger.Keeper != nil {
			trigger.Keeper = r.keeping
			triggers[name] = trigger
		}
	}
	w, err := host.Open(r.dir, host.Config{
		Cards: cards.All(), Triggers: triggers, Services: cards.Services(), Clock: r.clock, Trust: func(context.Context, *host.Workspace) error { return r.trust },
		Secret: func(_ context.Context, _ string, reference card.Value) (card.Secret, error) {
			name, _ := reference.(map[string]any)["env"].(string)
			if r.secrets[name] == "" {
				return card.Secret{}, &card.Error{Kind: card.Invalid, Message: "the variable " + name + " is not set"}
			}
			return card.NewSecret(r.secrets[name]), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	s, err := New(Config{Workspace: w, Clock: r.clock, Log: slog.New(lines{ch: r.lines})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.pool.Close() })
	s.ReceiveAt(&url.URL{Scheme: "https", Host: "flows.acme.example"})
	r.registrar = &registrar{Server: s, failed: map[string]failure{}}
	if r.lead, err = s.lead(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *registering) write(files map[string]string) {
	r.t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
}

// change uses changed files.
func (r *registering) change(files map[string]string) {
	r.t.Helper()
	r.write(files)
	if !r.follow(r.Workspace.Reload(), r.Workspace.Source(r.Workspace.File.Name)) {
		r.t.Fatal("the change has a problem")
	}
	clear(r.failed) // as run does
}

// does makes a round, and compares the calls that changed something.
func (r *registering) does(what, want string) {
	r.t.Helper()
	if err := r.round(r.t.Context()); err != nil {
		r.t.Fatal(what, err)
	}
	if got := r.did(); got != want {
		r.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func (r *registering) later(d time.Duration) {
	_ = r.clock.Sleep(r.t.Context(), r.clock.Now().Add(d)) // it does not end early
}

func (r *registering) kept() (all []string) {
	r.t.Helper()
	hooks, err := r.history.Hooks(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, h := range hooks {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", h.Flow, h.Hook, h.Status, h.Problem)))
	}
	return all
}

func (r *registering) logged(words ...string) {
	r.t.Helper()
	var seen []string
	for {
		select {
		case line := <-r.lines:
			if seen = append(seen, line); !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(line, w) }) {
				return
			}
		default:
			r.t.Fatalf("no line with %q; got:\n%s", words, strings.Join(seen, "\n"))
		}
	}
}

// accepts reports whether a request with a secret and a header is known by a registered hook.
func (r *registering) accepts(secret, who string) bool {
	f := r.Flow("joiners")
	return slices.ContainsFunc(r.EventTriggers(r.t.Context(), f), func(t EventTrigger) bool {
		return r.IsRegistered(r.t.Context(), "joiners", t, func(name string) string {
			return map[string]string{"Authorization": secret, "x-who": who}[name]
		})
	})
}

func TestEachTriggerThatRegistersHasOneHook(t *testing.T) {
	t.Parallel()
	r := register(t, map[string]string{"leavers.yaml": `flow: leavers
triggers:
  - event: okta.user.deactivated
    with: {register: true, secret: {env: HOOK}}
  - event: okta.user.suspended
    with: {secret: {env: HOOK}}
  - event: okta.user.created
    with: {register: true, secret: {env: OTHER}}
steps: [{return: done}]
`})
	r.does("the first round", "create who0, keep who0, create who2, keep who2, create who4, keep who4")
	for id, want := range map[string]string{
		"who0": "joiners okta.event_hook " + strings.TrimPrefix(r.Flow("joiners").Plan.Triggers[0].ID(), "event okta.event_hook ") + " [user.lifecycle.create] map[x-who:okta]",
		"who2": "leavers okta.user.deactivated [user.lifecycle.deactivate] map[]", "who4": "leavers okta.user.created [user.lifecycle.create] map[]",
	} {
		h := r.hooks[id]
		flow, _, _ := strings.Cut(want, " ")
		if got := fmt.Sprint(h.Name, " ", h.Types, " ", h.Headers); got != "flowdeck "+want || h.URL != "https://flows.acme.example/events/"+flow {
			t.Errorf("%s: got %s %s, want %s", id, got, h.URL, want)
		}
	}
	if r.hooks["who0"].Secret != card.NewSecret("open-sesame-open") || r.hooks["who4"].Secret != card.NewSecret("open-sesame-other") {
		t.Error("each hook must have the secret of its trigger")
	}
	r.logged("an event hook is registered", "flow=joiners", "hook=who0", "url=https://flows.acme.example/events/joiners")
	r.does("nothing has changed", "")
	if got, want := r.kept(), []string{"joiners who0 active", "leavers who2 active", "leavers who4 active"}; !slices.Equal(got, want) {
		t.Errorf("kept %q", got)
	}
}

func TestAHookFollowsItsFlow(t *testing.T) {
	t.Parallel()
	r := register(t, nil)
	r.does("the first round", "create who0, keep who0")
	r.change(map[string]string{"joiners.yaml": strings.Replace(joiners, "default: [user.lifecycle.create]", "default: [user.lifecycle.create, user.lifecycle.suspend]", 1)})
	r.does("another default of an input", "keep who0")
	r.change(map[string]string{"joiners.yaml": strings.Replace(joiners, `"${ inputs.types }"`, "[user.lifecycle.suspend]", 1)})
	r.does("types make another trigger", "keep who0")
	if got := r.hooks["who0"]; !slices.Equal(got.Types, []string{"user.lifecycle.suspend"}) || len(r.kept()) != 1 {
		t.Errorf("got %+v, kept %q", got, r.kept())
	}
	r.change(map[string]string{"joiners.yaml": strings.Replace(joiners, "default: [user.lifecycle.create]", "default: []", 1)})
	r.does("no types", "delete who0")
	r.change(map[string]string{"joiners.yaml": joiners})
	r.does("types again", "create who0, keep who0")
	r.change(map[string]string{"joiners.yaml": strings.Replace(joiners, "register: true", "register: false", 1)})
	r.does("register is false", "delete who0")
	r.change(map[string]string{"joiners.yaml": joiners})
	r.does("register again", "create who0, keep who0")
	r.change(map[string]string{"joiners.yaml": strings.Replace(joiners, "flow: joiners", "flow: renamed", 1)})
	r.does("another flow", "create who0, keep who0, delete who0")
}

func TestAHookThatSomebodyChangesOrDeletesIsPutBack(t *testing.T) {
	t.Parallel()
	r := register(t, nil)
	r.does("the first round", "create who0, keep who0")
	r.hooks["who0"].status = card.HookInactive
	r.does("deactivated", "keep who0")
	r.logged("an event hook was changed to what the flow says", "hook=who0", "changed=types")
	delete(r.hooks, "who0")
	r.does("deleted", "create who0, keep who0")
	r.logged("an event hook was deleted in the service: it is created again", "hook=who0")
	if got := r.kept(); !slices.Equal(got, []string{"joiners who0 active"}) {
		t.Errorf("kept %q", got)
	}
}

// The process was killed, or the answer was lost, before the id of the hook was kept.
func TestAHookThatWasCreatedAndNotKeptIsAdopted(t *testing.T) {
	t.Parallel()
	r := register(t, nil)
	r.lost = true
	r.does("the answer is lost", "create who0")
	ours := *r.hooks["who0"]
	// A person has made one like it, and another workspace one with another URL.
	of, elsewhere := ours, ours
	of.ours, elsewhere.URL = false, "https://other.acme.example/events/joiners"
	r.hooks["person"], r.hooks["elsewhere"] = &of, &elsewhere
	r.hooks["who0"].status = card.HookActive // with a secret that nobody knows
	r.lost = false
	r.fails["keep"] = errors.New("not now")
	r.later(time.Minute)
	r.does("it is found, and its secret cannot be sent", "keep who0")
	delete(r.fails, "keep")
	r.later(time.Minute)
	r.does("its secret is sent", "keep who0")
	r.does("nothing has changed", "")
	if len(r.hooks) != 3 {
		t.Errorf("there are %v", r.hooks)
	}
	r.change(map[string]string{"joiners.yaml": "flow: joiners\nsteps: [{return: done}]\n"})
	r.does("the trigger is gone", "delete who0")
	if len(r.hooks) != 2 {
		t.Errorf("the hooks of others were deleted: there are %v", r.hooks)
	}
}

func TestANewSecretLosesNoEvent(t *testing.T) {
	t.Parallel()
	r := register(t, nil)
	r.does("the first round", "create who0, keep who0")
	r.secrets["HOOK"] = "open-sesame-next-one"
	if !r.accepts("open-sesame-open", "okta") || r.accepts("open-sesame-next-one", "okta") || r.accepts("open-sesame-open", "us") || r.accepts("", "") {
		t.Error("until a hook has the new secret, only the old one comes from a hook")
	}
	r.fails["keep"] = errors.New("nobody can verify it")
	r.does("the new hook cannot be verified", "create who0, keep who0")
	if !r.accepts("open-sesame-open", "okta") || !r.accepts("open-sesame-next-one", "okta") {
		t.Error("both secrets must be accepted while a hook is verified")
	}
}

func TestAHookWithANewSecretAndOtherTypesReplacesTheOld(t *testing.T) {
	t.Parallel()
	r := register(t, nil)
	r.does("the first round", "create who0, keep who0")
	r.hooks["old"] = r.hooks["who0"]
	r.rename("who0", "old")
	r.change(map[string]string{"joiners.yaml": strings.Replace(joiners, `"${ inputs.types }"`, "[user.lifecycle.suspend]", 1)})
	r.secrets["HOOK"] = "open-sesame-next-one"
	r.fails["keep"] = errors.New("nobody can verify it")
	r.does("it cannot be verified yet", "create who0, keep who0")
	if !r.accepts("open-sesame-open", "okta") {
		t.Error("the old secret must be accepted until the new hook is verified")
	}
	delete(r.fails, "keep")
	r.later(firstPause)
	r.does("it is verified", "keep who0")
	r.later(overlap)
	r.does("a minute later", "delete old")
	if got := r.kept(); !slices.Equal(got, []string{"joiners who0 active"}) {
		t.Errorf("kept %q", got)
	}
}

func TestAHookWithANewSecretReplacesTheOld(t *testing.T) {
	t.Parallel()
	r := register(t, nil)
	r.does("the first round", "create who0, keep who0")
	r.hooks["old"] = r.hooks["who0"]
	r.rename("who0", "old")
	r.secrets["HOOK"] = "open-sesame-next-one"
	r.does("a new secret", "create who0, keep who0")
	r.logged("an event hook was replaced", "hook=who0", "replaced=old")
	r.later(overlap - time.Second)
	r.does("both deliver", "")
	if !r.accepts("open-sesame-open", "okta") || !r.accepts("open-sesame-next-one", "okta") {
		t.Error("both secrets must be accepted")
	}
	r.later(time.Second)
	r.does("a minute later", "delete old")
	if r.accepts("open-sesame-open", "okta") || !r.accepts("open-sesame-next-one", "okta") {
		t.Error("only the new secret must be accepted")
	}
	if got := r.kept(); !slices.Equal(got, []string{"joiners who0 active"}) {
		t.Errorf("kept %q", got)
	}
}

// rename gives a hook another id.
func (r *registering) rename(id, to string) {
	r.t.Helper()
	all, err := r.history.Hooks(r.t.Context())
	for i := range all {
		if all[i].Hook == id {
			all[i].Hook = to
			err = r.history.SetHook(r.t.Context(), r.lead, &all[i])
		}
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.hooks[to] = r.hooks[id]
	delete(r.hooks, id)
}

func TestWhatFailsIsTriedAgainAfterLongerAndLongerPauses(t *testing.T) {
	t.Parallel()
	r := register(t, map[string]string{"leavers.yaml": "flow: leavers\ntriggers:\n  - event: okta.user.deactivated\n    with: {register: true, secret: {env: MISSING}}\nsteps: [{return: done}]\n"})
	r.fails["keep"] = &card.Error{Kind: card.Invalid, Message: "nobody answered", Hint: "start it"}
	r.does("the first try", "create who0, keep who0")
	r.logged("an event hook is not as the flow says", "flow=joiners", "trigger=event okta.event_hook", "error=nobody answered", "hint=start it")
	r.logged("an event hook is not as the flow says", "flow=leavers", "the variable MISSING is not set")
	for _, pause := range []time.Duration{5, 10, 20, 40, 80, 160, 320, 600, 600} {
		r.later(pause*time.Second - 1)
		r.does("too early", "")
		if r.next.Sub(r.clock.Now()) != 1 {
			t.Fatalf("the next look is in %v, not after the pause", r.next.Sub(r.clock.Now()))
		}
		r.later(1)
		r.does("the next try", "keep who0")
	}
	if got := r.kept(); !slices.Equal(got, []string{"joiners who0 unverified nobody answered", "leavers   the variable MISSING is not set"}) {
		t.Errorf("kept %q", got)
	}
	delete(r.fails, "keep")
	r.secrets["MISSING"] = "open-sesame-found"
	r.later(longestPause)
	r.does("nothing fails any more", "keep who0, create who1, keep who1")
	if got := r.kept(); !slices.Equal(got, []string{"joiners who0 active", "leavers who1 active"}) {
		t.Errorf("kept %q", got)
	}
}

func TestNothingIsRegisteredWithoutAnAddressASecretOrTrust(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		change func(*registering)
		says   []string
	}{
		"no address":     {func(r *registering) { r.ReceiveAt(nil) }, []string{"services cannot reach this server", "hint=flowdeck serve --public-url"}},
		"no trust":       {func(r *registering) { r.trust = &host.UsageError{Err: errors.New("not trusted"), Hint: "trust it"} }, []string{"error=not trusted", "hint=trust it"}},
		"a short secret": {func(r *registering) { r.secrets["HOOK"] = "open-sesame-123" }, []string{"the secret of the trigger is shorter than 16 bytes"}},
		"no secret":      {func(r *registering) { r.secrets["HOOK"] = "" }, []string{"the variable HOOK is not set"}},
		"no list":        {func(r *registering) { r.fails["list"] = errors.New("no list") }, []string{"no list"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := register(t, nil)
			test.change(r)
			r.does(what, "")
			r.logged(append(test.says, "an event hook is not as the flow says", "flow=joiners")...)
			if got := r.kept(); len(got) != 1 || !strings.HasPrefix(got[0], "joiners ") {
				t.Errorf("kept %q", got)
			}
		})
	}
}

func TestAHookOfAnotherOrgIsForgotten(t *testing.T) {
	t.Parallel()
	r := register(t, nil)
	h := store.Hook{Connection: "okta", Org: "other.okta.com", Flow: "joiners", Trigger: r.Flow("joiners").Plan.Triggers[0].ID(), Hook: "who9", Headers: []string{}}
	gone := store.Hook{Connection: "gone", Org: "other.okta.com", Flow: "joiners", Trigger: "event okta.user.created", Hook: "who8", Headers: []string{}}
	for _, one := range []*store.Hook{&h, &gone} {
		if err := r.history.SetHook(t.Context(), r.lead, one); err != nil {
			t.Fatal(err)
		}
	}
	r.does("a hook of this org", "create who0, keep who0")
	r.logged("an event hook is not as the flow says", "hook=who8", "the workspace has no connection gone any more")
	r.later(overlap)
	r.does("the old one is forgotten", "")
	r.logged("an event hook may still exist: its connection leads to another org now", "hook=who9", "org=other.okta.com")
	if got := r.kept(); !slices.Equal(got, []string{"joiners who8  the workspace has no connection gone any more", "joiners who0 active"}) {
		t.Errorf("kept %q", got)
	}
}

func TestAServerThatDoesNotLeadAnyMoreRegistersNothing(t *testing.T) {
	t.Parallel()
	r := register(t, nil)
	if _, err := r.history.Lead(t.Context(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := r.run(t.Context()); !errors.Is(err, store.ErrNotLeading) || r.did() != "" {
		t.Errorf("got %v", err)
	}
}

func TestAStoppedServerLeavesItsHooks(t *testing.T) {
	t.Parallel()
	r := register(t, nil)
	r.does("the first round", "create who0, keep who0")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.run(ctx); err != nil || r.did() != "" {
		t.Errorf("got %v", err)
	}
	if got := r.kept(); !slices.Equal(got, []string{"joiners who0 active"}) {
		t.Errorf("kept %q", got)
	}
}
