package host

import (
	"fmt"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// patience is the time between two looks at a queue.
const patience = 500 * time.Millisecond

// enter waits until the run may go on, if its flow limits how many runs may. Otherwise it returns how the run ends. A run that is
// resumed always waits: if it ended as skipped or failed, nobody could finish what it has done a part of.
func (k *kept) enter(r *runs, p *engine.Plan) (end engine.Outcome, err error) {
	if k.log == nil || p.Runs == nil {
		return engine.Outcome{}, nil
	}
	for asked := false; ; asked = true {
		entered, ahead, err := k.log.Enter(k.ctx, p.Runs.Limit)
		switch {
		case err != nil:
			return engine.Outcome{Status: engine.Failed}, err
		case entered:
			return engine.Outcome{}, nil
		case p.Runs.Busy == engine.BusySkip && k.before == nil:
			return engine.Outcome{Status: engine.Skipped, Reason: busy(p, ahead)}, nil
		case p.Runs.Busy == engine.BusyFail && k.before == nil:
			return engine.Outcome{Status: engine.Failed}, &card.Error{
				Kind: card.Conflict, Code: "busy", Message: busy(p, ahead), Hint: "`runs` of the flow can let it wait: busy: queue",
			}
		case p.Runs.Busy == engine.BusyReplace:
			for _, other := range ahead {
				_ = r.store.Ask(r.ctx, other, store.Control{Kind: store.Stop}) // it may have ended
			}
		}
		if !asked && r.asked.Queued != nil {
			r.asked.Queued(busy(p, ahead))
		}
		if err := r.workspace.config.Clock.Sleep(k.ctx, r.workspace.config.Clock.Now().Add(patience)); err != nil {
			return engine.Outcome{Status: engine.Canceled}, fmt.Errorf("%w: %w", engine.ErrCanceled, err)
		}
	}
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
