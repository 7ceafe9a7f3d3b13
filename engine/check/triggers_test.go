package check_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/check/checktest"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// triggersOf returns the triggers of the flow f in a text without problems.
func triggersOf(t *testing.T, text string) []engine.Trigger {
	t.Helper()
	ws, found := flow.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}, flow.WorkspaceFile: {Data: []byte(checktest.Workspace)}}, "")
	checker := check.New(checktest.Cards(), checktest.Services(), ws)
	checker.Triggers = checktest.Triggers()
	plan, more := checker.Plan(ws.Flow("f"), nil)
	if plan == nil || len(found) > 0 {
		t.Fatalf("problems: %v %v", found, more)
	}
	return plan.Triggers
}

func TestTheSettingsOfAnEventAreKnownBeforeIt(t *testing.T) {
	t.Parallel()
	all := triggersOf(t, `
flow: f
inputs:
  kinds: {type: array, items: {type: string}, default: [user.create, user.suspend, user.create]}
  who: {type: string, default: somebody}
triggers:
  - event: fake.event_hook
    with: {types: "${ inputs.kinds }", register: "${ len(inputs.kinds) > 1 }", headers: {x-who: "${ inputs.who }"}, secret: {env: HOOK}}
    inputs: {who: ada}
  - event: fake.user.suspended
  - poll: fake.log.event
    with: {types: [zone.update], query: 'type eq "x"'}
  - poll: fake.user.created
    every: 10s
steps: [{stop: done}]
`)
	got, err := all[0].EventSettings(t.Context(), "f")
	want := engine.EventSettings{Types: []string{"user.create", "user.suspend"}, Register: true, Headers: map[string]string{"x-who": "ada"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, (-want +got)\n%s", err, diff)
	}
	if diff := cmp.Diff(map[string]any{"env": "HOOK"}, all[0].Source.Secret); diff != "" {
		t.Errorf("the secret (-want +got)\n%s", diff)
	}
	if got, err := all[1].EventSettings(t.Context(), "f"); err != nil || !cmp.Equal(got, engine.EventSettings{Types: []string{"user.suspend"}, Headers: map[string]string{}}) {
		t.Errorf("a short name: got %+v, %v", got, err)
	}
	with, err := all[2].PollSettings(t.Context(), "f")
	if diff := cmp.Diff(map[string]any{"types": []any{"zone.update"}, "query": `type eq "x"`}, with); diff != "" || err != nil {
		t.Errorf("a poll: %v, (-want +got)\n%s", err, diff)
	}
	if all[2].Source.Every != engine.DefaultEvery || all[3].Source.Every != engine.ShortestEvery || all[1].Source.Every != 0 {
		t.Errorf("every is %v, %v and, of an event, %v", all[2].Source.Every, all[3].Source.Every, all[1].Source.Every)
	}
}

func TestTypesThatAnExpressionGivesMustBeStrings(t *testing.T) {
	t.Parallel()
	all := triggersOf(t, `
flow: f
inputs: {kinds: {type: array, default: [1]}}
triggers:
  - event: fake.event_hook
    with: {types: "${ inputs.kinds }"}
steps: [{stop: done}]
`)
	if got, err := all[0].EventSettings(t.Context(), "f"); err == nil {
		t.Errorf("got %+v", got)
	}
}

func TestAnExpressionThatGivesNoTypesTurnsAnEventOff(t *testing.T) {
	t.Parallel()
	all := triggersOf(t, `
flow: f
inputs: {kinds: {type: array, default: []}}
triggers:
  - event: fake.event_hook
    with: {types: "${ inputs.kinds }", register: true, secret: {env: HOOK}}
steps: [{stop: done}]
`)
	if got, err := all[0].EventSettings(t.Context(), "f"); err != nil || len(got.Types) > 0 || !got.Register {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestTheFilterOfATriggerDecidesWhetherAnEventStartsTheFlow(t *testing.T) {
	t.Parallel()
	all := triggersOf(t, `
flow: f
inputs: {type: {type: string, default: user.create}}
triggers:
  - event: fake.event_hook
    with: {types: [user.create, user.suspend], filter: "${ trigger.event.type == inputs.type }"}
  - event: fake.event_hook
    with: {types: [user.create], filter: false}
  - event: fake.user.suspended
steps: [{stop: done}]
`)
	for _, test := range []struct {
		trigger int
		event   string
		want    bool
	}{{0, "user.create", true}, {0, "user.suspend", false}, {1, "user.create", false}, {2, "user.suspend", true}} {
		got, err := all[test.trigger].Wants(t.Context(), "f", map[string]any{"kind": "event", "event": map[string]any{"type": test.event}})
		if err != nil || got != test.want {
			t.Errorf("trigger %d and %s: got %t, %v", test.trigger, test.event, got, err)
		}
	}
	if got, err := all[0].Wants(t.Context(), "f", map[string]any{"kind": "event"}); err == nil {
		t.Errorf("an event without what the filter reads: got %t", got)
	}
}

// A changed filter keeps the position of a poll; other types or another query are something else to look for.
func TestTheIdentityOfATriggerIsWhatItSelects(t *testing.T) {
	t.Parallel()
	id := func(trigger string) string {
		return triggersOf(t, "flow: f\ntriggers:\n  - "+trigger+"\nsteps: [{stop: done}]\n")[0].ID()
	}
	const some = "poll: fake.log.event\n    with: {types: [zone.update]"
	if id(some+"}") != id(some+", filter: true}\n    every: 5m") {
		t.Error("the filter and the interval change the identity")
	}
	for _, other := range []string{"poll: fake.log.event", "poll: fake.log.event\n    with: {types: [user.create]}", some + ", query: x}"} {
		if id(other) == id(some+"}") {
			t.Errorf("%s has the identity of another poll", other)
		}
	}
	if got := id("event: fake.user.suspended"); got != "event fake.user.suspended" {
		t.Errorf("without settings it is %q", got)
	}
}

// The steps of a flow with several triggers read the fields of each: those of the others are nil, also while it runs.
func TestAnExpressionReadsAFieldThatOnlyAnotherTriggerHas(t *testing.T) {
	t.Parallel()
	all := triggersOf(t, `
flow: f
inputs: {who: string}
triggers:
  - schedule: "@daily"
    timezone: UTC
    inputs: {who: "${ trigger.kind }"}
  - event: fake.user.suspended
    inputs: {who: '${ trigger.user?.id ?? "nobody" }'}
steps: [{return: "${ trigger?.event?.type ?? trigger?.scheduled_at }"}]
`)
	got, err := all[1].Start(t.Context(), "f", map[string]any{"kind": "event", "user": nil})
	if err != nil || got["who"] != "nobody" {
		t.Errorf("got %v, %v", got, err)
	}
}
