package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/words"
)

type showOptions struct {
	dir, records, stream string
	after, limit         int
	last, json, markdown bool
}

func runsShowCommand(e env) *cobra.Command {
	var o showOptions
	cmd := &cobra.Command{
		Use:   "show [RUN]",
		Short: "Show a run: inputs, result, steps, counts, errors, and writes in doubt",
		Long: `Show a run: its inputs (without secrets), result, steps with their times and attempts, the counts of its loops, writes
by card, errors of records, the time that it waited on rate limits, and writes that may have been done. On a wide
terminal, a bar shows when each step ran. A run that goes on is shown as it was in the last second.

RUN is the id of a run, or the start of it; --last is the last one.

--records lists the records of a loop instead, in the order in which they ended: those that failed, that were skipped, or
all. --stream selects the loop if there are several. The list has --limit records; --after goes on behind a page.

--markdown prints a report for auditors: who started the run, when, and in which orgs; each change with the values before and
after it; the same of the runs that it started; and whether their history is as they have left it, as 'flowdeck runs verify' does.

--json prints the object that docs/run-json.md describes, or with --records a list of the lines of the results file.

Exit codes: 0 done, 2 wrong usage.`,
		Example: `  flowdeck runs show --last
  flowdeck runs show 20260308-015900
  flowdeck runs show --last --records failed
  flowdeck runs show 20260308-015900 --markdown > report.md
  flowdeck runs show 20260308-015900 --records all --stream sweep --after 100`,
		Args:              atMostOne("RUN"),
		ValidArgsFunction: completeRun(e, &o.dir, anyRun),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range []string{"stream", "limit", "after"} {
				if o.records == "" && cmd.Flags().Changed(name) {
					return usage("such as --records all", "--%s selects records: it needs --records", name)
				}
			}
			return showRun(cmd.Context(), e, strings.Join(args, ""), o)
		},
	}
	flags := cmd.Flags()
	workspaceFlag(cmd, &o.dir)
	flags.BoolVar(&o.last, "last", false, "the last run")
	flags.StringVar(&o.records, "records", "", "list the records with this `STATUS`: "+strings.Join(recordStatuses, ", "))
	flags.StringVar(&o.stream, "stream", "", "of the loop `NAME`, if there are several")
	flags.IntVar(&o.limit, "limit", 100, "list at most `N` records")
	flags.IntVar(&o.after, "after", 0, "start after line `N` of the results file")
	flags.BoolVar(&o.json, "json", false, "print JSON on standard output, and nothing else")
	flags.BoolVar(&o.markdown, "markdown", false, "print a report for auditors, in Markdown")
	completes(cmd, "stream", completeLoop(e, &o.dir, &o.last, anyRun))
	completes(cmd, "records", cobra.FixedCompletions(recordStatuses, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// recordStatuses are the values of --records.
var recordStatuses = []string{"failed", "skipped", "all"}

func showRun(ctx context.Context, e env, id string, o showOptions) (err error) {
	if o.records != "" && !slices.Contains(recordStatuses, o.records) {
		return usage(words.Hint("values", o.records, recordStatuses), "--records %q is unknown", o.records)
	}
	if o.markdown && (o.json || o.records != "") {
		return usage("give one of them", "--markdown contradicts --json and --records")
	}
	if o.after < 0 {
		return usage("", "--after %d: must be 0 or more", o.after)
	}
	w, err := openRuns(e, o.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	n, err := whichever(ctx, e, w, id, o.last, anyRun, "there are no runs yet")
	if err != nil {
		return err
	}
	defer n.close()
	p := n.past
	switch {
	case n.run != nil && (o.records != "" || o.markdown):
		return usage("the other forms show how far it is", "run %s is on Temporal: its records are not here", p.Run.ID)
	case n.run != nil && o.json:
		return printJSON(e.data, p)
	case o.records != "":
		return showRecords(e, w, p, o)
	case o.json:
		return printWith(e.data, p, "changes", func(add func(any) error) error {
			return w.Family(ctx, p.Run.ID, func(p *host.Past) error {
				return w.Changes(ctx, p.Run.ID, func(c host.Change) error { return add(c) })
			})
		})
	case o.markdown:
		return markdownRun(ctx, w, e.veil.Over(e.data), p.Run.ID)
	}
	terminal.Past(e.out, terminal.NewStyles(e.lookup, e.out), p)
	terminal.Hint(e.out, n.next())
	return nil
}

// openPast opens the workspace and finds the RUN of a command. The caller closes the workspace.
func openPast(ctx context.Context, e env, dir, id string, last bool) (*host.Workspace, *host.Past, error) {
	w, err := openRuns(e, dir)
	if err != nil {
		return nil, nil, err
	}
	if id, err = whichRun(ctx, e, w, id, last, anyRun, "there are no runs yet"); err != nil {
		return nil, nil, errors.Join(err, w.Close())
	}
	p, err := w.Past(ctx, id)
	if err != nil {
		return nil, nil, errors.Join(err, w.Close())
	}
	return w, p, nil
}

// didYes returns the value of --did for the first write in doubt, for a shell.
func didYes(r *host.Report) string {
	return terminal.Quoted(words.VisibleLine(r.Doubts[0].Step) + "=yes")
}

// next returns a hint about what a person can do with the run.
func (n named) next() string {
	if n.run != nil && !n.run.GoesOn() {
		return ""
	}
	return nextOf(n.past)
}

// nextOf returns a hint about what a person can do with a run; empty if there is nothing to do.
func nextOf(p *host.Past) string {
	r := p.Report
	var hints []string
	switch {
	case isResumable(p.Run) && len(r.Doubts) > 0:
		hints = append(hints, fmt.Sprintf("flowdeck resume %s --did %s  settles a write that may have been done, also with =no", r.Run, didYes(r)))
	case isResumable(p.Run) && r.WaitsForApproval():
		hints = append(hints, fmt.Sprintf("flowdeck approve %s  decides; then flowdeck resume %s  goes on with it", r.Run, r.Run))
	case r.Status == store.Running && r.WaitsForApproval():
		hints = append(hints, fmt.Sprintf("flowdeck approve %s  decides, and the run goes on by itself", r.Run))
	case isResumable(p.Run):
		hints = append(hints, fmt.Sprintf("flowdeck resume %s  goes on with it", r.Run))
	case r.Status == store.Running && p.Run.Counted:
		hints = append(hints, fmt.Sprintf("flowdeck stop %s  or set concurrency=N", r.Run))
	case r.Status == store.Running:
		hints = append(hints, fmt.Sprintf("flowdeck pause %s  or stop, or set concurrency=N", r.Run))
	case len(r.Doubts) > 0:
		hints = append(hints, fmt.Sprintf("flowdeck resume %s --did %s  settles a write that may have been done, also with =no; flowdeck retry %s --in-doubt  repeats the records that failed", r.Run, didYes(r), r.Run))
	}
	if r.Status == engine.Failed || r.Status == engine.SucceededWithErrors {
		for _, c := range r.Streams {
			if c.Failed > 0 {
				again := "flowdeck retry " + r.Run + "  repeats them"
				if r.Plan != nil && !r.Plan.Asked {
					again = "flowdeck plan " + r.Flow + " --out FILE  makes a new plan"
				}
				hints = append(hints, fmt.Sprintf("flowdeck runs show %s --records failed  lists the records that failed; %s", r.Run, again))
				break
			}
		}
	}
	return strings.Join(hints, "\n")
}
