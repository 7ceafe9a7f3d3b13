package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/serve"
	"github.com/flowdeck/flowdeck/engine/store"
)

func triggerCommand(e env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trigger",
		Short: "Show what starts flows",
		Long: `Show the triggers of flows: schedules, webhooks, events, polls and manual starts. 'flowdeck serve' starts the runs.

docs/language.md describes triggers.`,
		Example: `  flowdeck trigger list
  flowdeck trigger list --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(triggerListCommand(e))
	return cmd
}

func triggerListCommand(e env) *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the triggers of all flows, with their state and the last start",
		Long: `List the triggers of all flows in the workspace: the flow, the kind, what it is for, its state, and what became of its last start.

The state of a schedule is its next time, and that of a webhook or an event the path of its URL. A poll, and an event whose secret is
set, have the time of the service up to which everything was read; of a poll that is behind, also since when it has not
read all there was.

--json prints a list of {"flow", "kind", "trigger", "next", "paused", "path", "read_to", "behind_seconds", "last": {"at", "status", "run",
"reason"}}. trigger is the cron expression of a schedule, the card of an event or a poll, and the name of a webhook. Fields that a
kind does not have are left out. last is null before the first start; its status is that of the run, waiting, or dropped.

Exit codes: 0 done, 2 wrong usage.`,
		Example: `  flowdeck trigger list
  flowdeck trigger list --json | jq -r '.[] | select(.behind_seconds > 300) | .flow'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return listTriggers(cmd.Context(), e, dir, asJSON) },
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON list on standard output, and nothing else")
	return cmd
}

// triggerJSON is a trigger of a flow in the output of --json.
type triggerJSON struct {
	Flow    string        `json:"flow"`
	Kind    string        `json:"kind"`
	Trigger string        `json:"trigger,omitempty"`
	Next    *time.Time    `json:"next,omitempty"`    // of a schedule
	Paused  *bool         `json:"paused,omitempty"`  // of a schedule
	Path    string        `json:"path,omitempty"`    // of a webhook and an event
	ReadTo  *time.Time    `json:"read_to,omitempty"` // of an event and a poll, once something was read
	Behind  *float64      `json:"behind_seconds,omitempty"`
	Last    *occasionJSON `json:"last"`

	id    string
	every time.Duration // of a poll
}

func listTriggers(ctx context.Context, e env, dir string, asJSON bool) (err error) {
	w, err := openWorkspace(e, dir, ".")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	all, broken := []triggerJSON{}, 0
	for _, f := range w.Named() {
		checked, err := w.Check(f, nil)
		if err != nil {
			broken++
			continue
		}
		for _, t := range checked.Plan.Triggers {
			all = append(all, listedTrigger(checked.Plan.Flow, t, now(e)))
		}
	}
	history, err := w.Kept()
	if err == nil && history != nil {
		err = addTriggerStates(ctx, history, all, now(e))
	}
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(e.data, all)
	}
	if len(all) == 0 {
		fmt.Fprintf(e.err, "no flow in %s has a trigger\n", w.Dir)
	}
	writeTriggers(e, all)
	noteBroken(e, broken)
	return nil
}

// listedTrigger returns a trigger without what only the history knows.
func listedTrigger(flow string, t engine.Trigger, now time.Time) triggerJSON {
	shown := triggerJSON{Flow: flow, Kind: string(t.Kind), Trigger: t.Name, id: t.ID()}
	switch t.Kind {
	case engine.ScheduleTrigger:
		shown.Paused = new(bool)
		if next, ok := t.Schedule.Times.Next(now); ok {
			shown.Next = &next.At
		}
	case engine.WebhookTrigger:
		shown.Path = "/hooks/" + url.PathEscape(t.Name)
	case engine.EventTrigger:
		shown.Path = "/events/" + url.PathEscape(flow)
	case engine.PollTrigger:
		shown.every = t.Source.Every
	}
	return shown
}

// addTriggerStates adds what the history knows of triggers.
func addTriggerStates(ctx context.Context, history *store.Store, all []triggerJSON, now time.Time) error {
	paused, err := history.PausedFlows(ctx)
	if err != nil {
		return err
	}
	polls, err := history.Polls(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		one := &all[i]
		if one.Paused != nil {
			*one.Paused = slices.Contains(paused, one.Flow)
		}
		for _, p := range polls {
			if p.Flow != one.Flow || p.Trigger != one.id {
				continue
			}
			if !p.At.IsZero() {
				at := p.At.UTC()
				one.ReadTo = &at
			}
			if one.every > 0 {
				behind := max(0, now.Sub(p.Ended).Round(time.Second).Seconds())
				one.Behind = &behind
			}
		}
		if one.Last, err = lastOf(ctx, history, one.Flow, one.id); err != nil {
			return err
		}
	}
	return nil
}

// writeTriggers writes triggers for people.
func writeTriggers(e env, all []triggerJSON) {
	s := terminal.NewStyles(e.lookup, e.out)
	var rows [][]terminal.Cell
	for _, t := range all {
		last := terminal.Cell{}
		if t.Last != nil {
			last.Text = "last " + t.Last.At.Local().Format("2006-01-02 15:04") + ": " + t.Last.Status
			if t.Last.Reason != "" {
				last.Text += " (" + t.Last.Reason + ")"
			}
		}
		rows = append(rows, []terminal.Cell{{Text: t.Flow, Style: s.Heading}, {Text: t.Kind}, {Text: t.Trigger}, {Text: t.state(), Style: s.Dim}, last})
	}
	terminal.Table{Width: terminal.Limit(e.out)}.Write(e.out, rows)
}

// state returns the state of a trigger.
func (t triggerJSON) state() string {
	var parts []string
	if t.Path != "" {
		parts = append(parts, t.Path)
	}
	switch {
	case t.Paused != nil && *t.Paused:
		parts = append(parts, "paused")
	case t.Next != nil:
		parts = append(parts, "next "+t.Next.Local().Format("2006-01-02 15:04"))
	}
	if t.ReadTo != nil {
		parts = append(parts, "read to "+t.ReadTo.Local().Format("2006-01-02 15:04:05"))
	}
	if t.Behind != nil && *t.Behind > serve.TooLate*t.every.Seconds() {
		parts = append(parts, "behind by "+(time.Duration(*t.Behind)*time.Second).String())
	}
	return strings.Join(parts, ", ")
}
