package host

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// Reload returns the workspace with its files as they are now. It shares the history with w, which stays as it is.
func (w *Workspace) Reload() *Workspace {
	now := *w
	now.Workspace, now.Problems = flow.Load(inside.FS(w.Dir), filepath.ToSlash(w.Dir))
	return &now
}

// A Sum identifies the contents of files.
type Sum [sha256.Size]byte

// Sum identifies the contents of the files of the workspace, and what was wrong with those that were not read.
func (w *Workspace) Sum() (sum Sum) {
	h := sha256.New()
	names := []string{w.File.Name}
	for _, f := range w.Files {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	for _, name := range names {
		text := w.Source(name)
		fmt.Fprintf(h, "%q %d\n%s", name, len(text), text)
	}
	for _, p := range w.Problems {
		fmt.Fprintln(h, p.Pos, p.Message)
	}
	h.Sum(sum[:0])
	return sum
}

// SumOfAll is like Sum, and also identifies the files that connections name, such as seeds, by their sizes and times: they may be large, or
// secret.
func (w *Workspace) SumOfAll() (sum Sum) {
	h := sha256.New()
	own := w.Sum()
	h.Write(own[:])
	files := inside.FS(w.Dir)
	for _, conn := range w.Connections {
		for _, name := range texts(check.Settings(conn)) {
			info, err := fs.Stat(files, filepath.ToSlash(name))
			if err == nil && info.Mode().IsRegular() {
				fmt.Fprintln(h, name, info.Size(), info.ModTime().UnixNano())
			}
		}
	}
	h.Sum(sum[:0])
	return sum
}

// texts returns the strings in a value.
func texts(v any) (all []string) {
	switch v := v.(type) {
	case string:
		all = []string{v}
	case []any:
		for _, item := range v {
			all = append(all, texts(item)...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = append(all, texts(v[key])...)
		}
	}
	return all
}

// Changes finds changes of files from the sums of looks at them. A change counts when two looks have seen it: until then, somebody may be
// writing.
type Changes struct{ seen, settled Sum }

// ChangesSince returns the changes since files had a sum.
func ChangesSince(sum Sum) *Changes { return &Changes{sum, sum} }

// Settled takes the sum of a look, and reports whether files have changed since Settled returned true, and have not changed since the last look.
func (c *Changes) Settled(now Sum) bool {
	same := now == c.seen
	c.seen = now
	if !same || now == c.settled {
		return false
	}
	c.settled = now
	return true
}
