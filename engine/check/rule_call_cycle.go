package check

import (
	"strings"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// endless is a cycle of calls without an end, and its last call.
type endless struct {
	call *flow.Node
	way  string // the names of the flows
}

// callCycles finds flows that run each other without anything that can end this, one cycle for each set of flows. A
// condition on the way may end it, and so may a loop, whose list can be empty.
func callCycles(flows []*flow.Flow, named map[string]*flow.Flow) map[*flow.Flow]endless {
	found := map[*flow.Flow]endless{}
	const left = -1
	depth := map[*flow.Flow]int{} // depth in the current search, from 1; left after the search
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

// callCycle reports the cycle of calls that starts with a flow.
func (r *report) callCycle(f *flow.Flow) {
	if circle, ok := r.endless()[f]; ok {
		r.problem(circle.call, CodeCallCycle, "add an `if` to one of the calls", "this never ends: %s", circle.way)
	}
}

// certainCalls returns the flows that a list of steps always runs if nothing fails.
func certainCalls(steps []*flow.Step) (calls []*flow.Node) {
	for _, s := range steps {
		switch {
		case s.Ends() != "":
			return calls // the flow may end here
		case s.If != nil:
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

// mostNamed is the maximum number of flows that a message names.
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
