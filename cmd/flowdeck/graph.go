package main

import (
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/graph"
)

func graphCommand(e env) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "graph FLOW",
		Short: "Draw a flow and what it runs, as a Mermaid graph",
		Long: `Draw a flow, and every flow that it runs, as a Mermaid graph on standard output.

FLOW is the name of a flow in the workspace, a FILE with one flow, or FILE#NAME. Syntax problems are reported on standard
error, and the rest of the flow is drawn; 'flowdeck check' reports all problems.

GitHub, GitLab and many wikis render a graph in a fenced code block of the language mermaid.

Exit codes: 0 done, 2 wrong usage, 3 problems left nothing to draw.`,
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
	terminal.Problems(e.err, e.lookup, problems, w.Source)
	_, err = io.WriteString(e.data, graph.Of(w.Workspace, f).Mermaid())
	return err
}
