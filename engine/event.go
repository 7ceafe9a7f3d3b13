package engine

import (
	"time"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// Event is something that happened in a run. Listeners receive it. Only Withheld, Learned, Responded, Asked and Decided carry values.
type Event struct {
	Kind  EventKind
	Place Place    // of the step; for RecordStarted and RecordEnded, of the record
	Pos   flow.Pos // StepStarted, StepEnded: of the step in its file
	Title string   // StepStarted, StepEnded: the step's name in the flow, for people; empty if it has none
	Verb  string   // StepStarted, StepEnded: the verb of the step, as in the language
	Card  string   // StepStarted, StepEnded: the card that the step calls or lists with, if any; Wrote, InDoubt, Retrying, Waited: the card that was called

	Index     int           // RecordStarted: from 0, in the order of the list
	Continued bool          // StepEnded: the step failed, and the flow continues
	Changed   bool          // Wrote: the write changed something
	Status    Status        // RecordEnded, StepEnded: the result; Skipped is a step whose guard did not hold
	Err       error         // Retrying, Waited, RecordEnded, StepEnded, InDoubt, Wrote: nil if there was none
	NotKept   []Place       // LoopEnded: the records whose line could not be kept
	Results   string        // LoopEnded: the name under which a line for each record is kept; empty if nothing is kept
	Attempt   int           // Retrying: the number of the attempt that failed, from 1
	Wait      time.Duration // Retrying: the time until the next attempt
	Total     int           // Counted: the number of records that the stream will start, unless it is stopped
	Write     *Write        // Withheld: the write
	Restored  *Counts       // Restored: the records that ended before the run was resumed
	Secrets   []string      // Learned: texts that must not be shown
	Response  *Response     // Responded: the answer
	Approval  *Approval     // Asked, Decided: what is asked
	Decision  *Decision     // Decided: what was decided
}

// EventKind is the kind of an event.
type EventKind int

const (
	StepStarted EventKind = iota + 1
	StepEnded             // also for a step whose guard did not hold, which never started
	RecordStarted
	RecordEnded
	Retrying  // a card failed and will be called again
	Waited    // the wait that Retrying announced has ended, at its time or because the run was canceled; Err is the same
	Wrote     // a card that writes has written, or failed after it had changed something
	LoopEnded // a stream or each ended, with or without an error
	Counted   // the length of a loop's list is known: its last page was read, or Max was reached
	Withheld  // a dry run did not make a write
	Restored  // the run is resumed; sent before anything else. No other events are sent for the records that it counts
	InDoubt   // a card may have written: the answer to an attempt was lost, and no later attempt resolved the doubt
	Learned   // some texts must not be shown; sent before anything else that may contain them
	Responded // the run has answered the request that started it, or has shown what it would answer
	Asked     // the run asks for an approval, and waits; in a dry run, it would ask. A resumed run that waits on asks again
	Decided   // a person has decided about an approval
)
