package cases

import (
	"fmt"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// Seen counts what happened at the steps of flows, by their positions.
type Seen map[flow.Pos]Counts

// Counts counts what happened at a step.
type Counts struct {
	Reached int // it was reached, whether its guard held or not
	Ran     int // its guard held, or it has none
	OK      int // it ran, and ended without an error
	card    string
}

// Add adds the counts of another run.
func (s Seen) Add(other Seen) {
	for at, n := range other {
		sum := s[at]
		sum.Reached, sum.Ran, sum.OK, sum.card = sum.Reached+n.Reached, sum.Ran+n.Ran, sum.OK+n.OK, n.card
		s[at] = sum
	}
}

// cards counts the steps that called or listed with a card.
func (s Seen) cards() map[string]int {
	all := map[string]int{}
	for _, n := range s {
		if n.card != "" {
			all[n.card] += n.Ran
		}
	}
	return all
}

// recorder counts what happens in a run and in those that it starts. It is safe for concurrent use.
type recorder struct {
	mu   sync.Mutex
	seen Seen
	last string // the step that started last, and its position
}

// at returns the step that started last; empty if none has.
func (r *recorder) at() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// See counts an event.
func (r *recorder) See(e engine.Event) {
	if e.Kind != engine.StepStarted && e.Kind != engine.StepEnded {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.seen[e.Pos]
	n.card = e.Card
	switch {
	case e.Kind == engine.StepStarted:
		n.Reached++
		n.Ran++
		r.last = fmt.Sprintf("%s (%s)", e.Place, e.Pos)
	case e.Status == engine.Skipped:
		n.Reached++
	case e.Status == engine.Succeeded:
		n.OK++
	}
	r.seen[e.Pos] = n
}

// Done does nothing.
func (r *recorder) Done() {}
