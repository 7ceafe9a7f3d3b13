package temporal

import (
	"maps"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// written returns an attempt of a write that is about to be made. before is the state before the first one.
func (s strand) written(target card.Card, c engine.Invocation, before card.State) *Written {
	return &Written{
		Intent: engine.Intent{
			Place: c.Place, Attempt: c.Attempt, Card: c.Card, Connection: c.Connection, Target: target.Target(c.In, card.State{}), In: c.In,
			Before: before, Destroys: target.EffectOf(c.In) == card.Destroys,
		},
		Began: s.Now(), Times: 1,
	}
}

// again notes that the attempt is made again since its worker was lost.
func (w *Written) again() {
	w.Times++
	if w.Settled != nil { // a person found out that it was not done
		w.Intent.Undone, w.Settled, w.Times = true, nil, 1
	}
}

// ends adds the result of the attempt.
func (w *Written) ends(at time.Time, out engine.Value, err error) {
	w.Ended = at
	w.Effect.Kind, w.Effect.Place, w.Effect.Nth, w.Effect.Value, w.Effect.Err = engine.CallEffect, w.Intent.Place, w.Intent.Attempt, out, err
}

// wrote keeps an attempt of a write for the result of the workflow.
func (r *run) wrote(w *Written) {
	if r.Workflows == nil {
		return
	}
	r.made.Writes = append(r.made.Writes, *w)
	for at := w.Intent.Place.InnerRecord(); !at.IsZero(); at = at.Around().InnerRecord() {
		r.writing[at.ID()] = true
	}
	r.bytes += size(*w)
}

// answered keeps an approval for the result of the workflow, and the decision if there is one.
func (r *run) answered(p Pending, d engine.Decision, decided bool, now time.Time) {
	if r.Workflows == nil {
		return
	}
	a := Answered{Pending: p, Ended: now}
	if decided {
		a.Decision = &d
	}
	r.made.Answered = append(r.made.Answered, a)
	r.bytes += size(a)
}

// learned keeps secrets for the result of the workflow.
func (r *run) learned(secrets []string) {
	if r.Workflows == nil {
		return
	}
	for _, text := range secrets {
		if !r.secrets[text] {
			r.secrets[text] = true
			r.made.Secrets = append(r.made.Secrets, text)
		}
	}
}

// known returns the secrets that are known to the workflow, for its children; nil if they are too large for that.
func (r *run) known() []string {
	all := slices.Sorted(maps.Keys(r.secrets))
	bytes := 0
	for _, text := range all {
		if bytes += len(text); bytes > mostKnown {
			return nil
		}
	}
	return all
}

// ended keeps the result of a record for the result of the workflow. Its value is kept if it wrote, since people find its writes by it, and if it is
// one in a record without a key, since a repetition of the run knows it by its value.
func (s strand) ended(r engine.Record, out engine.Outcome, err error) {
	if s.run.Workflows == nil {
		return
	}
	id := r.Place.ID()
	if huge(r.Value) || !s.run.writing[id] && !(r.Numbered() && r.Place.Around().InRecord()) {
		r.Value = nil
	}
	delete(s.run.writing, id)
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
				m.Writes[i].Effect.Value, m.Writes[i].Effect.Err = brief(m.Writes[i].Effect.Value), slim(m.Writes[i].Effect.Err)
			}
		},
		func() {
			for i := range m.Writes {
				m.Writes[i].Intent.In, m.Writes[i].Intent.Before = nil, card.State{}
			}
		},
		func() { m.Rows, m.Writes, m.NotMade = nil, nil, nil },
		func() { m.Streams = nil },
	} {
		if size(m) <= most {
			return
		}
		cut()
		m.Cut = true
	}
}

// brief returns what a history needs of the answer of a write in any case: whether and when it changed something, and the id of what it made.
func brief(answer engine.Value) engine.Value {
	fields, ok := answer.(map[string]any)
	if !ok {
		return nil
	}
	kept := map[string]any{"changed": card.Changed(answer)}
	for _, name := range []string{"id", "changed_at"} {
		if text, ok := fields[name].(string); ok && len(text) < 1<<10 {
			kept[name] = text
		}
	}
	return kept
}
