package journaled_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/enginetest"
)

const rename = `
flow: rename
steps:
  - card: w.name.set
    with: {name: new}
  - card: w.person.suspend
    with: {id: p1}
`

// renaming returns a service with a flow that renames something, which fails twice after it was done.
func renaming() *service {
	s := newService()
	s.flow, s.name, s.setFails = rename, "old", 2
	return s
}

// states checks the states before writes that a journal has: that of a rename is the one before the first attempt.
func states(t *testing.T, m *enginetest.Journal) (begun int) {
	t.Helper()
	all, err := m.Begun()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		switch {
		case i.Card == "w.name.set" && i.Before.Fields["name"] != "old":
			t.Errorf("attempt %d of %s: state before %+v", i.Attempt, i.Place, i.Before)
		case i.Card != "w.name.set" && !i.Before.IsZero():
			t.Errorf("%s: state before %+v", i.Place, i.Before)
		}
	}
	return len(all)
}

func TestTheStateBeforeTheFirstAttemptIsKept(t *testing.T) {
	t.Parallel()
	s, m := renaming(), enginetest.NewJournal()
	got, _ := process(t, s, m, t.TempDir(), false, nil)
	if begun := states(t, m); got.Status != engine.Succeeded || s.reads != 1 || begun != 4 {
		t.Errorf("got %+v, %d reads, %d attempts", got, s.reads, begun)
	}
}

func TestARunThatIsKilledAtAnyCallKeepsTheStateBeforeTheFirstAttempt(t *testing.T) {
	t.Parallel()
	for die := 1; die <= 5; die++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprint(die, after), func(t *testing.T) {
				t.Parallel()
				s, dir := renaming(), t.TempDir()
				s.die, s.after = die, after
				_, left := process(t, s, enginetest.NewJournal(), dir, false, func(int) int { return 4 })
				if left == nil {
					t.Fatal("the process did not die")
				}
				s.die = 0
				got, _ := process(t, s, left, dir, true, nil)
				if states(t, left); got.Status != engine.Succeeded || s.name != "new" {
					t.Errorf("got %+v", got)
				}
			})
		}
	}
}

func TestACallWhoseStateBeforeCannotBeReadFailsAndWritesNothing(t *testing.T) {
	t.Parallel()
	s, m := renaming(), enginetest.NewJournal()
	s.readFail = func(int) *card.Error { return &card.Error{Kind: card.Forbidden, Message: "no permission"} }
	got, _ := process(t, s, m, t.TempDir(), false, nil)
	if begun := states(t, m); !strings.Contains(got.Err, "the state before the change cannot be read: no permission") || s.reads != 1 || begun != 0 || s.name != "old" {
		t.Errorf("got %+v, %d reads, %d attempts", got, s.reads, begun)
	}
}

// The read is a part of the attempt: the retry of the step makes the next one. Nothing is in doubt.
func TestAReadOfTheStateBeforeIsRetriedAsTheStepIs(t *testing.T) {
	t.Parallel()
	s, m := renaming(), enginetest.NewJournal()
	s.setFails = 0
	s.readFail = func(n int) *card.Error {
		if n < 3 {
			return &card.Error{Kind: card.Unavailable, Message: "busy"}
		}
		return nil
	}
	s.die, s.after = 2, true // after the second read that fails
	dir := t.TempDir()
	_, left := process(t, s, m, dir, false, func(int) int { return 4 })
	if left == nil {
		t.Fatal("the process did not die")
	}
	s.die = 0
	got, _ := process(t, s, left, dir, true, nil)
	if begun := states(t, left); got.Status != engine.Succeeded || begun != 2 || s.name != "new" {
		t.Errorf("got %+v, %d reads, %d attempts", got, s.reads, begun)
	}
}

// A call that an earlier process attempted may have been made: a resumed run makes it again only if the state is that of the plan, or the one
// that it left.
func TestACallThatWasAttemptedIsHeldToThePlanAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fails   int    // how often the call fails after its change
		die     int    // the number of the call at which the process dies; 0: the run is canceled after the second one
		after   bool   // after its change
		busy    bool   // the first read of the resumed run fails
		outside string // the name that somebody else sets
	}{
		"begun":                                  {die: 2, after: true},
		"begun, and changed by somebody else":    {die: 2, after: true, outside: "other"},
		"failed":                                 {fails: 1},
		"failed, and changed by somebody else":   {fails: 1, outside: "other"},
		"the read of the state fails":            {die: 2, after: true, busy: true},
		"it fails, and somebody else changed it": {die: 2, after: true, busy: true, outside: "other"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dir := renaming(), t.TempDir()
			s.setFails, s.die, s.after = test.fails, test.die, test.after
			s.hold = func(i engine.Invocation, now card.State) *card.Error {
				if name, _ := now.Fields["name"].(string); i.Card == "w.name.set" && name != "old" && name != "new" {
					return &card.Error{Kind: card.Conflict, Code: "stale_plan", Message: "it is " + name}
				}
				return nil
			}
			if test.die == 0 {
				s.cancel = 2
			}
			m := enginetest.NewJournal()
			got, left := process(t, s, m, dir, false, func(int) int { return 4 })
			if left == nil && got.Status == engine.Canceled {
				left = m
			}
			if left == nil || s.name != "new" {
				t.Fatalf("the process did not end after the write: %q, %+v", s.name, got)
			}
			if s.die, s.cancel = 0, 0; test.outside != "" {
				s.name = test.outside
			}
			reads := s.reads
			s.readFail = func(n int) *card.Error {
				if test.busy && n == reads+1 {
					return &card.Error{Kind: card.Unavailable, Message: "busy"}
				}
				return nil
			}
			got, _ = process(t, s, left, dir, true, nil)
			if test.outside == "" && got.Status != engine.Succeeded || test.outside != "" && (s.name != test.outside || !strings.Contains(got.Err, "it is other")) {
				t.Errorf("got %+v; the name is %q", got, s.name)
			}
			if test.busy && s.reads < reads+2 {
				t.Errorf("%d reads of the resumed run", s.reads-reads)
			}
		})
	}
}
