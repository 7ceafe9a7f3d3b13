package host

import (
	"context"

	"github.com/flowdeck/flowdeck/engine/store"
)

// Verify computes the chains of hashes of runs again, as store.Store.Verify does, and calls each for each run: in the order of ids or, if there are none, of all
// runs, the last first. Errors are those of RunNamed, and those of each.
func (w *Workspace) Verify(ctx context.Context, ids []string, each func(store.Verified) error) error {
	history, err := w.Kept()
	if err != nil || history == nil && len(ids) == 0 {
		return err
	}
	verify := func(id string) error {
		found, err := history.Verify(ctx, id)
		if err != nil {
			return err
		}
		return each(found)
	}
	for filter := (store.Filter{}); len(ids) == 0; {
		page, err := history.Runs(ctx, filter)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, run := range page {
			if err := verify(run.ID); err != nil {
				return err
			}
		}
		filter.Before = page[len(page)-1].ID
	}
	named := make([]string, len(ids))
	for i, id := range ids {
		run, err := w.RunNamed(ctx, id)
		if err != nil {
			return err
		}
		named[i] = run.ID
	}
	if len(named) > 0 && history == nil { // they were fetched
		if history, err = w.History(); err != nil {
			return err
		}
	}
	for _, id := range named {
		if err := verify(id); err != nil {
			return err
		}
	}
	return nil
}
