package engine

import (
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// Use is a connection that a flow uses.
type Use struct{ Service, Name string }

// Uses is the connections that a run of p can use, sorted. chosen is the person's choice of a connection
// for each service, which may be nil.
func (p *Plan) Uses(chosen map[string]string) []Use {
	return NewSurvey(chosen, func(Use, CallCard, flow.Pos) {}).Uses(p)
}

// Writes reports whether a run of p can do anything but read.
func (p *Plan) Writes() (writes bool) {
	p.EachCard(nil, func(_ Use, c CallCard, _ flow.Pos) { writes = writes || c.Effect() != card.Reads })
	return writes
}

// EachCard visits every card that a run of p can call, in p and in the flows that it runs, with the connection
// that it would be called on and the place of its step. A flow that is run from several places is visited once for
// each choice of connections. The connection of a card that needs none has no name.
func (p *Plan) EachCard(chosen map[string]string, visit func(Use, CallCard, flow.Pos)) {
	NewSurvey(chosen, visit).Uses(p)
}

// Loops reports whether a run of p can come to a loop, which keeps a file in the run's folder.
func (p *Plan) Loops() (loops bool) {
	seen := map[*Plan]bool{}
	var visit func(*Plan)
	visit = func(p *Plan) {
		if p == nil || seen[p] || loops {
			return
		}
		seen[p] = true
		walk(p.Steps, func(s *Step) {
			switch verb := s.Do.(type) {
			case Loop:
				loops = true
			case CallFlow:
				visit(verb.To)
			case StartFlow:
				visit(verb.To)
			}
		})
	}
	visit(p)
	return loops
}

// connection is the name of the connection that the card is called on, in a flow with these connections by service;
// empty if it needs none.
func (c CallCard) connection(conns map[string]string) string {
	if c.Card.NoConnection {
		return ""
	}
	return connection(c.Connection, c.Card.Service(), conns)
}

// walk visits every step, those inside of others included.
func walk(steps []Step, visit func(*Step)) {
	for i := range steps {
		visit(&steps[i])
		for _, list := range steps[i].Do.bodies() {
			walk(list, visit)
		}
	}
}
