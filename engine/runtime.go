package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Value is a value of the model that flows work with.
type Value = card.Value

// A Runtime performs the effects of one run. All effects of the interpreter go through it.
//
// A Runtime value belongs to one strand: a sequence of steps that run one after the other. Stream, Fork and Within pass
// a new Runtime to each strand that they start. A strand is halted when the run is canceled, a sibling branch fails, or
// the time limit of an enclosing step ends. Then every method that would start something new returns an error that
// wraps ErrCanceled.
//
// All arguments and results except functions and contexts are data that encoding/json can encode and decode without
// loss: see ValueJSON and ErrorJSON for values and errors.
//
// Every effect has a Place, which is unique among the effects of its kind in the run and the same when the run is
// resumed. A Runtime that keeps a journal uses it to find effects that were already done.
//
// Runtime has more methods than an interface should: it is everything that a run can do to the world, and nothing else
// would use a part of it.
type Runtime interface {
	// Call makes one attempt of a card that is not a list and returns its answer. Errors wrap a *card.Error.
	Call(Invocation) (Value, error)
	// Page makes one attempt to read one page of a list. Errors wrap a *card.Error.
	Page(Invocation, card.Cursor) (card.Page, error)
	// Stream reads a list with read, from w.From to the end, and calls body once for every record. At most
	// w.Width records run at a time. A free strand takes the next record immediately, even if it is on another page.
	// read is called on a strand of its own, at most one page ahead, and not while the window is full and a page is
	// waiting. When w.Stop returns true, or the run is canceled, no new record starts, and those in flight finish. The
	// error is that of read, or wraps ErrCanceled; errors of body are only in the tally. If results of the run could
	// not be kept, no record of any stream starts, and the error is that of NotKept.
	Stream(w Window, read func(Runtime, card.Cursor) (Batch, error), body func(Runtime, Record) (Outcome, error)) (Tally, error)
	// Fork calls body for 0 to n-1 concurrently and waits for all calls. When one fails, the others are halted. The
	// error is that of the lowest i that failed by itself; ErrCanceled if all were halted from outside.
	Fork(at Place, n int, body func(rt Runtime, i int) error) error
	// Within calls body on a strand that is halted after a time limit; a call in flight is then cut off. If body ends
	// because of this limit, the error is a *card.Error of kind timeout, otherwise it is body's.
	Within(l Limit, body func(Runtime) error) error
	// Start starts another flow as a new run with the id in s, and does not wait for it. If a run with this id was
	// started before, Start does nothing.
	Start(at Place, flow string, s Start) error
	// Respond answers the request that started the run. A run answers at one place: if it did so at another one, the error has the kind
	// conflict. At the same place, as in a run that is resumed, Respond does nothing more. A Response that is Shown is not sent.
	Respond(at Place, r Response) error
	// Await asks a person, and returns the decision. It is asked once: a run that is resumed takes the decision that it had, or waits
	// on for it. If nobody decides in time, the error is that of NotDecided.
	Await(at Place, a Approval) (Decision, error)
	// Position returns the place in the list from which Stream must read the list of the stream at a place: the zero
	// Position, unless the run is resumed.
	Position(stream Place) (Position, error)
	// Sleep returns at until, or earlier with an error that wraps ErrCanceled.
	Sleep(at Place, until time.Time) error
	// Now returns the current time.
	Now() time.Time
	// Moment returns the time that the expressions at a place see: the current time or, in a resumed run, the time
	// that it returned before for this place.
	Moment(at Place) time.Time
	// Context returns a context that ends when nothing new may start. It is for pure computation. Do not keep it.
	Context() context.Context
	// Emit sends an event to the listener. It never fails and does not block for long.
	Emit(Event)
}

// Limit is the time limit of a strand.
type Limit struct {
	Place Place
	For   time.Duration
	Until time.Time // the end of the limit; the zero Time is For from now
	// Shield lets the strand start although the enclosing strand is halted. It is for cleanup, as in a finally.
	Shield bool
}

// ErrCanceled is wrapped by every error that is a halt from outside rather than the failure of a step. catch, on_error,
// retry and allow ignore it.
var ErrCanceled = errors.New("canceled")

// ErrCutOff is an ErrCanceled for a call that was cut off after it started. Its write may have been done.
var ErrCutOff = fmt.Errorf("%w in flight", ErrCanceled)

// Invocation is one attempt to call a card. It is data, so that a Runtime can send it to another process.
type Invocation struct {
	Place      Place
	Attempt    int         // from 1; unique among the attempts of a call
	Last       *card.Error // the failure of the attempt before; nil for the first one
	Card       string
	Connection string // the name of the connection in the workspace; empty if the service needs none
	In         Value  // an object that fits the card's inputs
	// Timeout is the maximum time of the call, without the time that it waits for a rate limit. A call that takes longer is cut
	// off, and its error is a *card.Error of kind timeout. 0 means no limit.
	Timeout time.Duration
	// State reads the state that the call would change, with card.Card.Before, instead of making the call. The answer is that of StateValue.
	State bool
}

// Record is one item of a list.
type Record struct {
	Place Place // its Key is the name of the record in results
	Index int   // from 0, in the order of the list
	Value Value
	Err   error // the error of computing its key, which fails the record; nil if there was none
}

// Numbered reports whether the record is named by its index.
func (r Record) Numbered() bool { return r.Place.Key() == strconv.Itoa(r.Index) }

// Batch is one page of a list as records. It may be empty and still have a Next. The Runtime owns the list of records: it
// clears the records that have started, so that a page does not keep them in memory.
type Batch struct {
	Records []Record
	Items   int // the number of records that the page has in the list: more than Records if some were picked
	Next    card.Cursor
}

// Window configures a Stream.
type Window struct {
	Place    Place            // of the stream; its results are kept under the Name of the place
	From     Position         // where the list is read from; ignored for a Snapshot
	Width    int              // maximum number of records in flight, 1 or more
	Max      int              // maximum number of records started; 0 means all
	Total    int              // length of the list; 0 if it is not known
	Stop     func(Tally) bool `json:"-"` // called after every record, one call at a time, before the next record starts; nil never stops the stream
	Turns    func() Turns     `json:"-"` // returns the turns as data, so that they can run in other processes; nil for a stream that is not one of a flow
	Snapshot bool             // read the whole list before the first record starts
	InMemory bool             // the list is in memory, and so the same when it is read again
	Values   int              // maximum number of values of OK records to return in the tally
	Bytes    int              // maximum total Size of these values; if they are larger, the tally has none. 0 means no limit
	Held     int              // maximum total Size of the values of all streams; see Tally.Full. 0 means no limit, and that these values do not count
	Items    []Item           // values of OK records that ended in an earlier process: they count as those of this one
}

// Item is the value of an OK record, and the index of the record.
type Item struct {
	Index int
	Value Value
}
