package host

import (
	"os"
	"path/filepath"

	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Reload returns the workspace with its files as they are now. It shares the history with w, which stays as it is.
func (w *Workspace) Reload() *Workspace {
	now := *w
	now.Workspace, now.Problems = flow.Load(inside.FS(w.Dir), filepath.ToSlash(w.Dir))
	return &now
}

// HasHistory reports whether the workspace has a history: whether a run was kept.
func (w *Workspace) HasHistory() bool {
	info, err := os.Lstat(filepath.Join(w.config.State, store.Name))
	return err == nil && info.Mode().IsRegular()
}
