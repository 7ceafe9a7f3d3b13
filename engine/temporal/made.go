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
	if r.Workflows == nil || target.Name == "" {
		return
	}
	if again {
		r.made.Writes = slices.DeleteFunc(r.made.Writes, func(w Written) bool { return w.Intent.Attempt == c.Attempt && w.Intent.Place.Equal(c.Place) })
	}
	w := Written{
		Intent: engine.Intent{
			Place: c.Place, Attempt: c.Attempt, Card: c.Card, Connection: c.Connection, Target: target.Target(c.In, card.State{}), In: c.In,
			Before: target.Kept(c.In, before), Destroys: target.EffectOf(c.In) == card.Destroys,
		},
		Effect: engine.Effect{Kind: engine.CallEffect, Place: c.Place, Nth: c.Attempt, Value: out, Err: err},
		Began:  began, Ended: ended,
	}
	r.made.Writes = append(r.made.Writes, w)
	r.bytes += size(w)
}

// ended keeps the result of a record for the result of the workflow.
func (s strand) ended(r engine.Record, out engine.Outcome, err error) {
	if s.run.Workflows == nil {
		return
	}
	r.Value = nil
	if huge(out.Value) {
		out.Value, s.run.made.Cut = nil, true
	}
	err = slim(err)
	row := Row{r, out, engine.ErrorJSON{Err: err}, s.Now()}
	s.run.made.Rows = append(s.run.made.Rows, row)
	s.run.bytes += size(row)
}

// child is the workflow of a stream, or of a chunk, that goes on.
type child struct {
	Child
	future  workflow.ChildWorkflowFuture
	free    workflow.Context
	started bool
}

// send sends a signal to the workflow as soon as it has started. If it has ended by then, the signal is lost, as it should be.
func (c *child) send(name string, signal any) {
	workflow.Go(c.free, func(here workflow.Context) {
		_ = c.future.SignalChildWorkflow(here, name, signal).Get(here, nil)
	})
}

// full reports whether the result of the workflow is so large that it should end.
func (r *run) full() bool { return r.bytes >= mostFull }

// fit leaves values out of what is too large for a history, those first without which a run can still be undone: the task of a workflow that
// ends with too much would fail, and begin again without end.
func (m *Made) fit(most int) {
	for _, cut := range []func(){
		func() {
			for i := range m.Rows {
				m.Rows[i].Outcome.Value, m.Rows[i].Err.Err = nil, slim(m.Rows[i].Err.Err)
			}
		},
		func() {
			for i := range m.Writes {
				m.Writes[i].Effect.Value, m.Writes[i].Effect.Err = nil, slim(m.Writes[i].Effect.Err)
			}
		},
		func() {
			for i := range m.Writes {
				m.Writes[i].Intent.In, m.Writes[i].Intent.Before = nil, card.State{}
			}
		},
		func() { m.Rows, m.Writes = nil, nil },
		func() { m.Streams = nil },
	} {
		if size(m) <= most {
			return
		}
		cut()
		m.Cut = true
	}
}
