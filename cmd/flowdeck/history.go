package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/host"
)

type historyOptions struct {
	dir, since string
	limit      int
	json       bool
}

func historyCommand(e env) *cobra.Command {
	var o historyOptions
	cmd := &cobra.Command{
		Use:   "history USER",
		Short: "Show what any run did to a person",
		Long: `Show everything that any run of the workspace did to a person, the last first: when, which run of which flow, who started it,
the card, its target, and whether it changed something, failed or may have been done. Groups, applications and other
things are found as well.

USER is a login, an address, an id or a name. A login leads to the id of the person who had it at the time of the write, and
back; the first line on standard error has all of them. If several people had the login, the error has their ids: give one.

--json prints a list of {"time", "run", "flow", "by", "step", "card", "connection", "target", "result", "error"}, where
result is changed, unchanged, failed, in_doubt, going_on, or what a person found out: done or not_done.

Runs on the Temporal server of the workspace that have ended are fetched first; a line says how many go on.

Runs with --no-history are not included, and neither are those that 'flowdeck prune' removed.

Exit codes: 0 done, also if nothing was found, 1 the history cannot be read, 2 wrong usage, also if the login was that of several people.`,
		Example: `  flowdeck history joan@acme.example
  flowdeck history 00u1a2b3c4 --since 30d
  flowdeck history joan@acme.example --json | jq -r '.[] | select(.result == "in_doubt") | .step'`,
		Args: exactlyOne("USER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return showHistory(cmd.Context(), e, args[0], o)
		},
	}
	workspaceFlag(cmd, &o.dir)
	flags := cmd.Flags()
	flags.StringVar(&o.since, "since", "", "only since `TIME`: 24h ago, or a date such as 2026-03-08")
	flags.IntVar(&o.limit, "limit", 200, "show at most `N` writes")
	flags.BoolVar(&o.json, "json", false, "print one JSON list on standard output, and nothing else")
	return cmd
}

func showHistory(ctx context.Context, e env, user string, o historyOptions) (err error) {
	if o.limit < 1 {
		return usage("", "--limit %d: must be 1 or more", o.limit)
	}
	if strings.TrimSpace(user) == "" {
		return usage("such as joan@acme.example", "USER is empty")
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
	fetchAll(ctx, e, w, "what goes on is listed after its end")
	acts, known, more, err := w.Acts(ctx, user, since, o.limit)
	if err != nil {
		return err
	}
	if more {
		defer fmt.Fprintf(e.err, "only the last %s writes are shown: raise --limit\n", terminal.Thousands(o.limit))
	}
	if o.json {
		if acts == nil {
			acts = []host.Act{}
		}
		return printJSON(e.data, acts)
	}
	if len(acts) == 0 {
		fmt.Fprintf(e.err, "no run wrote to %s\n", terminal.OneLine(e.err, user))
		return nil
	}
	if len(known) > 1 {
		fmt.Fprintf(e.err, "known as: %s\n", terminal.OneLine(e.err, strings.Join(known, ", ")))
	}
	terminal.Acts(e.out, terminal.NewStyles(e.lookup, e.out), acts)
	return nil
}
