// Package files implements card.Files: the files of a workspace and of its runs, which cards read and write.
//
// It knows the file system, and which files of a workspace no card may touch. It must not know formats, cards or flows.
package files

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Workspace has the files of a workspace. All runs of a process share it, so that their appends to one file do not meet.
type Workspace struct {
	// Now is the time at which cards change files. nil: that of the machine.
	Now func() time.Time

	dir   string // the workspace's folder
	state string // the folder of the workspace's state
	kept  string // path of state in dir, with slashes; empty if it is elsewhere

	appending sync.Mutex
}

// New returns the files of the workspace in dir, whose state is in the folder state. Cards cannot reach the state, even if it is in dir.
func New(dir, state string) *Workspace {
	w := &Workspace{dir: dir, state: state}
	if kept, err := filepath.Rel(resolved(dir), resolved(state)); err == nil && filepath.IsLocal(kept) {
		w.kept = filepath.ToSlash(kept)
	}
	return w
}

// date sets the time at which a file was changed.
func (w *Workspace) date(folder *os.Root, name string) error {
	if w.Now == nil {
		return nil
	}
	now := w.Now()
	return folder.Chtimes(name, now, now)
}

// resolved follows the links of a path, such as a state folder that is a link to another folder of the workspace.
func resolved(dir string) string {
	if target, err := filepath.EvalSymlinks(dir); err == nil {
		return target
	}
	return dir // it does not exist yet
}

// Run returns the files of a run: those of the workspace, and those in the folder dir of the state, which is made when it is first needed.
func (w *Workspace) Run(dir string) card.Files { return run{w, filepath.ToSlash(dir)} }

// run implements card.Files.
type run struct {
	*Workspace
	own string // the run's own folder, in state
}

// place is the place of a file: a path below the folder root. base is the path of that folder in root which is flowdeck's own.
type place struct {
	name string // canonical, as a card has it
	root string
	base []string
	path []string // the folders and the file; empty for the folder itself
}

// child returns the name of a file in a folder.
func (p place) child(name string) string {
	if p.name == "." || p.name == card.RunFiles {
		return strings.TrimPrefix(p.name, ".") + name
	}
	return p.name + "/" + name
}

func (r run) Path(name string) (string, error) {
	p, err := r.place(name)
	return p.name, err
}

// place finds the place of a name.
func (r run) place(name string) (place, error) {
	inner, own := strings.CutPrefix(name, card.RunFiles)
	clean, err := cleaned(inner)
	if err != nil {
		return place{name: name}, failure("name", name, err)
	}
	p := place{name: clean, root: r.dir}
	if clean != "." {
		p.path = strings.Split(clean, "/")
	}
	switch {
	case own:
		p.name, p.root, p.base = card.RunFiles+strings.TrimPrefix(clean, "."), r.state, strings.Split(r.own, "/")
	case r.kept != "" && (r.kept == "." || strings.EqualFold(clean, r.kept) || len(clean) > len(r.kept) && strings.EqualFold(clean[:len(r.kept)+1], r.kept+"/")):
		return p, failure("name", name, errState)
	}
	return p, nil
}

// file is place for a file, which has a name.
func (r run) file(name string) (place, error) {
	p, err := r.place(name)
	if err == nil && len(p.path) == 0 {
		err = failure("name", name, syscall.EISDIR)
	}
	return p, err
}

// written is file for a file that is to be written. A card must not change what flowdeck runs.
func (r run) written(name string) (place, error) {
	p, err := r.file(name)
	if err != nil {
		return p, err
	}
	switch ending := strings.ToLower(path.Ext(p.name)); {
	case p.root == r.dir && (ending == ".yaml" || ending == ".yml"):
		err = failure("write", name, errFlow)
	case strings.ContainsAny(strings.TrimPrefix(p.name, card.RunFiles), foreign):
		err = failure("write", name, errName)
	}
	return p, err
}

func (r run) Open(name string) (fs.File, error) {
	p, err := r.file(name)
	if err != nil {
		return nil, err
	}
	var file *os.File
	err = p.in(false, func(folder *os.Root, last string) error {
		file, err = open(folder, last, readOnly)
		return err
	})
	if err != nil {
		return nil, failure("open", name, err)
	}
	return file, nil
}

func (r run) ReadDir(name string) ([]fs.DirEntry, error) {
	p, err := r.place(name)
	if err != nil {
		return nil, err
	}
	var entries []fs.DirEntry
	p.path = append(p.path, ".")
	err = p.in(false, func(folder *os.Root, _ string) error {
		dir, err := folder.Open(".")
		if err != nil {
			return err
		}
		defer dir.Close()
		names, err := dir.Readdirnames(-1)
		for _, name := range names {
			if info, err := folder.Lstat(name); err == nil { // else it was removed in the meantime
				entries = append(entries, fs.FileInfoToDirEntry(info))
			}
		}
		return err
	})
	own := strings.HasPrefix(p.name, card.RunFiles)
	if own && len(p.path) == 1 && errors.Is(err, fs.ErrNotExist) { // nothing was written yet
		return nil, nil
	}
	if err != nil {
		return nil, failure("list", name, err)
	}
	entries = slices.DeleteFunc(entries, func(entry fs.DirEntry) bool {
		_, err := r.place(p.child(entry.Name()))
		return err != nil || !entry.Type().IsRegular() && !entry.IsDir()
	})
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}
