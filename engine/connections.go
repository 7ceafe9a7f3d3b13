package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// Use is a connection that a flow uses.
type Use struct{ Service, Name string }

// Uses is the connections that a run of p can use, sorted. chosen is the person's choice of a connection
// for each service, which may be nil.
func (p *Plan) Uses(chosen map[string]string) []Use {
	used := map[Use]bool{}
	p.EachCard(chosen, func(u Use, c CallCard, _ flow.Pos) {
		if !c.Card.NoConnection {
			used[u] = true
		}
	})
	return slices.SortedFunc(maps.Keys(used), func(a, b Use) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Name, b.Name))
	})
}

// Writes reports whether a run of p can do anything but read.
func (p *Plan) Writes() (writes bool) {
	p.EachCard(nil, func(_ Use, c CallCard, _ flow.Pos) { writes = writes || c.Effect() != card.Reads })
	return writes
}

// Loops reports whether a run of p can come to a loop, which keeps a file in the run's folder.
func (p *Plan) Loops() (loops bool) {
	v := visitor{visit: func(Use, CallCard, flow.Pos) {}, loop: func() { loops = true }, seen: map[visited]bool{}}
	v.plan(p, nil)
	return loops
}

// EachCard visits every card that a run of p can call, in p and in the flows that it runs, with the connection
// that it would be called on and the place of its step. A flow that is run from several places is visited once for
// each choice of connections. The connection of a card that needs none has no name.
func (p *Plan) EachCard(chosen map[string]string, visit func(Use, CallCard, flow.Pos)) {
	v := visitor{chosen: chosen, visit: visit, loop: func() {}, seen: map[visited]bool{}}
	v.plan(p, connectionsOf(p, nil, nil, chosen))
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
	conns := maps.Clone(caller)
	if conns == nil {
		conns = map[string]string{}
	}
	for _, nearer := range []map[string]string{step, p.Connections, chosen} {
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

// visitor goes through plans as a run would, connections and all.
type visitor struct {
	chosen map[string]string
	visit  func(Use, CallCard, flow.Pos)
	loop   func()
	seen   map[visited]bool // flows that run each other have 2ⁿ ways through n of them
}

// visited is a plan with the connections that it was visited with, as text.
type visited struct {
	plan  *Plan
	conns string
}

func (v visitor) plan(p *Plan, conns map[string]string) {
	at := visited{p, listed(conns)}
	if v.seen[at] {
		return
	}
	v.seen[at] = true
	walk(p.Steps, func(s *Step) {
		switch verb := s.Do.(type) {
		case CallCard:
			v.card(verb, conns, s.Pos)
		case Loop:
			v.loop()
			if verb.Each == nil {
				v.card(verb.Source, conns, s.Pos)
			}
			if verb.To != nil {
				v.plan(verb.To, connectionsOf(verb.To, conns, verb.connections(), v.chosen))
			}
		case CallFlow:
			v.plan(verb.To, connectionsOf(verb.To, conns, verb.Connections, v.chosen))
		case StartFlow:
			v.plan(verb.To, connectionsOf(verb.To, conns, verb.Connections, v.chosen))
		}
	})
}

// listed is a map as one text, the same for the same entries.
func listed(names map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fmt.Fprintf(&b, "%q=%q ", name, names[name])
	}
	return b.String()
}

func (v visitor) card(c CallCard, conns map[string]string, at flow.Pos) {
	v.visit(Use{c.Card.Service(), c.connection(conns)}, c, at)
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
