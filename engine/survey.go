package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// A Survey goes through plans as runs would, with their connections, and remembers what it has seen: of flows that run each
// other there are 2ⁿ ways through n of them. It is for one goroutine.
type Survey struct {
	chosen map[string]string
	visit  func(Use, CallCard, flow.Pos)
	seen   map[visited]*reach
	open   []*reach // those of which not all is known, the outermost first
}

// visited is a plan with the connections that it was visited with, as text.
type visited struct {
	plan  *Plan
	conns string
}

// reach is what a run of a plan can use. Plans that run each other in a circle have the same: this is Tarjan's algorithm
// for strongly connected components.
type reach struct {
	uses       map[Use]bool
	index, low int  // when it was first seen, and the least of those that it leads back to
	open       bool // it is in a circle of which not all is known
}

// NewSurvey makes a Survey that calls visit for each card that a run can call, with its connection, once for each choice of
// connections for its flow. chosen is the person's choice of a connection for each service, which may be nil.
func NewSurvey(chosen map[string]string, visit func(Use, CallCard, flow.Pos)) *Survey {
	return &Survey{chosen: chosen, visit: visit, seen: map[visited]*reach{}}
}

// Uses is the connections that a run of a plan can use, sorted.
func (s *Survey) Uses(p *Plan) []Use {
	uses := s.plan(p, connectionsOf(p, nil, nil, s.chosen)).uses
	return slices.SortedFunc(maps.Keys(uses), func(a, b Use) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Name, b.Name))
	})
}

// Forget lets go of a plan that no other runs.
func (s *Survey) Forget(p *Plan) {
	delete(s.seen, visited{p, listed(connectionsOf(p, nil, nil, s.chosen))})
}

func (s *Survey) plan(p *Plan, conns map[string]string) *reach {
	at := visited{p, listed(conns)}
	if known := s.seen[at]; known != nil {
		return known
	}
	r := &reach{uses: map[Use]bool{}, index: len(s.seen), low: len(s.seen), open: true}
	s.seen[at] = r
	s.open = append(s.open, r)
	walk(p.Steps, func(step *Step) {
		switch verb := step.Do.(type) {
		case CallCard:
			s.card(r, verb, conns, step.Pos)
		case Loop:
			if !verb.inMemory() {
				s.card(r, verb.Source, conns, step.Pos)
			}
			if verb.To != nil {
				r.leadsTo(s.plan(verb.To, connectionsOf(verb.To, conns, verb.connections(), s.chosen)))
			}
		case CallFlow:
			r.leadsTo(s.plan(verb.To, connectionsOf(verb.To, conns, verb.Connections, s.chosen)))
		case StartFlow:
			r.leadsTo(s.plan(verb.To, connectionsOf(verb.To, conns, verb.Connections, s.chosen)))
		}
	})
	if r.low == r.index {
		s.close(r)
	}
	return r
}

// leadsTo adds what another plan uses. Of one in the same circle that is not known yet: close adds it.
func (r *reach) leadsTo(other *reach) {
	if other.open {
		r.low = min(r.low, other.low)
		return
	}
	maps.Copy(r.uses, other.uses)
}

// close ends the circle that starts with a plan.
func (s *Survey) close(first *reach) {
	for {
		last := s.open[len(s.open)-1]
		s.open = s.open[:len(s.open)-1]
		maps.Copy(first.uses, last.uses)
		last.uses, last.open = first.uses, false
		if last == first {
			return
		}
	}
}

func (s *Survey) card(r *reach, c CallCard, conns map[string]string, at flow.Pos) {
	use := Use{c.Card.Service(), c.connection(conns)}
	if !c.Card.NoConnection {
		r.uses[use] = true
	}
	s.visit(use, c, at)
}

// listed is a map as one text, the same for the same entries.
func listed(names map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fmt.Fprintf(&b, "%q=%q ", name, names[name])
	}
	return b.String()
}
