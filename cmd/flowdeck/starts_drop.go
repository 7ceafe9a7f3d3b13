package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/words"
)

type dropOptions struct {
	dir, flow string
	yes       bool
}

func dropStartsCommand(e env) *cobra.Command {
	var o dropOptions
	cmd := &cobra.Command{
		Use:   "drop ID…|--flow FLOW",
		Short: "Drop starts that wait, so that they start nothing",
		Long: `Drop starts that wait: those with the IDs that 'flowdeck starts' shows, or all of a flow. They start nothing, also if the same event or request
comes again. A start whose run has started is left alone: 'flowdeck stop' stops the run.

It asks before it drops anything; --yes skips the question, and is required where nobody can be asked.

Exit codes: 0 done, 1 failed, or the answer was no, 2 wrong usage, also if a start has started its run.`,
		Example: `  flowdeck starts drop 17 18
  flowdeck starts drop --flow leaver --yes`,
		ValidArgsFunction: completeStarts(e, &o.dir),
		RunE:              func(cmd *cobra.Command, args []string) error { return dropStarts(cmd.Context(), e, args, o) },
	}
	workspaceFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.flow, "flow", "", "all that wait of the flow `NAME`")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	completes(cmd, "flow", completeFlow(e, &o.dir))
	return cmd
}

func dropStarts(ctx context.Context, e env, args []string, o dropOptions) (err error) {
	if (len(args) == 0) == (o.flow == "") {
		return usage("flowdeck starts  lists them", "drop takes the IDs of starts, or --flow")
	}
	w, err := openRuns(e, o.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	history, err := w.History()
	if err != nil {
		return err
	}
	ids, n, err := selectedStarts(ctx, history, args, o.flow)
	if err != nil {
		return err
	}
	if n == 0 && o.flow != "" {
		names := namesOfFlows(w.Named())
		if !slices.Contains(names, o.flow) { // one that was removed may have some
			return usage(words.Hint("flows", o.flow, names), "there is no flow %q, and no start of it waits", o.flow)
		}
	}
	if n > 0 && !o.yes {
		what := counted(n, "waiting start")
		asked := person(e, false)
		if asked == nil {
			return usage("pass --yes to confirm", "this drops %s", what)
		}
		yes, err := asked.Confirm(ctx, "drop "+what+"?")
		if err == nil && !yes {
			err = errors.New("aborted, nothing was dropped")
		}
		if err != nil {
			return interrupted(err)
		}
	}
	if waiting := n; n > 0 {
		if n, err = history.DropWaiting(ctx, ids, o.flow, "dropped by a person at a terminal"); err != nil {
			return err
		}
		if kept := waiting - n; kept > 0 {
			fmt.Fprintf(e.err, "kept %s: the run may have been started meanwhile, on Temporal if that does not answer\n", counted(kept, "start"))
		}
	}
	fmt.Fprintf(e.err, "dropped %s\n", counted(n, "start"))
	return nil
}

// selectedStarts returns the ids in the arguments, and how many starts of these, or of a flow, wait. One that has started its run is wrong usage.
func selectedStarts(ctx context.Context, history *store.Store, args []string, flow string) (ids []int64, n int, err error) {
	if len(args) == 0 {
		n, err = history.CountWaiting(ctx, flow)
		return nil, n, err
	}
	for _, arg := range args {
		id, err := strconv.ParseInt(arg, 10, 64)
		if err != nil || id < 1 {
			return nil, 0, usage("such as 17: flowdeck starts  lists them", "%q is not the ID of a start", arg)
		}
		found, err := history.Starts(ctx, store.StartFilter{ID: id})
		switch {
		case err != nil:
			return nil, 0, err
		case len(found) == 0:
			return nil, 0, usage("flowdeck starts  lists those that wait", "there is no start %d", id)
		case found[0].Status == store.Started:
			return nil, 0, usage("flowdeck stop "+found[0].Run+"  stops it", "start %d does not wait any more: it has started run %s", id, found[0].Run)
		case found[0].Status == store.Waiting:
			n++
		}
		ids = append(ids, id)
	}
	return ids, n, nil
}

// completeStarts completes the IDs of starts that wait.
func completeStarts(e env, dir *string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		w, err := openRuns(e, *dir)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer w.Close()
		found, _ := startsOf(cmd.Context(), w, store.StartFilter{Status: store.Waiting}) // nothing is offered if they cannot be read
		var offered []string
		for _, o := range found {
			if id := strconv.FormatInt(o.ID, 10); !slices.Contains(args, id) {
				offered = append(offered, described(id, terminal.OneLine(e.err, o.Flow+" "+o.Trigger)))
			}
		}
		return offered, cobra.ShellCompDirectiveNoFileComp
	}
}
