package temporal

import (
	"fmt"

	"go.temporal.io/sdk/workflow"
)

// StopSignal is the name of the signal that stops a run, as a cancel of its workflow does: its argument is a Stopped. Nothing new starts, calls and records
// in flight finish, and nobody is asked any more: an approval ends without a decision, and a write in doubt stays in doubt.
//
// Streams and chunks get it, too. They are canceled for other reasons as well, such as a budget of failures, and then their records still wait
// for people.
const StopSignal = "flowdeck.stop"

// Stopped is who stops a run.
type Stopped struct{ By string } // empty: not known, since its workflow was canceled

// takeStop begins to receive StopSignal. A part of a run is stopped by it only, a run also by a cancel.
func (r *run) takeStop(ctx workflow.Context) {
	receive(r, ctx, StopSignal, func(by Stopped) { r.stops(by) })
	workflow.Go(r.free, func(here workflow.Context) {
		r.stopping.Done().Receive(here, nil)
		if r.stopped == nil {
			r.stops(Stopped{})
			r.tell(StopSignal, *r.stopped)
		}
	})
}

// stops notes that the run is stopped. Only the first one counts.
func (r *run) stops(by Stopped) {
	if r.stopped == nil {
		r.stopped = &by
		r.stop()
	}
}

// refuses returns an error if the run is stopped: then nobody decides anything.
func (r *run) refuses() error {
	if r.stopping.Err() == nil {
		return nil
	}
	return fmt.Errorf("run %s was stopped", r.Run)
}
