package keep

import (
	"errors"
	"io/fs"
	"os"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/killpoint"
	"github.com/flowdeck/flowdeck/engine/veil"
	"github.com/flowdeck/flowdeck/engine/words"
)

// results is the file with a line for each record of a stream, in the order in which they ended. An inner stream has
// one file for all records of the outer stream.
type results struct {
	folder *Folder
	name   string // of the stream in the flows: "sweep.apps"
	users  int    // number of streams that are writing to it; guarded by folder.mu

	mu   sync.Mutex
	file *os.File
}

// Row is a line of results.
type Row struct {
	In     string            `json:"in,omitempty"` // the record of the outer stream: "sweep[00g1]"
	Key    string            `json:"key"`
	Status engine.Status     `json:"status"` // succeeded, succeeded_with_errors, skipped, failed, canceled or, in a dry run, undecidable
	Reason string            `json:"reason,omitempty"`
	Error  *engine.Described `json:"error,omitempty"`
	Value  engine.Value      `json:"value,omitempty"` // of a return or a collect
}

// hide removes secrets from everything that comes from outside, and shortens long messages. It does not change names of fields
// and the status.
func (r *Row) hide(v *veil.Veil) {
	r.In, r.Key, r.Reason, r.Value = v.String(r.In), v.String(r.Key), v.Message(r.Reason), v.Value(r.Value)
	if r.Error != nil {
		e := r.Error.Hidden(v)
		r.Error = &e
	}
}

// Results opens the file of a stream for appending.
func (f *Folder) Results(stream engine.Place) (engine.Results, error) {
	name := stream.Name()
	f.mu.Lock()
	defer f.mu.Unlock()
	kept := f.open[name]
	if kept == nil {
		kept = &results{folder: f, name: name}
		if err := f.in(kept.openIn); err != nil {
			return nil, err
		}
		f.open[name] = kept
	}
	kept.users++
	return kept, nil
}

// openIn opens the file in the run's folder. A killed process may have left an incomplete last line, which openIn
// removes.
func (r *results) openIn(folder *os.Root) (err error) {
	if err := r.trimIn(folder); err != nil {
		return err
	}
	r.file, err = inside.OpenOwn(folder, fileName(r.name+".jsonl"), os.O_CREATE|os.O_RDWR|os.O_APPEND)
	if err != nil {
		return err
	}
	if err := cutTornLine(r.file); err != nil {
		return errors.Join(err, r.file.Close())
	}
	return nil
}

// trimIn removes, when a run is resumed, the lines of records that have not ended: they will have others. A process that is killed
// here leaves the file as it was.
func (r *results) trimIn(folder *os.Root) (err error) {
	if r.folder.closer == nil || r.folder.trimmed[r.name] {
		return nil
	}
	name := fileName(r.name + ".jsonl")
	file, err := inside.OpenOwn(folder, name, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		r.folder.trimmed[r.name] = true
		return nil
	}
	if err != nil {
		return err
	}
	trimmed, err := inside.OpenOwn(folder, name+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	if err := errors.Join(keepLines(trimmed, file, r.folder.closer.Closed(r.name)), trimmed.Close(), file.Close()); err != nil {
		return err
	}
	if err := folder.Rename(name+".new", name); err != nil {
		return err
	}
	r.folder.trimmed[r.name] = true
	return nil
}

// Add writes the line of a record, and closes the record. Writes are not buffered, so that the results survive if the process is killed.
func (r *results) Add(record engine.Record, out engine.Outcome, err error) error {
	if out.Earlier {
		return nil
	}
	closer := r.folder.closer
	if closer != nil && closer.Has(record) {
		return nil
	}
	if closer != nil && engine.IsNotKept(err) { // the record goes on when the run is resumed, perhaps in another process already
		return nil
	}
	line := Row{
		In: record.Place.Around().InnerRecord().String(), Key: record.Place.Key(), Status: out.Status, Reason: out.Reason,
	}
	switch {
	case out.Status == engine.Undecidable: // neither failed nor ok
		line.Reason = card.AsError(err).Message
	case engine.IsCanceled(err):
		line.Status = engine.Canceled
	case err != nil:
		described := engine.Describe(err)
		line.Status, line.Error = engine.Failed, &described
	case out.Returned:
		line.Value = out.Value
	}
	line.hide(r.folder.veil)
	text, wrong := card.EncodeJSON(line)
	if wrong != nil {
		return storage(wrong)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.file.Write(append(words.VisibleJSON(text), '\n')); err != nil {
		_ = cutTornLine(r.file) // the disk may be full; the error above is more important
		return storage(err)
	}
	if closer == nil || line.Status == engine.Canceled {
		return nil
	}
	killpoint.Passed(killpoint.LineWritten)
	return closer.Close(record, out, err)
}

// Close ends a stream's use of the file, and returns the name of its results.
func (r *results) Close() (string, error) {
	r.folder.mu.Lock()
	defer r.folder.mu.Unlock()
	if r.users--; r.users > 0 {
		return r.name, nil
	}
	delete(r.folder.open, r.name)
	if err := r.file.Close(); err != nil {
		return r.name, storage(err)
	}
	return r.name, nil
}
