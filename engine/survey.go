package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// A Survey visits plans in the way that runs would, with their connections, and remembers the visits: n flows that run
// each other can be traversed in 2ⁿ ways. It is not safe for concurrent use.
type Survey struct {
	chosen map[string]string
	visit  func(Use, CallCard, flow.Pos)
	fuse   func(Fuse, Use) // visits the limits of flows; nil: nothing does
	seen   map[visited]*reach
	open   []*reach // plans whose result is not complete yet, the outermost first
}

// visited is a plan and the connections that it was visited with, as text.
type visited struct {
	plan  *Plan
	conns string
}

// reach has everything that a run of a plan can use. Plans that run each other in a cycle have the same reach. Survey
// finds the cycles with Tarjan's algorithm for strongly connected components.
type reach struct {
	uses       map[Use]bool
	index, low int  // order of the first visit, and the lowest index that this plan leads back to
	open       bool // part of a cycle that is not complete yet
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
	r := &reach{uses: map[Use]bool{}, index: len(s.seen), low: len(s.seen), open: true}
	s.seen[at] = r
	s.open = append(s.open, r)
	s.limits(r, p, conns)
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

// limits visits the limits of a plan. The list of a percentage is read as by a step.
func (s *Survey) limits(r *reach, p *Plan, conns map[string]string) {
	for _, l := range p.Limits {
		use := Use{}
		if l.Of != nil {
			use = Use{l.Of.Card.Service(), l.Of.connection(conns)}
			s.card(r, *l.Of, conns, l.Pos)
		}
		if s.fuse != nil {
			s.fuse(l, use)
		}
	}
}

// leadsTo adds everything that another plan uses. If the other plan is part of the same unfinished cycle, close adds it
// later.
func (r *reach) leadsTo(other *reach) {
	if other.open {
		r.low = min(r.low, other.low)
		return
	}
	maps.Copy(r.uses, other.uses)
}

// close completes the cycle that starts with a plan.
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

// listed returns a map as text; equal maps have equal texts.
func listed(names map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fmt.Fprintf(&b, "%q=%q ", name, names[name])
	}
	return b.String()
}
