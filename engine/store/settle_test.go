package store

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestADecisionCanBeChangedUntilTheRunHasActedOnIt(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	l := create(t, s, "r1")
	end := func(name string, out engine.Effect) {
		w := engine.Intent{Place: engine.Place{}.Step(name), Card: "fake"}
		out.Kind, out.Place = engine.CallEffect, w.Place
		must(t, l.Begin(w), l.End(w, out), l.Flush())
	}
	lost := engine.Effect{Err: &card.Error{Kind: card.Timeout, Message: "no answer"}}
	end("lost", lost)
	end("acted", lost)
	decide := func(done bool, want ...string) {
		t.Helper()
		open, err := s.Undecided(t.Context(), "r1")
		must(t, err)
		if len(open) != len(want) {
			t.Errorf("%d writes can be decided; want %v", len(open), want)
		}
		for i, w := range open {
			if w.Place.String() != want[i] {
				t.Errorf("got %s; want %v", w.Place, want)
			}
			must(t, s.Settle(t.Context(), map[int64]bool{w.At: done}))
			if got, err := s.Undecided(t.Context(), "r1"); err != nil || got[i].Doubt || got[i].Settled == nil || *got[i].Settled != done {
				t.Errorf("%s: got %+v, %v; want %v", w.Place, got[i], err, done)
			}
		}
	}
	decide(false, "lost", "acted")
	decide(true, "lost", "acted")
	at := func() int64 {
		open, err := s.Undecided(t.Context(), "r1")
		must(t, err)
		return open[1].At
	}()
	w := engine.Intent{Place: engine.Place{}.Step("acted"), Card: "fake"}
	must(t, l.End(w, engine.Effect{Kind: engine.CallEffect, Place: w.Place, Value: map[string]any{"changed": true}}), l.Flush())
	decide(false, "lost")
	must(t, s.Settle(t.Context(), map[int64]bool{at: false})) // too late: the run took it for done
	must(t, l.Finish(engine.Failed, "", nil), l.Release())
	all, err := s.Undecided(t.Context(), "r1")
	if must(t, err); len(all) != 2 || !*all[1].Settled {
		t.Errorf("got %+v; want both writes of a run that has ended, and the second one done", all)
	}
	decide(false, "lost", "acted")
	decide(true, "lost", "acted")
}
