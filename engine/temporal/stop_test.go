package temporal_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// asksEach asks about each person, and then writes.
const asksEach = `flow: f
steps:
  - id: people
    stream: bench.person.list
    concurrency: 3
    do:
      - id: ask
        approve: {prompt: "update ${ record.id }?", by: [grace], timeout: 1h}
      - card: bench.person.update
        with: {id: "${ record.id }"}
`

// asksInside asks in a stream inside of a record.
const asksInside = `flow: f
steps:
  - id: outer
    each: '["a"]'
    key: record
    do:
      - id: people
        stream: bench.person.list
        concurrency: 3
        do:
          - id: ask
            approve: {prompt: "update ${ record.id }?", by: [grace], timeout: 1h}
          - card: bench.person.update
            with: {id: "${ record.id }"}
`

// A run that is stopped does not wait for people, wherever it asks them. Later decisions are refused, and it neither pauses nor goes on.
func TestARunThatIsStoppedAsksNobody(t *testing.T) {
	t.Parallel()
	signal := func(v *server) { v.env.SignalWorkflow(temporal.StopSignal, temporal.Stopped{By: "ada"}) }
	cancel := func(v *server) { v.env.CancelWorkflow() }
	pause := func(v *server) { v.env.SignalWorkflow(temporal.PauseSignal, temporal.Paused{By: "ada"}) }
	resume := func(v *server) { v.env.SignalWorkflow(temporal.ResumeSignal, temporal.Resumed{By: "ada"}) }
	for name, test := range map[string]struct {
		flow    string
		inPlace int // records that run where they are
		does    []func(*server)
	}{
		"in the workflow of the run":             {asksEach, 50, []func(*server){signal}},
		"in the workflow of the run, canceled":   {asksEach, 50, []func(*server){cancel}},
		"in a chunk":                             {asksEach, 2, []func(*server){signal}},
		"in a chunk, canceled":                   {asksEach, 2, []func(*server){cancel}},
		"in a chunk inside of a record":          {asksInside, 2, []func(*server){signal}},
		"in a chunk inside, canceled":            {asksInside, 2, []func(*server){cancel}},
		"while it pauses":                        {asksEach, 50, []func(*server){pause, signal, resume}},
		"in a chunk, while it pauses":            {asksEach, 2, []func(*server){pause, cancel, resume}},
		"in a chunk inside, while it pauses":     {asksInside, 2, []func(*server){pause, signal, resume}},
		"and then somebody wants it to go on":    {asksInside, 2, []func(*server){signal, resume, pause}},
		"in a chunk inside, canceled in a pause": {asksInside, 2, []func(*server){pause, cancel, resume}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			people := crowd{pages: 1, size: 6}
			cards := people.cards()
			synctest.Test(t, func(t *testing.T) {
				await := func(context.Context, engine.Place, engine.Approval) (engine.Decision, error) {
					return engine.Decision{}, nil
				}
				v := newServer(t, enginetest.Setup{Run: "r1", Cards: cards, Await: await})
				var asked atomic.Int64
				v.ask = func(ctx context.Context, _ string, at engine.Place, _ engine.Approval) error {
					if asked.Add(1) != 2 {
						return nil
					}
					asks := activity.GetInfo(ctx).WorkflowExecution.ID
					time.AfterFunc(time.Minute, func() {
						v.soon(func() {
							for _, does := range test.does {
								does(v)
							}
							if asks == environmentID { // a chunk learns of it by a signal, and has ended then
								v.env.UpdateWorkflow(temporal.Decide, "late", late{t}, temporal.Decided{Place: at, Decision: engine.Decision{Approved: true}})
							}
						})
					})
					return nil
				}
				start := time.Now()
				got := v.inWorkflows(planOf(t, test.flow, cards), engine.Start{Run: "r1", By: "ada"}, test.inPlace, 5, 5)
				if got.Outcome.Status != engine.Canceled || asked.Load() > 3 || len(people.calls) > 0 || time.Since(start) != time.Minute {
					t.Errorf("after %s: %s, %v; %d asked, %q written", time.Since(start), got.Outcome.Status, got.Err.Err, asked.Load(), people.calls)
				}
			})
		})
	}
}

// late fails the test unless an update is refused because the run was stopped.
type late struct{ *testing.T }

func (l late) Accept() { l.Error("a decision was accepted after the run was stopped") }

func (l late) Reject(err error) {
	if err.Error() != "run r1 was stopped" {
		l.Errorf("the decision was refused: %v", err)
	}
}

func (late) Complete(any, error) {}

// A write in doubt stays in doubt when its run is stopped, and is counted.
func TestAWriteInDoubtStaysInDoubtWhenTheRunIsStopped(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		flow    string
		inPlace int
	}{
		"in the run":   {"flow: f\nsteps:\n  - card: bench.person.delete\n    with: {id: p0}\n", 50},
		"in a record":  {strings.Split(asksEach, "      - id: ask")[0] + "      - card: bench.person.delete\n        with: {id: \"${ record.id }\"}\n", 50},
		"in a chunk":   {strings.Split(asksEach, "      - id: ask")[0] + "      - card: bench.person.delete\n        with: {id: \"${ record.id }\"}\n", 2},
		"in an inside": {strings.Split(asksInside, "          - id: ask")[0] + "          - card: bench.person.delete\n            with: {id: \"${ record.id }\"}\n", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			people := crowd{pages: 1, size: 6}
			calls := 0
			all := people.cards()
			all["bench.person.delete"] = cardtest.Fake("bench.person.delete", card.Destroys, func(context.Context, card.Call, human) (changed, error) {
				calls++
				return changed{Changed: true}, nil
			})
			synctest.Test(t, func(t *testing.T) {
				v := newServer(t, enginetest.Setup{Run: "r1", Cards: all})
				v.lose = func(name string) (loses, made bool) {
					if name == "flowdeck.Call" {
						v.env.RegisterDelayedCallback(func() { v.env.SignalWorkflow(temporal.StopSignal, temporal.Stopped{By: "ada"}) }, time.Hour)
					}
					return name == "flowdeck.Call", true
				}
				got := v.inWorkflows(planOf(t, test.flow, all), engine.Start{Run: "r1", By: "ada"}, test.inPlace, 5, 5)
				var sum tallying
				if err := json.Unmarshal(got.Sum, &sum); err != nil {
					t.Fatal(err)
				}
				made := v.made(got.Made)
				open := slices.DeleteFunc(made.Writes, func(w temporal.Written) bool { return !w.Ended.IsZero() })
				if got.Outcome.Status != engine.Canceled || !errors.Is(got.Err.Err, engine.ErrCutOff) || calls == 0 || len(open) != calls || sum.Doubts != calls {
					t.Errorf("got %s, %v; %d calls, %d writes without an end, %d in doubt", got.Outcome.Status, got.Err.Err, calls, len(open), sum.Doubts)
				}
			})
		})
	}
}
