package engine

import "time"

// Event is something that happened in a run, for those who watch. No event but Withheld and Learned carries an input
// or an answer.
type Event struct {
	Kind  EventKind
	Place Place  // of the step; of RecordStarted and RecordEnded, of the record
	Title string // StepStarted, StepEnded: the name that the flow gives the step, for people; empty if none
	Verb  string // StepStarted, StepEnded: the language's word for what the step does
	Card  string // StepStarted, StepEnded: the card that the step calls or lists with, if any; Wrote, InDoubt, Retrying

	Index     int           // RecordStarted: from 0, in the order of the list
	Continued bool          // StepEnded: the step failed, and the flow goes on
	Changed   bool          // Wrote: whether anything is different than before
	Status    Status        // RecordEnded, StepEnded: how; Skipped is a step whose guard did not hold
	Err       error         // Retrying, RecordEnded, StepEnded, InDoubt: nil if there was none
	Results   string        // LoopEnded: the name under which a line for each record is kept; empty if none is
	Attempt   int           // Retrying: the one that failed, from 1
	Wait      time.Duration // Retrying: how long until the next
	Total     int           // Counted: how many records the stream will start, unless it is stopped
	Write     *Write        // Withheld: the write
	Secrets   []string      // Learned: texts that must not be shown
}

// EventKind is the sort of an event.
type EventKind int

const (
	StepStarted EventKind = iota + 1
	StepEnded             // also for a step whose guard did not hold, which never started
	RecordStarted
	RecordEnded
	Retrying  // a card failed and will be tried again
	Wrote     // a card that writes has written
	LoopEnded // a stream or each is through, or failed
	Counted   // the length of a loop's list is known: its last page has been read, or as many as Max takes
	Withheld  // a dry run did not make a write
	InDoubt   // a card may have written: the answer to an attempt was lost. It may have failed, or found nothing to change later
	Learned   // texts came up that must not be shown. It comes before anything else that may show them
)
