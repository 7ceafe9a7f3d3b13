package host

import (
	"context"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
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

// Decision is what a person found out about a write that is in doubt.
type Decision struct {
	Step string // its place: that of one record, as sweep[00u1].create, or of all, as sweep.create
	Done bool
}

// settle keeps what a person decided about writes that are in doubt. It returns a UsageError if a decision is about another
// write.
func settle(ctx context.Context, history *store.Store, run string, decided []Decision) error {
	if len(decided) == 0 {
		return nil
	}
	doubts, err := history.Doubts(ctx, run)
	if err != nil {
		return err
	}
	for _, d := range decided {
		if !slices.ContainsFunc(doubts, func(w store.Write) bool { return d.matches(w.Intent) }) {
			hint := "no write of this run is in doubt"
			if len(doubts) > 0 {
				hint = "in doubt: " + doubts[0].Place.String()
			}
			return Usage(hint, "no write at %q is in doubt", d.Step)
		}
	}
	for _, d := range decided { // after all were found
		for _, doubt := range doubts {
			if !d.matches(doubt.Intent) {
				continue
			}
			if err := history.Settle(ctx, run, doubt.Place, doubt.Attempt, d.Done); err != nil {
				return err
			}
		}
	}
	return nil
}

// SettleEnded keeps what a person decided about writes of a run that has ended and cannot be resumed. It reports false for another run:
// Resumed settles its writes.
func (w *Workspace) SettleEnded(ctx context.Context, id string, decided []Decision) (ended bool, err error) {
	run, err := w.RunNamed(ctx, id)
	if err != nil || resumable(run.Status) || run.Status == store.Running || run.Status == store.Queued {
		return false, err
	}
	history, err := w.History()
	if err != nil {
		return true, err
	}
	return true, settle(ctx, history, run.ID, decided)
}

func (d Decision) matches(i engine.Intent) bool {
	return d.Step == i.Place.String() || d.Step == i.Place.Name()
}
