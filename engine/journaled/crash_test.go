package journaled_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	godiff "github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/journaled"
	"github.com/flowdeck/flowdeck/engine/keep"
	"github.com/flowdeck/flowdeck/engine/local"
)

// sweep has every kind of effect that a crash can interrupt.
const sweep = `
flow: sweep
inputs: {note: {type: string, default: x}}
steps:
  - id: start
    card: w.thing.create
    with: {name: start}
  - wait: 3s
  - id: people
    stream: w.person.list
    concurrency: 4
    allow: {failures: 100}
    as: person
    do:
      - id: got
        card: w.person.get
        with: {id: "${ person.id }"}
      - if: steps.got.active
        then:
          - card: w.person.suspend
            with: {id: "${ person.id }"}
      - id: things
        each: '[1, 2]'
        as: n
        do:
          - card: w.thing.create
            with: {name: "${ person.id }-${ n }"}
      - if: person.id == 'p7'
        then:
          - fail: seven
      - return: {id: "${ person.id }", things: "${ steps.things.ok }", at: "${ uuid() }"}
  - id: both
    parallel:
      a:
        - card: w.thing.create
          with: {name: a}
      b:
        - card: w.thing.create
          with: {name: b}
  - id: list
    each: '[10, 20, 30]'
    as: n
    do:
      - id: made
        card: w.thing.create
        with: {name: "list-${ n }"}
    collect: steps.made.name
  - return: {people: "${ steps.people.ok }", failed: "${ steps.people.failed }", items: "${ steps.list.items }", start: "${ steps.start.name }"}
`

// result is what people see of a run.
type result struct {
	Status engine.Status
	Value  engine.Value
	Err    string
	Lines  []string
	Counts map[string]int // records by step and status, and writes
}

// lines returns the results of all streams.
func lines(t *testing.T, dir string) (all []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			all = append(all, filepath.Base(name)+": "+line)
		}
	}
	slices.Sort(all)
	return all
}

// process runs the flow in a process of its own. It ends early if the service lets it die.
func process(t *testing.T, s *service, m *enginetest.Journal, dir string, resumed bool, chance func(int) int) (r result, left *enginetest.Journal) {
	synctest.Test(t, func(t *testing.T) {
		abort, kill := context.WithCancel(t.Context())
		defer kill()
		ctx, cancel := context.WithCancel(abort)
		defer cancel()
		s.mu.Lock()
		s.calls, s.entries, s.isDead = 0, 0, false
		s.dead = func() {
			left = m.Crash(chance(4))
			kill()
		}
		s.canceled = cancel
		s.mu.Unlock()
		time.Sleep(s.down) // virtual time
		set := s.cards()
		p := plan(t, cmp.Or(s.flow, sweep), set)
		m.Before(func(string) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.entries++; s.entries == s.entry && s.calls >= s.least && !s.isDead {
				s.isDead = true
				s.dead()
			}
			return nil
		})
		r.Counts = map[string]int{}
		config := local.Config{
			Run: "r1", Clock: &ticking{}, Cards: set, Connections: map[string]card.Connection{"w": open{}}, Abort: abort,
			Start: func(string, engine.Start) error { return nil },
			Listen: func(e engine.Event) {
				switch e.Kind {
				case engine.RecordEnded:
					if e.Status == engine.Skipped {
						r.Counts[e.Place.Name()+" skipped"]++
					} else if e.Err == nil {
						r.Counts[e.Place.Name()+" ok"]++
					} else {
						r.Counts[e.Place.Name()+" failed"]++
					}
				case engine.Restored:
					for name, tally := range e.Restored.Streams {
						if tally.OK > 0 {
							r.Counts[name+" ok"] += tally.OK
						}
						if tally.Skipped > 0 {
							r.Counts[name+" skipped"] += tally.Skipped
						}
						if tally.Failed > 0 {
							r.Counts[name+" failed"] += tally.Failed
						}
					}
					for name, w := range e.Restored.Writes {
						r.Counts[name] += w.Calls
					}
				case engine.Wrote:
					r.Counts[e.Card]++
				}
			},
		}
		var folder *keep.Folder
		run := journaled.New(journaled.Config{
			Journal: m, Cards: set, Resumed: resumed, Did: config.Did, Before: config.Before, Hold: s.hold, Paused: func(d journaled.Doubt) {
				if s.inDoubt == nil {
					t.Errorf("in doubt: %+v", d)
					return
				}
				s.inDoubt()
				cancel()
			},
			Ended: func(stream engine.Place) {
				if m.Flush() == nil {
					folder.DropSnapshot(stream)
				}
			},
		})
		folder = keep.NewFolder(dir, ".", nil, run)
		config.Keeper = folder
		rt, err := run.Over(local.New(ctx, config))
		if err != nil {
			t.Fatal(err)
		}
		out, err := engine.Run(rt, p, engine.Start{Run: "r1", Picks: s.picks})
		r.Status, r.Value = out.Status, out.Value
		if err != nil {
			r.Err = err.Error()
		}
		r.Lines = lines(t, dir)
	})
	return r, left
}

func TestARunThatIsKilledAtAnyCallGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	unbroken := newService()
	want, _ := process(t, unbroken, enginetest.NewJournal(), t.TempDir(), false, nil)
	if want.Status != engine.SucceededWithErrors || len(want.Lines) != people+3+2*people {
		t.Fatalf("got %+v", want)
	}
	total := unbroken.calls
	step := 1
	if testing.Short() {
		step = 15
	}
	for die := 1; die <= total; die += step {
		t.Run(fmt.Sprint(die), func(t *testing.T) {
			t.Parallel()
			chance := rand.New(rand.NewPCG(uint64(die), 1))
			s, dir := newService(), t.TempDir()
			s.die, s.after = die, die%2 == 0
			got, left := process(t, s, enginetest.NewJournal(), dir, false, chance.IntN)
			if left == nil {
				t.Fatal("the process did not die")
			}
			for n := 0; left != nil; n++ {
				s.die, s.after = 1+chance.IntN(30), chance.IntN(2) == 0
				if n == 20 {
					s.die = 0
				}
				got, left = process(t, s, left, dir, true, chance.IntN)
			}
			if diff := godiff.Diff(want, got); diff != "" {
				t.Errorf("(-unbroken +resumed):\n%s", diff)
			}
			if diff := godiff.Diff(unbroken.writes, s.writes); diff != "" {
				t.Errorf("writes (-unbroken +resumed):\n%s", diff)
			}
		})
	}
}
