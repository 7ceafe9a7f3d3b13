package host

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// runsDir is the folder of the runs' folders.
func (w *Workspace) runsDir() string { return filepath.Join(w.config.State, "runs") }

// name names a run of a plan. If the plan keeps results, the run's folder is made: a run that cannot keep its results must
// not start to write.
func (w *Workspace) name(p *engine.Plan) (run string, err error) {
	id := func() string { return newRunID(w.config.Clock.Now()) }
	if !p.Loops() {
		return id(), nil
	}
	run, err = newFolder(w.runsDir(), id)
	if err != nil {
		return "", &card.Error{
			Kind: card.Internal, Err: err, Message: "cannot keep the results of the flow's loops: " + err.Error(),
			Hint: "they are kept in .flowdeck in the workspace",
		}
	}
	return run, nil
}

// newFolder makes a folder in dir that did not exist, and returns its name.
func newFolder(dir string, names func() string) (name string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	for {
		name = names()
		if err = os.Mkdir(filepath.Join(dir, name), 0o700); !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
}

// newRunID names a run: by the second in which it starts, so that names sort, and by 48 random bits.
func newRunID(now time.Time) string {
	var chance [6]byte
	_, _ = rand.Read(chance[:]) // it never fails
	return now.UTC().Format("20060102-150405-") + hex.EncodeToString(chance[:])
}
