package check

import (
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// callCycles tells of flows that run each other without anything that could end it. A condition on the way
// guards, and so does a loop, whose list may be empty.
func (c *Checker) callCycles(f *flow.Flow) {
	var way []*flow.Flow
	var visit func(*flow.Flow)
	done := map[*flow.Flow]bool{}
	visit = func(at *flow.Flow) {
		if done[at] {
			return
		}
		way = append(way, at)
		for _, call := range certainCalls(at.Steps) {
			next := c.workspace.Flow(call.Text)
			if next == nil {
				continue
			}
			if next == f {
				c.problem(call, CodeCallCycle, "guard one of the calls with an `if`", "this never ends: %s", names(append(way, f)))
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
		guarded := s.If != nil && s.Verb != "if"
		switch {
		case guarded && ends(s.Verb):
			return calls // from here on it may be over
		case guarded:
			continue
		case ends(s.Verb):
			return calls
		}
		switch s.Verb {
		case "call", "start":
			if s.Value != nil {
				calls = append(calls, s.Value)
			}
		case "try", "repeat", "parallel":
			for _, body := range s.Bodies {
				if body.Key != "catch" {
					calls = append(calls, certainCalls(body.Steps)...)
				}
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
