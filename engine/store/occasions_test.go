package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/veil"
)

func occasionAt(key string, at time.Time) Occasion {
	return Occasion{Flow: "sweep", Trigger: "event user.created", Key: key, At: at, By: "an event", Value: map[string]any{"event": map[string]any{"uuid": key, "n": 1.0}}}
}

func TestAnOccasionIsKeptOnce(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	s, other := open(t, Config{State: state}), open(t, Config{State: state})
	later, first := occasionAt("e2", noon.Add(time.Minute)), occasionAt("e1", noon)
	first.Inputs = map[string]engine.Value{"days": 3}
	submit(t, s, []bool{true, true}, later, first)
	submit(t, other, []bool{false, true, false}, first, occasionAt("e3", noon), later)

	got, err := s.Occasions(t.Context(), OccasionFilter{Status: Waiting})
	if err != nil || len(got) != 3 || got[0].Key != "e1" || got[1].Key != "e3" || got[2].Key != "e2" {
		t.Fatalf("got %+v, %v; want e1, e3 and e2, in the order of their times", got, err)
	}
	first.Status = Waiting
	if diff := cmp.Diff(first, got[0], cmpopts.IgnoreFields(Occasion{}, "ID", "Received"), cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Errorf("(-submitted +kept):\n%s", diff)
	}

	must(t, s.Drop(t.Context(), nil, got[0].ID, "busy"))
	submit(t, s, []bool{false}, first)
	if n, oldest, err := s.WaitingOccasions(t.Context()); err != nil || n != 2 || oldest.IsZero() {
		t.Errorf("%d wait since %v, %v", n, oldest, err)
	}
}

func submit(t *testing.T, s *Store, want []bool, all ...Occasion) {
	t.Helper()
	fresh, err := s.Submit(t.Context(), nil, all...)
	if err != nil || !cmp.Equal(fresh, want) {
		t.Errorf("got %v, %v; want %v", fresh, err, want)
	}
}

func TestAnOccasionStartsOneRun(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	s, other := open(t, Config{State: state}), open(t, Config{State: state})
	submit(t, s, []bool{true}, occasionAt("e1", noon))
	all, err := s.Occasions(t.Context(), OccasionFilter{})
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	run := func(id string) Run {
		return Run{ID: id, Flow: "sweep", Start: engine.Start{Run: id}, Occasion: all[0].ID}
	}
	if _, err := s.Create(t.Context(), run("r1")); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Create(t.Context(), run("r2")); !errors.Is(err, ErrStarted) {
		t.Errorf("got %v; want ErrStarted", err)
	}
	if _, err := other.Run(t.Context(), "r2"); err == nil {
		t.Error("the second run was created")
	}
	must(t, other.Drop(t.Context(), nil, all[0].ID, "late"))
	all, err = other.Occasions(t.Context(), OccasionFilter{Run: "r1"})
	if err != nil || len(all) != 1 || all[0].Status != Started || all[0].Reason != "" {
		t.Errorf("got %+v, %v", all, err)
	}
}

func TestASecretOfAnOccasionIsEncrypted(t *testing.T) {
	t.Parallel()
	state, v := t.TempDir(), veil.New()
	v.Learn("correct horse")
	s := open(t, Config{State: state, Veil: v, Key: func() ([]byte, error) { return []byte("a key"), nil }})
	o := occasionAt("e1", noon)
	o.Inputs = map[string]engine.Value{"password": "correct horse"}
	submit(t, s, []bool{true}, o)
	must(t, s.shrink(t.Context()))
	for _, suffix := range []string{"", "-wal"} {
		text, err := os.ReadFile(s.file + suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("correct horse")) {
			t.Errorf("%s%s has the secret", Name, suffix)
		}
	}
	got, err := s.Occasions(t.Context(), OccasionFilter{})
	if err != nil || len(got) != 1 || got[0].Inputs["password"] != "correct horse" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestOneProcessLeads(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	s, other := open(t, Config{State: state}), open(t, Config{State: state})
	first, err := s.Lead(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	led := (*LedError)(nil)
	if _, err := other.Lead(t.Context(), time.Time{}); !errors.As(err, &led) || led.PID == 0 {
		t.Fatalf("got %v; want a LedError", err)
	}
	if _, err := s.Submit(t.Context(), first, occasionAt("e1", noon)); err != nil {
		t.Error(err)
	}
	s.kill()
	second, err := other.Lead(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Submit(t.Context(), first, occasionAt("e2", noon)); !errors.Is(err, ErrNotLeading) {
		t.Errorf("the old leader: got %v; want ErrNotLeading", err)
	}
	if err := first.Check(t.Context()); !errors.Is(err, ErrNotLeading) {
		t.Errorf("the old leader: got %v; want ErrNotLeading", err)
	}
	must(t, second.Check(t.Context()))
	must(t, second.Resign(t.Context()))
	if _, err := open(t, Config{State: state}).Lead(t.Context(), time.Time{}); err != nil {
		t.Errorf("after the leader resigned: %v", err)
	}
}

func TestAScheduleIsWhereItWasMovedLast(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	lead, err := s.Lead(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	const flow, trigger = "nightly", "schedule 0 2 * * * UTC"
	state, err := s.Schedule(t.Context(), lead, flow, trigger)
	if err != nil || time.Since(state.Last) > time.Minute {
		t.Errorf("a new schedule: got %+v, %v; want one that has come as far as now", state, err)
	}
	next := state.Last.Add(time.Hour)
	must(t, s.Advance(t.Context(), lead, flow, trigger, next, Occasion{Flow: flow, Trigger: trigger, Key: "2026-03-01T02:00", At: next}),
		s.Advance(t.Context(), lead, flow, trigger, next.Add(-time.Minute)))
	all, err := s.Schedules(t.Context())
	if err != nil || len(all) != 1 || !all[0].Last.Equal(next.Add(-time.Minute)) {
		t.Errorf("got %+v, %v", all, err)
	}
	if last, err := s.LastOccasion(t.Context(), flow, trigger); err != nil || last == nil || !last.At.Equal(next) {
		t.Errorf("the last occasion: got %+v, %v", last, err)
	}
}

func TestOldOccasionsArePruned(t *testing.T) {
	t.Parallel()
	now := clock.NewJumping(noon)
	s := open(t, Config{State: t.TempDir(), Clock: now})
	large, waits := occasionAt("large", noon), occasionAt("waits", noon)
	large.Value = strings.Repeat("x", 2*longestInRow)
	waits.Value = strings.Repeat("y", 2*longestInRow)
	submit(t, s, []bool{true, true}, large, waits)
	must(t, s.Drop(t.Context(), nil, 1, "busy"))
	blobs := func() (n int) {
		must(t, s.db.QueryRow("SELECT count(*) FROM blobs").Scan(&n))
		return n
	}
	if n := blobs(); n != 2 {
		t.Fatalf("got %d blobs, want 2", n)
	}
	prune := func() {
		t.Helper()
		if _, err := s.Prune(t.Context(), now.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	prune()
	submit(t, s, []bool{false}, large) // a signed request can be sent again for some minutes
	must(t, now.Sleep(t.Context(), now.Now().Add(2*remembered)))
	prune()
	all, err := s.Occasions(t.Context(), OccasionFilter{})
	if err != nil || len(all) != 1 || all[0].Key != "waits" || all[0].Value != waits.Value || blobs() != 1 {
		t.Errorf("got %d occasions and %d blobs, %v; want the one that waits", len(all), blobs(), err)
	}
}

func TestAFlowWithManyOccasionsDoesNotHoldUpOthers(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	for i, flow := range []string{"many", "many", "many", "many", "many", "few", "few"} {
		submit(t, s, []bool{true}, Occasion{Flow: flow, Trigger: "test", Key: fmt.Sprint(i), At: noon.Add(time.Duration(i) * time.Second)})
	}
	if got, want := turns(t, s, 100), []string{"0", "5", "1", "6", "2", "3", "4"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := turns(t, s, 2); !slices.Equal(got, []string{"0", "5"}) {
		t.Errorf("a limit hides a flow: got %v", got)
	}
}

func TestALaneWithManyOccasionsDoesNotHideOthers(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	for i := range 20 {
		submit(t, s, []bool{true}, Occasion{Flow: "one", Trigger: "test", Key: fmt.Sprint("lane ", i), Lane: "busy", At: noon.Add(time.Duration(20-i) * time.Second)})
	}
	submit(t, s, []bool{true, true}, Occasion{Flow: "one", Trigger: "test", Key: "free 1", At: noon.Add(time.Hour)}, Occasion{Flow: "one", Trigger: "test", Key: "free 2", At: noon.Add(time.Hour)})
	if got, want := turns(t, s, 3), []string{"lane 19", "free 1", "free 2"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// turns returns the keys of the occasions that can start.
func turns(t *testing.T, s *Store, limit int) (keys []string) {
	t.Helper()
	all, err := s.Turns(t.Context(), limit)
	must(t, err)
	for _, o := range all {
		keys = append(keys, o.Key)
	}
	return keys
}
