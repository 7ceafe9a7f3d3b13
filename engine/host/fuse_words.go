package host

import (
	"fmt"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
)

// reason returns why a run pauses that has reached the limit.
func (m *meter) reason(used float64, inDoubt int) string {
	b := m.lowest()
	return engine.Bound{Measure: m.measure, Most: b.allowed(), By: b.by, List: b.list()}.Reason(used, inDoubt)
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
