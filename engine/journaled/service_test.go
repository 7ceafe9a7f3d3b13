package journaled_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// service is a service that flows use over several processes. It notes each write that it does.
type service struct {
	hold     func(engine.Invocation, card.State) *card.Error // nil: the run is not held to a plan
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
	posted   []string
	inDoubt  func()                  // nil: no write may be in doubt
	reads    int                     // of states before writes
	readFail func(n int) *card.Error // of the nth one; nil: they do not fail
	name     string                  // what w.name.set changes
	setFails int                     // how often it fails after its change
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
		cardtest.Fake("w.thing.post", card.Creates, func(_ context.Context, _ card.Call, in nameInput) (named, error) {
			err := s.call(func() { s.posted = append(s.posted, in.Name) })
			return named{in.Name, true}, err
		}),
		card.NewWrite(card.Spec{
			Name: "w.name.set", Effect: card.Idempotent, Undo: card.Undo{Extent: card.Exact, Card: "w.name.set", NeedsBefore: true},
		}, card.Write[nameInput, changed]{
			Before: func(context.Context, card.Call, nameInput) (state card.State, err error) {
				err = s.call(func() { s.reads++; state.Fields = map[string]any{"name": s.name} })
				if err == nil && s.readFail != nil {
					if failure := s.readFail(s.reads); failure != nil {
						err = failure
					}
				}
				return state, err
			},
			After: func(in nameInput, _ card.State) card.Predicted {
				return card.Predicted{Fields: map[string]any{"name": in.Name}}
			},
			Do: func(_ context.Context, _ card.Call, in nameInput) (out changed, err error) {
				fails := false
				err = s.call(func() {
					out.Changed = s.name != in.Name
					s.name = in.Name
					if fails = s.setFails > 0; fails {
						s.setFails--
					}
				})
				if err == nil && fails {
					err = &card.Error{Kind: card.Unavailable, Message: "no answer"}
				}
				return out, err
			},
			Back: func(_ nameInput, _ changed, before card.State) any { return before.Fields },
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
