package temporal

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// wrote keeps one attempt of a write for the result of the workflow. before is the state before the first attempt. again is set for an attempt
// that was kept before, since its worker was lost.
func (r *run) wrote(
	target card.Card, c engine.Invocation, before card.State, again bool, began, ended time.Time, out engine.Value, err error,
) {
	if r.Workflows == nil {
		return
	}
	if again {
		r.made.Writes = slices.DeleteFunc(r.made.Writes, func(w Written) bool { return w.Intent.Attempt == c.Attempt && w.Intent.Place.Equal(c.Place) })
	}
	r.made.Writes = append(r.made.Writes, Written{
		Intent: engine.Intent{
			Place: c.Place, Attempt: c.Attempt, Card: c.Card, Connection: c.Connection, Target: target.Target(c.In, card.State{}), In: c.In,
			Before: target.Kept(c.In, before), Destroys: target.EffectOf(c.In) == card.Destroys,
		},
		Effect: engine.Effect{Kind: engine.CallEffect, Place: c.Place, Nth: c.Attempt, Value: out, Err: err},
		Began:  began, Ended: ended,
	})
}

// ended keeps the result of a record for the result of the workflow.
func (s strand) ended(r engine.Record, out engine.Outcome, err error) {
	if s.run.Workflows == nil {
		return
	}
	r.Value = nil
	s.run.made.Rows = append(s.run.made.Rows, Row{r, out, engine.ErrorJSON{Err: err}, s.Now()})
}

// child is the workflow of a stream, or of a chunk, that goes on.
type child struct {
	Child
	future workflow.ChildWorkflowFuture
	free   workflow.Context
}

// send sends a signal to the workflow as soon as it has started. If it has ended by then, the signal is lost, as it should be.
func (c *child) send(name string, signal any) {
	workflow.Go(c.free, func(here workflow.Context) {
		_ = c.future.SignalChildWorkflow(here, name, signal).Get(here, nil)
	})
}
