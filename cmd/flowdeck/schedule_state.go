package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/serve"
	"github.com/flowdeck/flowdeck/engine/store"
)

// occasionJSON is what became of an occasion of a trigger, such as a time of a schedule.
type occasionJSON struct {
	At     time.Time `json:"at"`
	Status string    `json:"status"`
	Run    string    `json:"run,omitempty"`
	Reason string    `json:"reason,omitempty"`
}

// addStates adds what the history of a workspace knows of its schedules, and the paused flows that have none.
func addStates(ctx context.Context, w *host.Workspace, all []scheduleJSON) ([]scheduleJSON, error) {
	for i := range all {
		all[i].stateJSON = &stateJSON{}
	}
	history, err := w.Kept()
	if err != nil || history == nil {
		return all, err
	}
	paused, err := history.PausedFlows(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		one := &all[i]
		one.Paused = slices.Contains(paused, one.Flow)
		if one.Last, err = lastOf(ctx, history, one.Flow, one.trigger); err != nil {
			return nil, err
		}
		if one.Last != nil {
			one.Last.At = one.Last.At.In(one.zone)
		}
	}
	for _, flow := range paused {
		if !slices.ContainsFunc(all, func(one scheduleJSON) bool { return one.Flow == flow }) {
			all = append(all, scheduleJSON{Flow: flow, Next: []timeJSON{}, stateJSON: &stateJSON{Paused: true}})
		}
	}
	return all, nil
}

// lastOf returns what became of the last occasion of a trigger; nil if there is none.
func lastOf(ctx context.Context, history *store.Store, flow, trigger string) (*occasionJSON, error) {
	last, err := history.LastOccasion(ctx, flow, trigger)
	if err != nil || last == nil {
		return nil, err
	}
	o := &occasionJSON{At: last.At, Status: string(last.Status), Run: last.Run, Reason: last.Reason}
	if last.Run != "" {
		switch run, err := history.Run(ctx, last.Run); {
		case err == nil:
			o.Status, o.Reason = string(run.Status), run.Reason
		case card.AsError(err).Kind != card.NotFound: // not one that was pruned
			return nil, err
		}
	}
	return o, nil
}

// state returns the state of a schedule as the end of its line.
func (s scheduleJSON) state(e env, styles terminal.Styles) (text string) {
	if s.stateJSON == nil {
		return ""
	}
	if s.Paused {
		text += terminal.Gap + styles.Warning.Render("paused")
	}
	if last := s.Last; last != nil {
		text += terminal.Gap + styles.Dim.Render("last "+last.At.Format(layoutOfTimes)+":") + " " + last.Status
		if last.Reason != "" {
			text += " (" + terminal.OneLine(e.out, last.Reason) + ")"
		}
	}
	return text
}

func schedulePauseCommand(e env) *cobra.Command {
	return scheduleSwitch(e, "pause", pauseSchedules, "Pause the schedules of a flow",
		`Pause the schedules of a flow, those that it gets later, too: from now on, their times start nothing. Runs in progress and times that wait go on. A flow
stays paused until 'flowdeck schedule resume', also while it is removed; renamed, it is another flow. Times in a pause are not missed: 'flowdeck schedule
run-missed' can start them.`)
}

func scheduleResumeCommand(e env) *cobra.Command {
	return scheduleSwitch(e, "resume", resumeSchedules, "Resume the schedules of a flow",
		`Resume the schedules of a flow that were paused: they start with the next time. FLOW may also be a paused flow that was removed.`)
}

// scheduleSwitch returns a command that pauses or resumes the schedules of a flow.
func scheduleSwitch(e env, name string, do func(ctx context.Context, e env, dir, arg string) error, short, long string) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: name + " FLOW", Short: short, Long: long + "\n\nExit codes: 0 done, 1 it could not be kept, 2 wrong usage, 3 problems in the flow.",
		Example:           "  flowdeck schedule " + name + " monthly-report",
		Args:              exactlyOne("FLOW"),
		ValidArgsFunction: completeFlow(e, &dir),
		RunE:              func(cmd *cobra.Command, args []string) error { return do(cmd.Context(), e, dir, args[0]) },
	}
	workspaceFlag(cmd, &dir)
	return cmd
}

func pauseSchedules(ctx context.Context, e env, dir, arg string) (err error) {
	w, f, err := openFlow(e, dir, arg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if !hasSchedule(f) {
		return noSchedule(f.Name.Text)
	}
	history, err := w.History()
	if err != nil {
		return err
	}
	if err := history.PauseSchedules(ctx, f.Name.Text); err != nil {
		return err
	}
	fmt.Fprintf(e.err, "paused: %s\n", f.Name.Text)
	return nil
}

func resumeSchedules(ctx context.Context, e env, dir, arg string) (err error) {
	w, err := openWorkspaceFor(e, dir, arg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	history, err := w.History()
	if err != nil {
		return err
	}
	if paused, err := history.ResumeSchedules(ctx, arg); err != nil || paused { // a flow that was removed has only its name
		if paused {
			fmt.Fprintf(e.err, "resumed: %s\n", terminal.OneLine(e.err, arg))
		}
		return err
	}
	f, err := find(w, arg)
	if err != nil {
		return err
	}
	switch paused, err := history.ResumeSchedules(ctx, f.Name.Text); {
	case err != nil:
		return err
	case paused:
		fmt.Fprintf(e.err, "resumed: %s\n", f.Name.Text)
	case !hasSchedule(f):
		return noSchedule(f.Name.Text)
	default:
		fmt.Fprintf(e.err, "flow %s is not paused\n", f.Name.Text)
	}
	return nil
}

func hasSchedule(f *flow.Flow) bool {
	return slices.ContainsFunc(f.Triggers, func(t *flow.Trigger) bool { return t.Kind == string(engine.ScheduleTrigger) })
}

// noSchedule returns the error of a command for the schedules of a flow without one.
func noSchedule(flow string) error {
	return usage("flowdeck schedule list  shows the flows with schedules", "flow %s has no schedule", flow)
}

// withSchedules calls do with the schedules of a flow. A flow without one is wrong usage.
func withSchedules(e env, dir, arg string, do func(w *host.Workspace, p *engine.Plan, all []engine.Trigger) error) (err error) {
	w, checked, err := checkFlow(e, dir, arg, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	var all []engine.Trigger
	for _, t := range checked.Plan.Triggers {
		if t.Schedule != nil {
			all = append(all, t)
		}
	}
	if len(all) == 0 {
		return noSchedule(checked.Plan.Flow)
	}
	return do(w, checked.Plan, all)
}

type missedOptions struct {
	dir, since string
	last       bool
	dryRun     bool
}

func runMissedCommand(e env) *cobra.Command {
	var o missedOptions
	cmd := &cobra.Command{
		Use:   "run-missed FLOW",
		Short: "Start runs for times of a schedule that were missed",
		Long: `Start runs for times of the schedules of a flow that started nothing: while no server ran and 'missed' left them out, or while the schedule was paused.
--since says from when on; at most the latest 100 of each schedule are started, or only the latest one with --last.

'flowdeck serve' starts the runs: at once if it runs, otherwise when it does. A time starts one run, however often this command is used.

Exit codes: 0 done, 1 it could not be kept, 2 wrong usage, 3 problems in the flow.`,
		Example: `  flowdeck schedule run-missed nightly --since 2026-03-01
  flowdeck schedule run-missed nightly --since 2026-03-01T12:00 --dry-run
  flowdeck schedule run-missed nightly --since 2026-03-01 --last`,
		Args:              exactlyOne("FLOW"),
		ValidArgsFunction: completeFlow(e, &o.dir),
		RunE:              func(cmd *cobra.Command, args []string) error { return runMissed(cmd.Context(), e, args[0], o) },
	}
	flags := cmd.Flags()
	workspaceFlag(cmd, &o.dir)
	flags.StringVar(&o.since, "since", "", "the times after `TIME`, such as 2026-03-08 or 2026-03-08T01:30 (required)")
	flags.BoolVar(&o.last, "last", false, "only the latest time of each schedule")
	flags.BoolVar(&o.dryRun, "dry-run", false, "list the times, and start nothing")
	return cmd
}

func runMissed(ctx context.Context, e env, arg string, o missedOptions) error {
	const hint = "such as --since 2026-03-08, or 2026-03-08T01:30"
	if o.since == "" {
		return usage(hint, "--since is missing: from when on were times missed?")
	}
	since, ok := readTime(o.since)
	if !ok {
		return usage(hint, "--since %q is not a time", o.since)
	}
	return withSchedules(e, o.dir, arg, func(w *host.Workspace, p *engine.Plan, all []engine.Trigger) error {
		history, err := w.History()
		if err != nil {
			return err
		}
		number := 0
		for _, t := range all {
			missed, err := serve.Missed(ctx, history, p.Flow, t, since, now(e))
			if err != nil {
				return err
			}
			if o.last {
				missed = missed[max(0, len(missed)-1):]
			}
			if !o.dryRun {
				if err := serve.RunMissed(ctx, history, p, t, missed); err != nil {
					return err
				}
			}
			for _, one := range missed {
				fmt.Fprintf(e.out, "%s%s%s\n", t.Name, terminal.Gap, one.At.Format(layoutOfTimes))
			}
			number += len(missed)
		}
		return summary(ctx, e, history, number, o.dryRun)
	})
}

// summary prints what happens with the times that were missed.
func summary(ctx context.Context, e env, history *store.Store, number int, dryRun bool) error {
	switch {
	case number == 0:
		fmt.Fprintln(e.err, "no time was missed")
		return nil
	case dryRun:
		fmt.Fprintf(e.err, "%d missed, nothing was started\n", number)
		return nil
	}
	leader, err := history.Leader(ctx)
	if err != nil {
		return err
	}
	if leader == nil {
		fmt.Fprintf(e.err, "%d missed; no server runs: `flowdeck serve` starts them\n", number)
		return nil
	}
	fmt.Fprintf(e.err, "%d missed; the server in process %d on %s starts them\n", number, leader.PID, leader.Host)
	return nil
}
