package check

import (
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// callCycles reports flows that run each other without anything that could end it. A condition on the way
// guards, and so does a loop, whose list may be empty.
func (r *report) callCycles(f *flow.Flow) {
	var way []*flow.Flow
	var visit func(*flow.Flow)
	done := map[*flow.Flow]bool{}
	visit = func(at *flow.Flow) {
		if done[at] {
			return
		}
		way = append(way, at)
		for _, call := range certainCalls(at.Steps) {
			next := r.flows[call.Text]
			if next == nil {
				continue
			}
			if next == f {
				r.problem(call, CodeCallCycle, "add an `if` to one of the calls", "this never ends: %s", names(append(way, f)))
				continue
			}
			if !slices.Contains(way, next) {
				visit(next)
			}
		}
		way = way[:len(way)-1]
		done[at] = true
	}
	visit(f)
}

// certainCalls is the flows that a list of steps runs whatever happens, if nothing fails.
func certainCalls(steps []*flow.Step) (calls []*flow.Node) {
	for _, s := range steps {
		switch {
		case s.Ends() != "":
			return calls // from here on it may be over
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

func names(flows []*flow.Flow) string {
	var all []string
	for _, f := range flows {
		all = append(all, text(f.Name))
	}
	return strings.Join(all, " → ")
}
