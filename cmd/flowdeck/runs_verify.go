package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

func runsVerifyCommand(e env) *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [RUN...]",
		Short: "Verify that the history of runs is as they have left it",
		Long: `Verify that the history of runs is as they have left it: their starts, each write with its inputs, the state before it and its
result, what people decided about it, approvals, limits, who resumed them, and their ends. Each of them is in a chain of hashes of
the run, which is computed again.
For a run that does not fit, the first row that was changed, added or removed is printed.

RUN is the id of a run, or the start of it. Without one, all runs are verified.

Whoever can write the whole database can also compute its chains again, unless they have a key: set FLOWDECK_KEY when flows run
and here, and keep it elsewhere; a chain that was made without it does not fit then. Without a key, compare the head of a chain, its last hash, with that in a report or an event of
the run: docs/runs.md. Runs of older versions have no chain; with a key, they do not fit, as a chain can be removed.

--json prints a list of {"run", "flow", "chain": {"head", "entries", "keyed"}, "problem": {"entry", "step", "card", "what"}}.

Exit codes: 0 all fit, or have no chain, 1 one does not fit, or the history cannot be read, 2 wrong usage.`,
		Example: `  flowdeck runs verify
  flowdeck runs verify 20260308-015900
  flowdeck runs verify --json | jq '.[] | select(.problem)'`,
		ValidArgsFunction: completeRun(e, &dir, anyRun),
		RunE: func(cmd *cobra.Command, args []string) error {
			return verifyRuns(cmd.Context(), e, dir, args, asJSON)
		},
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON list on standard output, and nothing else")
	return cmd
}

func verifyRuns(ctx context.Context, e env, dir string, ids []string, asJSON bool) (err error) {
	w, err := openRuns(e, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if len(ids) == 0 {
		fetchAll(ctx, e, w, "what goes on is verified after its end")
	}
	all, wrong := []store.Verified{}, false
	if err := w.Verify(ctx, ids, func(v store.Verified) error {
		wrong = wrong || v.Problem != nil
		if asJSON {
			all = append(all, v)
			return nil
		}
		return printVerified(e.out, v)
	}); err != nil {
		return err
	}
	switch {
	case asJSON:
		err = printJSON(e.data, all)
	case len(ids) == 0:
		noneVerified(e, w)
	}
	if err == nil && wrong {
		err = &exit{code: exitFailed}
	}
	return err
}

// printVerified prints a line for a run.
func printVerified(out io.Writer, v store.Verified) error {
	found := ""
	switch {
	case v.Problem != nil:
		at := strings.Join(strings.Fields(v.Problem.Step+" "+v.Problem.Card), " ")
		found = "does not fit: " + strings.TrimPrefix(at+": "+v.Problem.What, ": ")
	case v.Chain == nil:
		found = "has no chain, as it is of an older version"
	default:
		with := ""
		if v.Chain.Keyed {
			with = ", with a key"
		}
		found = fmt.Sprintf("fits: %s entries%s, head %s", terminal.Thousands(int(v.Chain.Entries)), with, v.Chain.Head)
	}
	_, err := fmt.Fprintln(out, terminal.OneLine(out, v.Run+"  "+v.Flow+"  "+found))
	return err
}

// noneVerified reports that the workspace has no runs.
func noneVerified(e env, w *host.Workspace) {
	if history, err := w.Kept(); err == nil && history == nil {
		fmt.Fprintf(e.err, "there are no runs in %s yet\n", w.Dir)
	}
}
