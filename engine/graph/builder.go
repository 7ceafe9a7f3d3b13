package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// builder adds flows to a graph.
type builder struct {
	graph *Graph
	draws map[string]draw
	nodes int
	runs  []run
	turn  *[]way // ways of a return or a stop in a body with its own scope; nil outside of one
}

// way is an edge whose target is not known yet.
type way struct {
	from  int
	label string
}

// run is a step that runs a flow.
type run struct {
	flow int // index of the flow that contains the step
	from int
	how  string
	name string
}

func (b *builder) addFlow(f *flow.Flow) {
	b.graph.Flows = append(b.graph.Flows, Flow{Name: text(f.Name)})
	start := b.node("start", Stadium)
	b.steps(f.Steps, []way{{from: start}})
}

// addRuns adds the edges from steps to the flows that they run, after all flows were added. A flow that does not exist
// is added without nodes.
func (b *builder) addRuns() {
	for _, r := range b.runs {
		named := func(f Flow) bool { return f.Name == r.name }
		if !slices.ContainsFunc(b.graph.Flows, named) {
			b.graph.Flows = append(b.graph.Flows, Flow{Name: r.name})
		}
		in := &b.graph.Flows[r.flow]
		in.Runs = append(in.Runs, Run{From: r.from, Label: r.how, Flow: slices.IndexFunc(b.graph.Flows, named)})
	}
}

// node adds a node to the last flow and returns its ID.
func (b *builder) node(text string, s Shape) int {
	b.nodes++
	f := &b.graph.Flows[len(b.graph.Flows)-1]
	f.Nodes = append(f.Nodes, Node{ID: b.nodes, Text: text, Shape: s})
	return b.nodes
}

// lead adds edges from ways to a node. label is added to the labels of the ways.
func (b *builder) lead(ways []way, label string, to int) {
	f := &b.graph.Flows[len(b.graph.Flows)-1]
	for _, w := range ways {
		f.Edges = append(f.Edges, Edge{From: w.from, To: to, Label: both(w.label, label)})
	}
}

// both joins two labels of an edge: "then, if a", "else if b".
func both(a, b string) string {
	switch {
	case a == "" || a == "else" && b == "else":
		return b
	case b == "":
		return a
	case a == "else" && strings.HasPrefix(b, "if "):
		return a + " " + b
	}
	return a + ", " + b
}

// runsFlow records the flow that a step runs.
func (b *builder) runsFlow(node int, how string, s *flow.Step) {
	if name := s.Runs(); name != nil {
		b.runs = append(b.runs, run{flow: len(b.graph.Flows) - 1, from: node, how: how, name: name.Text})
	}
}

// steps adds a list of steps and returns the ways out of it. If ways is empty, the list is not reached.
func (b *builder) steps(list []*flow.Step, ways []way) []way {
	for _, s := range list {
		if drawn(s) {
			ways = b.step(s, ways)
		}
	}
	return ways
}

// step adds a step. Its guard is the label of the edge to it, and another way bypasses the step.
func (b *builder) step(s *flow.Step, ways []way) []way {
	guard, past := "", []way(nil)
	if s.If != nil && len(ways) > 0 {
		if len(ways) > 1 { // otherwise the number of ways would double with every guard
			meet := b.node(" ", Circle)
			b.lead(ways, "", meet)
			ways = []way{{from: meet}}
		}
		guard, past = "if "+text(s.If), []way{{ways[0].from, both(ways[0].label, "else")}}
	}
	how, ok := b.draws[s.Verb]
	if !ok {
		panic(fmt.Sprintf("graph: nothing draws the %s at %s", s.Verb, s.Pos))
	}
	label := how.text(s)
	switch {
	case s.Name != nil:
		label = text(s.Name) + ": " + label
	case s.ID != nil:
		label = s.ID.Text + ": " + label
	}
	node := b.node(label, how.shape)
	b.lead(ways, guard, node)
	return append(b.after(s, how, node), past...)
}

// after adds the nodes inside of a step and returns the ways out of it.
func (b *builder) after(s *flow.Step, how draw, node int) []way {
	switch s.Ends() {
	case flow.EndsReturned, flow.EndsSkipped:
		if b.turn != nil {
			*b.turn = append(*b.turn, way{from: node})
		}
		return nil
	case flow.EndsFailed:
		return nil
	}
	if how.inside == nil {
		return []way{{from: node}}
	}
	return how.inside(b, s, node)
}

// ownTurn adds steps in which a return or a stop ends a record or branch, and not the flow.
func (b *builder) ownTurn(list []*flow.Step, in way) []way {
	outside := b.turn
	var ended []way
	b.turn = &ended
	out := b.steps(list, []way{in})
	b.turn = outside
	return append(out, ended...)
}
