package main

import (
	"context"
	"fmt"
	"syscall"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/machines"
	"github.com/flowdeck/flowdeck/engine/store"
)

// resumeElsewhere goes on with a run on Temporal: it settles writes in doubt, ends a pause, and follows the run. It reports false for a run of the history.
func resumeElsewhere(ctx context.Context, e env, id string, o resumeOptions) (bool, error) {
	decided, err := readDecisions(o.did)
	if err != nil || id == "" && !o.last {
		return false, nil // the run of the history says what is wrong
	}
	w, err := openRuns(e, o.dir)
	if err != nil {
		return false, nil
	}
	defer w.Close()
	n, err := whichever(ctx, e, w, id, o.last, isResumable, "no run can be resumed")
	if err != nil {
		return false, err
	}
	defer n.close()
	if n.run == nil {
		return false, nil
	}
	if err := n.mayResume(decided, o); err != nil {
		return true, unstarted(e, id, o.runOptions, err)
	}
	return true, n.resume(ctx, e, w, decided, o)
}

// mayResume returns an error if the run cannot be resumed as it is asked.
func (n named) mayResume(decided []host.Decision, o resumeOptions) error {
	if len(o.inputs)+len(o.inputFiles) > 0 || o.latest || o.asStarted {
		return usage("it goes on as it was started: with --did, --max-changes and --allow only", "run %s is on Temporal", n.run.ID)
	}
	if !n.run.GoesOn() {
		return usage("run the flow again", "run %s has ended on Temporal: %s", n.run.ID, n.past.Report.Status)
	}
	if err := n.run.MayGoOn(); err != nil {
		return err
	}
	if len(decided) == 0 && !n.run.Pauses() && len(n.past.Report.Doubts) > 0 {
		hint := fmt.Sprintf("flowdeck resume %s --did %s  settles it, also with =no", n.run.ID, didYes(n.past.Report))
		return usage(hint, "run %s has a write that may have been done", n.run.ID)
	}
	if len(decided) == 0 && !n.run.Pauses() && n.past.Report.WaitsForApproval() {
		return usage("flowdeck approve "+n.run.ID+" decides, and the run goes on by itself", "run %s waits for an approval", n.run.ID)
	}
	if len(decided) == 0 && !n.run.Pauses() {
		return usage("flowdeck runs show "+n.run.ID+" shows it", "run %s goes on", n.run.ID)
	}
	return nil
}

// resume goes on with a run on Temporal, and prints its report.
func (n named) resume(ctx context.Context, e env, w *host.Workspace, decided []host.Decision, asked resumeOptions) error {
	o := asked.runOptions
	most, err := readMaxChanges(o.maxChanges)
	if err != nil {
		return unstarted(e, n.past.Run.Flow, o, err)
	}
	allow, err := readAllow(asked.allow)
	if err != nil {
		return unstarted(e, n.past.Run.Flow, o, err)
	}
	ctx, left := context.WithCancelCause(ctx)
	defer left(nil)
	s := terminal.NewScreen(e.screen, e.lookup, e.veil.Text, func() { left(errInterrupted) })
	ctx, abort, stop := interrupts(ctx, syscall.SIGHUP)
	defer stop()
	defer survivePipes()()
	err = n.run.Settle(ctx, decided)
	if err == nil && n.run.Pauses() {
		err = n.run.Resume(ctx, n.past, whoami(), machines.More{MaxChanges: most, Allow: allow, Confirm: func() error {
			orgs := n.past.Report.Real()
			if o.yes || len(orgs) == 0 {
				return nil
			}
			held, err := n.run.Held()
			if err != nil {
				return err
			}
			return askToGoOn(ctx, e, s, o, n.past, held, withMore(most, allow), orgs)
		}})
	}
	if err != nil {
		return unstarted(e, n.past.Run.Flow, o, err)
	}
	if !o.json {
		fmt.Fprintf(s, "run %s goes on in %s\n", n.run.ID, n.runs.Server())
	}
	report, err := follow(ctx, abort, e, s, n.run, n.runs.Server(), o)
	if err == nil && report.Status != store.Paused {
		err = fetched(context.WithoutCancel(ctx), w, n.runs, report)
	}
	if report == nil {
		return unstarted(e, n.past.Run.Flow, o, err)
	}
	return finish(e, s, report, o, err)
}
