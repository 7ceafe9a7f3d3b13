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

// A write that was begun may have been made: a resumed run makes it again only if the state is that of the plan, or the one that it left.
func TestAWriteThatWasBegunIsHeldToThePlanAgain(t *testing.T) {
	t.Parallel()
	for name, outside := range map[string]string{"nobody changed it": "", "somebody changed it": "other"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dir := renaming(), t.TempDir()
			s.setFails, s.die, s.after = 0, 2, true // after the rename was made, and before its answer was kept
			s.hold = func(i engine.Invocation, now card.State) *card.Error {
				if name, _ := now.Fields["name"].(string); i.Card == "w.name.set" && name != "old" && name != "new" {
					return &card.Error{Kind: card.Conflict, Code: "stale_plan", Message: "it is " + name}
				}
				return nil
			}
			_, left := process(t, s, enginetest.NewJournal(), dir, false, func(int) int { return 4 })
			if left == nil || s.name != "new" {
				t.Fatalf("the process did not die after the write: %q", s.name)
			}
			if s.die = 0; outside != "" {
				s.name = outside
			}
			got, _ := process(t, s, left, dir, true, nil)
			if outside == "" && got.Status != engine.Succeeded || outside != "" && (s.name != outside || !strings.Contains(got.Err, "it is other")) {
				t.Errorf("got %+v; the name is %q", got, s.name)
			}
		})
	}
}
