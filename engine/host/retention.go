package host

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/keep"
	"github.com/flowdeck/flowdeck/engine/store"
)

// keptFor is how long runs are kept if the workspace does not set it.
const keptFor = 90 * 24 * time.Hour

// KeptFor returns how long the workspace keeps runs that have ended; false if it keeps them forever.
func (w *Workspace) KeptFor() (time.Duration, bool) {
	setting := w.Workspace.History.Keep
	switch {
	case setting == nil:
		return keptFor, true
	case setting.Text == flow.Forever:
		return 0, false
	}
	d, err := flow.ParseDuration(setting.Text)
	if err != nil || d <= 0 { // a problem of the workspace: nothing is lost because of it
		return 0, false
	}
	return d, true
}

// durability returns what the history of the workspace survives.
func (w *Workspace) durability() store.Durability {
	if d := w.Workspace.History.Durability; d != nil {
		return store.Durability(d.Text)
	}
	return store.Process
}

// retain removes the runs that are older than the workspace keeps them, once a day.
func (w *Workspace) retain(ctx context.Context, history *store.Store) error {
	age, limited := w.KeptFor()
	if !limited {
		return nil
	}
	due, err := history.Due(ctx, "prune", 24*time.Hour)
	if err != nil || !due {
		return err
	}
	_, err = w.Prune(ctx, w.config.Clock.Now().Add(-age))
	return err
}

// Prunable returns the number of runs that Prune would remove.
func (w *Workspace) Prunable(ctx context.Context, before time.Time) (int, error) {
	history, err := w.Kept()
	if err != nil || history == nil {
		return 0, err
	}
	return history.Prunable(ctx, before)
}

// Prune removes the runs that ended before a time from the history, with their folders. Runs that go on or can be resumed are kept. It
// returns their ids. Without a history, there are only folders of dry runs to remove.
func (w *Workspace) Prune(ctx context.Context, before time.Time) (ids []string, err error) {
	history, err := w.Kept()
	if err != nil {
		return nil, err
	}
	if history != nil {
		ids, err = history.Prune(ctx, before)
	}
	for _, id := range ids {
		if filepath.Base(id) != id || !filepath.IsLocal(id) || id == "." { // not from flowdeck: it has no folder
			continue
		}
		err = errors.Join(err, keep.Remove(w.config.State, filepath.Join(runsDir, id)))
	}
	if err != nil {
		return ids, err
	}
	return ids, w.pruneFolders(ctx, history, before)
}

// pruneFolders removes the folders of runs that started before a time and are not in the history, such as dry runs.
func (w *Workspace) pruneFolders(ctx context.Context, history *store.Store, before time.Time) error {
	root, err := os.OpenRoot(w.config.State)
	if err != nil {
		return nil // there are no folders
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), runsDir)
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		started, err := time.Parse("20060102-150405", entry.Name()[:min(len(entry.Name()), len("20060102-150405"))])
		if err != nil || !entry.IsDir() || !started.Before(before) {
			continue
		}
		if belongs(ctx, history, entry.Name()) {
			continue
		}
		if err := keep.Remove(w.config.State, filepath.Join(runsDir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// belongs reports whether a folder may belong to a run of the history. A nil history has none.
func belongs(ctx context.Context, history *store.Store, folder string) bool {
	if history == nil {
		return false
	}
	run, err := history.Run(ctx, folder)
	if err != nil {
		return card.AsError(err).Kind != card.NotFound
	}
	return strings.HasPrefix(run.ID, folder) // it is kept, or a run that it started is
}
