package serve

import (
	"context"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/schedule"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Missed returns the occurrences of a schedule after since, up to now, that have started nothing, and were not left out because another run went
// on: at most engine.MostMissed, the latest ones.
func Missed(ctx context.Context, history *store.Store, flow string, t engine.Trigger, since, now time.Time) (missed []schedule.Occurrence, err error) {
	for _, one := range t.Schedule.Times.Between(since, now, farthest) {
		known, err := history.Occasions(ctx, store.OccasionFilter{Flow: flow, Trigger: t.ID(), Key: one.Local, Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(known) == 0 {
			missed = append(missed, one)
		}
	}
	return missed[max(0, len(missed)-engine.MostMissed):], nil
}

// RunMissed makes occasions of occurrences that Missed returned. A server starts their runs.
func RunMissed(ctx context.Context, history *store.Store, p *engine.Plan, t engine.Trigger, all []schedule.Occurrence) error {
	var occasions []store.Occasion
	for _, one := range all {
		occasions = append(occasions, occasionOf(ctx, p, t, one))
	}
	_, err := history.Submit(ctx, nil, occasions...)
	return err
}
