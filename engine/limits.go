package engine

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// A Fuse is how much one run may do, of one measure, before it pauses: a key of `limits` of a flow. The host keeps it.
type Fuse struct {
	Flow    string
	Measure Measure
	Pos     flow.Pos
	Most    int64     // a number; of Time, in nanoseconds. 0 if the limit is a percentage
	Percent float64   // of the records of Of, which is rounded down
	Of      *CallCard // a list; nil if the limit is a number
	With    string    // its inputs, as JSON; empty for none
}

// Measure is what a Fuse counts. The texts are those of the language.
type Measure string

const (
	WritesMeasure      Measure = "writes"      // calls of cards with a connection that changed something, or may have
	DestructiveMeasure Measure = "destructive" // those of them whose effect is card.Destroys
	StepsMeasure       Measure = "steps"       // steps that started
	TimeMeasure        Measure = "time"        // the time for which the run goes on
)

// Measures are all measures, in the order in which people see them.
var Measures = []Measure{WritesMeasure, DestructiveMeasure, StepsMeasure, TimeMeasure}

// Of returns a number of what m counts, for people: "1 destructive change". It is not for the time.
func (m Measure) Of(n int64) string {
	noun := map[Measure]string{WritesMeasure: "change", DestructiveMeasure: "destructive change", StepsMeasure: "step"}[m]
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// Allows returns what a percentage of this many records allows.
func (l Fuse) Allows(records int) int64 {
	return int64(math.Floor(float64(records)*l.Percent/100 + 1e-9))
}

// EachFuse calls visit for the limits of p, and of all flows that a run of it can call or start, with the connection on which the list of a
// percentage is read: one with several is visited once for each. chosen is the user's choice of a connection for each service; it may be nil.
func (p *Plan) EachFuse(chosen map[string]string, visit func(Fuse, Use)) {
	s := NewSurvey(chosen, func(Use, CallCard, flow.Pos) {})
	s.Uses(p)
	slices.SortStableFunc(s.fuses, func(a, b surveyed) int { return cmp.Compare(a.index, b.index) })
	for _, l := range s.fuses {
		visit(l.Fuse, l.on)
	}
}

// A Counter counts the records of a list, page by page. It is not safe for concurrent use.
type Counter struct {
	rt    Runtime
	read  pageReader
	at    card.Cursor
	ended bool
	n     int
}

// NewCounter returns a Counter for the list of a percentage, which it reads on a connection.
func (l Fuse) NewCounter(rt Runtime, on Use) (*Counter, error) {
	f := &frame{
		settings: &settings{}, steps: &bindings{}, vars: &bindings{}, rt: rt, plan: &Plan{Flow: l.Flow},
		conns: map[string]string{on.Service: on.Name}, roots: map[string]any{},
	}
	call, err := l.Of.call(f, Place{}.Step("limits"))
	if err != nil {
		return nil, err
	}
	return &Counter{rt: rt, read: l.Of.pages(f, call, &Pages{})}, nil
}

// Page reads the next page. It returns the number of records so far, and whether the list has ended. A list that the service cuts off is an
// error, since nobody knows its length. Other errors are those of a step that calls the list card; a later call reads the page again.
func (c *Counter) Page() (n int, ended bool, err error) {
	if c.ended {
		return c.n, true, nil
	}
	page, err := c.read(c.rt, c.at)
	if err != nil {
		return c.n, false, err
	}
	if page.Cut != nil {
		return c.n, false, page.Cut
	}
	c.n += len(page.Items)
	c.at, c.ended = page.Next, page.Next == ""
	return c.n, c.ended, nil
}
