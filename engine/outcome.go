package engine

// Status is the result of a flow, a record or a step. The texts are those of the language.
type Status string

const (
	Succeeded           Status = "succeeded"
	SucceededWithErrors Status = "succeeded_with_errors" // something failed, within what on_error or allow permits
	Skipped             Status = "skipped"               // ended by a stop
	Failed              Status = "failed"
	Canceled            Status = "canceled"
	Undecidable         Status = "undecidable" // dry run only: depends on a write that was not made
)

// Outcome is the result of a flow, or of a record in a loop.
type Outcome struct {
	Status Status
	Value  Value  // nil if it stopped or failed
	Reason string // Skipped: the reason given by the stop
	// Returned reports that Value comes from a return or a collect. Otherwise it is the value of the last step, which a
	// caller can use, but which is not printed or kept.
	Returned bool
	// Group is the text by which the record is counted: see Groups. It is an expr.Unknown if only a real run knows it, and nil if the
	// record is not counted.
	Group Value
	// Earlier reports that the record ended in the run that this one repeats. It has no line in the results of this one.
	Earlier bool
}

// ending is the effect of a step on its flow.
type ending int

const (
	goesOn   ending = iota // the flow continues with the next step
	returned               // the flow ends with the step's value
	stopped                // the flow ends as skipped, with the step's value as reason
)

// result is the result of a step that did not fail.
type result struct {
	value  Value
	ending ending
}

// skipped returns the outcome of a flow that was ended by a stop.
func (r result) skipped() Outcome {
	reason, _ := r.value.(string)
	return Outcome{Status: Skipped, Reason: reason}
}
