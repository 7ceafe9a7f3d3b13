package engine

import (
	"cmp"
	"maps"
	"slices"
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
	for _, step := range p.Steps {
		switch verb := step.Do.(type) {
		case Card:
			add(verb)
		case Stream:
			add(verb.Source)
			verb.To.uses(choose(conns, verb.To.Connections, forced), forced, used, inside)
		}
	}
}
