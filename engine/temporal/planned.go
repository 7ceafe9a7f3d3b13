package temporal

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// planned returns the plan with which the worker must compare a write before it makes it; nil if the run is not held to one, or the write was compared
// before an earlier attempt, which may have changed something.
func (s strand) planned(c engine.Invocation) *engine.AsOf {
	if s.run.planned[c.Place.ID()] {
		return nil
	}
	return s.run.Job.Start.AsOf
}

// compared notes that a write was compared with the plan to which the run is held. One that was not made after that is not the one of the plan.
func (s strand) compared(c engine.Invocation, held, made bool, err error) {
	switch {
	case !held:
	case made:
		s.run.planned[c.Place.ID()] = true
	case s.run.Workflows != nil:
		not := NotMade{Place: c.Place, Card: c.Card, Target: s.run.Cards[c.Card].Target(c.In, card.State{}), Err: engine.ErrorJSON{Err: slim(err)}}
		s.run.made.NotMade = append(s.run.made.NotMade, not)
		s.run.bytes += size(not)
	}
}
