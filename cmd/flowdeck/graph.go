package main

import (
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/graph"
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
		RunE:              func(_ *cobra.Command, args []string) error { return drawGraph(e, dir, args[0]) },
	}
	workspaceFlag(cmd, &dir)
	return cmd
}

func drawGraph(e env, dir, arg string) error {
	w, f, err := openFlow(e, dir, arg)
	if err != nil {
		return err
	}
	flows := graph.Reached(w.Workspace, f)
	var problems flow.Problems
	for _, p := range w.Problems {
		if slices.ContainsFunc(flows, func(f *flow.Flow) bool { return f.File.Name == p.Pos.File }) {
			problems = append(problems, p)
		}
	}
	if graph.Empty(f) {
		return w.Refuse(problems)
	}
	problems.Print(e.err, w.Source)
	_, err = io.WriteString(e.out, graph.Of(w.Workspace, f).Mermaid())
	return err
}
