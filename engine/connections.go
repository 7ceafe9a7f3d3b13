package engine

import (
	"cmp"
	"maps"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// Use is a service and the name of the connection that a flow uses for it.
type Use struct{ Service, Name string }

// Uses returns the connections that a run of p can use, sorted. chosen is the user's choice of a connection for each
// service; it may be nil.
func (p *Plan) Uses(chosen map[string]string) []Use {
	return NewSurvey(chosen, func(Use, CallCard, flow.Pos) {}).Uses(p)
}

// TriggerUses returns the connections on which a server finds events and records for the triggers. A run itself does not need them.
func (p *Plan) TriggerUses(chosen map[string]string) (uses []Use) {
	for _, t := range p.Triggers {
		if t.Source != nil {
			uses = append(uses, p.TriggerUse(t, chosen))
		}
	}
	return uses
}

// TriggerUse returns the connection of an event or a poll among the triggers.
func (p *Plan) TriggerUse(t Trigger, chosen map[string]string) Use {
	service, conns := t.Source.Card.Service(), connectionsOf(p.Connections, nil, nil, chosen)
	return Use{Service: service, Name: cmp.Or(conns[service], service)}
}

// Writes reports whether a run of p can do anything other than read.
func (p *Plan) Writes() (writes bool) {
	p.EachCard(nil, func(_ Use, c CallCard, _ flow.Pos) { writes = writes || c.Effect() != card.Reads })
	return writes
}

// EachCard calls visit for every card that a run of p can call, in p and in the flows that it runs, with the connection
// that the card would be called on and the position of its step. A flow that runs from several places is visited once
// for each combination of connections. For a card that needs no connection, Use.Name is empty.
func (p *Plan) EachCard(chosen map[string]string, visit func(Use, CallCard, flow.Pos)) {
	NewSurvey(chosen, visit).Uses(p)
}

// Loops reports whether a run of p can reach a loop. A loop keeps a file in the run's folder.
func (p *Plan) Loops() (loops bool) {
	p.EachStep(func(_ *Plan, s *Step) {
		_, loop := s.Do.(Loop)
		loops = loops || loop
	})
	return loops
}

// EachStep calls visit for each step of the plan and of the plans that it runs, also those that it starts: for those of each plan once.
func (p *Plan) EachStep(visit func(in *Plan, s *Step)) {
	seen := map[*Plan]bool{}
	var each func(*Plan)
	each = func(p *Plan) {
		if p == nil || seen[p] {
			return
		}
		seen[p] = true
		walk(p.Steps, func(s *Step) {
			visit(p, s)
			each(runs(s.Do))
		})
	}
	each(p)
}

// connectionsOf returns the connections, by service, of a flow that runs as a step of another flow. For each service,
// the first of these that is set wins: the user's choice, the connections of the flow itself, the connection of the
// step that runs it, the connections of the flow that contains the step. This rule is only here: the checker, the host
// that opens connections and the interpreter all use it. caller and step are nil for a flow that a user runs directly.
// The steps in the do of a loop are treated like a flow without connections of its own.
//
// A connection written in a single step comes before all of these, and the connection with the service's name after all
// of them: see [CallCard.connection].
func connectionsOf(own, caller, step, chosen map[string]string) map[string]string {
	if len(step) == 0 && len(own) == 0 && caller != nil {
		return caller // it includes the user's choice
	}
	conns := map[string]string{}
	for _, nearer := range []map[string]string{caller, step, own, chosen} {
		maps.Copy(conns, nearer)
	}
	return conns
}

// connection returns the name of the connection that the card is called on, in a flow with these connections by
// service; empty if the card needs none.
func (c CallCard) connection(conns map[string]string) string {
	if c.Card.NoConnection {
		return ""
	}
	service := c.Card.Service()
	return cmp.Or(c.Connection, conns[service], service)
}

// walk calls visit for every step, including nested steps.
func walk(steps []Step, visit func(*Step)) {
	for i := range steps {
		visit(&steps[i])
		for _, list := range steps[i].Do.bodies() {
			walk(list, visit)
		}
	}
}
