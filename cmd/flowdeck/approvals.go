package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/machines"
)

type approvalsOptions struct {
	dir       string
	all, json bool
}

func approvalsCommand(e env) *cobra.Command {
	var o approvalsOptions
	cmd := &cobra.Command{
		Use:   "approvals",
		Short: "List the approvals that runs wait for",
		Long: `List the approvals that runs wait for: when they were asked, by which run and step, who may decide, and until when.
'flowdeck approve RUN' shows one in full and decides.

--all also lists those that were decided or have expired.

--json prints a list of {"run", "flow", "step", "prompt", "show", "by", "self", "started_by", "status", "digest", "asked",
"expires", "decided", "decided_by", "note", "used"}. The digest is what 'flowdeck approve --digest' takes: it stands for all that is shown.

Exit codes: 0 done, 2 wrong usage.`,
		Example: `  flowdeck approvals
  flowdeck approvals --all --json | jq '.[] | select(.status == "rejected")'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return listApprovals(cmd.Context(), e, o) },
	}
	workspaceFlag(cmd, &o.dir)
	cmd.Flags().BoolVar(&o.all, "all", false, "also those that were decided or have expired")
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON list on standard output, and nothing else")
	return cmd
}

func listApprovals(ctx context.Context, e env, o approvalsOptions) (err error) {
	w, err := openRuns(e, o.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if o.all {
		fetchAll(ctx, e, w, "")
	}
	all, err := w.Approvals(ctx, "", o.all)
	if err != nil {
		return err
	}
	silent := 0
	aside(ctx, e, w, func(on *machines.Runs) error {
		others, unknown, err := on.Approvals(ctx, o.all)
		silent = unknown
		all = append(all, others...)
		slices.SortStableFunc(all, func(a, b host.Approval) int { return a.Asked.Compare(b.Asked) })
		return err
	})
	if silent > 0 {
		fmt.Fprintf(e.err, "no worker answers for %s on Temporal: the approvals are not known; 'flowdeck worker' starts one\n", counted(silent, "run"))
	}
	switch {
	case o.json:
		return printJSON(e.data, all)
	case len(all) == 0 && silent > 0:
		return nil
	case len(all) == 0 && o.all:
		fmt.Fprintln(e.err, "no run has asked for an approval")
		return nil
	case len(all) == 0:
		fmt.Fprintln(e.err, "no run waits for an approval")
		return nil
	}
	terminal.Approvals(e.out, terminal.NewStyles(e.lookup, e.out), all, now(e), o.all)
	return nil
}
