package host

import (
	"path/filepath"

	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// Reload returns the workspace with its files as they are now. It shares the history with w, which stays as it is.
func (w *Workspace) Reload() *Workspace {
	now := *w
	now.Workspace, now.Problems = flow.Load(inside.FS(w.Dir), filepath.ToSlash(w.Dir))
	return &now
}
