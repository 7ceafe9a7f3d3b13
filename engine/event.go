package engine

import "time"

// Event is something that happened in a run, for those who watch. No event carries an input or an answer.
type Event struct {
	Kind EventKind
	Path string // of the step or stream
	Card string // Wrote, Retrying

	Changed bool          // Wrote: whether anything is different than before
	Status  Status        // RecordEnded, StepEnded: how; Skipped is a step whose guard did not hold
	Key     string        // RecordEnded: the record's key
	Err     error         // Retrying, RecordEnded, StepEnded: nil if there was none
	Results string        // LoopEnded: the file with a line for each record; empty if none is kept
	Attempt int           // Retrying: the one that failed, from 1
	Wait    time.Duration // Retrying: how long until the next
}

// EventKind is the sort of an event.
type EventKind int

const (
	StepStarted EventKind = iota + 1
	StepEnded
	RecordStarted
	RecordEnded
	Retrying  // a card failed and will be tried again
	Wrote     // a card that is no read did what it does
	LoopEnded // a stream or each is through, or failed
)
