package host_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

func TestRunsAreKeptAsLongAsTheWorkspaceSays(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for setting, kept := range map[string]int{ // of runs that ended 100 and 40 days ago, 5 hours ago, and now
		"connections: {}\n":          3,
		"history: {keep: 30d}\n":     2,
		"history: {keep: 2h}\n":      2, // once a day
		"history: {keep: forever}\n": 4,
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			time0 := clock.NewJumping(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
			dir := workspace(t, map[string]string{"flowdeck.yaml": setting, "plain.yaml": "flow: plain\nsteps: [{return: 1}]\n"})
			w, err := host.Open(dir, host.Config{Cards: cards.All(), Clock: time0})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			f, err := w.FlowNamed("plain")
			if err != nil {
				t.Fatal(err)
			}
			checked, err := w.Check(f, nil)
			if err != nil {
				t.Fatal(err)
			}
			conns, err := w.Connect(t.Context(), checked.Uses())
			if err != nil {
				t.Fatal(err)
			}
			for _, wait := range []time.Duration{0, 60 * day, 40*day - 5*time.Hour, 5 * time.Hour} {
				if err := time0.Sleep(t.Context(), time0.Now().Add(wait)); err != nil {
					t.Fatal(err)
				}
				if _, err := w.Run(t.Context(), host.Run{Flow: checked, Connections: conns}); err != nil {
					t.Fatal(err)
				}
			}
			runs, err := w.Runs(t.Context(), store.Filter{})
			if err != nil {
				t.Fatal(err)
			}
			folders, err := os.ReadDir(filepath.Join(dir, host.StateDir, "runs"))
			if err != nil {
				t.Fatal(err)
			}
			if len(runs) != kept || len(folders) != kept {
				t.Errorf("%d runs and %d folders are kept, want %d", len(runs), len(folders), kept)
			}
		})
	}
}

func TestARunWithAHostileIDDoesNotBlockOthers(t *testing.T) {
	t.Parallel()
	dir := workspace(t, map[string]string{"victim.yaml": "flow: victim\nsteps: [{return: 1}]\n"})
	w, err := host.Open(dir, host.Config{Cards: cards.All()})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	history, err := w.History()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"../../victim.yaml", "../../../outside", ".", "..", "/", "good"} {
		l, err := history.Create(t.Context(), store.Run{ID: id, Flow: "f"})
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Finish(engine.Succeeded, "", nil); err != nil {
			t.Fatal(err)
		}
	}
	ids, err := w.Prune(t.Context(), time.Now().Add(time.Hour))
	if err != nil || len(ids) != 6 {
		t.Errorf("got %q, %v", ids, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "victim.yaml")); err != nil {
		t.Errorf("a file of the workspace was removed: %v", err)
	}
}
