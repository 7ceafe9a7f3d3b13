package journaled_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/enginetest"
)

func TestRecordsOfDifferentPagesWithTheSameKeyAreNotRepeated(t *testing.T) {
	t.Parallel()
	for entry := range 40 {
		s, dir := newService(), t.TempDir()
		s.entry = entry + 1
		s.flow = `
flow: same
steps:
  - id: people
    stream: w.person.list
    key: string(index % 5)
    concurrency: 8
    as: person
    do:
      - if: person.id == 'p1'
        then:
          - wait: 900ms
          - wait: 900ms
      - card: w.thing.create
        with: {name: "${ person.id }"}
`
		_, left := process(t, s, enginetest.NewJournal(), dir, false, func(int) int { return 2 })
		s.entry = 0
		if left != nil {
			process(t, s, left, dir, true, nil)
		}
		for name, times := range s.things {
			if times != 1 {
				t.Errorf("killed at entry %d: %s was made %d times", entry+1, name, times)
			}
		}
	}
}

func TestRecordsOfALoopThatRunOneAfterAnotherStayInOrderIfOneIsInDoubt(t *testing.T) {
	t.Parallel()
	var doubts int
	for call := range 16 {
		s, dir := newService(), t.TempDir()
		s.die = call + 2
		s.flow = `
flow: order
steps:
  - stream: w.person.list
    concurrency: 3
    as: person
    do:
      - each: '["a", "b", "c"]'
        concurrency: 1
        as: n
        do:
          - card: w.thing.post
            with: {name: "${ person.id }${ n }"}
`
		_, left := process(t, s, enginetest.NewJournal(), dir, false, func(int) int { return 2 })
		s.die, s.inDoubt = 0, func() { doubts++ }
		process(t, s, left, dir, true, nil)
		done := map[string]string{}
		for _, name := range s.posted {
			last := len(name) - 1
			done[name[:last]] += name[last:]
		}
		for person, names := range done {
			if !strings.HasPrefix("abc", names) {
				t.Errorf("killed at call %d: %s got %s", call+2, person, names)
			}
		}
	}
	if doubts == 0 {
		t.Error("no write was in doubt")
	}
}

func TestASnapshotIsNotReadAgainAfterItsLastRecord(t *testing.T) {
	t.Parallel()
	const sweep = `
      - id: people
        stream: w.person.active
        snapshot: true
        concurrency: 4
        as: person
        do:
          - if: person.id != 'p3'
            then:
              - card: w.person.suspend
                with: {id: "${ person.id }"}
      - return: "${ steps.people.read }"
`
	t.Run("in the run", func(t *testing.T) {
		t.Parallel()
		resumption{status: engine.Succeeded, least: 24, flow: "\nflow: whole\nsteps:" + sweep}.survives(t)
	})
	t.Run("in a record", func(t *testing.T) {
		t.Parallel()
		resumption{status: engine.Succeeded, least: 28, flow: "\nflow: whole\nsteps:\n  - id: outer\n    each: '[1, 2]'\n    concurrency: 1\n    do:" + sweep}.survives(t)
	})
}

func TestTheLoopsOfAFinallyOfACanceledRunRunAgain(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]string{"memory": `each: '["p1", "p2"]'`, "pages": "stream: w.person.list", "snapshot": "stream: w.person.list\n        snapshot: true"} {
		s, dir := newService(), t.TempDir()
		s.cancel = 1
		s.flow = strings.Replace(`
flow: cleaned
steps:
  - try:
      - card: w.thing.create
        with: {name: a}
      - wait: 1h
      - card: w.thing.create
        with: {name: b}
    finally:
      - id: undo
        LIST
        as: item
        concurrency: 2
        do:
          - id: lists
            each: '[1]'
            do:
              - card: w.thing.flaky
                with: {name: again}
          - card: w.person.suspend
            with: {id: p3}
          - return: 1
`, "LIST", list, 1)
		m := enginetest.NewJournal()
		first, _ := process(t, s, m, dir, false, nil)
		if err := m.Flush(); err != nil || first.Status != engine.Canceled {
			t.Fatalf("%s: %v, %+v", name, err, first)
		}
		s.cancel = 0
		got, _ := process(t, s, m.Crash(0), dir, true, nil)
		records, pages := 2, 0
		if name != "memory" {
			records, pages = people, 5
		}
		if want := 1 + pages + 2*records; s.calls != want {
			t.Errorf("%s: %d calls of the resumed run, want %d", name, s.calls, want)
		}
		want := map[string]int{"try-1.finally.undo ok": records, "try-1.finally.undo.lists ok": records, "w.person.suspend": records, "w.thing.flaky": records, "w.thing.create": 2}
		if diff := cmp.Diff(want, got.Counts); diff != "" || got.Status != engine.Succeeded || len(got.Lines) != 2*records {
			t.Errorf("%s: %s\n%+v", name, diff, got)
		}
	}
}

func TestAFinallyOfARecordThatFinishesAfterACancelDoesNotRunAgain(t *testing.T) {
	t.Parallel()
	for cancel := range 20 {
		s, dir := newService(), t.TempDir()
		s.cancel = cancel + 1
		s.flow = `
flow: finishes
steps:
  - id: people
    stream: w.person.list
    concurrency: 3
    as: person
    do:
      - try:
          - card: w.thing.create
            with: {name: "${ person.id }"}
          - wait: 10s
        finally:
          - id: lists
            each: '[1]'
            do:
              - card: w.thing.create
                with: {name: "${ person.id } cleaned"}
`
		m := enginetest.NewJournal()
		process(t, s, m, dir, false, nil)
		if err := m.Flush(); err != nil {
			t.Fatal(err)
		}
		s.cancel = 0
		got, _ := process(t, s, m.Crash(0), dir, true, nil)
		want := map[string]int{"people ok": people, "people.try-1.finally.lists ok": people, "w.thing.create": 2 * people}
		if diff := cmp.Diff(want, got.Counts); diff != "" || got.Status != engine.Succeeded || len(got.Lines) != 2*people || len(s.things) != 2*people {
			t.Errorf("canceled at call %d: %s\n%+v", cancel+1, diff, got)
		}
		for name, times := range s.things {
			if times != 1 {
				t.Errorf("canceled at call %d: %s was made %d times", cancel+1, name, times)
			}
		}
	}
}
