package store

import (
	"encoding/json"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestTheChangesOfARunAreThoseOfItsFamily(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	root := create(t, s, "r1")
	child, err := s.Create(t.Context(), Run{ID: "r1.a", Flow: "f", Parent: "r1"})
	must(t, err)
	other := create(t, s, "r2")
	write := func(l *Log, step, connection string, effect *engine.Effect) {
		t.Helper()
		i := engine.Intent{Place: engine.Place{}.Step(step), Attempt: 1, Card: "w.thing.create", Connection: connection, Destroys: step == "begun"}
		must(t, l.Begin(i))
		if effect != nil {
			must(t, l.End(i, *effect))
		}
	}
	made := &engine.Effect{Value: map[string]any{"changed": true}}
	write(root, "made", "okta", made)
	write(root, "table", "", made)
	write(root, "same", "okta", &engine.Effect{Value: map[string]any{"changed": false}})
	write(root, "refused", "okta", &engine.Effect{Err: &card.Error{Kind: card.Conflict, Writes: card.Answered}})
	write(root, "partly", "okta", &engine.Effect{Err: &card.Error{Kind: card.Conflict, Changed: true}})
	write(root, "lost", "okta", &engine.Effect{Err: &card.Error{Kind: card.Unavailable, Writes: card.Unanswered}})
	write(root, "not sent", "okta", &engine.Effect{Err: engine.ErrCanceled})
	write(child, "made", "okta", made)
	write(child, "begun", "okta", nil)
	write(other, "made", "okta", made)
	must(t, root.Flush(), child.Flush(), other.Flush())
	n, err := s.Changes(t.Context(), "r1")
	inDoubt := n.InDoubt
	if err != nil || n.Made != 5 || n.Destroyed != 1 || len(inDoubt) != 2 || inDoubt[0].Place.String() != "lost" || inDoubt[1].Place.String() != "begun" || inDoubt[1].Run != "r1.a" {
		t.Errorf("got %+v, %v", n, err)
	}
	must(t, s.Settle(t.Context(), map[int64]bool{inDoubt[0].At: false}))
	if n, err = s.Changes(t.Context(), "r1"); err != nil || n.Made != 4 || n.Destroyed != 1 || len(n.InDoubt) != 1 {
		t.Errorf("after a person decided that one was not done: %+v, %v", n, err)
	}
}

func TestTheLimitsOfARunAreKept(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	l, err := s.Create(t.Context(), Run{ID: "r1", Flow: "f", Limits: json.RawMessage(`{"max_changes":3}`)})
	must(t, err)
	for _, next := range []string{`{"max_changes":3}`, `{"allow":{"writes":9}}`, ""} {
		if r, err := s.Run(t.Context(), "r1"); err != nil || string(r.Limits) != next {
			t.Errorf("got %s, %v; want %s", r.Limits, err, next)
		}
		after := map[string]json.RawMessage{`{"max_changes":3}`: json.RawMessage(`{"allow":{"writes":9}}`)}[next]
		must(t, l.Limit(after))
	}
}
