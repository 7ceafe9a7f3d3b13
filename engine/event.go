package engine

import "time"

// Event is something that happened in a run, for those who watch. No event carries an input or an answer.
type Event struct {
	Kind EventKind
	Path string // of the step or stream
	Verb string // StepStarted, StepEnded: the language's word for what the step does
	Card string // StepStarted, StepEnded: the card that the step calls or lists with, if any; Wrote, Retrying

	Changed bool          // Wrote: whether anything is different than before
	Status  Status        // RecordEnded, StepEnded: how; Skipped is a step whose guard did not hold
	Key     string        // RecordEnded: the record's key
	Err     error         // Retrying, RecordEnded, StepEnded: nil if there was none
	Results string        // LoopEnded: the file with a line for each record; empty if none is kept
	Attempt int           // Retrying: the one that failed, from 1
	Wait    time.Duration // Retrying: how long until the next
	Total   int           // Counted: how many records the stream will begin, unless it is stopped
}

// EventKind is the sort of an event.
type EventKind int

const (
	StepStarted EventKind = iota + 1
	StepEnded             // also told of a step whose guard did not hold, which never started
	RecordStarted
	RecordEnded
	Retrying  // a card failed and will be tried again
	Wrote     // a card that is no read did what it does
	LoopEnded // a stream or each is through, or failed
	Counted   // the length of a loop's list is known: its last page has been read, or as many as Max takes
)
