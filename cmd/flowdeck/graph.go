package main

import (
	"bufio"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/engine/flow"
)

func graphCommand(e env) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "graph FLOW",
		Short: "Draw a flow and what it runs, as a Mermaid graph",
		Long: `Draw a flow, and every flow that it runs, as a Mermaid graph on standard output.

FLOW is the name of a flow in the workspace, a FILE with one flow in it, or FILE#NAME. Problems of the flows'
form are told on standard error, and what can be drawn is drawn; 'flowdeck check' tells of all.

GitHub, GitLab and many wikis show a graph that stands in a fence of the kind mermaid.

Exit codes: 0 it is drawn, 2 wrong usage, 3 problems have left nothing to draw.`,
		Example: `  flowdeck graph suspend-idle-members
  flowdeck graph -C flows suspend-idle-members > suspend-idle-members.mmd`,
		Args:              exactlyOne("FLOW"),
		ValidArgsFunction: completeFlow(e, &dir),
		RunE:              func(_ *cobra.Command, args []string) error { return graph(e, dir, args[0]) },
	}
	workspaceFlag(cmd, &dir)
	return cmd
}

func graph(e env, dir, arg string) error {
	w, f, err := openFlow(e, dir, arg)
	if err != nil {
		return err
	}
	flows := reached(w.Workspace, f)
	var problems flow.Problems
	for _, p := range w.Problems {
		if slices.ContainsFunc(flows, func(f *flow.Flow) bool { return f.File.Name == p.Pos.File }) {
			problems = append(problems, p)
		}
	}
	if !slices.ContainsFunc(f.Steps, drawn) {
		return w.Refuse(problems)
	}
	problems.Print(e.err, w.Source)
	out := bufio.NewWriter(e.out)
	out.WriteString(mermaid(flows))
	return out.Flush()
}

// reached is a flow and every flow that it runs, in the order in which they are first named.
func reached(w *flow.Workspace, f *flow.Flow) []*flow.Flow {
	flows := []*flow.Flow{f}
	for i := 0; i < len(flows); i++ {
		flows[i].Walk(func(s *flow.Step) {
			if name := ran(s); name != nil {
				if next := w.Flow(name.Text); next != nil && !slices.Contains(flows, next) {
					flows = append(flows, next)
				}
			}
		})
	}
	return flows
}

// ran is the name of the flow that a step runs; nil if it runs none.
func ran(s *flow.Step) *flow.Node {
	switch s.Verb {
	case "call", "start":
		return s.Value
	case "stream", "each":
		return s.Key("to")
	}
	return nil
}

// stepText is what is written in a step's node: its id, and what it does.
func stepText(s *flow.Step) string {
	text := s.Verb + " " + nodeText(s.Value)
	switch s.Verb {
	case "card":
		text = nodeText(s.Value)
	case "switch", "parallel", "try", "return":
		text = s.Verb
	case "repeat":
		text = "repeat until " + nodeText(s.Key("until"))
	case "wait":
		if until := s.Value.Field("until"); until != nil {
			text = "wait until " + nodeText(until)
		}
	case "approve":
		text = "approve: " + nodeText(s.Value.Field("prompt"))
	case "stop":
		text = "stop: " + nodeText(s.Value)
	case "fail":
		text = "fail: " + nodeText(s.Value) + nodeText(s.Value.Field("message"))
	case "set":
		var names []string
		if s.Value != nil {
			for _, f := range s.Value.Fields {
				names = append(names, f.Key.Text)
			}
		}
		text = "set " + strings.Join(names, ", ")
	}
	if s.ID != nil {
		text = s.ID.Text + ": " + text
	}
	return text
}

// nodeText is the text of a scalar; "" for anything else.
func nodeText(n *flow.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}
