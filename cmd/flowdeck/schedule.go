package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/schedule"
)

func scheduleCommand(e env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schedule",
		Short: "Show and control the schedules of flows",
		Long: `Show the times of the schedules in the triggers of flows, also across changes of the clocks, pause schedules, and start what they missed. 'flowdeck
serve' starts the runs.

docs/language.md describes triggers, and which times a change of the clocks moves, skips or repeats.`,
		Example: `  flowdeck schedule list
  flowdeck schedule next monthly-report --count 12
  flowdeck schedule pause monthly-report`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(scheduleListCommand(e), scheduleNextCommand(e), schedulePauseCommand(e), scheduleResumeCommand(e), runMissedCommand(e))
	return cmd
}

// listedTimes is the number of times that are shown of a schedule, unless --count says another.
const listedTimes = 5

func scheduleListCommand(e env) *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the schedules of all flows, with their next five times and the last result",
		Long: `List the schedules of all flows in the workspace: the cron expression, the time zone, whether it is paused, what became of its last time, and
the next five times, all in that zone. If the clocks of this machine differ, the next times here are shown, too. A flow that is paused is also listed
while it has no schedule.

--json prints a list of {"flow", "cron", "timezone", "dst", "paused", "last": {"at", "status", "run", "reason"}, "next": [{"at", "local"}]}:
at is the moment, local is the time of the schedule, with #2 for the second pass of a repeated hour. last is null before the first time; its status
is that of the run, waiting, or dropped. cron is empty for a paused flow without a schedule.

Exit codes: 0 done, 2 wrong usage.`,
		Example: `  flowdeck schedule list
  flowdeck schedule list --json | jq -r '.[] | [.next[0].at, .flow] | @tsv' | sort`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return listSchedules(cmd.Context(), e, dir, asJSON) },
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON list on standard output, and nothing else")
	return cmd
}

func listSchedules(ctx context.Context, e env, dir string, asJSON bool) (err error) {
	w, err := openWorkspace(e, dir, ".")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	all, broken := []scheduleJSON{}, 0
	for _, f := range w.Named() {
		checked, err := w.Check(f, nil)
		if err != nil {
			broken++
			continue
		}
		all = append(all, timesOf(checked.Plan, now(e), listedTimes)...)
	}
	if all, err = addStates(ctx, w, all); err != nil {
		return err
	}
	if asJSON {
		return printJSON(e.data, all)
	}
	if len(all) == 0 {
		fmt.Fprintf(e.err, "no flow in %s has a schedule\n", w.Dir)
	}
	err = writeSchedules(e, all, true)
	noteBroken(e, broken)
	return err
}

// scheduleJSON is a schedule of a flow in the output of --json.
type scheduleJSON struct {
	Flow     string       `json:"flow"`
	Cron     string       `json:"cron"`
	Timezone string       `json:"timezone"`
	DST      schedule.DST `json:"dst"`
	Next     []timeJSON   `json:"next"`

	*stateJSON
	trigger string
	zone    *time.Location
}

// stateJSON is what became of a schedule, in `schedule list`.
type stateJSON struct {
	Paused bool          `json:"paused"`
	Last   *occasionJSON `json:"last"`
}

type timeJSON struct {
	At    time.Time `json:"at"`
	Local string    `json:"local"`
	note  string
}

// timesOf returns the schedules of a flow, with their first times after a moment.
func timesOf(p *engine.Plan, after time.Time, count int) []scheduleJSON {
	all := []scheduleJSON{}
	for _, t := range p.Triggers {
		if t.Schedule == nil {
			continue
		}
		s := t.Schedule.Times
		shown := scheduleJSON{Flow: p.Flow, Cron: s.Cron(), Timezone: s.Zone().String(), DST: s.DST(), Next: []timeJSON{}, trigger: t.ID(), zone: s.Zone()}
		for o, ok := s.Next(after); ok && len(shown.Next) < count; o, ok = s.Next(o.At) {
			shown.Next = append(shown.Next, timeJSON{At: o.At, Local: o.Local, note: noteOn(o)})
		}
		all = append(all, shown)
	}
	return all
}

// noteOn returns how a change of the clocks affects a time; empty if it does not.
func noteOn(o schedule.Occurrence) string {
	switch {
	case o.Second():
		return "the second time"
	case o.Shifted():
		return "for " + o.Local[len(time.DateOnly)+1:] + ", which the clocks skip"
	}
	return ""
}

// layoutOfTimes is the layout of times of schedules for people.
const layoutOfTimes = "Mon 2006-01-02 15:04 -07:00"

// writeSchedules writes schedules for people: a line for each, named by its flow if there are several flows, and its times.
func writeSchedules(e env, all []scheduleJSON, named bool) error {
	w, s := &bytes.Buffer{}, terminal.NewStyles(e.lookup, e.out)
	for i, one := range all {
		if i > 0 {
			fmt.Fprintln(w)
		}
		title := s.Heading.Render(one.Cron) + terminal.Gap + one.Timezone
		if named {
			title = s.Heading.Render(one.Flow) + terminal.Gap + one.Cron + terminal.Gap + one.Timezone
		}
		if one.Cron == "" {
			title = s.Heading.Render(one.Flow) + terminal.Gap + s.Dim.Render("no valid schedule")
		}
		fmt.Fprintln(w, title+one.state(e, s))
		var rows [][]terminal.Cell
		for _, at := range one.Next {
			here := at.At.Local()
			cells := []terminal.Cell{{Text: at.At.Format(layoutOfTimes)}}
			if at.At.Format(layoutOfTimes) != here.Format(layoutOfTimes) {
				cells = append(cells, terminal.Cell{Text: here.Format(layoutOfTimes) + " here", Style: s.Dim})
			}
			if at.note != "" {
				cells = append(cells, terminal.Cell{Text: at.note, Style: s.Dim})
			}
			rows = append(rows, cells)
		}
		terminal.Table{Width: terminal.Limit(e.out), Indent: len(terminal.Gap)}.Write(w, rows)
	}
	_, err := w.WriteTo(e.out)
	return err
}
