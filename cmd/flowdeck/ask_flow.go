package main

import (
	"context"
	"fmt"
	"strings"

	"charm.land/huh/v2"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// whichFlow asks which flow of the workspace to run or, where nobody can be asked, says which there are.
func whichFlow(ctx context.Context, e env, o runOptions) (string, error) {
	w, err := openWorkspace(o.dir, ".")
	if err != nil {
		return "", err
	}
	flows := w.named()
	switch {
	case len(flows) == 0 && len(w.problems) > 0:
		return "", w.tell(w.problems)
	case len(flows) == 0:
		return "", usage("flowdeck init DIR writes a workspace with a flow to begin with", "there is no flow in %s", w.dir)
	case o.json || !canAsk(e):
		return "", usage("flows:\n"+strings.Join(flowLines(flows, 0), "\n"), "say which FLOW to run")
	}
	f := &form{plain: plainTerminal(e)}
	var chosen string
	var options []huh.Option[string]
	const drawn = 4 // columns, by the form, before a line
	for i, line := range flowLines(flows, widthOf(e.err)-drawn) {
		options = append(options, huh.NewOption(line, flows[i].Name.Text))
	}
	field := huh.NewSelect[string]().Title("Which flow?").Options(options...).Height(min(len(options)+1, mostFlows)).Value(&chosen)
	if err := f.show(ctx, e, huh.NewGroup(field)); err != nil {
		return "", err
	}
	fmt.Fprintf(e.err, "flow: %s\n", chosen)
	return chosen, nil
}

// mostFlows is how many flows are on the screen at a time, their heading among them.
const mostFlows = 16

// flowLines says of each flow its name and what it does, in a width if there is one (0: there is none).
func flowLines(flows []*flow.Flow, width int) []string {
	longest := 0
	for _, f := range flows {
		longest = max(longest, lipgloss.Width(f.Name.Text))
	}
	all := make([]string, len(flows))
	for i, f := range flows {
		name := f.Name.Text
		all[i] = strings.TrimRight(name+strings.Repeat(" ", longest-lipgloss.Width(name))+gap+aboutOf(f), " ")
		if width > 0 {
			all[i] = ansi.Truncate(all[i], width, "…")
		}
	}
	return all
}
