package store

import (
	"errors"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/clock"
)

func TestAnOccasionWhoseRunMayBeElsewhereIsKept(t *testing.T) {
	t.Parallel()
	now := clock.NewJumping(noon)
	s := open(t, Config{State: t.TempDir(), Clock: now})
	lead, err := s.Lead(t.Context(), time.Time{})
	must(t, err)
	submit(t, s, []bool{true}, occasionAt("e1", noon))
	for _, run := range []string{"r1", "r2"} { // a second try has the id of the first
		if kept, err := s.Send(t.Context(), lead, 1, run); err != nil || kept != "r1" {
			t.Errorf("got %q, %v; want r1", kept, err)
		}
	}
	if n, err := s.DropWaiting(t.Context(), nil, "sweep", "a person"); err != nil || n != 0 {
		t.Errorf("a person dropped %d, %v", n, err)
	}
	if _, err := s.Create(t.Context(), Run{ID: "here", Flow: "sweep", Start: engine.Start{Run: "here"}, Occasion: 1}); !errors.Is(err, ErrStarted) {
		t.Errorf("it started a run here: %v", err)
	}
	status := func(want ...OccasionStatus) {
		t.Helper()
		must(t, now.Sleep(t.Context(), now.Now().Add(2*remembered)))
		_, err := s.Prune(t.Context(), now.Now())
		must(t, err)
		all, err := s.Occasions(t.Context(), OccasionFilter{})
		if err != nil || len(all) != len(want) || len(all) > 0 && all[0].Status != want[0] {
			t.Errorf("got %+v, %v; want %v", all, err, want)
		}
	}
	status(Waiting)
	must(t, s.Sent(t.Context(), lead, 1))
	if _, err := s.Send(t.Context(), lead, 1, "r3"); !errors.Is(err, ErrStarted) {
		t.Errorf("it was started again: %v", err)
	}
	status(Started)
	must(t, s.EndedElsewhere(t.Context(), lead, 1))
	status()
}
