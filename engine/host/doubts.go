package host

import (
	"context"
	"slices"

	"github.com/flowdeck/flowdeck/engine/store"
)

// doubts returns the writes of a run of which it is not known whether they were done.
func (r *runs) doubts(run string) []Doubt {
	list, err := doubtsOf(context.WithoutCancel(r.ctx), r.store, run)
	if err != nil {
		return nil // the end of the run reports what is wrong
	}
	return list
}

func doubtsOf(ctx context.Context, history *store.Store, run string) (list []Doubt, err error) {
	writes, err := history.Doubts(ctx, run)
	for _, w := range writes {
		list = append(list, Doubt{Step: w.Place.String(), Card: w.Card, Target: w.Target, Began: w.Began})
	}
	slices.SortStableFunc(list, func(a, b Doubt) int { return a.Began.Compare(b.Began) })
	return list, err
}
