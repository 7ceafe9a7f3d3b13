// Package keep keeps the results and snapshots of streams in files: it is the engine.Keeper of a run that has a
// folder.
//
// It knows the file system and the end of a record. It must not know flows, cards or the terminal.
package keep

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Folder keeps results and snapshots in the folder of one run. Everything in it is readable by its owner only: what an
// org answers may be private. The folder is made when it is needed. A Folder is safe for concurrent use.
type Folder struct {
	root string
	dir  string                          // in root
	hide func(engine.Value) engine.Value // nil: hides nothing

	snapshots atomic.Int64 // made so far

	mu   sync.Mutex
	open map[string]*results // by name
}

var _ engine.Keeper = (*Folder)(nil)

// NewFolder keeps in the folder dir below root; no link leads out of root. hide takes out of the values in a line of
// results what must not be kept; nil keeps everything.
func NewFolder(root, dir string, hide func(engine.Value) engine.Value) *Folder {
	return &Folder{root: root, dir: dir, hide: hide, open: map[string]*results{}}
}

// File is the path of the results with a name, as Close of engine.Results returns it. It need not exist.
func (f *Folder) File(name string) string {
	return filepath.Join(f.root, f.dir, fileName(name+".jsonl"))
}

// in calls do with the folder, which is made if need be.
func (f *Folder) in(do func(*os.Root) error) error {
	if err := os.MkdirAll(f.root, 0o700); err != nil {
		return storage(err)
	}
	root, err := os.OpenRoot(f.root)
	if err != nil {
		return storage(err)
	}
	defer root.Close()
	if err := root.MkdirAll(f.dir, 0o700); err != nil {
		return storage(err)
	}
	folder, err := root.OpenRoot(f.dir)
	if err != nil {
		return storage(err)
	}
	defer folder.Close()
	if err := do(folder); err != nil {
		return storage(err)
	}
	return nil
}

func storage(err error) error {
	return &card.Error{Kind: card.Internal, Message: "cannot write to the run's folder: " + err.Error(), Err: err}
}

// fileName is the name of a stream, or the place of one, as a file's name: it may hold keys of records, and so
// anything, and nothing in it must lead elsewhere.
func fileName(name string) string {
	const longest = 200
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, name)
	if len(name) > longest {
		name = name[len(name)-longest:]
	}
	return strings.TrimLeft(name, ".")
}
