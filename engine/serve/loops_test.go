package serve

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/store"
)

const simulated = "connections:\n  okta: {type: okta, simulate: {seed: org.yaml}}\n"

const oneUser = `users: [{id: 00uada, login: ada@acme.example}, {id: 00ubob, login: bob@acme.example}]
tokens: {t: {owner: ada@acme.example}}
`

// onUpdate is a flow that an update of a user starts, with more settings of the trigger, and these steps.
func onUpdate(name, settings, steps string) string {
	return fmt.Sprintf(`flow: %s
inputs: {user: string, event: string}
triggers:
  - event: okta.event_hook
    with: {types: [user.account.update_profile], secret: {env: HOOK}%s}
    inputs: {user: "${ trigger.user.id }", event: "${ trigger.event.uuid }"}
steps:
%s`, name, settings, steps)
}

const writes = `  - {card: okta.user.update, with: {user_id: "${ inputs.user }", department: "${ inputs.event }"}}
`

// happens receives an event that somebody caused about a user.
func (s *served) happens(flow, uuid, actor, user string, at time.Time) {
	s.t.Helper()
	body := map[string]any{"eventType": "com.okta.event_hook", "data": map[string]any{"events": []any{eventOfUser(uuid, updates, actor, user, at)}}}
	f := s.Flow(flow)
	if err := s.Receive(s.t.Context(), f, s.EventTriggers(s.t.Context(), f), body); err != nil {
		s.t.Fatal(err)
	}
}

func TestT15AnEventThatTheConnectionCausedStartsNoFlowThatWrites(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), clock.System{}, map[string]string{
		"flowdeck.yaml": simulated, "org.yaml": oneUser, "writes.yaml": onUpdate("writes", "", writes), "reads.yaml": onUpdate("reads", "", "  - return: ${ inputs.event }\n"),
	}).start()
	now := time.Now()
	s.happens("writes", "own", "ADA@acme.example", "00ubob", now)
	s.await("no run starts flow=writes", "ada@acme.example caused the event, as whom connection \"okta\" acts")
	s.happens("writes", "other", "eve@acme.example", "00ubob", now)
	s.await("ended flow=writes", "status=succeeded")
	s.happens("reads", "own", "ada@acme.example", "00ubob", now)
	s.await("ended flow=reads", "status=succeeded")
	got := s.occasions()
	if len(got) != 3 || !strings.HasPrefix(got[0], "own dropped ada@acme.example caused") || got[1] != "other started" || got[2] != "own started" {
		t.Errorf("got %q", got)
	}
	if metric(t, s, "writes", looped) != 1 || metric(t, s, "reads", looped) != 0 {
		t.Error("the event that was cut must be counted")
	}
}

func TestT15ALoopOfOwnEventsIsCutByItsDepth(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), clock.System{}, map[string]string{"flowdeck.yaml": simulated, "org.yaml": oneUser, "writes.yaml": onUpdate("writes", ", own: true", writes)}).start()
	s.happens("writes", "e0", "eve@acme.example", "00ubob", time.Now())
	s.await("ended flow=writes", "status=succeeded")
	for i := range deepest {
		if i > 0 {
			s.await("ended flow=writes", "status=succeeded")
		}
		s.happens("writes", fmt.Sprint("e", i+1), "ada@acme.example", "00ubob", time.Now())
	}
	s.await("no run starts flow=writes", "it would be a loop")
	// The next change by a person starts the flow.
	s.happens("writes", "p0", "eve@acme.example", "00ubob", time.Now())
	s.await("ended flow=writes", "status=succeeded")
	s.happens("writes", "p1", "ada@acme.example", "00ubob", time.Now())
	s.await("ended flow=writes", "status=succeeded")
}

func metric(t *testing.T, s *served, flow, outcome string) (n float64) {
	t.Helper()
	all, err := s.Metrics().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range all {
		for _, m := range family.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			if family.GetName() == "flowdeck_events_total" && slices.Equal(labels, []string{flow, outcome}) {
				n = m.GetCounter().GetValue()
			}
		}
	}
	return n
}

func TestT14EventsOfOnePersonRunInTheOrderInWhichTheyHappened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, clock.System{}, map[string]string{"flowdeck.yaml": simulated, "org.yaml": oneUser, "reads.yaml": onUpdate("reads", "", "  - return: ${ inputs.event }\n")})
	const n = 20
	for _, i := range rand.Perm(n) { // nothing starts runs yet
		at := time.Date(2026, 3, 1, 0, 0, i, 0, time.UTC)
		s.happens("reads", fmt.Sprintf("ada-%02d", i), "eve@acme.example", "00uada", at)
		s.happens("reads", fmt.Sprintf("bob-%02d", i), "eve@acme.example", "00ubob", at)
	}
	s.start()
	for range 2 * n {
		s.await("ended flow=reads", "status=succeeded")
	}
	runs, err := s.Workspace.Runs(t.Context(), store.Filter{Limit: 100})
	if err != nil || len(runs) != 2*n {
		t.Fatalf("got %d runs, %v", len(runs), err)
	}
	last := map[string]string{}
	for _, run := range slices.Backward(runs) {
		past, err := s.Workspace.Past(t.Context(), run.Run)
		if err != nil {
			t.Fatal(err)
		}
		event := fmt.Sprint(past.Report.Result)
		if person := event[:3]; event <= last[person] {
			t.Errorf("%s ran after %s", event, last[person])
		} else {
			last[person] = event
		}
	}
}

func TestAnEditOfATriggerDropsNoEventThatWaits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir, clock.System{}, map[string]string{"flowdeck.yaml": simulated, "org.yaml": oneUser, "writes.yaml": onUpdate("writes", "", writes)})
	now := time.Now()
	first.happens("writes", "foreign", "eve@acme.example", "00ubob", now)
	first.happens("writes", "own", "ada@acme.example", "00ubob", now.Add(time.Second))
	if err := first.Workspace.Close(); err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(onUpdate("writes", "", writes), "[user.account.update_profile]", "[user.account.update_profile, user.lifecycle.suspend]", 1)
	second := open(t, dir, clock.System{}, map[string]string{"writes.yaml": edited}).start()
	second.await("ended flow=writes", "status=succeeded")
	second.await("no run starts flow=writes", "ada@acme.example caused the event")
	got := second.occasions()
	for slices.Contains(got, "own waiting") { // the log has it before the store
		time.Sleep(10 * time.Millisecond)
		got = second.occasions()
	}
	if len(got) != 2 || got[0] != "foreign started" || !strings.HasPrefix(got[1], "own dropped ada@acme.example caused") {
		t.Errorf("got %q", got)
	}
	if err := second.stop(); err != nil {
		t.Error(err)
	}
}

func TestAnEventThatWaitsStartsTheFlowAsItIsThen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	reads := onUpdate("reads", "", "  - return: ${ inputs.event }\n")
	first := open(t, dir, clock.System{}, map[string]string{"flowdeck.yaml": simulated, "org.yaml": oneUser, "reads.yaml": reads})
	first.happens("reads", "e1", "eve@acme.example", "00ubob", time.Now())
	if err := first.Workspace.Close(); err != nil {
		t.Fatal(err)
	}
	edited := strings.NewReplacer("event: string}", "event: string, kind: string}", "trigger.event.uuid }\"}", "trigger.event.uuid }\", kind: \"${ trigger.kind }\"}").Replace(reads)
	second := open(t, dir, clock.System{}, map[string]string{"reads.yaml": edited}).start()
	second.await("ended flow=reads", "status=succeeded")
	if err := second.stop(); err != nil {
		t.Error(err)
	}
}
