// Package graph makes a graph of a flow and of the flows that it runs: steps are nodes, and edges lead to the next
// steps. Mermaid formats the graph as text.
//
// It reads flows as they are written, with or without problems. It must not know cards, plans, flags or terminals.
package graph

import (
	"slices"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// A Graph is a flow and every flow that it runs, in the order in which they are first named.
type Graph struct{ Flows []Flow }

// A Flow is the graph of the steps of one flow. The first node is its start. A Flow without nodes does not exist in the
// workspace.
type Flow struct {
	Name  string
	Nodes []Node
	Edges []Edge
	Runs  []Run
}

// A Node is a step, or the start of a flow. Its ID is unique in the graph; IDs start at 1.
type Node struct {
	ID    int
	Text  string
	Shape Shape
}

// Shape is the kind of a node.
type Shape int

const (
	Box        Shape = iota // a step
	Stadium                 // the start or an end of a flow
	Diamond                 // a choice
	Hexagon                 // a step with nested steps
	Subroutine              // a step that runs another flow
	Circle                  // edges join; not a step
)

// An Edge leads from a node to a following one in the same flow.
type Edge struct {
	From, To int
	Label    string // the condition under which it is taken; empty for always
}

// A Run is an edge from a node to a flow, given by its index in the graph.
type Run struct {
	From  int
	Label string
	Flow  int
}

// Of returns the graph of a flow of a workspace.
func Of(w *flow.Workspace, f *flow.Flow) *Graph {
	b := &builder{graph: &Graph{}, draws: draws()}
	for _, f := range Reached(w, f) {
		b.addFlow(f)
	}
	b.addRuns()
	return b.graph
}

// Reached returns a flow and every flow that it runs, in the order in which they are first named.
func Reached(w *flow.Workspace, f *flow.Flow) []*flow.Flow {
	flows := []*flow.Flow{f}
	for i := 0; i < len(flows); i++ {
		flows[i].Walk(func(s *flow.Step) {
			if name := s.Runs(); name != nil {
				if next := w.Flow(name.Text); next != nil && !slices.Contains(flows, next) {
					flows = append(flows, next)
				}
			}
		})
	}
	return flows
}

// Empty reports whether a flow has no step that can be drawn.
func Empty(f *flow.Flow) bool { return !slices.ContainsFunc(f.Steps, drawn) }

// drawn reports whether a step can be drawn: it must have a verb.
func drawn(s *flow.Step) bool { return s.Verb != "" }
