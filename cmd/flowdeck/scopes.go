package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
)

func scopesCommand(e env) *cobra.Command {
	var o scopesOptions
	cmd := &cobra.Command{
		Use:   "scopes [FLOW...]",
		Short: "List the OAuth scopes that flows need, and the cards that need them",
		Long: `List the OAuth scopes that flows need, the fewest that suffice, and the cards that need them. Without FLOW, the scopes
are those of all flows of the workspace. It sends nothing without --check.

The flows that a flow runs or starts count, and so do the lists from which the options of its inputs are read, and the log and
the records that 'flowdeck serve' reads for its events and polls. The scopes of okta.request depend on its path and method: Okta's reference has them for each
operation.

--json prints {"connections": [{"connection", "service", "scopes": [{"scope", "needed_by": [{"card", "flows"}],
"includes": [{"scope", "needed_by"}]}], "unknown": [{"card", "flows"}]}]}. includes are scopes that are needed, too, but that
need no grant of their own: okta.users.manage includes okta.users.read.

--check CONNECTION shows which of them the connection was not granted: with FLOW, as if the flows used it; without, for the
flows that use it. An API token has no scopes: the admin roles of its owner are what counts, and they are listed if they
can be read, with those that are missing. --json then prints {"connection", "org", "as", "simulated", "signs_in", "scopes",
"consent", "admin_roles", "missing", "missing_roles", "unknown", "warnings"}.

Exit codes: 0 done, 1 --check found a scope or an admin role that is missing, 2 wrong usage, 3 problems in a flow, 4 connection,
130 interrupted.`,
		Example: `  flowdeck scopes
  flowdeck scopes suspend-idle-members onboard-user
  flowdeck scopes --check prod
  flowdeck scopes --check prod onboard-user
  flowdeck scopes --json | jq -r '.connections[].scopes[].scope'`,
		ValidArgsFunction: completeFlows(e, &o.dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("check") {
				return checkScopes(cmd.Context(), e, args, o)
			}
			return listScopes(e, args, o)
		},
	}
	workspaceFlag(cmd, &o.dir)
	flags := cmd.Flags()
	flags.BoolVar(&o.json, "json", false, "print one JSON object on standard output, and nothing else")
	flags.StringVar(&o.check, "check", "", "show which scopes this `CONNECTION` lacks")
	flags.StringArrayVar(&o.connections, "connection", nil, "use a connection for a service, as `SERVICE=NAME`; may be repeated")
	completes(cmd, "connection", completeChoice(e, &o.dir))
	completes(cmd, "check", completeNames(e, &o.dir))
	cmd.AddCommand(scopesChangeCommand(e, granting), scopesChangeCommand(e, revoking))
	return cmd
}

type scopesOptions struct {
	dir         string
	json        bool
	check       string // the name of a connection
	connections []string
}

// flowsFor finds the flows with these names, or all flows of the workspace without names.
func flowsFor(e env, dir string, names []string) (*host.Workspace, []*flow.Flow, error) {
	near := ""
	if len(names) > 0 {
		near = names[0]
	}
	w, err := openWorkspaceFor(e, dir, near)
	if err != nil {
		return nil, nil, err
	}
	if len(names) == 0 {
		return w, w.Named(), nil
	}
	var flows []*flow.Flow
	for _, name := range names {
		f, err := find(w, name)
		if err != nil {
			return nil, nil, err
		}
		flows = append(flows, f)
	}
	return w, flows, nil
}

func listScopes(e env, names []string, o scopesOptions) error {
	w, flows, err := flowsFor(e, o.dir, names)
	if err != nil {
		return err
	}
	chosen, err := choose(w, o.connections)
	if err != nil {
		return err
	}
	all, err := w.Scopes(flows, chosen)
	switch {
	case err != nil:
		return err
	case o.json:
		return printJSON(e.data, map[string]any{"connections": all})
	case len(all) == 0:
		fmt.Fprintln(e.out, "no scopes: these flows use no connection that has any")
	}
	s := terminal.NewStyles(e.lookup, e.out)
	for i, n := range all {
		if i > 0 {
			fmt.Fprintln(e.out)
		}
		fmt.Fprintf(e.out, "%s %s\n", s.Heading.Render(n.Connection), s.Dim.Render("("+n.Service+")"))
		var rows [][]terminal.Cell
		for _, scope := range n.Scopes {
			rows = append(rows, []terminal.Cell{{Text: scope.Name}, {Text: cardsIn(scope.NeededBy), Style: s.Plain}})
			for _, included := range scope.Includes {
				rows = append(rows, []terminal.Cell{{Text: "  with " + included.Name, Style: s.Dim}, {Text: cardsIn(included.NeededBy), Style: s.Plain}})
			}
		}
		if len(n.Unknown) > 0 {
			rows = append(rows, []terminal.Cell{{Text: "depends on the inputs"}, {Text: cardsIn(n.Unknown), Style: s.Plain}})
		}
		terminal.Table{Width: terminal.Limit(e.out), Indent: len(terminal.Gap)}.Write(e.out, rows)
	}
	return nil
}

func cardsIn(needs []host.Need) string {
	var names []string
	for _, n := range needs {
		names = append(names, n.Card)
	}
	return strings.Join(names, ", ")
}
