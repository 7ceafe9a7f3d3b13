package journaled_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	godiff "github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/flow"
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

// service is a service that flows use over several processes. It notes each write that it does.
type service struct {
	mu       sync.Mutex
	things   map[string]int // number of times that each was created
	active   map[string]bool
	writes   map[string]int // number of times that each write had an effect
	calls    int
	die      int  // the number of the call at which the process dies; 0: never
	after    bool // the process dies after the call did its work
	dead     func()
	isDead   bool
	flow     string                 // empty: sweep
	picks    map[string]engine.Pick // of the flow
	down     time.Duration          // the time before a process starts
	entry    int                    // the number of the entry of the journal at which the process dies; 0: never
	cancel   int                    // the number of the call after which the run is canceled; 0: never
	canceled func()
	least    int // no process dies at an entry before this number of calls
	entries  int // the number of entries so far
}

const people = 23

func newService() *service {
	s := &service{things: map[string]int{}, active: map[string]bool{}, writes: map[string]int{}}
	for i := range people {
		s.active[fmt.Sprint("p", i)] = true
	}
	return s
}

var errDead = errors.New("the process is dead")

// call does the work of a call, unless the process is dead.
func (s *service) call(work func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isDead {
		return errDead
	}
	s.calls++
	dies := s.calls == s.die
	if dies && !s.after {
		s.isDead = true
		s.dead()
		return errDead
	}
	work()
	if s.calls == s.cancel {
		s.canceled()
	}
	if dies {
		s.isDead = true
		s.dead()
		return errDead
	}
	return nil
}

type named struct {
	Name    string `json:"name"`
	Changed bool   `json:"changed"`
}
type nameInput struct {
	Name string `json:"name"`
}
type idInput struct {
	ID string `json:"id"`
}
type person struct {
	ID     string `json:"id"`
	Active bool   `json:"active"`
}
type changed struct {
	Changed bool `json:"changed"`
}

func (s *service) cards() card.Set {
	create := card.NewWrite(card.Spec{Name: "w.thing.create", Effect: card.Creates, Undo: card.Undo{Extent: card.None}}, card.Write[nameInput, named]{
		Do: func(_ context.Context, _ card.Call, in nameInput) (named, error) {
			err := s.call(func() { s.things[in.Name]++; s.writes["create "+in.Name]++ })
			return named{in.Name, true}, err
		},
		Did: func(_ context.Context, _ card.Call, in nameInput, _ card.State) (named, bool, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return named{in.Name, true}, s.things[in.Name] > 0, nil
		},
	})
	return card.NewSet(create,
		card.NewList(card.Spec{Name: "w.person.active", Effect: card.Reads, Key: "id"},
			func(_ context.Context, _ card.Call, _ struct{}, at card.Cursor) (items []person, next card.Cursor, err error) {
				first, _ := strconv.Atoi(string(at))
				err = s.call(func() {
					for i := first; i < people && len(items) < 5; i++ {
						if id := fmt.Sprint("p", i); s.active[id] {
							items = append(items, person{id, true})
						}
						next = card.Cursor(strconv.Itoa(i + 1))
					}
				})
				if next == card.Cursor(strconv.Itoa(people)) {
					next = ""
				}
				return items, next, err
			}),
		cardtest.Fake("w.thing.flaky", card.Idempotent, func(_ context.Context, _ card.Call, in nameInput) (named, error) {
			first := false
			err := s.call(func() {
				if first = s.things[in.Name] == 0; !first {
					s.writes["create "+in.Name]++
				}
				s.things[in.Name]++
			})
			if err == nil && first {
				err = &card.Error{Kind: card.Unavailable, Message: "try again", Writes: card.Answered}
			}
			return named{in.Name, true}, err
		}),
		cardtest.Fake("w.person.suspend", card.Idempotent, func(_ context.Context, _ card.Call, in idInput) (changed, error) {
			var did bool
			err := s.call(func() {
				if did = s.active[in.ID]; did {
					s.active[in.ID] = false
					s.writes["suspend "+in.ID]++
				}
			})
			return changed{did}, err
		}),
		cardtest.Fake("w.person.get", card.Reads, func(_ context.Context, _ card.Call, in idInput) (person, error) {
			var p person
			err := s.call(func() { p = person{in.ID, s.active[in.ID]} })
			return p, err
		}),
		card.NewList(card.Spec{Name: "w.person.list", Effect: card.Reads, Key: "id"},
			func(_ context.Context, _ card.Call, _ struct{}, at card.Cursor) (items []person, next card.Cursor, err error) {
				first, _ := strconv.Atoi(string(at))
				err = s.call(func() {
					for i := first; i < min(first+5, people); i++ {
						id := fmt.Sprint("p", i)
						items = append(items, person{id, s.active[id]})
					}
				})
				if first+5 < people {
					next = card.Cursor(strconv.Itoa(first + 5))
				}
				return items, next, err
			}))
}

// ticking is a clock that never returns the same time twice.
type ticking struct {
	clock.System
	n atomic.Int64
}

func (c *ticking) Now() time.Time { return time.Now().Add(time.Duration(c.n.Add(1))) }

type open struct{}

func (open) Test(context.Context) (card.Identity, error) { return card.Identity{}, nil }
func (open) Close() error                                { return nil }

func plan(t *testing.T, text string, set card.Set) *engine.Plan {
	t.Helper()
	ws, problems := flow.Load(fstest.MapFS{
		flow.WorkspaceFile: {Data: []byte("connections: {w: {type: w}}")}, "f.yaml": {Data: []byte(text)},
	}, "")
	services := map[string]card.Service{"w": card.NewService("w", func(card.Settings, struct{}) (card.Connection, error) { return open{}, nil })}
	p, found := check.New(set, services, ws).Plan(ws.Flows()[0], nil)
	if err := errors.Join(problems.Err(), found.Err()); err != nil {
		var out strings.Builder
		problems.Print(&out, ws.Source)
		found.Print(&out, ws.Source)
		t.Fatal(out.String())
	}
	return p
}

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
			Listen: func(e engine.Event) {
				switch e.Kind {
				case engine.RecordEnded:
					if e.Err == nil {
						r.Counts[e.Place.Name()+" ok"]++
					} else {
						r.Counts[e.Place.Name()+" failed"]++
					}
				case engine.Restored:
					for name, tally := range e.Restored.Streams {
						if tally.OK > 0 {
							r.Counts[name+" ok"] += tally.OK
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
			Journal: m, Cards: set, Resumed: resumed, Did: config.Did, Paused: func(d journaled.Doubt) { t.Errorf("in doubt: %+v", d) },
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
	for die := 1; die <= total; die++ {
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
