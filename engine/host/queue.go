package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// patience is the time between two looks at a queue.
const patience = 500 * time.Millisecond

// mayGoOn returns an error if a person resumes a run whose flow starts no run while others go on.
func (r *runs) mayGoOn(p *engine.Plan, run string) error {
	if p.Runs == nil || p.Runs.Busy != engine.BusySkip && p.Runs.Busy != engine.BusyFail {
		return nil
	}
	ahead, err := r.store.Ahead(context.WithoutCancel(r.ctx), run)
	if err != nil || len(ahead) < p.Runs.Limit {
		return err
	}
	return &card.Error{
		Kind: card.Conflict, Code: "busy", Message: fmt.Sprintf("run %s cannot go on: %s", run, busy(p, ahead)),
		Hint: "it stays as it is: resume it after the end of run " + ahead[0],
	}
}

// enter waits until the run may go on, if its flow limits how many runs may. Otherwise it returns how the run ends. A run that is
// resumed always waits: if it ended as skipped or failed, nobody could finish what it has done a part of.
func (k *kept) enter(r *runs, p *engine.Plan) (end engine.Outcome, err error) {
	switch {
	case k.log == nil:
		return engine.Outcome{}, nil
	case p.Runs == nil && k.before == nil:
		return engine.Outcome{}, nil
	case p.Runs == nil: // the flow had a limit when the run started, perhaps
		_, _, err := k.log.Enter(k.ctx, math.MaxInt)
		return engine.Outcome{}, err
	}
	for asked := false; ; asked = true {
		entered, ahead, err := k.log.Enter(k.ctx, p.Runs.Limit)
		switch {
		case err != nil:
			return engine.Outcome{Status: engine.Failed}, err
		case entered:
			return engine.Outcome{}, nil
		case (p.Runs.Busy == engine.BusySkip || p.Runs.Busy == engine.BusyFail) && k.before == nil:
			return over(p, ahead)
		case p.Runs.Busy == engine.BusyReplace:
			for _, other := range ahead {
				_ = r.store.Ask(r.ctx, other, store.Control{Kind: store.Stop, By: "a later run of the flow, as `busy: replace` says"}) // it may have ended
			}
		}
		if !asked {
			k.observed.queued()
		}
		if !asked && r.asked.Queued != nil {
			r.asked.Queued(busy(p, ahead))
		}
		if err := r.workspace.config.Clock.Sleep(k.ctx, r.workspace.config.Clock.Now().Add(patience)); err != nil {
			return engine.Outcome{Status: engine.Canceled}, fmt.Errorf("%w: %w", engine.ErrCanceled, err)
		}
	}
}

// over returns how a run ends that does not wait for those ahead of it.
func over(p *engine.Plan, ahead []string) (engine.Outcome, error) {
	if p.Runs.Busy == engine.BusySkip {
		return engine.Outcome{Status: engine.Skipped, Reason: busy(p, ahead)}, nil
	}
	return engine.Outcome{Status: engine.Failed}, &card.Error{
		Kind: card.Conflict, Code: "busy", Message: busy(p, ahead), Hint: "`runs` of the flow can let it wait: busy: queue",
	}
}

// notCounted returns the error of a run whose place among the others cannot be computed.
func notCounted(err error) error {
	at := (*engine.Error)(nil)
	if !errors.As(err, &at) || at.Pos.File == "" {
		return err
	}
	failure := *at.Cause
	failure.Message = fmt.Sprintf("%s: `per` of `runs`: %s", at.Pos, failure.Message)
	failure.Hint = cmp.Or(failure.Hint, "it is computed from the inputs: change the expression, or the input")
	return &failure
}

// busy returns the reason why a run of a flow does not go on.
func busy(p *engine.Plan, ahead []string) string {
	what := "another run of the flow waits for longer"
	switch len(ahead) {
	case 0:
	case 1:
		what = "run " + ahead[0] + " goes on"
	default:
		what = "runs " + strings.Join(ahead, ", ") + " go on"
	}
	if p.Runs.Limit == 1 {
		return what + ", and flow " + p.Flow + " allows one at a time"
	}
	return fmt.Sprintf("%s, and flow %s allows %d at a time", what, p.Flow, p.Runs.Limit)
}
