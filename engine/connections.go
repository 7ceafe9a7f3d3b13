package engine

import (
	"cmp"
	"maps"

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
			_, loop := s.Do.(Loop)
			loops = loops || loop
			visit(runs(s.Do))
		})
	}
	visit(p)
	return loops
}

// connectionsOf is the connections, by service, of a flow that a step of another runs: the person's choice, the flow's
// own connections, the connection of the step that runs it, and those of the flow that the step is in, in this order. It
// is the one place with this rule: the checker, the host that opens connections and the interpreter all use it. caller and
// step are nil for a flow that a person runs.
//
// The connection of a single step comes before all of them, and the connection that has the name of the service after.
func connectionsOf(p *Plan, caller, step, chosen map[string]string) map[string]string {
	if len(step) == 0 && len(p.Connections) == 0 && caller != nil {
		return caller // it has the person's choice already
	}
	conns := map[string]string{}
	for _, nearer := range []map[string]string{caller, step, p.Connections, chosen} {
		maps.Copy(conns, nearer)
	}
	return conns
}

// connections is the connections that a loop gives to its helper: the one that it reads its list on, if the step
// names it.
func (l Loop) connections() map[string]string {
	if l.Source.Connection == "" {
		return nil
	}
	return map[string]string{l.Source.Card.Service(): l.Source.Connection}
}

// connection is the name of the connection that the card is called on, in a flow with these connections by service;
// empty if it needs none.
func (c CallCard) connection(conns map[string]string) string {
	if c.Card.NoConnection {
		return ""
	}
	service := c.Card.Service()
	return cmp.Or(c.Connection, conns[service], service)
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
