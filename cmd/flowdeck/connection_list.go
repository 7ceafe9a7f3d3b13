package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
)

func connectionListCommand(e env) *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the connections of a workspace, and the flows that use them",
		Long: `List the connections of a workspace: where each one leads, how it signs in, and the flows that use it, including those that
they run or start. It sends nothing, and needs no secret.

--json prints a list of {"name", "type", "to", "signs_in", "simulated", "read_only", "flows"}.

Exit codes: 0 done, 2 wrong usage.`,
		Example: `  flowdeck connection list
  flowdeck connection list --json | jq -r '.[] | select(.flows == []) | .name'`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return listConnections(e, dir, asJSON) },
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON list on standard output, and nothing else")
	return cmd
}

func listConnections(e env, dir string, asJSON bool) error {
	w, err := openWorkspace(e, dir, ".")
	if err != nil {
		return err
	}
	list, broken := w.List()
	if asJSON {
		return printJSON(e.data, list)
	}
	if len(list) == 0 {
		fmt.Fprintf(e.err, "there is no connection in %s\n", w.Dir)
	}
	s := terminal.NewStyles(e.lookup, e.out)
	var rows [][]terminal.Cell
	for _, c := range list {
		how := c.SignsIn
		if c.Simulated {
			how = strings.TrimPrefix(how+", simulated", ", ")
		}
		if c.ReadOnly {
			how = strings.TrimPrefix(how+", read-only", ", ")
		}
		used := strings.Join(c.Flows, ", ")
		if used == "" {
			used = "no flow"
		}
		// The flows have a line of their own: in the last column, a terminal of 80 columns would have room for one of them.
		rows = append(rows, []terminal.Cell{{Text: c.Name, Style: s.Heading}, {Text: c.Type}, {Text: c.To}, {Text: how}},
			[]terminal.Cell{{}, {Text: "used by " + used, Style: s.Dim}})
	}
	terminal.Table{Width: terminal.Limit(e.out)}.Write(e.out, rows)
	noteBroken(e, broken)
	return nil
}

// noteBroken prints the number of flows that have problems, so that they were left out.
func noteBroken(e env, broken int) {
	switch {
	case broken == 1:
		fmt.Fprintln(e.err, "1 flow has problems and was left out: flowdeck check")
	case broken > 1:
		fmt.Fprintf(e.err, "%d flows have problems and were left out: flowdeck check\n", broken)
	}
}
