package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/clock"
)

func TestWhatIsPrunedIsGoneFromTheFiles(t *testing.T) {
	t.Parallel()
	jumping := clock.NewJumping(noon)
	s := open(t, Config{State: t.TempDir(), Clock: jumping})
	write := func(id, canary string, status Status, records int) {
		l, err := s.Create(t.Context(), Run{ID: id, Flow: "sweep", Sources: map[string]string{"f": canary}, Start: engine.Start{Inputs: map[string]engine.Value{"x": canary}}})
		must(t, err)
		for i := range records {
			r := engine.Record{Place: engine.Place{}.Step("sweep").Record(0, fmt.Sprint(canary, i), 0), Value: canary}
			w := engine.Intent{Place: r.Place.Step("s"), Card: "fake", Target: canary, In: map[string]any{"user": canary}}
			must(t, l.Open(r), l.Begin(w))
			if i%2 == 0 {
				must(t, l.End(w, engine.Effect{Kind: engine.CallEffect, Place: w.Place, Value: canary}), l.Close(r, engine.Outcome{Reason: canary}, nil))
			}
		}
		must(t, l.Add(engine.Place{}, engine.Effect{Kind: engine.CallEffect, Place: engine.Place{}.Step("big"), Value: strings.Repeat(canary, 30_000)}))
		if status != Running {
			must(t, l.Finish(status, canary, []byte(`{"x":"`+canary+`"}`)))
		} else {
			must(t, l.Update([]byte(`{"x":"`+canary+`"}`)))
		}
		must(t, l.Release())
	}
	canary := "CANARY-personal-data"
	write("old", canary, engine.Failed, 500)
	write("paused", "kept-paused", Paused, 3)
	write("running", "kept-running", Running, 3)
	if found := s.search(t, canary); len(found) == 0 {
		t.Fatal("the test does not find what is there")
	}
	full := s.sizes(t)
	must(t, jumping.Sleep(t.Context(), noon.Add(48*time.Hour)))
	write("new", "kept-new", engine.Succeeded, 3)

	if got, err := s.Prune(t.Context(), noon.Add(-time.Hour)); err != nil || len(got) > 0 {
		t.Fatalf("got %v, %v", got, err)
	}
	got, err := s.Prune(t.Context(), noon.Add(24*time.Hour))
	if err != nil || !slices.Equal(got, []string{"old"}) {
		t.Fatalf("got %v, %v", got, err)
	}
	if found := s.search(t, canary, strings.ToLower(canary)); len(found) > 0 {
		t.Errorf("found in the files: %v", found)
	}
	if left := s.sizes(t); left > full/2 {
		t.Errorf("the files have %d bytes; had %d", left, full)
	}
	for _, table := range []string{"effects", "streams", "counts", "blobs", "chain"} {
		var n int
		must(t, s.db.QueryRow("SELECT count(*) FROM "+table+" WHERE run NOT IN (SELECT seq FROM runs)").Scan(&n))
		if n > 0 {
			t.Errorf("%s: %d rows of no run", table, n)
		}
	}
	runs, err := s.Runs(t.Context(), Filter{})
	if want := []string{"new succeeded", "running interrupted", "paused paused"}; err != nil || !slices.Equal(ids(runs), want) {
		t.Errorf("got %v, %v", ids(runs), err)
	}
	for _, id := range []string{"new", "running", "paused"} {
		if all, err := s.Writes(t.Context(), id, Page{}); err != nil || len(all) != 3 {
			t.Errorf("%s: %d writes, %v", id, len(all), err)
		}
	}
	if past, err := take(t, s, "paused").Past(engine.Place{}); err != nil || len(past.Effects) != 1 {
		t.Errorf("got %v", err)
	}
	write("later", "later", Running, 1) // its numbers are not those of the run that was deleted
	if found, err := s.History(t.Context(), canary, Page{}); err != nil || len(found) > 0 {
		t.Errorf("got %v, %v", found, err)
	}
}

func TestWhatAKeptRunRepeatsIsKept(t *testing.T) {
	t.Parallel()
	jumping := clock.NewJumping(noon)
	s := open(t, Config{State: t.TempDir(), Clock: jumping})
	run := func(id, repeats string) *Log {
		l, err := s.Create(t.Context(), Run{ID: id, Flow: "sweep", Start: engine.Start{Repeats: repeats, Inputs: map[string]engine.Value{"in": strings.Repeat("x", 2*longestInRow)}}})
		must(t, err)
		return l
	}
	end := func(l *Log) { must(t, l.Finish(engine.Failed, "", nil), l.Release()) }
	end(run("first", ""))
	end(run("second", "first"))
	end(run("alone", ""))
	end(run("other", ""))
	end(run("other-again", "other"))
	must(t, jumping.Sleep(t.Context(), noon.Add(48*time.Hour)))
	third := run("third", "second")
	prune := func(before time.Time, want ...string) {
		t.Helper()
		if n, err := s.Prunable(t.Context(), before); err != nil || n != len(want) {
			t.Errorf("%d runs are prunable; want %d: %v", n, len(want), err)
		}
		if got, err := s.Prune(t.Context(), before); err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
	}
	prune(noon.Add(24*time.Hour), "alone", "other", "other-again")
	end(third)
	prune(noon.Add(24 * time.Hour))
	prune(noon.Add(72*time.Hour), "first", "second", "third")
}

func TestAPruneThatWasInterruptedGoesOn(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	l := create(t, s, "r1")
	must(t, l.Begin(engine.Intent{Place: engine.Place{}.Step("a")}), l.Finish(engine.Succeeded, "", nil), l.Release())
	_, err := s.db.Exec("UPDATE runs SET status = ?", string(pruned))
	must(t, err)
	if _, err := s.Run(t.Context(), "r1"); err == nil {
		t.Error("a run that is being deleted was found")
	}
	if _, err := s.Run(t.Context(), Last); err == nil {
		t.Error("a run that is being deleted is the last one")
	}
	if got, err := s.Prune(t.Context(), noon); err != nil || !slices.Equal(got, []string{"r1"}) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestTheLocksOfProcessesThatHaveEndedAreDeleted(t *testing.T) {
	t.Parallel()
	c := Config{State: t.TempDir()}
	first := open(t, c)
	create(t, first, "r1")
	first.kill()
	second := open(t, c)
	create(t, second, "r2")
	_, err := second.Prune(t.Context(), noon)
	must(t, err)
	left, err := os.ReadDir(filepath.Join(c.State, owners))
	if err != nil || len(left) != 1 || !strings.HasPrefix(left[0].Name(), second.lease.Load().id) {
		t.Errorf("got %v, %v", left, err)
	}
	if r, err := second.Run(t.Context(), "r2"); err != nil || r.Status != Running {
		t.Errorf("got %+v, %v", r, err)
	}
}
