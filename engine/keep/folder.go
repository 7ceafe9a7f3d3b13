// Package keep implements engine.Keeper: it keeps the results and snapshots of streams in files of the run's folder.
//
// It knows the file system and the results of records. It must not know flows, cards or the terminal.
package keep

import (
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// Folder keeps results and snapshots in the folder of one run. Its files are readable by their owner only, since
// answers of an org may be private. The folder is created when it is first needed. A Folder is safe for concurrent use.
type Folder struct {
	root string
	dir  string // path in root
	veil *veil.Veil
	// closer is nil if the run cannot be resumed.
	closer Closer

	mu      sync.Mutex
	open    map[string]*results // open results by name
	trimmed map[string]bool     // names of results that have only the lines of closed records
}

var _ engine.Keeper = (*Folder)(nil)

// NewFolder returns a Folder that keeps its files in the folder dir below root. Links that lead out of root are not
// followed. v removes secrets from the lines of results, and shortens long messages in them; nil only shortens. closer is
// nil if the run cannot be resumed.
func NewFolder(root, dir string, v *veil.Veil, closer Closer) *Folder {
	return &Folder{root: root, dir: dir, veil: v, closer: closer, open: map[string]*results{}, trimmed: map[string]bool{}}
}

// A Closer is the journal of a run that can be resumed. After a crash, the results have exactly the lines of the records that
// the journal has closed: lines are written and records are closed in the same order.
type Closer interface {
	// Closed returns the number of records that were closed before the run was resumed, in all streams with this Place.Name.
	Closed(name string) int
	// Has reports whether a record was closed before the run was resumed.
	Has(engine.Record) bool
	// Close records that a record has ended, and that its result is kept.
	Close(engine.Record, engine.Outcome, error) error
}

// File returns the path of the results with a name, which is that returned by Close of engine.Results. It need not
// exist.
func (f *Folder) File(name string) string {
	return filepath.Join(f.root, f.dir, fileName(name+".jsonl"))
}

// in calls do with the folder, and creates the folder if it does not exist.
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
	err = inside.Plain(err)
	return &card.Error{
		Kind: card.Storage, Message: "cannot write to the run's folder: " + err.Error(), Err: err,
		Hint: "the results of each record are kept there: it must be writable and have room",
	}
}

// fileName turns the name of a stream, or its place, into the name of a file. A place contains keys of records, which
// may be any text, and must not lead to another folder.
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
