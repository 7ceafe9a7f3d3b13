package check

import (
	"strings"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// endless is a circle of calls that nothing ends, with its last call.
type endless struct {
	call *flow.Node
	way  string // the names of the flows
}

// callCycles finds flows that run each other without anything that could end it, one circle for each set of them. A
// condition on the way guards, and so does a loop, whose list may be empty.
func callCycles(flows []*flow.Flow, named map[string]*flow.Flow) map[*flow.Flow]endless {
	found := map[*flow.Flow]endless{}
	const left = -1
	depth := map[*flow.Flow]int{} // of a flow that the search is in, from 1; left
	var way []*flow.Flow
	var visit func(*flow.Flow)
	visit = func(at *flow.Flow) {
		way = append(way, at)
		depth[at] = len(way)
		for _, call := range certainCalls(at.Steps) {
			next := named[call.Text]
			if next == nil {
				continue
			}
			switch d := depth[next]; {
			case d == 0:
				visit(next)
			case d != left && found[next].call == nil:
				found[next] = endless{call, names(way[d-1:]) + " → " + text(next.Name)}
			}
		}
		way = way[:len(way)-1]
		depth[at] = left
	}
	for _, f := range flows {
		if depth[f] == 0 {
			visit(f)
		}
	}
	return found
}

// callCycle reports the circle of calls that a flow is the first of.
func (r *report) callCycle(f *flow.Flow) {
	if circle, ok := r.endless()[f]; ok {
		r.problem(circle.call, CodeCallCycle, "add an `if` to one of the calls", "this never ends: %s", circle.way)
	}
}

// certainCalls is the flows that a list of steps runs whatever happens, if nothing fails.
func certainCalls(steps []*flow.Step) (calls []*flow.Node) {
	for _, s := range steps {
		switch {
		case s.Ends() != "":
			return calls // from here on it may be over
		case s.If != nil || s.Lacks: // what it lacks may be its guard
			continue
		}
		if name := s.Runs(); name != nil && !s.Records() {
			calls = append(calls, name)
		}
		for _, body := range s.Bodies {
			if body.Always {
				calls = append(calls, certainCalls(body.Steps)...)
			}
		}
	}
	return calls
}

// mostNamed is how many flows of a circle a message names.
const mostNamed = 10

func names(flows []*flow.Flow) string {
	last := flows
	var all []string
	if len(flows) > mostNamed {
		for _, f := range flows[:mostNamed/2] {
			all = append(all, text(f.Name))
		}
		all = append(all, "…")
		last = flows[len(flows)-mostNamed/2:]
	}
	for _, f := range last {
		all = append(all, text(f.Name))
	}
	return strings.Join(all, " → ")
}
