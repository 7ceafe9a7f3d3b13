package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

type undoOptions struct {
	runOptions
	last    bool
	records []string
	force   bool
	did     []string
}

func undoCommand(e env) *cobra.Command {
	var o undoOptions
	cmd := &cobra.Command{
		Use:   "undo [RUN]",
		Short: "Take back what a run wrote",
		Long: `Take back what a run wrote, and the runs that it started: every write that changed something, the newest first. The plan
is shown before, and then asked for.

How far a write can be taken back depends on its card: exactly, in part, with what remains different, or not at all.
'flowdeck cards show CARD' says it. Writes that cannot be taken back are listed, and hinder no others. So are those
that may have been made: look, and settle them with --did STEP=yes or --did STEP=no. The answers are kept, and nothing
more of the run is done.

What somebody else changed since is left as it is and listed, unless --force is given. That is looked at for the plan,
and again before each write. A record that was left so fails with the code changed_since, and the others go on.

--records KEY takes back only what the record with this key of an outer loop changed, and the runs that it started.
--dry-run only shows the plan, and with --json prints it as an object.

The undo is itself a run, with the name 'undo of RUN': it can be stopped, resumed, retried and undone as any other. Things
that are independent of each other are taken back at the same time. A run that was taken back cannot be resumed any more. It
can be taken back again if that was undone, or left something.

Exit codes: those of 'flowdeck run'.`,
		Example: `  flowdeck undo --last --dry-run
  flowdeck undo 20260308-015900
  flowdeck undo 20260308-015900 --records 00u1abcd --yes`,
		Args:              atMostOne("RUN"),
		ValidArgsFunction: completeRun(e, &o.dir, isUndoable),
		RunE: func(cmd *cobra.Command, args []string) error {
			return undo(cmd.Context(), e, strings.Join(args, ""), o)
		},
	}
	flags := cmd.Flags()
	workspaceFlag(cmd, &o.dir)
	flags.BoolVar(&o.last, "last", false, "the last run that has ended or was stopped")
	flags.StringArrayVar(&o.records, "records", nil, "only what the record with this `KEY` changed; may be repeated")
	flags.StringArrayVar(&o.did, "did", nil, "whether a write that is in doubt was done, as `STEP=ANSWER`, yes or no; may be repeated")
	flags.BoolVar(&o.force, "force", false, "also what somebody else changed since")
	maxChangesFlag(flags, &o.runOptions)
	flags.BoolVar(&o.dryRun, "dry-run", false, "only show the plan")
	flags.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	flags.BoolVar(&o.json, "json", false, "print one JSON object on standard output, and nothing else")
	flags.CountVarP(&o.verbose, "verbose", "v", "show steps as they end, failures and retries; -vv logs every step of every record, and every request")
	return cmd
}

// isUndoable reports whether a run may have something to take back.
func isUndoable(r store.Run) bool { return !r.Counted && !r.GoesOn() }

// undo takes back what a run wrote, and prints the report.
func undo(ctx context.Context, e env, id string, o undoOptions) error {
	order, err := takeBack(ctx, e, id, o)
	if err != nil {
		return unstarted(e, id, o.runOptions, err)
	}
	return playFlow(ctx, e, order.flow.Plan.Flow, order, o.runOptions)
}

// takeBack finds the run, and prepares its undo.
func takeBack(ctx context.Context, e env, id string, o undoOptions) (*order, error) {
	most, err := readMaxChanges(o.maxChanges)
	if err != nil {
		return nil, err
	}
	decided, err := readDecisions(o.did)
	if err != nil {
		return nil, err
	}
	if len(decided) > 0 && o.dryRun {
		return nil, usage("choose one of them", "--did keeps an answer, and --dry-run changes nothing")
	}
	w, err := openRuns(e, o.dir)
	if err != nil {
		return nil, err
	}
	if id, err = whichRun(ctx, e, w, id, o.last, isUndoable, "no run can be undone"); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	if len(decided) > 0 {
		if err := w.Settled(ctx, id, decided); err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	u, err := w.Undo(ctx, id, o.records, o.force)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return &order{workspace: w, flow: u.Checked, start: u.Start, most: most, undo: u}, nil
}

// errOnlyShown ends an undo whose plan was shown, and that changes nothing.
var errOnlyShown = errors.New("nothing was changed")

// confirmUndo shows the plan of an undo, and asks a person. If questions are not possible, --yes is required for an org that is not simulated.
func (d *order) confirmUndo(ctx context.Context, e env, s *terminal.Screen, o runOptions, run host.Run) error {
	plan, err := d.undo.Plan(ctx, run.Connections)
	if err != nil {
		return err
	}
	if o.dryRun && o.json {
		if err := printJSON(e.data, plan.Hidden(e.veil)); err != nil {
			return err
		}
		return errOnlyShown
	}
	if !o.json {
		terminal.Undo(s, plan.Hidden(e.veil))
	}
	switch {
	case !o.json && o.dryRun:
		return errOnlyShown
	case !plan.Makes() && plan.Counts[string(host.WillKeep)] > 0:
		return usage("look at it; --force takes it back nevertheless", "nothing was taken back: somebody else has changed since what run %s left", d.undo.Run.ID)
	case !plan.Makes() && plan.Counts[string(host.WillNotRead)] > 0:
		return usage("--dry-run shows why", "nothing was taken back: the state of what run %s changed cannot be read", d.undo.Run.ID)
	case !plan.Makes() && o.json && plan.Counts[string(host.WillDoubt)] == 0:
		return usage("--dry-run --json shows why", "nothing of run %s can be taken back", d.undo.Run.ID)
	case !plan.Makes() && plan.Counts[string(host.WillDoubt)] > 0:
		return usage("--did STEP=yes or --did STEP=no settles a write", "nothing was taken back: writes of run %s are in doubt", d.undo.Run.ID)
	case !plan.Makes():
		fmt.Fprintln(s, "nothing is left to take back")
		return errOnlyShown
	case o.yes || d.most != nil && *d.most == 0:
		return nil
	}
	orgs := run.Connections.Real()
	asked := person(e, o.json)
	if asked == nil && len(orgs) == 0 {
		return nil
	}
	if asked == nil {
		return usage("pass --yes to confirm; --dry-run shows the plan only",
			"the undo of run %s writes to %s, which is not simulated", d.undo.Run.ID, strings.Join(orgs, " and "))
	}
	question := "take this back?"
	if len(orgs) > 0 {
		question = fmt.Sprintf("take this back, and write to %s?", strings.Join(orgs, " and "))
	}
	yes, err := asked.Confirm(ctx, question)
	if err == nil && !yes {
		err = errors.New("aborted, nothing was changed")
	}
	return interrupted(err)
}
