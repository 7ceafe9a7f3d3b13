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

// A Survey visits plans in the way that runs would, with their connections, and remembers the visits: n flows that run
// each other can be traversed in 2ⁿ ways. It is not safe for concurrent use.
type Survey struct {
	chosen map[string]string
	visit  func(Use, CallCard, flow.Pos)
	// Several is called for a percentage whose list a run counts on several connections. nil: nothing is called.
	Several func(Fuse, []Use)

	fuses []surveyed // the limits of the flows, in the order in which their flows are complete
	seen  map[visited]*reach
	open  []*reach // plans whose result is not complete yet, the outermost first
}

// surveyed is a limit, the connection on which its list is read, and the order in which its flow was visited first.
type surveyed struct {
	Fuse
	on    Use
	index int
}

// visited is a plan and the connections that it was visited with, as text.
type visited struct {
	plan  *Plan
	conns string
}

// reach has everything that a run of a plan can use. Plans that run each other in a cycle have the same reach. Survey
// finds the cycles with Tarjan's algorithm for strongly connected components.
type reach struct {
	plan       *Plan
	conns      map[string]string
	uses       map[Use]bool // whether the plan can call a card on it that does not only read
	index, low int          // order of the first visit, and the lowest index that this plan leads back to
	open       bool         // part of a cycle that is not complete yet
}

// NewSurvey returns a Survey that calls visit for each card that a run can call, with its connection: once for each
// combination of connections of its flow. chosen is the user's choice of a connection for each service; it may be nil.
func NewSurvey(chosen map[string]string, visit func(Use, CallCard, flow.Pos)) *Survey {
	return &Survey{chosen: chosen, visit: visit, seen: map[visited]*reach{}}
}

// Uses returns the connections that a run of a plan can use, sorted.
func (s *Survey) Uses(p *Plan) []Use {
	uses := s.plan(p, connectionsOf(p.Connections, nil, nil, s.chosen)).uses
	return slices.SortedFunc(maps.Keys(uses), func(a, b Use) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Name, b.Name))
	})
}

// Forget frees the memory for a plan that no other plan runs.
func (s *Survey) Forget(p *Plan) {
	delete(s.seen, visited{p, listed(connectionsOf(p.Connections, nil, nil, s.chosen))})
}

func (s *Survey) plan(p *Plan, conns map[string]string) *reach {
	at := visited{p, listed(conns)}
	if known := s.seen[at]; known != nil {
		return known
	}
	r := &reach{plan: p, conns: conns, uses: map[Use]bool{}, index: len(s.seen), low: len(s.seen), open: true}
	s.seen[at] = r
	s.open = append(s.open, r)
	s.steps(r, p.Steps, conns)
	if r.low == r.index {
		s.close(r)
	}
	return r
}

// steps visits the steps of a plan, including nested ones.
func (s *Survey) steps(r *reach, steps []Step, conns map[string]string) {
	run := func(p *Plan, step map[string]string) {
		r.leadsTo(s.plan(p, connectionsOf(p.Connections, conns, step, s.chosen)))
	}
	for i := range steps {
		inside := conns
		switch verb := steps[i].Do.(type) {
		case CallCard:
			s.card(r, verb, conns, steps[i].Pos)
		case TakeBack:
			for _, call := range verb.Calls {
				s.card(r, call, conns, steps[i].Pos)
			}
		case Loop:
			if !verb.inMemory() {
				s.card(r, verb.Source, conns, steps[i].Pos)
			}
			if verb.To != nil {
				run(verb.To, verb.Connections)
			}
			inside = connectionsOf(nil, conns, verb.Connections, s.chosen)
		case CallFlow:
			run(verb.To, verb.Connections)
		case StartFlow:
			run(verb.To, verb.Connections)
		}
		for _, body := range steps[i].Do.bodies() {
			s.steps(r, body, inside)
		}
	}
}

// limits visits the limits of a plan whose reach is complete. The list of a percentage is read on each connection on which a run of the plan
// changes something of its service: each allows its percentage, and the lowest holds. If it changes nothing there, they are those on which it
// reads and, without any, that of a step of the plan.
func (s *Survey) limits(r *reach) {
	for _, l := range r.plan.Limits {
		if l.Of == nil {
			s.fuses = append(s.fuses, surveyed{Fuse: l, index: r.index})
			continue
		}
		uses := r.changed(l.Of.Card.Service(), l.Of.connection(r.conns))
		if len(uses) > 1 && s.Several != nil {
			s.Several(l, uses)
		}
		for _, use := range uses {
			if !l.Of.Card.NoConnection {
				r.add(use, false)
			}
			s.visit(use, *l.Of, l.Pos)
			s.fuses = append(s.fuses, surveyed{Fuse: l, on: use, index: r.index})
		}
	}
}

// changed returns the connections of a service on which a run of the plan changes something, or those on which it reads; named if there are none.
func (r *reach) changed(service, named string) (found []Use) {
	var reads []Use
	for use, writes := range r.uses {
		switch {
		case use.Service != service:
		case writes:
			found = append(found, use)
		default:
			reads = append(reads, use)
		}
	}
	if len(found) == 0 {
		found = reads
	}
	if len(found) == 0 {
		return []Use{{service, named}}
	}
	slices.SortFunc(found, func(a, b Use) int { return cmp.Compare(a.Name, b.Name) })
	return found
}

// add adds a connection.
func (r *reach) add(use Use, writes bool) { r.uses[use] = r.uses[use] || writes }

func (r *reach) addAll(uses map[Use]bool) {
	for use, writes := range uses {
		r.add(use, writes)
	}
}

// leadsTo adds everything that another plan uses. If the other plan is part of the same unfinished cycle, close adds it
// later.
func (r *reach) leadsTo(other *reach) {
	if other.open {
		r.low = min(r.low, other.low)
		return
	}
	r.addAll(other.uses)
}

// close completes the cycle that starts with a plan.
func (s *Survey) close(first *reach) {
	from := slices.Index(s.open, first)
	all := slices.Clone(s.open[from:])
	s.open = s.open[:from]
	for _, r := range all {
		first.addAll(r.uses)
	}
	for _, r := range all {
		r.uses, r.open = first.uses, false
	}
	for _, r := range all {
		s.limits(r)
	}
}

func (s *Survey) card(r *reach, c CallCard, conns map[string]string, at flow.Pos) {
	use := Use{c.Card.Service(), c.connection(conns)}
	if !c.Card.NoConnection {
		r.add(use, c.Effect() != card.Reads)
	}
	s.visit(use, c, at)
}

// listed returns a map as text; equal maps have equal texts.
func listed(names map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fmt.Fprintf(&b, "%q=%q ", name, names[name])
	}
	return b.String()
}
