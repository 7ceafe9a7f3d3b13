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
// A Runtime value belongs to one strand: one line of steps, one after the other. Stream, Fork and Within
// hand each strand that they make a Runtime of its own. When a strand is halted, because the run is
// canceled, a branch beside it failed or the time of a step around it is over, every method that would
// begin something new returns an error that wraps ErrCanceled.
//
// It has more methods than an interface should: it is everything that a run can do to the world, and
// there is no second thing that would do with a part of it.
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
	// Fork runs body for 0 to n-1, all at the same time, and waits for all. When one fails, the others are
	// halted. The error is that of the lowest i which failed by itself; the halt's if none did.
	Fork(n int, body func(rt Runtime, i int) error) error
	// Within runs body on a strand that is halted after a time, and what is in flight on it is cut off. If
	// body ends for that, the error is a *card.Error of kind timeout, else it is body's.
	Within(l Limit, body func(Runtime) error) error
	// Start begins another flow as a run of its own, and answers its id without waiting for it. The id in s
	// is not used.
	Start(flow string, s Start) (run string, err error)
	// Sleep returns at until, or earlier with an error that wraps ErrCanceled.
	Sleep(until time.Time) error
	// Now is the present time.
	Now() time.Time
	// Context ends when nothing new may begin: for what only computes, and for that it must not be kept.
	Context() context.Context
	// Emit tells whoever listens what happens. It never fails and never waits for long.
	Emit(Event)
}

// Limit is how long a strand may take.
type Limit struct {
	For time.Duration
	// Shield lets the strand begin although the one around it is halted: for what must happen at the end.
	Shield bool
}

// ErrCanceled is wrapped by every error that is a halt from outside rather than the failure of a step: no
// catch, on_error, retry or allow sees it.
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
	Path     string           // the stream's place in the run; its results are kept by it
	Width    int              // records in flight at most, 1 or more
	Max      int              // records begun at most; 0 means all
	Total    int              // how many records the list has, if that is known already; else 0
	Stop     func(Tally) bool // asked after every record, one at a time; nil means never
	Snapshot bool             // read the whole list before the first record begins
	Values   int              // how many of the values of the OK records are wanted in the tally
}

// Tally counts the records of a stream. Read, the number begun, is OK + Skipped + Failed when it ended.
type Tally struct {
	Read, OK, Skipped, Failed int
	Undecidable               int      // of a dry run: they depend on a write that was not made; part of Skipped
	WithErrors                int      // of the OK ones: those that ended SucceededWithErrors
	Total                     int      // how many records there are to begin, where that is known before the end; else 0
	First                     *Failure // of the failed records the one that stands first in the list; nil if none failed
	Values                    []Value  // of the OK records, in the order of the list; nil if there were more than Window.Values
	Results                   string   // the file with a line for each record; empty if none is kept
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
	case errors.Is(err, errUndecidable):
		t.Skipped++
		t.Undecidable++
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
