package temporal

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
)

// Limited is a limit of a run, and how much of it was used.
type Limited struct {
	engine.Bound // the lowest of the measure. In the state of a stream or a chunk, it has only the Measure
	Use
	Waiting int64         `json:",omitempty"` // strands that wait for more
	Reached bool          `json:",omitempty"` // the run pauses, since all was used
	Went    time.Duration `json:",omitempty"` // of the time: for how long the run went on
	At      time.Time     `json:",omitzero"`  // of the time: when this was known
}

// state returns what is known of the limits, in the order of engine.Measures.
func (l *limits) state() (all []Limited) {
	if l == nil {
		return nil
	}
	for _, m := range engine.Measures {
		b, has := l.lowest(m)
		if l.parent == "" && !has {
			continue
		}
		one := Limited{Bound: b}
		one.Measure = m
		if t := l.meters[m]; t != nil {
			one.Use, one.Waiting, one.Reached = t.Used, t.waiting, t.reached
		} else if m != engine.TimeMeasure || l.time == nil {
			continue
		} else {
			one.Reached, one.Went, one.At = l.time.reached, l.time.went(), workflow.Now(l.run.free)
		}
		all = append(all, one)
	}
	return all
}

// AddLimits adds what a stream or a chunk that goes on has used to what the run has.
func AddLimits(of, more []Limited) []Limited {
	sum := slices.Clone(of)
	for i := range sum {
		for _, m := range more {
			if m.Measure == sum[i].Measure {
				sum[i].Made += m.Made
				sum[i].InDoubt += m.InDoubt
				sum[i].Waiting += m.Waiting
			}
		}
	}
	return sum
}

// resumes sets the limits of a run that goes on; nil bounds are as before.
func (l *limits) resumes(bounds []engine.Bound) {
	if l == nil || l.parent != "" {
		return
	}
	for _, t := range l.meters {
		t.reached = false
	}
	if l.time != nil {
		l.time.reached = false
	}
	if bounds != nil {
		l.bounds = bounds
	}
	l.dirty = true
}
