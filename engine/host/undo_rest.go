package host

import (
	"context"
	"errors"
	"slices"

	"github.com/flowdeck/flowdeck/engine/store"
)

// NotUndone is a write of a run that was taken back which is still there. Secrets are hidden.
type NotUndone struct {
	Run    string `json:"run"` // the run, or one that it started
	Step   string `json:"step"`
	Record string `json:"record,omitempty"`
	Card   string `json:"card"`
	Target string `json:"target"`
	Why    string `json:"why,omitempty"` // why it cannot be taken back; empty if an undo left it, or was not asked to take it back
}

// notUndone returns the writes of a run that no undo took back, the newest first.
func (w *Workspace) notUndone(ctx context.Context, history *store.Store, run string) (all []NotUndone, err error) {
	made, err := w.loadMade(ctx, history, run)
	if usage := (*UsageError)(nil); errors.As(err, &usage) {
		return nil, nil // a run that it started goes on
	}
	if err != nil {
		return nil, err
	}
	undone, _, err := w.undone(ctx, history, run)
	if err != nil {
		return nil, err
	}
	hide := w.config.Veil.String
	for _, m := range slices.Backward(made) {
		if _, back := slices.BinarySearch(undone, m.number); !back && !m.nothing {
			all = append(all, NotUndone{Run: m.run, Step: hide(m.step), Record: hide(m.record), Card: m.card, Target: hide(m.target), Why: hide(m.why)})
		}
	}
	return all, nil
}
