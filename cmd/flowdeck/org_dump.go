package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

func orgDumpCommand(e env) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "dump NAME",
		Short: "Print the state of a workspace's simulated org",
		Long: `Print the state of a workspace's simulated org: its users, groups and other objects, as a seed in YAML. The same state is always the
same text, so that the difference of two dumps shows what a flow did.

Exit codes: 0 done, 2 wrong usage, 3 problems in the connection's description, 4 the org cannot be reached.`,
		Example: `  flowdeck org dump okta > before.yaml
  flowdeck run suspend-idle-members --input group=Contractors
  flowdeck org dump okta | diff before.yaml -`,
		Args:              exactlyOne("NAME"),
		ValidArgsFunction: completeConnection(e, &dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			return dumpOrg(cmd.Context(), e, dir, args[0])
		},
	}
	workspaceFlag(cmd, &dir)
	return cmd
}

// dumper is a connection whose org can be dumped.
type dumper interface {
	Dump(context.Context, io.Writer) error
}

func dumpOrg(ctx context.Context, e env, dir, name string) error {
	ctx, _, stop := interrupts(ctx)
	defer stop()
	_, o, err := openConnection(ctx, e, dir, name)
	if err != nil {
		return err
	}
	org, ok := o.Open(name).(dumper)
	if !ok {
		return errors.Join(usage("", "connection %q cannot be dumped", name), o.Close())
	}
	if err := org.Dump(ctx, e.data); err != nil {
		return errors.Join(orgFailed(name, err), o.Close())
	}
	return o.Close()
}

// orgFailed returns an error about a simulated org. It is a usage error if the connection has no simulated org.
func orgFailed(name string, err error) error {
	failure := &host.ConnectionError{Name: name, Cause: card.AsError(err)}
	if failure.Cause.Kind == card.Invalid {
		return &host.UsageError{Err: failure, Hint: failure.Cause.Hint}
	}
	return failure
}
