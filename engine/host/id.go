package host

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// runsDir is the folder of all runs' folders, in the state folder.
const runsDir = "runs"

// filesDir is the folder in a run's folder for the files of cards.
const filesDir = "files"

// name returns a name for a run of a plan. If the plan keeps results, it also creates the run's folder: a run that
// cannot keep its results must not start to write.
func (w *Workspace) name(p *engine.Plan) (run string, err error) {
	id := w.NewRunID
	if !p.Loops() {
		return id(), nil
	}
	run, err = newFolder(w.config.State, id)
	if err != nil {
		err = inside.Plain(err)
		return "", &card.Error{
			Kind: card.Storage, Err: err, Message: "cannot keep the results of the flow's loops: " + err.Error(),
			Hint: "they are kept in .flowdeck in the workspace, which must be writable and have no links to other folders",
		}
	}
	return run, nil
}

// newFolder creates a folder for a run that did not exist before, and returns its name.
func newFolder(state string, names func() string) (name string, err error) {
	if err := os.MkdirAll(state, 0o700); err != nil {
		return "", err
	}
	root, err := os.OpenRoot(state)
	if err != nil {
		return "", err
	}
	defer root.Close()
	if err := root.MkdirAll(runsDir, 0o700); err != nil {
		return "", err
	}
	for {
		name = names()
		if err = root.Mkdir(filepath.Join(runsDir, name), 0o700); !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
}

// NewRunID returns a name for a run in processes that do not share the history.
func (w *Workspace) NewRunID() string { return newRunID(w.config.Clock.Now()) }

// newRunID returns a name for a run. It consists of the second in which the run starts, so that names sort by time, and
// 128 random bits.
func newRunID(now time.Time) string {
	var chance [16]byte
	_, _ = rand.Read(chance[:]) // crypto/rand.Read never returns an error
	return now.UTC().Format(idTime) + hex.EncodeToString(chance[:])
}

// idTime is the layout of the start of a run's name.
const idTime = "20060102-150405-"

// handleChance is the number of random digits in a Handle.
const handleChance = 12

// Handle returns a start of the name of a run that is short enough for a table, and that no other run has: commands take it
// for the name. The name of a run that another run started starts with that of the other one, and is its own handle.
func Handle(run string) string {
	const length = len(idTime) + handleChance
	if strings.Contains(run, ".") || len(run) <= length {
		return run
	}
	return run[:length]
}

// startsID reports whether a text may be the start of the id of a run: at least its day.
func startsID(text string) bool {
	return len(text) > len("20060102-") && text[len("20060102")] == '-' && strings.Trim(text[:len("20060102")], "0123456789") == ""
}
