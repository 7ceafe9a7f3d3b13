package engine

import (
	"errors"

	"github.com/flowdeck/flowdeck/engine/card"
)

// A Keeper keeps the results and snapshots of streams outside of the run's memory. The Runtime passes them to it; where
// it keeps them (files, a database) is its own decision. It is safe for concurrent use.
type Keeper interface {
	// Results opens the results of the stream at a place. The rounds of a stream inside of another, whose places
	// have one Name, may be open at the same time and share their results.
	Results(stream Place) (Results, error)
	// Snapshot opens a new, empty snapshot for the stream at a place.
	Snapshot(stream Place) (Snapshot, error)
}

// Results keeps a line for each record of a stream, in the order in which they ended. It is safe for concurrent use.
type Results interface {
	// Add keeps the end of a record's turn. An error means that the line may not be kept, and ends the run: see NotKept.
	Add(r Record, out Outcome, err error) error
	// Close ends the stream's use of the results. It returns the name by which a flow and a person find them.
	Close() (name string, err error)
}

// Snapshot is a whole list, kept before its first record starts. It is for one goroutine.
type Snapshot interface {
	// Write adds records. They may not be read before the last Write.
	Write([]Record) error
	// Read returns the next records, some at a time; none after the last.
	Read() ([]Record, error)
	// Remove deletes the snapshot: it has answers of the service in it, and nobody needs it any more.
	Remove()
}

// errNotKept is wrapped by the error of a run whose results cannot be kept. What cannot be recorded must not go on, so it
// is the end of the run, and no catch, on_error, retry or allow sees it.
var errNotKept = errors.New("not kept")

// NotKept makes the error with which every stream of a run fails once results of any of them could not be opened, added
// to or closed.
func NotKept(err error) error {
	e := *card.AsError(err)
	e.Err = errors.Join(errNotKept, err)
	return &e
}
