package engine

import (
	"fmt"
	"time"
)

// A Bound is a limit of a run whose value is known: a percentage is counted.
type Bound struct {
	Measure Measure
	Most    int64  // of the time, in nanoseconds
	By      string // --max-changes, --allow, or the place in the file of the flow
	List    string `json:",omitempty"` // the percentage as the flow has it: 5% of okta.user.list; empty for a number
}

// Reason returns why a run pauses that has reached the limit: what the limit is, and how much was used, of which inDoubt may have been. Times are
// in seconds.
func (b Bound) Reason(used float64, inDoubt int) string {
	if b.Measure == TimeMeasure {
		return fmt.Sprintf("limit of %s (%s): the run went on for %s", time.Duration(b.Most), b.By, time.Duration(used*float64(time.Second)).Round(time.Second))
	}
	limit := fmt.Sprintf("limit of %s (%s)", b.Measure.Of(b.Most), b.By)
	if b.List != "" {
		limit = fmt.Sprintf("limit of %s, which allows %s (%s)", b.List, b.Measure.Of(b.Most), b.By)
	}
	done := "made"
	if b.Measure == StepsMeasure {
		done = "started"
	}
	text := fmt.Sprintf("%s: %.0f were %s", limit, used, done)
	switch used {
	case 0:
		text = fmt.Sprintf("%s: none was %s", limit, done)
	case 1:
		text = fmt.Sprintf("%s: 1 was %s", limit, done)
	}
	if inDoubt > 0 {
		text += fmt.Sprintf(", and %d may have been %s", inDoubt, done)
	}
	return text
}
