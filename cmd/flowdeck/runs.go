package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/machines"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/words"
)

type runsOptions struct {
	dir, flow, status, since string
	limit                    int
	all, inDoubt, json       bool
}

func runsCommand(e env) *cobra.Command {
	var o runsOptions
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List the runs of a workspace, or show one",
		Long: `List the runs of a workspace, the last first, with their status, how many records they processed and how many calls
changed something. 'flowdeck runs show RUN' shows one in full.

The status is that of the run's report, or: queued, if its flow limits how many runs may go on; running; paused, if it
waits for a person or was paused; interrupted, if its
process ended before it did. 'flowdeck resume' goes on with a run that is paused, interrupted or canceled.

--in-doubt lists runs with a write that may have been done. 'flowdeck runs show RUN' names it, and 'flowdeck resume RUN --did'
settles it.

Runs that other runs started are listed only with --all, or if they wait for a person: they are paused, or have a write that
may have been done. --since takes a duration, such as 24h or 7d, or a date.

Runs on the Temporal server of the workspace are listed, too, as soon as the server does so: see docs/runs.md.

--json prints a list of {"run", "flow", "status", "reason", "by", "parent", "began", "ended", "seconds", "records",
"failed", "changed", "in_doubt"}.

Exit codes: 0 done, 2 wrong usage.`,
		Example: `  flowdeck runs
  flowdeck runs --flow suspend-idle-members --status failed
  flowdeck runs --since 7d --all --json | jq -r '.[].run'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return listRuns(cmd.Context(), e, o) },
	}
	flags := cmd.Flags()
	workspaceFlag(cmd, &o.dir)
	flags.StringVar(&o.flow, "flow", "", "only runs of the flow `NAME`")
	flags.StringVar(&o.status, "status", "", "only runs with this `STATUS`: "+strings.Join(store.Statuses(), ", "))
	flags.StringVar(&o.since, "since", "", "only runs that started after `TIME`: 24h ago, or on a date such as 2026-03-08")
	flags.IntVar(&o.limit, "limit", 50, "list at most `N` runs")
	flags.BoolVar(&o.all, "all", false, "also runs that other runs started")
	flags.BoolVar(&o.inDoubt, "in-doubt", false, "only runs with a write that may have been done, and that nobody has settled")
	flags.BoolVar(&o.json, "json", false, "print one JSON list on standard output, and nothing else")
	completes(cmd, "flow", completeFlow(e, &o.dir))
	completes(cmd, "status", cobra.FixedCompletions(store.Statuses(), cobra.ShellCompDirectiveNoFileComp))
	cmd.AddCommand(runsShowCommand(e), runsVerifyCommand(e))
	return cmd
}

func listRuns(ctx context.Context, e env, o runsOptions) (err error) {
	if o.limit < 1 {
		return usage("", "--limit %d: must be 1 or more", o.limit)
	}
	if all := store.Statuses(); o.status != "" && !slices.Contains(all, o.status) {
		return usage(words.Hint("statuses", o.status, all), "there is no status %q", o.status)
	}
	since, err := readSince(e, o.since)
	if err != nil {
		return err
	}
	w, err := openRuns(e, o.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	filter := store.Filter{Flow: o.flow, Status: engine.Status(o.status), Since: since, InDoubt: o.inDoubt, Limit: o.limit + 1}
	if parent := ""; !o.all {
		filter.Parent, filter.Open = &parent, true
	}
	runs, err := w.Runs(ctx, filter)
	if err != nil {
		return err
	}
	aside(ctx, e, w, func(on *machines.Runs) error {
		others, err := on.List(ctx, machines.Filter{
			Flow: o.flow, Status: engine.Status(o.status), Since: since, Started: o.all, InDoubt: o.inDoubt, Limit: o.limit + 1,
			Known: known(ctx, w),
		})
		runs = append(runs, others...)
		slices.SortFunc(runs, func(a, b host.Line) int { return cmp.Compare(b.Run, a.Run) }) // ids start with their times
		return err
	})
	more := len(runs) > o.limit
	runs = runs[:min(len(runs), o.limit)]
	switch {
	case o.json:
		return printJSON(e.data, runs)
	case len(runs) == 0:
		noRuns(e, w, o)
		return nil
	}
	terminal.Runs(e.out, terminal.NewStyles(e.lookup, e.out), runs)
	silent := 0
	for _, r := range runs {
		if machines.Silent(r.Reason) {
			silent++
		}
	}
	if silent > 0 {
		fmt.Fprintf(e.err, "no worker answers for %s on Temporal: the counts are not known; 'flowdeck worker' starts one\n", counted(silent, "run"))
	}
	if more {
		fmt.Fprintf(e.err, "only the last %s are listed: raise --limit, or select with --flow, --status or --since\n", terminal.Thousands(o.limit))
	}
	return nil
}

// known returns whether the history has a run.
func known(ctx context.Context, w *host.Workspace) func(string) bool {
	history, err := w.Kept()
	return func(run string) bool {
		if err != nil || history == nil {
			return false
		}
		_, err := history.Run(ctx, run)
		return err == nil
	}
}

// noRuns prints that no run was found.
func noRuns(e env, w *host.Workspace, o runsOptions) {
	if o.flow == "" && o.status == "" && o.since == "" && !o.inDoubt {
		fmt.Fprintf(e.err, "there are no runs in %s yet\n", w.Dir)
		return
	}
	fmt.Fprintln(e.err, "no run matches")
	names := namesOfFlows(w.Named())
	if o.flow != "" && !slices.Contains(names, o.flow) {
		terminal.Hint(e.err, words.Hint("flows", o.flow, names))
	}
}

// readSince parses the value of --since: a duration before now, or a time; zero if it is empty.
func readSince(e env, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := flow.ParseDuration(text); err == nil {
		return now(e).Add(-d), nil
	}
	if t, ok := readTime(text); ok {
		return t, nil
	}
	return time.Time{}, usage("such as 24h, 7d, 2026-03-08 or 2026-03-08T14:00", "--since %q is not a duration or a date", text)
}

// readTime parses a date, or a time, which is that of this machine unless it has an offset.
func readTime(text string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", time.DateTime, time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// now returns the time.
func now(e env) time.Time {
	if e.clock != nil {
		return e.clock.Now()
	}
	return clock.System{}.Now()
}
