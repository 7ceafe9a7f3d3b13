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
	n, err := s.Changes(t.Context(), "r1", CardsOf{})
	inDoubt := n.InDoubt
	if err != nil || n.Made != 5 || n.Destroyed != 1 || len(inDoubt) != 2 || inDoubt[0].Place.String() != "lost" || inDoubt[1].Place.String() != "begun" || inDoubt[1].Run != "r1.a" {
		t.Errorf("got %+v, %v", n, err)
	}
	must(t, s.Settle(t.Context(), map[int64]bool{inDoubt[0].At: false}))
	if n, err = s.Changes(t.Context(), "r1", CardsOf{}); err != nil || n.Made != 4 || n.Destroyed != 1 || len(n.InDoubt) != 1 {
		t.Errorf("after a person decided that one was not done: %+v, %v", n, err)
	}
}

func TestTheAttemptsOfAnIdempotentCallCountOnceIfOneChangedSomething(t *testing.T) {
	t.Parallel()
	partly, lost := &card.Error{Kind: card.Unavailable, Changed: true}, &card.Error{Kind: card.Unavailable, Writes: card.Unanswered}
	for _, row := range []struct {
		name                  string
		results               []error // of the attempts of one call; nil is a change, ErrCutOff none
		made, inDoubt, partly int
		creates               int // what the same attempts of a card that creates count
	}{
		{"a part, and the rest", []error{partly, nil}, 1, 0, 1, 2},
		{"a part, and a lost answer", []error{partly, lost}, 1, 0, 1, 2},
		{"a part, and no result yet", []error{partly, engine.ErrCutOff}, 1, 0, 1, 2},
		{"a lost answer, and then the change", []error{lost, nil}, 1, 0, 0, 1},
		{"two lost answers", []error{lost, lost}, 1, 1, 0, 1},
	} {
		s := open(t, Config{State: t.TempDir()})
		l := create(t, s, "r1")
		for i, err := range row.results {
			intent := engine.Intent{Place: engine.Place{}.Step("s"), Attempt: i + 1, Card: "w.thing.set", Connection: "w"}
			must(t, l.Begin(intent))
			if err != engine.ErrCutOff {
				must(t, l.End(intent, engine.Effect{Err: err}))
			}
		}
		must(t, l.Flush())
		n, err := s.Changes(t.Context(), "r1", CardsOf{Idempotent: []string{"w.thing.set"}})
		if err != nil || n.Made != row.made || len(n.InDoubt) != row.inDoubt || len(n.Partly) != row.partly {
			t.Errorf("%s: got %+v, %v", row.name, n, err)
		}
		if n, err = s.Changes(t.Context(), "r1", CardsOf{}); err != nil || n.Made != row.creates {
			t.Errorf("%s, of a card that creates: got %+v, %v", row.name, n, err)
		}
		if n, err = s.Changes(t.Context(), "r1", CardsOf{Workspace: []string{"w.thing.set"}}); err != nil || n.Made != 0 {
			t.Errorf("%s, of a card of the workspace: got %+v, %v", row.name, n, err)
		}
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
