package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/words"
)

type startsOptions struct {
	dir, flow, status string
	limit             int
	json              bool
}

func startsCommand(e env) *cobra.Command {
	var o startsOptions
	cmd := &cobra.Command{
		Use:   "starts",
		Short: "List the starts of flows that wait for a server, or what became of others",
		Long: `List what starts flows and waits: times of schedules, webhooks, events and requests to the API, which 'flowdeck serve' has taken, the last first.
A start waits while no server runs, while all places for runs are taken, behind others of its schedule or person, or since its
flow cannot start, such as for a connection that cannot be opened. The reason is shown if it is known. 'flowdeck starts drop' drops
starts that wait.

--status started or dropped lists those that do not wait any more, with their run or the reason.

--json prints a list of {"occasion", "flow", "trigger", "by", "status", "reason", "run", "at", "received"}.

Exit codes: 0 done, 2 wrong usage.`,
		Example: `  flowdeck starts
  flowdeck starts --flow leaver --status dropped
  flowdeck starts --json | jq -r '.[].occasion'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return listStarts(cmd.Context(), e, o) },
	}
	flags := cmd.Flags()
	workspaceFlag(cmd, &o.dir)
	flags.StringVar(&o.flow, "flow", "", "only starts of the flow `NAME`")
	flags.StringVar(&o.status, "status", string(store.Waiting), "only starts with this `STATUS`: "+strings.Join(store.OccasionStatuses(), ", "))
	flags.IntVar(&o.limit, "limit", 50, "list at most `N` starts")
	flags.BoolVar(&o.json, "json", false, "print one JSON list on standard output, and nothing else")
	completes(cmd, "flow", completeFlow(e, &o.dir))
	completes(cmd, "status", cobra.FixedCompletions(store.OccasionStatuses(), cobra.ShellCompDirectiveNoFileComp))
	cmd.AddCommand(dropStartsCommand(e))
	return cmd
}

// startJSON is a start in the output of --json.
type startJSON struct {
	Occasion int64     `json:"occasion"`
	Flow     string    `json:"flow"`
	Trigger  string    `json:"trigger"`
	By       string    `json:"by"`
	Status   string    `json:"status"`
	Reason   string    `json:"reason"`
	Run      string    `json:"run"`
	At       time.Time `json:"at"`
	Received time.Time `json:"received"`
}

func listStarts(ctx context.Context, e env, o startsOptions) (err error) {
	if o.limit < 1 {
		return usage("", "--limit %d: must be 1 or more", o.limit)
	}
	if all := store.OccasionStatuses(); !slices.Contains(all, o.status) {
		return usage(words.Hint("statuses", o.status, all), "there is no status %q", o.status)
	}
	w, err := openRuns(e, o.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	found, err := startsOf(ctx, w, store.StartFilter{Flow: o.flow, Status: store.OccasionStatus(o.status), Limit: o.limit + 1})
	if err != nil {
		return err
	}
	more := len(found) > o.limit
	found = found[:min(len(found), o.limit)]
	if o.json {
		list := []startJSON{}
		for _, s := range found {
			list = append(list, startJSON{s.ID, s.Flow, s.Trigger, s.By, string(s.Status), s.Reason, s.Run, s.At, s.Received})
		}
		return printJSON(e.data, list)
	}
	if len(found) == 0 {
		fmt.Fprintf(e.err, "no start is %s\n", o.status)
		return nil
	}
	writeStarts(e, found)
	if more {
		fmt.Fprintf(e.err, "only the last %s are listed: raise --limit, or select with --flow\n", terminal.Thousands(o.limit))
	}
	return nil
}

// startsOf returns starts of a workspace. If it has no history yet, there are none.
func startsOf(ctx context.Context, w *host.Workspace, f store.StartFilter) ([]store.Occasion, error) {
	history, err := w.Kept()
	if err != nil || history == nil {
		return nil, err
	}
	return history.Starts(ctx, f)
}

// writeStarts writes starts for people: a line for each.
func writeStarts(e env, all []store.Occasion) {
	s := terminal.NewStyles(e.lookup, e.out)
	var rows [][]terminal.Cell
	for _, o := range all {
		by := o.Trigger
		if o.By != "" && o.By != o.Trigger {
			by += " by " + o.By
		}
		became := o.Reason
		if o.Run != "" {
			became = "run " + o.Run
		}
		rows = append(rows, []terminal.Cell{
			{Text: strconv.FormatInt(o.ID, 10), Style: s.Heading}, {Text: o.Flow, Style: s.Heading}, {Text: terminal.OneLine(e.out, by), Style: s.Plain},
			{Text: string(o.Status), Style: s.Plain}, {Text: "since " + terminal.Time(o.Received), Style: s.Dim}, {Text: terminal.OneLine(e.out, became), Style: s.Plain},
		})
	}
	terminal.Table{Width: terminal.Limit(e.out)}.Write(e.out, rows)
}
