package temporal

import "github.com/flowdeck/flowdeck/engine"

// notPlanned notes a write that was not made, since the plan to which the run is held does not have it.
func (s strand) notPlanned(c engine.Invocation, target string, err error) {
	if s.run.Workflows == nil {
		return
	}
	not := NotMade{Place: c.Place, Card: c.Card, Target: target, Err: engine.ErrorJSON{Err: slim(err)}}
	s.run.made.NotMade = append(s.run.made.NotMade, not)
	s.run.bytes += size(not)
}
