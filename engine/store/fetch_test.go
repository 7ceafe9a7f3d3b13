package store

import (
	"errors"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// elsewhere is a run that ran elsewhere.
func elsewhere() Run {
	began := time.Date(2026, 3, 4, 5, 6, 7, 8000, time.UTC)
	return Run{
		ID: "r1", Flow: "sweep", Start: engine.Start{Run: "r1", By: "ada"}, Started: began, Ended: began.Add(time.Hour), Origin: &Origin{Engine: "temporal"},
	}
}

func fetch(t *testing.T, s *Store, r Run) *Log {
	t.Helper()
	l, err := s.Fetch(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func writtenAt(r Run, step string) Write {
	return Write{
		Intent: engine.Intent{Place: engine.Place{}.Step(step), Attempt: 1, Card: "w.thing.create", Target: step, In: map[string]any{"name": step}},
		Began:  r.Started.Add(time.Minute), Ended: r.Started.Add(2 * time.Minute), Times: 1, Result: map[string]any{"changed": true, "id": step},
	}
}

func TestWhatAFetchedRunWroteHasItsTimesAndCounts(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	r := elsewhere()
	l := fetch(t, s, r)
	yes := true
	done, lost, twice, settled := writtenAt(r, "done"), writtenAt(r, "lost"), writtenAt(r, "twice"), writtenAt(r, "settled")
	lost.Ended, lost.Result = time.Time{}, nil
	twice.Times, twice.Result, twice.Doubt = 2, map[string]any{"changed": false}, true
	settled.Settled = &yes
	for _, w := range []Write{done, lost, twice, settled} {
		if err := l.Wrote(w); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(l.Finish(engine.Succeeded, "", nil), l.Release()); err != nil {
		t.Fatal(err)
	}
	run, err := s.Run(t.Context(), "r1")
	if err != nil || !run.Started.Equal(r.Started) || !run.Ended.Equal(r.Ended) || run.Origin == nil || run.Resumable() {
		t.Errorf("got %+v, %v", run, err)
	}
	writes, err := s.Writes(t.Context(), "r1", Page{})
	if err != nil || len(writes) != 4 {
		t.Fatalf("got %+v, %v", writes, err)
	}
	for i, want := range []struct {
		times          int
		changed, doubt bool
		ended          time.Time
	}{{1, true, false, done.Ended}, {1, false, true, time.Time{}}, {2, false, true, done.Ended}, {1, true, false, done.Ended}} {
		w := writes[i]
		if w.Times != want.times || w.Changed != want.changed || w.Doubt != want.doubt || !w.Ended.Equal(want.ended) || !w.Began.Equal(done.Began) {
			t.Errorf("%s: got %+v", w.Target, w)
		}
	}
	if writes[3].Settled == nil || !*writes[3].Settled {
		t.Errorf("got %+v", writes[3])
	}
	if v, err := s.Verify(t.Context(), "r1"); err != nil || v.Problem != nil {
		t.Errorf("got %+v, %v", v.Problem, err)
	}
	if _, err := s.Fetch(t.Context(), r); !errors.Is(err, ErrFetched) {
		t.Errorf("a second fetch: got %v", err)
	}
}

// A process that is killed leaves a part of a run: nobody finds it, and the next fetch begins again.
func TestAFetchWhoseProcessWasKilledIsMadeAgain(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	r := elsewhere()
	l := fetch(t, s, r)
	if err := errors.Join(l.Wrote(writtenAt(r, "half")), l.Flush()); err != nil {
		t.Fatal(err)
	}
	other := open(t, s.config)
	if owned := (*OwnedError)(nil); !errors.As(func() error { _, err := other.Fetch(t.Context(), r); return err }(), &owned) {
		t.Error("two processes fetch it at the same time")
	}
	s.kill()
	if _, err := other.Run(t.Context(), Last); card.AsError(err).Kind != card.NotFound {
		t.Errorf("the run is found: %v", err)
	}
	if found, err := other.History(t.Context(), "half", Page{}); err != nil || len(found) > 0 {
		t.Errorf("found %+v, %v", found, err)
	}
	l = fetch(t, other, r)
	if err := errors.Join(l.Wrote(writtenAt(r, "whole")), l.Finish(engine.Canceled, "", nil), l.Release()); err != nil {
		t.Fatal(err)
	}
	if writes, err := other.Writes(t.Context(), "r1", Page{}); err != nil || len(writes) != 1 || writes[0].Target != "whole" {
		t.Errorf("got %+v, %v", writes, err)
	}
	if _, _, err := other.Take(t.Context(), "r1", Resumption{}); card.AsError(err).Code != "run_ended" {
		t.Errorf("it was resumed: %v", err)
	}
}

func TestWhatIsLeftOfAFetchIsPruned(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	fetch(t, s, elsewhere())
	s.kill()
	other := open(t, s.config)
	if ids, err := other.Prune(t.Context(), time.Time{}); err != nil || len(ids) != 1 || ids[0] != "r1" {
		t.Errorf("got %v, %v", ids, err)
	}
}
