package engine

// Status is how a flow ended. The words are those of the language.
type Status string

const (
	Succeeded           Status = "succeeded"
	SucceededWithErrors Status = "succeeded_with_errors" // something failed, within what was allowed
	Skipped             Status = "skipped"               // a stop ended it
	Failed              Status = "failed"
	Canceled            Status = "canceled"
	Undecidable         Status = "undecidable" // in a dry run: it depends on a write that was not made
)

// Outcome is how a flow, or a record's turn, ended.
type Outcome struct {
	Status Status
	Value  Value  // its result; nil if it stopped or failed
	Reason string // Skipped: the reason of its stop
	// Returned reports that Value was asked for, by a return or a collect. Else it is the value of the last step,
	// which a caller may use, and which is neither printed nor kept.
	Returned bool
}

// ending is how a step left its flow.
type ending int

const (
	goesOn   ending = iota // the next step follows
	returned               // the flow ends with the step's value
	stopped                // the flow ends as skipped, with the step's value as reason
)

// result is what came of a step that did not fail.
type result struct {
	value  Value
	ending ending
}

// skipped is the outcome of what a stop ended.
func (r result) skipped() Outcome {
	reason, _ := r.value.(string)
	return Outcome{Status: Skipped, Reason: reason}
}
