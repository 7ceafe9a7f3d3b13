package engine

import (
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// A Journal keeps what one run did, so that the run can be resumed after its process ended, and so that people can see later
// what was done. It is append-only for the run: entries are added, and those that a resumed run cannot need again are dropped.
// All methods are safe for concurrent use. Entries become durable in the order in which the methods are called.
//
// Once an entry could not be kept, every later call returns an error: then the run must not make any other write. The
// errors are *card.Error of kind storage.
type Journal interface {
	// Add adds effects to a scope. They are durable within a second, and before a later Begin returns.
	Add(scope Place, effects ...Effect) error
	// Open adds a record that started and is about to write, so that it can be resumed even if its list does not have
	// it any more, with the effects in it so far. It is durable as with Add. It does nothing for a record that is already open.
	Open(Record, ...Effect) error
	// Begin adds a write that is about to be made. When it returns, the write and everything that was added before
	// are durable. A write that was begun before, and has no result, is replaced.
	Begin(Intent) error
	// End adds the result of a write: an Effect of kind CallEffect. It is durable as with Add.
	End(Intent, Effect) error
	// Close adds the end of a record. Its effects, and everything of the streams in it, are not needed again. It is
	// durable as with Add.
	Close(Record, Outcome, error) error
	// Advance moves a stream on: all records before the position have ended, and a resumed run reads the list from there. t
	// counts all records of the stream that ended before the position. If it has Kept, so far the values of these records are kept for
	// StreamPast.Items; once a call had not, none can. It is durable as with Add.
	Advance(stream Place, at Position, t Tally) error

	// Past returns what is known of a scope: the run itself (the zero Place) or a record. The result is empty in a run that
	// is not resumed.
	Past(scope Place) (Past, error)
	// Stream returns what is known of a stream that has no StreamEffect.
	Stream(at Place) (StreamPast, error)
	// Counts counts the records that were closed, and their writes.
	Counts() (Counts, error)
}

// Counts counts the records that ended before a run was resumed, and what they wrote.
type Counts struct {
	Streams map[string]Tally  // by Place.Name of the stream; without First, Fatal, Values and Groups
	Writes  map[string]Writes // by card, of records that have ended; not those of records around them that have not
}

// An Effect is something that a run did or read, with its result. A resumed run takes the result
// from the journal and does not do it again. The Effect of a place, kind and number is unique in a run. Its scope is the
// innermost record that its place is inside of; the run if there is none.
type Effect struct {
	Kind  EffectKind
	Place Place
	Nth   int       // CallEffect, PageEffect: the number of the attempt; else 0
	Value Value     // CallEffect: the answer. PageEffect: an object with the items and the cursor of the next page. HaltEffect: the number of the branch that failed. ApprovalEffect: the decision without its time
	Err   error     // CallEffect, PageEffect: the error of an attempt that failed. ApprovalEffect: nobody decided in time
	Time  time.Time // NowEffect: the time. SleepEffect: the end of the sleep. LimitEffect: the end of the time limit. ApprovalEffect: when it was decided
	Doubt bool      // CallEffect: the attempt changed nothing, but an earlier process began it and may have made the change
	// Before is, for a CallEffect of a Past with an Err, the Intent.Before of the attempt: another attempt may follow.
	Before card.State
	Tally  *Tally // StreamEffect: of the stream, which has ended without an error
}

// EffectKind is the kind of an Effect. The texts are those of the journal.
type EffectKind string

const (
	CallEffect   EffectKind = "call"   // an attempt of a card that is not a list
	PageEffect   EffectKind = "page"   // an attempt to read a page of a list, by a card step
	NowEffect    EffectKind = "now"    // the time that expressions of a step saw
	SleepEffect  EffectKind = "sleep"  // a sleep started
	LimitEffect  EffectKind = "limit"  // a time limit started
	HaltEffect   EffectKind = "halt"   // a branch failed, and the others of the place were halted
	StreamEffect EffectKind = "stream" // a stream has ended

	ApprovalEffect EffectKind = "approval" // the decision about an approval
	StartEffect    EffectKind = "start"    // a flow was started
	RespondEffect  EffectKind = "respond"  // the request was answered
)

// Intent is a write that is about to be made: one attempt.
type Intent struct {
	Place      Place
	Attempt    int
	Card       string
	Connection string
	Target     string // what the write changes, by the name that people know: see card.Card.Target
	In         Value  // the inputs
	// Before is the state before the first attempt of the call, of a card whose Undo.NeedsBefore is true; zero for others. A write that is begun
	// again keeps the one that it had.
	Before card.State
	// Aside is set for a write that a resumed run does not find: that of a finally of a run that was canceled.
	Aside bool
	// Destroys is set for a write whose effect is card.Destroys.
	Destroys bool
	// Undone is set for a write that is made again, since a person found out that an earlier process did not do it.
	Undone bool
}

// Past is what a journal knows of a scope.
type Past struct {
	Effects []Effect // in the order in which they were added; those of a write that is Aside are missing
	Begun   []Intent // the writes without a result: they may have been done
}

// StreamPast is what a journal knows of a stream that has not ended.
type StreamPast struct {
	At    Position // from here, the list is read again
	Tally Tally    // of the records that ended before At
	Items []Item   // the values of the OK ones among these records, in any order, if Tally.Kept is set
	// Ended are the records that ended at or after At, with their results.
	Ended []Ended
	// Open are the records that have started and not ended, by index.
	Open []Record
}

// IsZero reports whether nothing is known of the stream.
func (p StreamPast) IsZero() bool { return p.At == Position{} && len(p.Ended) == 0 && len(p.Open) == 0 }

// Ended is a record that has ended. Its Record has no Value.
type Ended struct {
	Record  Record
	Outcome Outcome
	Err     error
}

// Writes counts the calls of a card that writes, those that changed something, and those that may have done so because an
// answer was lost.
type Writes struct{ Calls, Changed, InDoubt int }

// Position is a place in a list: the start of a page. The zero Position is the start of the list.
type Position struct {
	Cursor card.Cursor
	Page   int // its number, from 0
	Index  int // of its first record, from 0
}
