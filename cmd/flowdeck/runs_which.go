package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/machines"
	"github.com/flowdeck/flowdeck/engine/store"
)

// isResumable reports whether a run can go on.
func isResumable(r store.Run) bool {
	return !r.Counted && r.Resumable()
}

// anyRun selects all runs.
func anyRun(store.Run) bool { return true }

// mostListed is the number of runs among which the last one is looked for.
const mostListed = 1000

// whichRun returns the id of the RUN of a command: given, or, with --last, that of the last run that fits and that no run started, also of those on
// Temporal: without those it is not known. none is the error if there is none.
func whichRun(ctx context.Context, e env, w *host.Workspace, given string, last bool, fits func(store.Run) bool, none string) (id string, err error) {
	id, err = whichKept(ctx, w, given, last, fits, none)
	if !last || given != "" {
		return id, err
	}
	on, lost := onTemporal(ctx, e, w)
	if lost == nil && on != nil {
		defer on.Close()
		var run *machines.Run
		if run, lost = on.Last(ctx, id, known(ctx, w), fits); run != nil {
			return run.ID, nil
		}
		id, err = whichKept(ctx, w, given, last, fits, none) // again: it may have been fetched meanwhile
	}
	if lost != nil {
		return "", notLast(lost)
	}
	return id, err
}

// notLast returns the error of --last without the runs on Temporal.
func notLast(lost error) error {
	const why = "which run is the last one is not known without those on Temporal; name the RUN"
	away, misused := (*host.ConnectionError)(nil), (*host.UsageError)(nil)
	switch {
	case errors.As(lost, &away):
		cause := *away.Cause
		cause.Hint = why
		return &host.ConnectionError{Name: away.Name, Cause: &cause}
	case errors.As(lost, &misused):
		return usage(misused.Hint, "%s: %v", why, misused.Err)
	}
	return fmt.Errorf("%s: %w", why, lost)
}

// whichKept does so for the runs of the history.
func whichKept(ctx context.Context, w *host.Workspace, given string, last bool, fits func(store.Run) bool, none string) (string, error) {
	switch {
	case last && given != "":
		return "", usage("give one of them", "RUN and --last contradict each other")
	case !last && given == "":
		return "", usage("--last is the last one; 'flowdeck runs' lists them", "RUN is missing")
	case given != "":
		return given, nil
	}
	history, err := w.Kept()
	if err != nil {
		return "", err
	}
	parent := "" // a command that works on a run also works on those that it started
	var runs []store.Run
	if history != nil {
		if runs, err = history.Runs(ctx, store.Filter{Parent: &parent, Limit: mostListed}); err != nil {
			return "", err
		}
	}
	if i := slices.IndexFunc(runs, fits); i >= 0 {
		return runs[i].ID, nil
	}
	return "", usage("'flowdeck runs' lists all runs", "%s", none)
}

// completeRun completes RUN.
func completeRun(e env, dir *string, fits func(store.Run) bool) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		w, err := openRuns(e, *dir)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer w.Close()
		history, err := w.Kept()
		if err != nil || history == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		none := ""
		runs, _ := history.Runs(cmd.Context(), store.Filter{Parent: &none, Open: true})
		var ids []string
		for _, r := range runs {
			if fits(r) {
				ids = append(ids, cobra.CompletionWithDesc(r.ID, r.Flow+", "+string(r.Status)))
			}
		}
		return ids, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

// completeLoop completes the name of a loop of the RUN on the command line, or of the last one that fits.
func completeLoop(e env, dir *string, last *bool, fits func(store.Run) bool) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		run := ""
		if len(args) > 0 && !*last {
			run = args[0]
		}
		w, err := openRuns(e, *dir)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer w.Close()
		id, err := whichKept(cmd.Context(), w, run, *last, fits, "")
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		p, err := w.Past(cmd.Context(), id)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return p.Report.Order, cobra.ShellCompDirectiveNoFileComp
	}
}
