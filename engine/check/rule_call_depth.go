package check

import (
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// deepest is the maximum number of nested calls that one step of a flow leads to, and the flow that the step runs.
type deepest struct {
	calls int
	call  *flow.Node
}

// callDepths returns the deepest calls of each flow. The depth of a cycle of calls is not known before a run.
func callDepths(flows []*flow.Flow, named map[string]*flow.Flow) map[*flow.Flow]deepest {
	depths, open := map[*flow.Flow]deepest{}, map[*flow.Flow]bool{}
	var visit func(*flow.Flow) int
	visit = func(f *flow.Flow) int {
		if known, ok := depths[f]; ok || open[f] {
			return known.calls
		}
		open[f] = true
		most := deepest{}
		f.Walk(func(s *flow.Step) {
			if s.Runs() == nil || s.Verb == "start" { // a run of its own
				return
			}
			if next := named[s.Runs().Text]; next != nil {
				if calls := 1 + visit(next); calls > most.calls {
					most = deepest{calls, s.Runs()}
				}
			}
		})
		open[f] = false
		depths[f] = most
		return most.calls
	}
	for _, f := range flows {
		visit(f)
	}
	return depths
}

// callDepth reports a flow that leads to one call too many. It does not report the flows that run this one, which also do.
func (r *report) callDepth(f *flow.Flow) {
	if most := r.depths()[f]; most.calls == engine.MaxDepth+1 {
		r.problem(most.call, CodeCallCycle, "pass on what one of the flows returns, instead of calling the next one in it",
			"this leads to %d calls, one in the other; calls nest at most %d deep", most.calls, engine.MaxDepth)
	}
}
