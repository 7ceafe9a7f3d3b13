package engine

import (
	"errors"

	"github.com/flowdeck/flowdeck/engine/card"
)

// A Keeper keeps the results and snapshots of streams outside of the run's memory, for example in files or a database.
// The Runtime passes them to it. It is safe for concurrent use.
type Keeper interface {
	// Results opens the results of the stream at a place. An inner stream runs once for each record of the outer
	// stream; these places have the same Name, may be open at the same time, and share their results.
	Results(stream Place) (Results, error)
	// Snapshot opens the snapshot of the stream at a place: a new, empty one, unless the run is resumed and kept it as a
	// whole before.
	Snapshot(stream Place) (Snapshot, error)
}

// Results keeps a line for each record of a stream, in the order in which they ended. It is safe for concurrent use.
type Results interface {
	// Add keeps the result of a record. An error means that the line may not have been kept; it ends the run: see
	// NotKept.
	Add(r Record, out Outcome, err error) error
	// Close ends the stream's use of the results. It returns the name under which flows and people find them.
	Close() (name string, err error)
}

// Snapshot keeps a whole list before its first record starts. It is not safe for concurrent use.
type Snapshot interface {
	// Complete returns the number of records of a snapshot that was kept as a whole before the run was resumed. It is
	// false for a new snapshot.
	Complete() (records int, complete bool)
	// Write adds records. All calls of Write come before the first Read. A complete snapshot is not written.
	Write([]Record) error
	// Read returns the next records, a few at a time; none at the end.
	Read() ([]Record, error)
	// Leave ends the use of the snapshot. It contains answers of the service, which must not stay on disk when they are not
	// needed: it is removed unless the run can be resumed. Then it is removed when the journal has the end of the stream.
	Leave(ended bool)
}

// errNotKept is wrapped by the error of a run whose results cannot be kept. It ends the run, so that nothing is done
// without a record of it: catch, on_error, retry and allow ignore it.
var errNotKept = errors.New("not kept")

// IsNotKept reports whether an error ends a run because something of it cannot be kept: see NotKept.
func IsNotKept(err error) bool { return errors.Is(err, errNotKept) }

// NotKept wraps err for a run whose results could not be opened, added to or closed. Every stream of the run then fails
// with it.
func NotKept(err error) error {
	e := *card.AsError(err)
	e.Err = errors.Join(errNotKept, err)
	return &e
}
