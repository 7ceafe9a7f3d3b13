package machines

import (
	"context"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// allowances returns limits as reports have them.
func allowances(all []temporal.Limited) map[engine.Measure]*host.Allowance {
	if len(all) == 0 {
		return nil
	}
	limits := map[engine.Measure]*host.Allowance{}
	for _, l := range all {
		a := &host.Allowance{
			Allowed: float64(l.Most), Used: float64(l.Made + l.InDoubt), InDoubt: int(l.InDoubt), Reached: l.Reached, By: l.By, List: l.List, At: l.At,
		}
		if l.Measure == engine.TimeMeasure {
			a.Allowed, a.Used = time.Duration(l.Most).Seconds(), l.Went.Seconds()
		}
		if l.Reached {
			a.Refused = int(l.Waiting)
		}
		limits[l.Measure] = a
	}
	return limits
}

// More is what a person allows a run that pauses.
type More struct {
	MaxChanges *int                     // more changes; nil: no such limit
	Allow      map[engine.Measure]int64 // new limits in all
	// Confirm is called if the run may do more than before. Its error ends the resume. nil: nobody is asked.
	Confirm func() error
}

// Resume makes the run go on that was paused, as it was found. The error is a UsageError if the limits cannot be those.
func (r *Run) Resume(ctx context.Context, past *host.Past, by string, m More) error {
	whole, err := r.runs.client.State(ctx, r.ID)
	if err != nil {
		return err
	}
	bounds, err := past.Raised(whole.Bounds, m.MaxChanges, m.Allow)
	if err != nil {
		return err
	}
	if m.Confirm != nil && host.AllowsMore(bounds, whole.Bounds) {
		if err := m.Confirm(); err != nil {
			return err
		}
	}
	return r.runs.client.Resume(ctx, r.ID, temporal.Resumed{By: by, Limits: bounds, Allow: m.Allow})
}
