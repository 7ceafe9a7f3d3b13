package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/flow"
)

type pruneOptions struct {
	dir, olderThan string
	yes, json      bool
}

func pruneCommand(e env) *cobra.Command {
	var o pruneOptions
	cmd := &cobra.Command{
		Use:   "prune --older-than AGE",
		Short: "Remove old runs from the history, with their results",
		Long: `Remove the runs that ended before some time from the history, with the folders that have their results. What is removed is
gone from the files. Runs that go on or are paused or interrupted are kept, and so is a run as long
as a retry of it is kept.

Without this command, a run removes runs that are older than 90 days when it starts, at most once a day. The workspace
sets another age in flowdeck.yaml: 'history: {keep: 30d}', or 'keep: forever'.

It asks before it removes anything; --yes skips the question, and is required where nobody can be asked. --json prints a
list of the ids.

Exit codes: 0 done, 1 failed, or the answer was no, 2 wrong usage.`,
		Example: `  flowdeck prune --older-than 30d
  flowdeck prune --older-than 12w --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return prune(cmd.Context(), e, o) },
	}
	workspaceFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.olderThan, "older-than", "", "remove runs that ended `AGE` ago or earlier, such as 30d")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON list on standard output, and nothing else")
	return cmd
}

func prune(ctx context.Context, e env, o pruneOptions) (err error) {
	if o.olderThan == "" {
		return usage("such as --older-than 30d", "--older-than is missing")
	}
	age, err := flow.ParseDuration(o.olderThan)
	if err != nil {
		return usage("such as 30d or 12w", "--older-than: %v", err)
	}
	w, err := openRuns(e, o.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	before := now(e).Add(-age)
	n, err := w.Prunable(ctx, before)
	if err != nil {
		return err
	}
	runs := "runs"
	if n == 1 {
		runs = "run"
	}
	what := fmt.Sprintf("%s %s that ended before %s", terminal.Thousands(n), runs, terminal.Time(before))
	if n > 0 && !o.yes {
		asked := person(e, o.json)
		if asked == nil {
			return usage("pass --yes to confirm", "this removes %s", what)
		}
		yes, err := asked.Confirm(ctx, "remove "+what+", with their results?")
		if err == nil && !yes {
			err = errors.New("aborted, nothing was removed")
		}
		if err != nil {
			return interrupted(err)
		}
	}
	ids, err := w.Prune(ctx, before)
	if err != nil {
		return err
	}
	if o.json {
		return printJSON(e.data, append([]string{}, ids...))
	}
	fmt.Fprintf(e.err, "removed %s\n", what)
	return nil
}
