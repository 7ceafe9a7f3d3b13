package engine

import (
	"cmp"
	"maps"
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Uses is the connections that a run of p can use, sorted. chosen is the person's choice of a connection
// for each service, which may be nil.
func (p *Plan) Uses(chosen map[string]string) []Use {
	used := map[Use]bool{}
	p.uses(choose(p.Connections, chosen), chosen, used, map[*Plan]bool{})
	return slices.SortedFunc(maps.Keys(used), func(a, b Use) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Name, b.Name))
	})
}

// Writes reports whether a run of p can do anything but read.
func (p *Plan) Writes() bool { return p.writes(map[*Plan]bool{}) }

func (p *Plan) writes(seen map[*Plan]bool) (writes bool) {
	if seen[p] {
		return false
	}
	seen[p] = true
	walk(p.Steps, func(s *Step) {
		switch verb := s.Do.(type) {
		case Card:
			writes = writes || verb.Card.Effect != card.Reads
		case Loop:
			writes = writes || verb.To != nil && verb.To.writes(seen)
		case CallFlow:
			writes = writes || verb.To.writes(seen)
		case StartFlow:
			writes = writes || verb.To.writes(seen)
		}
	})
	return writes
}

// Use is a connection that a flow uses.
type Use struct{ Service, Name string }

func (p *Plan) uses(conns, forced map[string]string, used map[Use]bool, inside map[*Plan]bool) {
	if inside[p] {
		return
	}
	inside[p] = true
	defer delete(inside, p)
	add := func(c Card) {
		service := c.Card.Service()
		used[Use{service, connection(c.Connection, service, conns)}] = true
	}
	walk(p.Steps, func(s *Step) {
		switch verb := s.Do.(type) {
		case Card:
			add(verb)
		case Loop:
			if verb.Source.Card.Name != "" {
				add(verb.Source)
			}
			if verb.To != nil {
				verb.To.uses(choose(conns, verb.To.Connections, forced), forced, used, inside)
			}
		case CallFlow:
			verb.To.uses(choose(conns, verb.To.Connections, verb.Connections, forced), forced, used, inside)
		case StartFlow:
			own := choose(forced, verb.Connections)
			verb.To.uses(choose(verb.To.Connections, own), own, used, inside)
		}
	})
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
