package host

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// runsDir is the folder of the runs' folders.
func (w *Workspace) runsDir() string { return filepath.Join(w.config.State, "runs") }

// folder names a run and, if its flow keeps results, makes its folder, which no other run has: a run that cannot keep its
// results must not begin to write.
func (r *runs) folder(p *engine.Plan) (run string, err error) {
	if !p.Loops() {
		return r.workspace.newRunID(), nil
	}
	dir := r.workspace.runsDir()
	if err = os.MkdirAll(dir, 0o700); err == nil {
		for {
			run = r.workspace.newRunID()
			if err = os.Mkdir(filepath.Join(dir, run), 0o700); !errors.Is(err, fs.ErrExist) {
				break
			}
		}
	}
	if err != nil {
		return "", &card.Error{
			Kind: card.Internal, Err: err, Message: "keep the results of the flow's loops: " + err.Error(),
			Hint: "they go into .flowdeck, in the workspace's folder",
		}
	}
	return run, nil
}

// newRunID names a run: by the second in which it starts, so that names sort, and by 48 random bits.
func (w *Workspace) newRunID() string {
	var chance [6]byte
	_, _ = rand.Read(chance[:]) // never fails, says its documentation
	return w.config.Clock.Now().UTC().Format("20060102-150405-") + hex.EncodeToString(chance[:])
}
