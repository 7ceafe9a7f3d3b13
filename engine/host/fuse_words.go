package host

import (
	"fmt"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
)

// reason returns why a run pauses that has reached the limit: what the limit is, and how much was used.
func (m *meter) reason(used float64, inDoubt int) string {
	b := m.lowest()
	if m.measure == engine.TimeMeasure {
		return fmt.Sprintf("limit of %s (%s): the run went on for %s", time.Duration(b.most), b.by, time.Duration(used*float64(time.Second)).Round(time.Second))
	}
	n := b.allowed()
	limit := fmt.Sprintf("limit of %s (%s)", m.measure.Of(n), b.by)
	if b.percentage() {
		limit = fmt.Sprintf("limit of %s, which allows %s (%s)", b.list(), m.measure.Of(n), b.by)
	}
	done := "made"
	if m.measure == engine.StepsMeasure {
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

// reached returns the limits that a run has reached, in the order of engine.Measures.
func reached(limits map[engine.Measure]*Allowance) (all []engine.Measure) {
	for _, m := range engine.Measures {
		if l := limits[m]; l != nil && l.Reached {
			all = append(all, m)
		}
	}
	return all
}

// MoreAllowed returns the flags of `flowdeck resume` that allow a run more of the limits that it has reached, such as --allow writes=40; empty
// if it has reached none of its flows.
func (r *Report) MoreAllowed() string {
	var flags []string
	for _, m := range reached(r.Limits) {
		l := r.Limits[m]
		if l.By == ByMaxChanges {
			continue
		}
		more := fmt.Sprintf("%.0f", max(2*l.Used, 1))
		if m == engine.TimeMeasure {
			more = (2 * time.Duration(max(l.Allowed, 1)*float64(time.Second))).Round(time.Second).String()
		}
		flags = append(flags, fmt.Sprintf("--allow %s=%s", m, more))
	}
	return strings.Join(flags, " ")
}

// PausedByMaxChanges reports whether the run paused at the limit of --max-changes.
func (r *Report) PausedByMaxChanges() bool {
	l := r.Limits[engine.WritesMeasure]
	return l != nil && l.Reached && l.By == ByMaxChanges
}
