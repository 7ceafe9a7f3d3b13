package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/words"
)

type retryOptions struct {
	runOptions
	last    bool
	latest  bool
	inDoubt bool
}

// hasFailed reports whether a run has ended with failures.
func hasFailed(r store.Run) bool {
	return r.Status == engine.Failed || r.Status == engine.SucceededWithErrors
}

func retryCommand(e env) *cobra.Command {
	var o retryOptions
	cmd := &cobra.Command{
		Use:   "retry [RUN]",
		Short: "Run a flow again for the records that failed",
		Long: `Run a flow again for the records of a run that failed: a new run, with the same inputs and connections and with the flow
as it was then. --with-latest takes the flow as it is now.

Loops that are not in another one process the failed records only, each with its steps. A loop in a failed record processes the
records that failed or were not reached; the others keep their results, for the steps that follow. A record without a key must have the same value at the same index.
A loop that was stopped before the end of its list, as at its first failure, goes on with the records that never
started; loops that the run did not reach process all. Other loops without failed records process none; steps outside
of loops run again. A record whose write may have been done, or was settled as done by 'flowdeck resume --did', is left out and
named, because it might be done twice: check it, and repeat it with --in-doubt. The list is read again: a failed record that is not in it any more is an error at the end.
If records that failed and others have the same key, nothing is repeated. Nor is it
if a connection leads to another service or org than then.

What an earlier retry of the run has done is not repeated: RUN and its retries count together. --last leaves out runs with nothing left.

A run that failed outside of a loop has no failed records: run the flow again. A run that has not ended goes on with
'flowdeck resume' instead. The runs that a run started are repeated on their own.

Exit codes: those of 'flowdeck run'.`,
		Example: `  flowdeck retry --last
  flowdeck retry 20260308-015900
  flowdeck retry 20260308-015900 --with-latest`,
		Args:              atMostOne("RUN"),
		ValidArgsFunction: completeRun(e, &o.dir, hasFailed),
		RunE: func(cmd *cobra.Command, args []string) error {
			return retry(cmd.Context(), e, strings.Join(args, ""), o)
		},
	}
	flags := cmd.Flags()
	workspaceFlag(cmd, &o.dir)
	flags.BoolVar(&o.last, "last", false, "the last run that failed, or succeeded with errors")
	flags.BoolVar(&o.latest, "with-latest", false, "with the flow as it is now")
	flags.BoolVar(&o.inDoubt, "in-doubt", false, "also the records with a write that was or may have been done")
	flags.StringArrayVarP(&o.inputs, "input", "i", nil, "an input with a secret that the history does not have, as `NAME=VALUE` or NAME=@FILE; may be repeated")
	flags.StringArrayVar(&o.inputFiles, "input-file", nil, "inputs with secrets that the history does not have, from a .json or .yaml `FILE`")
	maxChangesFlag(flags, &o.runOptions)
	flags.BoolVar(&o.dryRun, "dry-run", false, "make every read and no write; list the writes")
	flags.BoolVarP(&o.yes, "yes", "y", false, "write to an org that is not simulated, without asking")
	flags.BoolVar(&o.json, "json", false, "print one JSON object on standard output, and nothing else")
	flags.CountVarP(&o.verbose, "verbose", "v", "show steps as they end, failures and retries; -vv logs every step of every record, and every request")
	return cmd
}

// retry repeats the failed records of a run, and prints the report.
func retry(ctx context.Context, e env, id string, o retryOptions) error {
	order, err := takeFailed(ctx, e, id, o)
	if err != nil {
		return unstarted(e, id, o.runOptions, err)
	}
	return playFlow(ctx, e, order.flow.Plan.Flow, order, o.runOptions)
}

// retried returns the RUN of the command, or with --last the last run that has records left to repeat.
func retried(ctx context.Context, e env, w *host.Workspace, id string, o retryOptions, which host.WhichFlow) (*host.Workspace, *host.Checked, *host.Retry, error) {
	before := map[string]bool{} // runs that have nothing left
	for {
		found, err := whichRun(ctx, e, w, id, o.last, func(r store.Run) bool { return hasFailed(r) && !before[r.ID] }, "no run failed that has records left to repeat")
		if err != nil {
			return nil, nil, nil, err
		}
		in, checked, run, err := w.Retried(ctx, found, which, o.inDoubt)
		if nothing := (*host.NothingLeftError)(nil); !o.last || !errors.As(err, &nothing) {
			return in, checked, run, err
		}
		before[found] = true
	}
}

// takeFailed finds the failed records of a run, and checks its flow.
func takeFailed(ctx context.Context, e env, id string, o retryOptions) (*order, error) {
	most, err := readMaxChanges(o.maxChanges)
	if err != nil {
		return nil, err
	}
	w, err := openRuns(e, o.dir)
	if err != nil {
		return nil, err
	}
	which := host.AsStarted
	if o.latest {
		which = host.Latest
	}
	in, checked, run, err := retried(ctx, e, w, id, o, which)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	terminal.Problems(e.err, e.lookup, checked.Warnings, in.Source)
	given, err := askAgain(ctx, e, in, checked, run.Lacks, o.runOptions)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	maps.Copy(run.Start.Inputs, given)
	records := "records"
	if run.Count == 1 {
		records = "record"
	}
	fmt.Fprintf(e.err, "%s: %s %s of run %s again\n", checked.Plan.Flow, terminal.Thousands(run.Count), records, run.Start.Repeats)
	for _, loop := range run.Rest {
		fmt.Fprintf(e.err, "%s: the list goes on at the records that never started, because it was stopped\n", terminal.OneLine(e.err, loop))
	}
	if len(run.Left) > 0 {
		const most = 20
		names := words.VisibleLine(strings.Join(run.Left[:min(most, len(run.Left))], ", "))
		if rest := len(run.Left) - most; rest > 0 {
			names += fmt.Sprintf(" and %s more", terminal.Thousands(rest))
		}
		fmt.Fprintf(e.err, "left out, because a write was or may have been done: %s\n", names)
		terminal.Hint(e.err, "check them; --in-doubt repeats them, too")
	}
	run.Start.DryRun = o.dryRun
	return &order{workspace: in, flow: checked, start: run.Start, most: most}, nil
}
