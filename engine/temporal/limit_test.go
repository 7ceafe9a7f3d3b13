package temporal_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/enginetest/generated"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// things is a service that counts its changes. The name of a thing decides what happens: whether a call is refused, changes nothing, is not done at
// first, or loses its answer.
type things struct {
	mu        sync.Mutex
	made      map[string]int // by the name of the thing
	calls     map[string]int
	destroyed int
	slow      bool
}

type named struct {
	Name string `json:"name"`
}

type thingMade struct {
	Changed bool `json:"changed"`
}

func newThings() *things { return &things{made: map[string]int{}, calls: map[string]int{}} }

func (o *things) total() (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, each := range o.made {
		n += each
	}
	return n
}

func (o *things) write(name string, again, removes bool) (thingMade, error) {
	if o.slow {
		<-time.After(time.Duration(fate(name)) * time.Millisecond)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls[name]++
	first := o.calls[name] == 1
	switch fate := fate(name); {
	case fate == 0:
		return thingMade{}, &card.Error{Kind: card.Conflict, Message: "refused: " + name, Writes: card.Answered}
	case fate == 1, again && o.made[name] > 0:
		return thingMade{}, nil
	case fate == 2 && first:
		return thingMade{}, &card.Error{Kind: card.Unavailable, Message: "not yet", Writes: card.Answered}
	}
	o.made[name]++
	if removes {
		o.destroyed++
	}
	if again && first && fate(name) < 5 {
		return thingMade{}, &card.Error{Kind: card.Unavailable, Message: "lost", Writes: card.Unanswered}
	}
	return thingMade{Changed: true}, nil
}

func fate(name string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return int(h.Sum32() % 10)
}

func (o *things) cards() card.Set {
	write := func(again, removes bool) func(context.Context, card.Call, named) (thingMade, error) {
		return func(_ context.Context, _ card.Call, in named) (thingMade, error) {
			return o.write(in.Name, again, removes)
		}
	}
	return card.NewSet(
		cardtest.Fake("bench.thing.create", card.Creates, write(false, false)), cardtest.Fake("bench.thing.ensure", card.Idempotent, write(true, false)),
		cardtest.Fake("bench.thing.remove", card.Destroys, write(false, true)),
	)
}

// randomFlow writes a flow with nested loops, branches and helpers, whose writes have names of their own.
func randomFlow(random *rand.Rand) string {
	var b strings.Builder
	b.WriteString("flow: f\nretry: {attempts: 3, delay: 1ms}\nsteps:\n")
	n := 0
	var steps func(indent, of string, depth int)
	steps = func(indent, of string, depth int) {
		for range 1 + random.IntN(3) {
			n++
			switch kind := random.IntN(6); {
			case depth > 0 && kind < 3:
				fmt.Fprintf(&b, "%s- each: 1..%d\n%s  as: r%d\n%s  concurrency: %d\n%s  allow: all\n%s  do:\n",
					indent, 1+random.IntN(9), indent, n, indent, 1+random.IntN(4), indent, indent)
				steps(indent+"    ", fmt.Sprintf("%s-${ r%d }", of, n), depth-1)
			case depth > 0 && kind == 3:
				fmt.Fprintf(&b, "%s- parallel:\n%s    a:\n", indent, indent)
				steps(indent+"      ", of+"a", depth-1)
				fmt.Fprintf(&b, "%s    b:\n", indent)
				steps(indent+"      ", of+"b", depth-1)
			case kind == 4:
				fmt.Fprintf(&b, "%s- {call: help, with: {of: \"%s-%d\"}, on_error: continue}\n", indent, of, n)
			default:
				fmt.Fprintf(&b, "%s- {card: bench.thing.%s, with: {name: \"%s-%d\"}, on_error: continue}\n", indent, []string{"create", "ensure", "remove"}[random.IntN(3)], of, n)
			}
		}
	}
	steps("  ", "m", 2)
	return b.String() + `---
flow: help
retry: {attempts: 3, delay: 1ms}
inputs: {of: string}
steps:
  - each: [1, 2]
    as: n
    concurrency: 2
    allow: all
    do:
      - {card: bench.thing.create, with: {name: "h${ inputs.of }-${ n }"}}
  - {card: bench.thing.ensure, with: {name: "h${ inputs.of }"}}
`
}

// limited runs a flow with limits in the test environment. paused is called when the run pauses, and returns the limits with which it goes on.
func (v *server) limited(plan *engine.Plan, limits []engine.Bound, paused func(temporal.State, []temporal.Limited) []engine.Bound) (ended temporal.Ended) {
	w := temporal.Workflows{Cards: v.setup.Cards, Plan: func(temporal.Origin) (*engine.Plan, error) { return plan, nil }}
	w.Small(2, 3, 2).Register(v.env)
	looks := 0
	var look func()
	look = func() { // by the clock of the environment, which jumps once nothing is in flight
		all := v.states(environmentID)
		root := all[environmentID]
		used := root.Limits
		for id, s := range all {
			if id != environmentID {
				used = temporal.AddLimits(used, s.Limits)
			}
		}
		if looks++; looks > 1000 {
			v.Errorf("the run does not end: %+v", all)
			v.env.CancelWorkflow()
			return
		}
		if root.Paused != nil {
			if more := paused(root, used); more != nil {
				v.env.SignalWorkflow(temporal.ResumeSignal, temporal.Resumed{By: "ada", Limits: more})
			}
		}
		v.env.RegisterDelayedCallback(look, time.Minute)
	}
	v.env.RegisterDelayedCallback(look, time.Minute)
	v.env.ExecuteWorkflow(temporal.RunWorkflow, temporal.Job{
		Flow: plan.Flow, Start: engine.Start{Run: "r1"}, Origin: temporal.Origin{Run: "r1", Flow: plan.Flow}, Limits: limits,
	})
	v.close()
	if err := v.env.GetWorkflowResult(&ended); err != nil {
		v.Error(err)
	}
	return ended
}

// TestARunOnManyWorkersNeverGoesPastItsLimits runs random flows with limits, and allows more in small steps.
func TestARunOnManyWorkersNeverGoesPastItsLimits(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 4))
			text := randomFlow(random)
			whole, parts := newThings(), newThings()
			parts.slow = true
			plan := planOf(t, text, whole.cards())
			want, wantErr := engine.Run(local.New(t.Context(), local.Config{Run: "r1", Cards: whole.cards(), Connections: generated.Connections()}), plan, engine.Start{Run: "r1"})
			limits := []engine.Bound{
				{Measure: engine.WritesMeasure, Most: int64(random.IntN(whole.total() + 3)), By: "f.yaml:2:1"},
				{Measure: engine.DestructiveMeasure, Most: int64(random.IntN(whole.destroyed + 3)), By: "f.yaml:3:1"},
				{Measure: engine.StepsMeasure, Most: int64(20 + random.IntN(200)), By: "f.yaml:4:1"},
			}[:1+random.IntN(3)]
			synctest.Test(t, func(t *testing.T) {
				v := newServer(t, enginetest.Setup{Run: "r1", Cards: parts.cards()})
				pauses := 0
				got := v.limited(plan, limits, func(s temporal.State, used []temporal.Limited) []engine.Bound {
					pauses++
					more := append([]engine.Bound{}, limits...)
					done := map[engine.Measure]int64{engine.WritesMeasure: int64(parts.total()), engine.DestructiveMeasure: int64(parts.destroyed)}
					reached := 0
					for i, l := range used {
						n := l.Made + l.InDoubt
						real, counted := done[l.Measure]
						if n > l.Most || counted && real != n || l.Reached && n != l.Most {
							t.Errorf("%s: %d of %d %s were used, and %d done", s.Paused.Reason, n, l.Most, l.Measure, real)
						}
						if l.Reached {
							reached++
							more[i].Most += 1 + n/2
							if l.Waiting == 0 || !strings.Contains(s.Paused.Reason, "limit of ") {
								t.Errorf("%s: %+v", s.Paused.Reason, l)
							}
						}
					}
					if reached == 0 {
						t.Errorf("%s: no limit is reached: %+v", s.Paused.Reason, used)
					}
					limits = more
					return more
				})
				if diff := cmp.Diff(whole.made, parts.made); diff != "" || got.Outcome.Status != want.Status {
					t.Errorf("%v after %d pauses, want %v: the changes differ from those without limits:\n%s\n%s", got.Err.Err, pauses, wantErr, diff, text)
				}
				for _, l := range got.Limits {
					if n := l.Made + l.InDoubt; n > l.Most || l.Measure == engine.WritesMeasure && int(n) != parts.total() {
						t.Errorf("in the end: %+v, and %d changes", l, parts.total())
					}
				}
			})
		})
	}
}

// TestARunThatPausesAtALimitIsStopped stops a run while its chunks wait for more changes.
func TestARunThatPausesAtALimitIsStopped(t *testing.T) {
	t.Parallel()
	org := newThings()
	org.slow = true
	plan := planOf(t, `flow: f
steps:
  - each: 1..200
    as: n
    concurrency: 12
    allow: all
    do:
      - {card: bench.thing.create, with: {name: "a-${ n }"}, on_error: continue}
      - {card: bench.thing.remove, with: {name: "b-${ n }"}, on_error: continue}
`, org.cards())
	synctest.Test(t, func(t *testing.T) {
		v := newServer(t, enginetest.Setup{Run: "r1", Cards: org.cards()})
		got := v.limited(plan, []engine.Bound{{Measure: engine.WritesMeasure, Most: 77, By: "--max-changes"}}, func(s temporal.State, _ []temporal.Limited) []engine.Bound {
			if want := "limit of 77 changes (--max-changes): 77 were made"; s.Paused.Reason != want || org.total() != 77 {
				t.Errorf("%d changes, %s; want %s", org.total(), s.Paused.Reason, want)
			}
			v.env.CancelWorkflow()
			return nil
		})
		if l := got.Limits[0]; got.Outcome.Status != engine.Canceled || l.Made != 77 || org.total() != 77 {
			t.Errorf("got %s, %+v; %d changes", got.Outcome.Status, l, org.total())
		}
	})
}

// TestTheTimeOfARunThatPausesDoesNotCount lets the time of a run end while it waits, and allows more an hour later.
func TestTheTimeOfARunThatPausesDoesNotCount(t *testing.T) {
	t.Parallel()
	plan := planOf(t, "flow: f\nsteps:\n  - wait: 3h\n  - wait: 4h\n  - {card: bench.thing.create, with: {name: last}}\n", newThings().cards())
	org := newThings()
	synctest.Test(t, func(t *testing.T) {
		v := newServer(t, enginetest.Setup{Run: "r1", Cards: org.cards()})
		pauses := 0
		bound := func(most time.Duration) []engine.Bound {
			return []engine.Bound{{Measure: engine.TimeMeasure, Most: int64(most), By: "f.yaml:2:1"}}
		}
		got := v.limited(plan, bound(5*time.Hour), func(s temporal.State, used []temporal.Limited) []engine.Bound {
			if pauses++; s.Paused.Reason != "limit of 5h0m0s (f.yaml:2:1): the run went on for 5h0m0s" || !used[0].Reached || used[0].Went != 5*time.Hour {
				t.Errorf("got %s, %+v", s.Paused.Reason, used)
			}
			<-time.After(time.Hour)
			return bound(9 * time.Hour)
		})
		if got.Outcome.Status != engine.Succeeded || pauses != 1 || got.Limits[0].Went > 8*time.Hour {
			t.Errorf("got %s, %v after %d pauses, %+v", got.Outcome.Status, got.Err.Err, pauses, got.Limits)
		}
	})
}
