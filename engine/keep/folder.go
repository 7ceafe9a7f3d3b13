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

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Folder keeps results and snapshots in the folder of one run. Everything in it is readable by its owner only: what an
// org answers may be private. The folder is made when it is needed. A Folder is safe for concurrent use.
type Folder struct {
	dir  string
	hide func(engine.Value) engine.Value // nil: hides nothing

	mu   sync.Mutex
	open map[string]*results // by name
}

var _ engine.Keeper = (*Folder)(nil)

// NewFolder keeps in dir. hide takes out of the values in a line of results what must not be kept; nil keeps everything.
func NewFolder(dir string, hide func(engine.Value) engine.Value) *Folder {
	return &Folder{dir: dir, hide: hide, open: map[string]*results{}}
}

// File is the path of the results with a name, as Close of engine.Results returns it. It need not exist.
func (f *Folder) File(name string) string {
	return filepath.Join(f.dir, fileName(name+".jsonl"))
}

func (f *Folder) make() error {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
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
