package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Value is a value of the model that flows work on.
type Value = card.Value

// A Runtime carries out the effects of one run. The interpreter reaches the outside only through it.
//
// A Runtime value belongs to one strand: one line of steps, one after the other. Stream, Fork and Within
// hand each strand that they make a Runtime of its own. When a strand is halted, because the run is
// canceled, a sibling branch failed or the time of a step around it is over, every method that would
// start something new returns an error that wraps ErrCanceled.
//
// Whatever crosses, but for functions and contexts, is data and the same after encoding/json: see ValueJSON and
// ErrorJSON for what has no type of its own.
//
// Every effect has its Place, which is unique among the effects of its kind in the run and the same when the
// run is resumed: a Runtime that keeps a journal uses it to find effects that were done before.
//
// It has more methods than an interface should: it is everything that a run can do to the world, and
// nothing else would use a part of it.
type Runtime interface {
	// Call makes one attempt of an action and returns the card's answer. Errors wrap a *card.Error.
	Call(Invocation) (Value, error)
	// Page makes one attempt to read one page of a list.
	Page(Invocation, card.Cursor) (card.Page, error)
	// Stream reads a list with read, from the cursor "" to the end, and runs body once for every record,
	// at most w.Width at a time. A free strand takes the next record at once, whichever page it is on;
	// read is called on a strand of its own, one page ahead at most, and not while the window is full
	// and a page waits. Once w.Stop returns true, or the strand is halted, no new record starts and those in
	// flight finish: their strands are halted only by what cuts off calls. The error is read's, or wraps ErrCanceled, also
	// if only a record in flight was cut off; errors of body are only in the tally.
	// Likewise no record of any stream starts once results of the run could not be kept: the error is NotKept's.
	Stream(w Window, read func(Runtime, card.Cursor) (Batch, error), body func(Runtime, Record) (Outcome, error)) (Tally, error)
	// Fork runs body for 0 to n-1, all at the same time, and waits for all. When one fails, the others are
	// halted. The error is that of the lowest i which failed by itself; the halt's if none did.
	Fork(at Place, n int, body func(rt Runtime, i int) error) error
	// Within runs body on a strand that is halted after a time, and what is in flight on it is cut off. If
	// body ends for that, the error is a *card.Error of kind timeout, else it is body's. See Limit.Shield.
	Within(l Limit, body func(Runtime) error) error
	// Start starts another flow as a run of its own, with the id in s, and does not wait for it. A run that was
	// started before is not started again.
	Start(at Place, flow string, s Start) error
	// Sleep returns at until, or earlier with an error that wraps ErrCanceled.
	Sleep(at Place, until time.Time) error
	// Now is the present time.
	Now() time.Time
	// Context ends when nothing new may start. It is for pure computation, and must not be kept.
	Context() context.Context
	// Emit reports an event to the listener. It never fails and never waits for long.
	Emit(Event)
}

// Limit is how long a strand may take.
type Limit struct {
	Place Place
	For   time.Duration
	// Shield keeps the strand from a halt of the one around it, and lets it start although that is halted: for what must
	// happen at the end. Its time starts with the halt, and its error is body's.
	Shield bool
}

// ErrCanceled is wrapped by every error that is a halt from outside rather than the failure of a step: no
// catch, on_error, retry or allow sees it.
var ErrCanceled = errors.New("canceled")

// ErrCutOff is ErrCanceled for a call that was cut off after it had begun, so that what it writes may have been done.
var ErrCutOff = fmt.Errorf("%w in flight", ErrCanceled)

// Invocation is one use of a card. It is data, so that a Runtime can carry it to another process.
type Invocation struct {
	Place      Place
	Attempt    int // from 1; no two attempts of a call have the same
	Card       string
	Connection string // the connection's name in the workspace; empty where the service needs none
	In         Value  // an object that fits the card's inputs
	// Timeout is how long the call may take, without the time that it waits for a rate limit. Then it is cut off, and its
	// error is a *card.Error of kind timeout. 0 means any time.
	Timeout time.Duration
}

// Record is one item of a list.
type Record struct {
	Place Place // its Key is what the record is called in results
	Index int   // from 0, in the order of the list
	Value Value
	Err   error // why its key could not be computed, which fails its turn; nil if it could
}

// Batch is one page of a list, as records. It may be empty and still have a Next.
type Batch struct {
	Records []Record
	Next    card.Cursor
}

// Window is how a Stream goes through its list.
type Window struct {
	Place    Place            // the stream's; its results are kept under the place's Name
	Width    int              // records in flight at most, 1 or more
	Max      int              // records started at most; 0 means all
	Total    int              // the number of records of the list, where it is known; else 0
	Stop     func(Tally) bool `json:"-"` // asked after every record, one at a time, before another takes its place; nil means never
	Snapshot bool             // read the whole list before the first record starts
	Values   int              // how many of the values of the OK records are wanted in the tally
	Bytes    int              // the Size of these values at most; if they are larger there are none in the tally. 0 means any
}
