package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/clock"
)

func polledAt(at time.Time, keys ...string) Polled {
	p := Polled{State: PollState{Flow: "sweep", Trigger: "event user.created", Position: []byte(`{"after":"` + keys[0] + `"}`), At: at, Ended: noon}, Keys: keys}
	for _, key := range keys {
		p.Occasions = append(p.Occasions, occasionAt(key, at))
	}
	return p
}

func TestAPollMovesWithTheOccasionsOfItsPage(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	lead, err := s.Lead(t.Context(), time.Time{})
	must(t, err)
	if state, err := s.Poll(t.Context(), "sweep", "event user.created"); err != nil || state.Position != nil || !state.At.IsZero() {
		t.Fatalf("got %+v, %v; want a new one", state, err)
	}
	submit(t, s, []bool{true}, occasionAt("e1", noon)) // by an event hook
	page := polledAt(noon, "e1", "e2")
	fresh, err := s.MovePoll(t.Context(), lead, page)
	if err != nil || !slices.Equal(fresh, []bool{false, true}) {
		t.Errorf("got %v, %v; want e2 as new", fresh, err)
	}
	got, err := s.Poll(t.Context(), "sweep", "event user.created")
	if diff := cmp.Diff(page.State, got, cmp.Comparer(time.Time.Equal)); diff != "" || err != nil {
		t.Errorf("(-moved +kept) %v:\n%s", err, diff)
	}

	if _, err := s.Lead(t.Context(), time.Time{}); err != nil { // another server
		t.Fatal(err)
	}
	if _, err := s.MovePoll(t.Context(), lead, polledAt(noon.Add(time.Hour), "e3")); !errors.Is(err, ErrNotLeading) {
		t.Errorf("got %v, want that it does not lead", err)
	}
	if again, err := s.Poll(t.Context(), "sweep", "event user.created"); err != nil || !again.At.Equal(noon) {
		t.Errorf("got %+v, %v: a former leader moved the poll", again, err)
	}
	if n, _, err := s.WaitingOccasions(t.Context()); err != nil || n != 2 {
		t.Errorf("%d wait, %v; want e1 and e2", n, err)
	}
}

func TestKeysOfAPollAreKnownUntilTheyAreForgotten(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	lead, err := s.Lead(t.Context(), time.Time{})
	must(t, err)
	known := func(want ...bool) {
		t.Helper()
		got, err := s.WasPolled(t.Context(), "sweep", "event user.created", []string{"a", "b", "c"})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
	}
	known(false, false, false)
	_, err = s.MovePoll(t.Context(), lead, polledAt(noon, "a"))
	must(t, err)
	later := polledAt(noon.Add(time.Minute), "b")
	_, err = s.MovePoll(t.Context(), lead, later)
	must(t, err)
	known(true, true, false)
	later.Forget = noon.Add(time.Second)
	_, err = s.MovePoll(t.Context(), lead, later)
	must(t, err)
	known(false, true, false)

	must(t, s.ForgetPolls(t.Context(), lead, []PollState{later.State}))
	known(false, true, false)
	must(t, s.ForgetPolls(t.Context(), lead, nil))
	known(false, false, false)
	if all, err := s.Polls(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("got %v, %v; want none", all, err)
	}
}

// Events can be delivered for long, while the log of the service cannot be read. When it can, they start nothing more.
func TestOccasionsOfEventsThatMayStillBeReadAreNotPruned(t *testing.T) {
	t.Parallel()
	now := clock.NewJumping(noon)
	s := open(t, Config{State: t.TempDir(), Clock: now})
	lead, err := s.Lead(t.Context(), time.Time{})
	must(t, err)
	_, err = s.MovePoll(t.Context(), lead, polledAt(noon, "read"))
	must(t, err)
	submit(t, s, []bool{true, true}, occasionAt("long ago", noon.Add(-2*time.Hour)), occasionAt("delivered", noon.Add(time.Minute)))
	all, err := s.Occasions(t.Context(), OccasionFilter{})
	must(t, err)
	for _, o := range all {
		must(t, s.Drop(t.Context(), nil, o.ID, "a test"))
	}
	must(t, now.Sleep(t.Context(), noon.Add(time.Hour)))
	_, err = s.Prune(t.Context(), noon.Add(time.Hour))
	must(t, err)
	submit(t, s, []bool{true, false, false}, occasionAt("long ago", noon.Add(-2*time.Hour)), occasionAt("delivered", noon.Add(time.Minute)), occasionAt("read", noon))
}
