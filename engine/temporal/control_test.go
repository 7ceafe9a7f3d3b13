package temporal_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// soon calls f on the goroutine of the environment, where workflows are asked.
func (v *server) soon(f func()) { v.env.RegisterDelayedCallback(f, 0) }

// states returns the states of the workflows of a run that go on, by their ids.
func (v *server) states(id string) map[string]temporal.State {
	all := map[string]temporal.State{}
	var ask func(id string)
	ask = func(id string) {
		answer, err := v.env.QueryWorkflowByID(id, temporal.StateQuery)
		var s temporal.State
		if err == nil {
			err = answer.Get(&s)
		}
		if err != nil {
			v.Errorf("the state of %s: %v", id, err)
			return
		}
		all[id] = s
		for _, c := range s.Children {
			ask(c.ID)
		}
	}
	ask(id)
	return all
}

const environmentID = "default-test-workflow-id"

// A stream stops by its budget, a little later than in one process: the chunks in flight learn of it when they are canceled.
func TestAStreamInWorkflowsStopsByItsBudget(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		allow, want string
		code        string
		most        int // calls
	}{
		"none":    {"max: 900", "nobody is p7", "", 40},
		"some":    {"allow: {failures: 3}", "more than the 3 allowed", "failure_budget", 80},
		"a share": {"allow: {percent: 5}", "more than the 5% allowed", "failure_budget", 140},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			people := crowd{pages: 9, size: 100, does: func(string) { <-time.After(time.Second) }}
			cards := people.cards()
			synctest.Test(t, func(t *testing.T) {
				v := newServer(t, enginetest.Setup{Run: "r1", Cards: cards})
				got := v.inWorkflows(planOf(t, fmt.Sprintf(sweeping, "6", test.allow), cards), engine.Start{Run: "r1"}, 4, 10, 5)
				err := card.AsError(got.Err.Err)
				if got.Outcome.Status != engine.Failed || !strings.Contains(got.Err.Err.Error(), test.want) || err.Code != test.code {
					t.Errorf("got %s, %v (%s)", got.Outcome.Status, got.Err.Err, err.Code)
				}
				if n := len(v.made(got.Made).Rows); len(people.calls) > test.most || n != len(people.calls) {
					t.Errorf("%d calls, %d rows", len(people.calls), n)
				}
			})
		})
	}
}

// Nothing new starts in any workflow after a cancel, and what was started finishes, and is in the results.
func TestAStreamInWorkflowsIsCanceled(t *testing.T) {
	t.Parallel()
	for _, handed := range []int{5, 1} { // with 1, it always waits to continue as new
		people := crowd{pages: 9, size: 100}
		cards := people.cards()
		synctest.Test(t, func(t *testing.T) {
			v := newServer(t, enginetest.Setup{Run: "r1", Cards: cards})
			ended := 0
			people.does = func(id string) {
				if id == "p333" {
					v.cancel()
				}
				<-time.After(time.Second)
				ended++
			}
			got := v.inWorkflows(planOf(t, fmt.Sprintf(sweeping, "6", "allow: all"), cards), engine.Start{Run: "r1"}, 4, 10, handed)
			made := v.made(got.Made)
			if n := len(people.calls); got.Outcome.Status != engine.Canceled || n < 330 || n > 345 || ended != n || len(made.Rows) != n || len(made.Writes) != n {
				t.Errorf("got %s, %v; %d calls, %d ended, %d rows", got.Outcome.Status, got.Err.Err, n, ended, len(made.Rows))
			}
			var sum tallying
			if err := json.Unmarshal(got.Sum, &sum); err != nil || sum.Records != len(people.calls) {
				t.Errorf("%v: %+v", err, sum)
			}
		})
	}
}

// Nothing new starts in any workflow while a run pauses, and each workflow says so.
func TestAStreamInWorkflowsPausesAndGoesOn(t *testing.T) {
	t.Parallel()
	people := crowd{pages: 9, size: 50}
	cards := people.cards()
	synctest.Test(t, func(t *testing.T) {
		v := newServer(t, enginetest.Setup{Run: "r1", Cards: cards})
		resumed := false
		people.does = func(id string) {
			if id == "p100" {
				v.soon(func() { v.env.SignalWorkflow(temporal.PauseSignal, temporal.Paused{By: "ada", Reason: "lunch"}) })
				v.env.RegisterDelayedCallback(func() { // by the clock of the environment, which jumps once nothing is in flight
					before := len(people.calls)
					for id, s := range v.states(environmentID) {
						if s.Status != temporal.Pausing || s.Paused.Reason != "lunch" {
							t.Errorf("%s: %+v", id, s)
						}
					}
					v.env.RegisterDelayedCallback(func() {
						if n := len(people.calls); n != before || n > 110 {
							t.Errorf("%d calls, and then %d", before, n)
						}
						resumed = true
						v.env.SignalWorkflow(temporal.ResumeSignal, temporal.Resumed{By: "ada"})
					}, time.Hour)
				}, time.Minute)
			}
			<-time.After(time.Second)
		}
		got := v.inWorkflows(planOf(t, fmt.Sprintf(sweeping, "6", "allow: all"), cards), engine.Start{Run: "r1"}, 4, 10, 5)
		if len(got.Resumed) != 1 || got.Resumed[0].By != "ada" || got.Resumed[0].At.IsZero() {
			t.Errorf("it was resumed: %+v", got.Resumed)
		}
		if got.Outcome.Status != engine.SucceededWithErrors || len(people.calls) != 450 || !resumed {
			t.Errorf("got %s, %v; %d calls", got.Outcome.Status, got.Err.Err, len(people.calls))
		}
	})
}

// The width of a stream can be set while it runs, also if it continues as new after that.
func TestTheWidthOfAStreamInWorkflowsIsSet(t *testing.T) {
	t.Parallel()
	people := crowd{pages: 3, size: 150}
	cards := people.cards()
	synctest.Test(t, func(t *testing.T) {
		v := newServer(t, enginetest.Setup{Run: "r1", Cards: cards})
		var mu sync.Mutex
		going, peak, late := 0, 0, 0
		people.does = func(id string) {
			mu.Lock()
			going++
			if peak = max(peak, going); len(people.calls) > 50 {
				late = max(late, going)
			}
			mu.Unlock()
			if id == "p85" {
				v.soon(func() { v.env.SignalWorkflow(temporal.WidthSignal, temporal.Width{Stream: "people", N: 2}) })
			}
			<-time.After(time.Second)
			mu.Lock()
			going--
			mu.Unlock()
		}
		got := v.inWorkflows(planOf(t, fmt.Sprintf(sweeping, "9", "allow: all"), cards), engine.Start{Run: "r1"}, 4, 40, 5)
		if got.Outcome.Status != engine.SucceededWithErrors || len(people.calls) != 450 || peak != 9 || late != 2 {
			t.Errorf("got %s, %v; %d calls, %d in flight, and later %d", got.Outcome.Status, got.Err.Err, len(people.calls), peak, late)
		}
	})
}

// A record that takes very long does not hold up the others, although its stream has to continue as new.
func TestARecordThatWaitsDoesNotHoldUpAStreamInWorkflows(t *testing.T) {
	t.Parallel()
	people := crowd{pages: 9, size: 50}
	cards := people.cards()
	synctest.Test(t, func(t *testing.T) {
		v := newServer(t, enginetest.Setup{Run: "r1", Cards: cards})
		meanwhile := 0
		people.does = func(id string) {
			if <-time.After(time.Second); id == "p5" {
				meanwhile = len(people.calls)
			}
		}
		flow := strings.Replace(fmt.Sprintf(sweeping, "6", "allow: all"), "do:\n", "do:\n      - wait: 1h\n        if: record.id == 'p5'\n", 1)
		got := v.inWorkflows(planOf(t, flow, cards), engine.Start{Run: "r1"}, 4, 10, 5)
		if got.Outcome.Status != engine.SucceededWithErrors || len(people.calls) != 450 || meanwhile < 250 || v.news < 2 {
			t.Errorf("got %s, %v; %d calls, %d before the record that waits; %d times as new", got.Outcome.Status, got.Err.Err, len(people.calls), meanwhile, v.news)
		}
	})
}

// A worker that is lost is noticed in the chunk, and each record has one row and one write.
func TestAWorkerOfAChunkIsLost(t *testing.T) {
	t.Parallel()
	people := crowd{pages: 3, size: 20}
	cards := people.cards()
	synctest.Test(t, func(t *testing.T) {
		v := newServer(t, enginetest.Setup{Run: "r1", Cards: cards})
		n := 0
		v.lose = func(name string) (loses, made bool) {
			if name == "flowdeck.Call" {
				n++
			}
			return name == "flowdeck.Call" && n%10 == 0, n%20 == 0
		}
		got := v.inWorkflows(planOf(t, fmt.Sprintf(sweeping, "1", "allow: all"), cards), engine.Start{Run: "r1"}, 4, 10, 5)
		made := v.made(got.Made)
		if v.queues["flowdeck/bench flowdeck.Page"] != 4 || v.queues["flowdeck/bench flowdeck.Call"] != 66 {
			t.Errorf("activities by queues: %v", v.queues)
		}
		if called := len(slices.Compact(slices.Sorted(slices.Values(people.calls)))); called != 60 || len(people.calls) != 63 || len(made.Rows) != 60 || len(made.Writes) != 60 {
			t.Errorf("%v: %d calls for %d people, %d rows, %d writes", got.Err.Err, len(people.calls), called, len(made.Rows), len(made.Writes))
		}
	})
}

// An approval inside of a record waits in a chunk, whose state has it.
func TestAnApprovalInAChunkIsFoundAndDecided(t *testing.T) {
	t.Parallel()
	people := crowd{pages: 2, size: 6}
	cards := people.cards()
	flow := `flow: f
steps:
  - id: people
    stream: bench.person.list
    concurrency: 3
    do:
      - id: ask
        approve: {prompt: "suspend ${ record.id }?", by: [grace], timeout: 1h}
      - return: ${ steps.ask.approved }
  - return: ${ steps.people.ok }
`
	synctest.Test(t, func(t *testing.T) {
		await := func(context.Context, engine.Place, engine.Approval) (engine.Decision, error) {
			return engine.Decision{}, nil
		}
		v := newServer(t, enginetest.Setup{Run: "r1", Cards: cards, Await: await})
		v.ask = func(ctx context.Context, run string, at engine.Place, _ engine.Approval) error {
			asks := activity.GetInfo(ctx).WorkflowExecution.ID
			time.AfterFunc(time.Minute, func() {
				v.soon(func() {
					s := v.states(environmentID)[asks]
					if s.Status != temporal.Waiting || !slices.ContainsFunc(s.Approvals, func(p temporal.Pending) bool { return p.Place.Equal(at) }) {
						t.Errorf("%s: %+v", at, s)
					}
					decision := temporal.Decided{Place: at, Decision: engine.Decision{Approved: true, By: "grace"}}
					if err := v.env.UpdateWorkflowByID(asks, temporal.Decide, at.ID(), accepted{t}, decision); err != nil {
						t.Error(err)
					}
				})
			})
			return nil
		}
		got := v.inWorkflows(planOf(t, flow, cards), engine.Start{Run: "r1", By: "ada"}, 4, 5, 5)
		if got.Err.Err != nil || got.Outcome.Value != 12 {
			t.Errorf("got %v, %v", got.Outcome, got.Err.Err)
		}
	})
}
