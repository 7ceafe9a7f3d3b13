package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/machines"
	"github.com/flowdeck/flowdeck/engine/store"
)

// errDetached is the error of a run that was started on Temporal, and goes on alone.
var errDetached = errors.New("the run goes on")

// mayBeOn returns an error if the flags of a run do not fit where it goes on.
func (o runOptions) mayBeOn() error {
	switch {
	case o.on != "" && o.on != "temporal":
		return usage("--on temporal", "--on %s: there is nothing of this name to run on", o.on)
	case o.on == "" && o.detach:
		return usage("a run in this process needs it; with --on temporal, workers go on with it", "--detach needs --on temporal")
	case o.on == "":
		return nil
	}
	for _, given := range []struct {
		flag, hint string
		set        bool
	}{
		{"--dry-run", "a dry run is made on this machine: leave --on out", o.dryRun},
		{"--no-history", "the server keeps the history", o.noHistory},
	} {
		if given.set {
			return usage(given.hint, "%s cannot be combined with --on temporal", given.flag)
		}
	}
	return nil
}

// send starts the run on the Temporal server of the workspace, and follows it. The report is nil if the flow was not run.
func (d *order) send(ctx context.Context, e env, s *terminal.Screen, o runOptions) (report *host.Report, err error) {
	if err := machines.Refuse(d.flow, d.most); err != nil {
		return nil, err
	}
	if d.plan != nil {
		if err := machines.MayHold(d.plan); err != nil {
			return nil, err
		}
	}
	ctx, abort, stop := interrupts(ctx, syscall.SIGHUP)
	defer stop()
	defer survivePipes()()
	runs, err := onTemporal(ctx, e, d.workspace)
	switch {
	case err != nil:
		return nil, err
	case runs == nil:
		return nil, usage("write temporal: {address: HOST:PORT} in flowdeck.yaml, or set TEMPORAL_ADDRESS", "it is not known where Temporal is")
	}
	defer runs.Close()
	conns, err := d.workspace.Connect(ctx, d.flow.Uses())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conns.Close(), d.workspace.Close()) }()
	d.announce(s, conns, o)
	log := terminal.NewLog(s, logLevel(0))
	first := host.Run{Flow: d.flow, Connections: conns, Start: d.start, Abort: abort, Log: log} // the plan that is confirmed is made here
	first.Listen = func(b host.Begun) []host.Listener { return listeners(b, s, log, conns, o) }
	if err := d.confirm(ctx, e, s, o, first); err != nil {
		return nil, err
	}
	if err := forWorkers(ctx, s, runs, d.flow, conns.Kept(d.flow.Uses())); err != nil {
		return nil, err
	}
	run, err := runs.Start(ctx, machines.Order{Flow: d.flow, On: conns, Start: d.start, Plan: d.plan, MaxChanges: d.most})
	if err != nil {
		return nil, err
	}
	if o.detach {
		if err := e.started(run, d.flow.Plan.Flow, o.json); err != nil {
			return nil, err
		}
		return nil, errDetached
	}
	if !o.json {
		fmt.Fprintf(s, "run %s goes on in %s\n", run.ID, runs.Server())
	}
	report, err = follow(ctx, abort, e, s, run, runs.Server(), o)
	if err == nil && report.Status != store.Paused {
		err = fetched(context.WithoutCancel(ctx), d.workspace, runs, report)
	}
	return report, err
}

// fetched brings a run that has ended into the history, and names the results and the chain there in its report, and in those of the runs that it started.
func fetched(ctx context.Context, w *host.Workspace, runs *machines.Runs, report *host.Report) error {
	if err := runs.Fetch(ctx, report.Run); err != nil {
		return fmt.Errorf("the run has ended, and is not in the history yet ('flowdeck runs show %s' tries again): %w", report.Run, err)
	}
	for _, r := range append([]*host.Report{report}, report.Started...) {
		past, err := w.Past(ctx, r.Run)
		if err != nil {
			return err
		}
		r.Chain, r.Plan = past.Report.Chain, past.Report.Plan
		for id, c := range r.Streams {
			if kept := past.Report.Streams[id]; kept != nil {
				c.Results = kept.Results
			}
		}
	}
	return nil
}

// started prints the id of a run that goes on alone.
func (e env) started(run *machines.Run, flow string, asJSON bool) error {
	if asJSON {
		return printJSON(e.data, map[string]any{"run": run.ID, "flow": flow, "status": store.Running})
	}
	_, err := fmt.Fprintln(e.out, run.ID)
	return err
}

// forWorkers waits until workers take the tasks of a run of a flow with connections: nothing has started until then.
func forWorkers(ctx context.Context, s *terminal.Screen, runs *machines.Runs, f *host.Checked, on []store.Connection) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for said := []string(nil); ; {
		missing, err := runs.Unserved(ctx, f, on)
		if err != nil || len(missing) == 0 {
			return err
		}
		if !slices.Equal(missing, said) {
			fmt.Fprintln(s, terminal.OneLine(s, terminal.Unserved(runs.Server(), missing)))
			said = missing
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// lastWord is the time in which a request to stop a run must arrive.
const lastWord = 10 * time.Second

// follow shows a run on Temporal until it ends. When ctx ends, it asks the run to stop; when abort ends, it leaves the run.
func follow(ctx, abort context.Context, e env, s *terminal.Screen, run *machines.Run, where string, o runOptions) (*host.Report, error) {
	stopped := make(chan struct{})
	ask := context.AfterFunc(ctx, func() {
		defer close(stopped)
		if !o.json {
			fmt.Fprintln(s, "stopping: no new record starts, records in flight finish; press Ctrl-C again to leave it at that")
		}
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWord)
		defer cancel()
		if err := run.Stop(asking, whoami()); err != nil {
			fmt.Fprintf(s, "the run could not be asked to stop: %v\n", err)
		}
	})
	shows, alone := terminal.Follow(s, o.verbose > 0), person(e, o.json) == nil
	past, err := run.Follow(abort, func(now *host.Past, unserved []string) bool {
		if !o.json {
			shows.See(now.Report, where, unserved)
		}
		return !now.PausesAtLimit() && (!alone || ctx.Err() != nil || !now.Report.WaitsForApproval() && len(now.Report.Doubts) == 0)
	})
	shows.Done()
	if !ask() && abort.Err() == nil {
		<-stopped
	}
	switch {
	case abort.Err() != nil && !o.json:
		fmt.Fprintf(s, "run %s goes on until its records in flight have finished\n", run.ID)
		return nil, errInterrupted
	case abort.Err() != nil:
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWord)
		defer cancel()
		now, err := run.Past(asking)
		if err != nil {
			return nil, errors.Join(errInterrupted, err)
		}
		return now.Report, errInterrupted // it goes on: its id must not be lost
	case err != nil:
		return nil, err
	case past.Report.Status == store.Running: // nobody here can be asked
		past.Report.Status = store.Paused
	}
	return past.Report, nil
}
