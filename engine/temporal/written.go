package temporal

import (
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Written is one attempt of a write: what a local run keeps of it in its journal. The zero times of an attempt without an answer say that it may
// have been done.
type Written struct {
	Intent engine.IntentJSON
	Effect engine.EffectJSON // its result, of which only Value, Err and Doubt are set
	// Began and Ended are by the clock of the worker; of an attempt whose worker was lost, by that of the workflow.
	Began time.Time
	Ended time.Time `json:",omitzero"` // zero: there is no answer
	Times int       // how often it was begun: more than once if workers were lost
	// Settled is what a person decided about it: whether it was done. nil: nobody did.
	Settled *bool `json:",omitempty"`
}

// begins returns an attempt of a write that is about to be made. It is the last of run.written until ended or dropped.
func (s strand) begins(target card.Card, c engine.Invocation, before card.State) *Written {
	w := &Written{Began: s.Now(), Times: 1, Intent: engine.IntentJSON{Intent: engine.Intent{
		Place: c.Place, Attempt: c.Attempt, Card: c.Card, Connection: c.Connection, Target: target.Target(c.In, card.State{}), In: c.In, Before: before,
		Destroys: target.EffectOf(c.In) == card.Destroys,
	}}}
	s.run.written = append(s.run.written, w)
	return w
}

// again notes that the attempt is made again since its worker was lost.
func (w *Written) again() {
	w.Times++
	if w.Settled != nil { // a person found out that it was not done
		w.Intent.Intent.Undone, w.Settled, w.Times = true, nil, 1
	}
}

// ends adds the result of the attempt.
func (w *Written) ends(now time.Time, out engine.Value, err error) {
	w.Ended, w.Effect.Effect.Value, w.Effect.Effect.Err = now, out, err
}

// drop drops an attempt that was not made.
func (r *run) drop(w *Written) {
	for i := len(r.written) - 1; i >= 0; i-- {
		if r.written[i] == w {
			r.written = append(r.written[:i:i], r.written[i+1:]...)
			return
		}
	}
}
