package engine

import (
	"context"
	"errors"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Value is a value of the model that flows work on.
type Value = card.Value

// A Runtime carries out the effects of one run. The interpreter reaches the outside only through it.
//
// A Runtime value belongs to one strand: one line of steps, one after the other. Stream hands each
// strand that it makes a Runtime of its own. When the run is canceled, every method that would begin
// something new returns an error that wraps ErrCanceled; what has begun is finished.
type Runtime interface {
	// Call makes one attempt of an action and answers what the card does. Errors wrap a *card.Error.
	Call(Call) (Value, error)
	// Page makes one attempt to read one page of a list.
	Page(Call, card.Cursor) (card.Page, error)
	// Stream reads a list with read, from the cursor "" to the end, and runs body once for every record,
	// at most w.Width at a time. A free place takes the next record at once, whichever page it is on;
	// read is called on a strand of its own, one page ahead at most, and not while the window is full
	// and a page waits. Once w.Stop says so, or the run is canceled, no new record begins and those in
	// flight finish. The error is read's, or wraps ErrCanceled; what body answers is in the tally alone.
	Stream(w Window, read func(Runtime, card.Cursor) (card.Page, error), body func(Runtime, Record) (Outcome, error)) (Tally, error)
	// Sleep returns at until, or earlier with an error that wraps ErrCanceled.
	Sleep(until time.Time) error
	// Now is the present time.
	Now() time.Time
	// Context ends when nothing new may begin: for what only computes, and for that it must not be kept.
	Context() context.Context
	// Emit tells whoever listens what happens. It never fails and never waits for long.
	Emit(Event)
}

// ErrCanceled is wrapped by every error that is the end of the run rather than the failure of a step.
var ErrCanceled = errors.New("canceled")

// Call is one use of a card. It is data, so that a Runtime can carry it to another process.
type Call struct {
	Path       string // the place in the run, unique in it
	Attempt    int    // from 1
	Card       string
	Connection string // the connection's name in the workspace; empty where the service needs none
	In         Value  // an object that fits the card's inputs
}

// Record is one item of a list.
type Record struct {
	Index int // from 0, in the order of the list
	Value Value
}

// Window says how a Stream goes through its list.
type Window struct {
	Width int              // records in flight at most, 1 or more
	Max   int              // records begun at most; 0 means all
	Stop  func(Tally) bool // asked after every record, one at a time; nil means never
}

// Tally counts the records of a stream. Read, the number begun, is OK + Skipped + Failed when it ended.
type Tally struct {
	Read, OK, Skipped, Failed int
	WithErrors                int      // of the OK ones: those that ended SucceededWithErrors
	First                     *Failure // of the failed records the one that stands first in the list; nil if none failed
}

// Failure is a record whose turn failed.
type Failure struct {
	Index int
	Err   error
}

// Finished is how many records have ended.
func (t Tally) Finished() int { return t.OK + t.Skipped + t.Failed }

// Count adds the end of one record's turn.
func (t *Tally) Count(index int, out Outcome, err error) {
	switch {
	case err != nil:
		t.Failed++
		if t.First == nil || index < t.First.Index {
			t.First = &Failure{Index: index, Err: err}
		}
	case out.Status == Skipped:
		t.Skipped++
	default:
		t.OK++
		if out.Status == SucceededWithErrors {
			t.WithErrors++
		}
	}
}
