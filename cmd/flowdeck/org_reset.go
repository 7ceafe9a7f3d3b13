package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards/simhost"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

func orgResetCommand(e env) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "reset NAME",
		Short: "Reset a workspace's simulated org",
		Long: `Reset a workspace's simulated org.

A connection with simulate keeps the changes of flows to its org in .flowdeck/orgs/NAME. This deletes them: the next
run finds the org as in its seed. No real org is touched.

Exit codes: 0 done, 1 another process uses the org, 2 wrong usage, 3 problems in the connection's description.`,
		Example: `  flowdeck org reset okta
  flowdeck org reset okta -C flows`,
		Args:              exactlyOne("NAME"),
		ValidArgsFunction: completeConnection(e, &dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			return resetOrg(cmd.Context(), e, dir, args[0])
		},
	}
	workspaceFlag(cmd, &dir)
	return cmd
}

func resetOrg(ctx context.Context, e env, dir, name string) error {
	w, err := openWorkspace(e, dir, ".")
	if err != nil {
		return err
	}
	conn, err := w.ConnectionNamed(name)
	if err != nil {
		return err
	}
	if err := simhost.ResetSimulation(w.Settings(ctx, conn), "org"); err != nil {
		failure := card.AsError(err)
		err = fmt.Errorf("connection %q: %w", name, failure)
		if failure.Kind == card.Invalid {
			err = &host.UsageError{Err: err, Hint: failure.Hint}
		}
		return err
	}
	fmt.Fprintf(e.err, "%s: the simulated org was reset\n", name)
	return nil
}
