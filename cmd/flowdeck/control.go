package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/machines"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/words"
)

type controlOptions struct {
	dir    string
	last   bool
	noWait bool
}

// controlFlags adds the flags of a command that asks a running run for something.
func controlFlags(e env, cmd *cobra.Command, o *controlOptions) {
	workspaceFlag(cmd, &o.dir)
	cmd.Flags().BoolVar(&o.last, "last", false, "the last run that goes on")
	if cmd.Name() != "set" {
		cmd.Flags().BoolVar(&o.noWait, "no-wait", false, "do not wait until the run has stopped")
		cmd.ValidArgsFunction = completeRun(e, &o.dir, store.Run.GoesOn)
	}
}

func stopCommand(e env) *cobra.Command {
	var o controlOptions
	cmd := &cobra.Command{
		Use:   "stop [RUN]",
		Short: "Stop a run that goes on, from another terminal",
		Long: `Stop a run that goes on, as a Ctrl-C in its terminal does: no new record starts, and records in flight finish. The command
waits for that. The run ends as canceled; 'flowdeck resume' can go on with it. The runs that it started stop with it; a run that another run
started stops alone, and the run that started it is canceled at its end, so that they are resumed together. A run on Temporal has ended then.

Exit codes: 0 the run has stopped, 1 the run could not be reached, 2 wrong usage, also if the run has ended.`,
		Example: `  flowdeck stop 20260308-015900
  flowdeck stop --last --no-wait`,
		Args: atMostOne("RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return askToEnd(cmd.Context(), e, strings.Join(args, ""), o, store.Stop)
		},
	}
	controlFlags(e, cmd, &o)
	return cmd
}

func pauseCommand(e env) *cobra.Command {
	var o controlOptions
	cmd := &cobra.Command{
		Use:   "pause [RUN]",
		Short: "Pause a run that goes on, from another terminal",
		Long: `Pause a run that goes on: no new record starts, records in flight finish, and its process ends. The command waits for that.
'flowdeck resume' goes on with the run, also on another day. The runs that it started pause with it; a run that another run started pauses
alone, and the run that started it pauses at its end, so that they are resumed together. A run with --no-history cannot be paused,
since it cannot be resumed. A run on Temporal pauses there: records in flight wait at their next step.

Exit codes: 0 the run has paused, 1 the run could not be reached, 2 wrong usage, also if the run has ended.`,
		Example: `  flowdeck pause 20260308-015900
  flowdeck pause --last
  flowdeck resume --last`,
		Args: atMostOne("RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return askToEnd(cmd.Context(), e, strings.Join(args, ""), o, store.Pause)
		},
	}
	controlFlags(e, cmd, &o)
	return cmd
}

func setCommand(e env) *cobra.Command {
	var o controlOptions
	var stream string
	cmd := &cobra.Command{
		Use:   "set [RUN] concurrency=N",
		Short: "Change how many records of a run are in flight, from another terminal",
		Long: `Change how many records of a loop are in flight at a time, while the run goes on: to relieve an org, or to be faster. It
applies to every loop that is not inside of another one, or to --stream, and lasts until the process of the run ends.

Exit codes: 0 done, 1 the run could not be reached, 2 wrong usage, also if the run has ended.`,
		Example: `  flowdeck set 20260308-015900 concurrency=4
  flowdeck set --last concurrency=1 --stream sweep`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && strings.Contains(args[0], "=") || len(args) == 2 {
				return nil
			}
			return usage("such as flowdeck set RUN concurrency=4", "set takes RUN and concurrency=N")
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 1 || o.last {
				return []string{"concurrency="}, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
			}
			return completeRun(e, &o.dir, store.Run.GoesOn)(cmd, args, typed)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := readConcurrency(args[len(args)-1])
			if err != nil {
				return err
			}
			return setConcurrency(cmd.Context(), e, strings.Join(args[:len(args)-1], ""), o, stream, n)
		},
	}
	controlFlags(e, cmd, &o)
	cmd.Flags().StringVar(&stream, "stream", "", "only of the loop `NAME`")
	completes(cmd, "stream", completeLoop(e, &o.dir, &o.last, store.Run.GoesOn))
	return cmd
}

func readConcurrency(text string) (int, error) {
	name, value, _ := strings.Cut(text, "=")
	if name != "concurrency" {
		return 0, usage("such as concurrency=4", "%q is not concurrency=N", text)
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return 0, usage("such as concurrency=4", "concurrency=%s: must be an integer, 1 or more", value)
	}
	return n, nil
}

// askRun asks a run that goes on for something: ask does so of a run on Temporal, and c is for another process. The caller closes the workspace and the run.
func askRun(ctx context.Context, e env, id string, o controlOptions, c store.Control, check func(*host.Past) error, ask func(named) error) (*host.Workspace, named, error) {
	w, err := openRuns(e, o.dir)
	if err != nil {
		return nil, named{}, err
	}
	n, err := whichever(ctx, e, w, id, o.last, store.Run.GoesOn, "no run goes on")
	if err == nil {
		err = n.goesOn()
	}
	if err == nil {
		err = check(n.past)
	}
	if err == nil && n.run != nil {
		err = ask(n)
	} else if err == nil {
		var history *store.Store
		if history, err = w.History(); err == nil {
			err = history.Ask(ctx, n.past.Run.ID, c)
		}
	}
	if err != nil {
		n.close()
		return nil, named{}, errors.Join(err, w.Close())
	}
	return w, n, nil
}

// goesOn returns an error if a run does not go on.
func goesOn(r store.Run) error {
	switch {
	case r.GoesOn():
		return nil
	case isResumable(r):
		return usage("flowdeck resume "+r.ID+" goes on with it", "run %s is %s", r.ID, r.Status)
	}
	return usage("flowdeck runs show "+r.ID+" shows it", "run %s has ended: %s", r.ID, strings.ReplaceAll(string(r.Status), "_", " "))
}

func setConcurrency(ctx context.Context, e env, id string, o controlOptions, stream string, number int) error {
	w, n, err := askRun(ctx, e, id, o, store.Control{Kind: store.Concurrency, Value: number, Stream: stream}, func(p *host.Past) error {
		if _, known := p.Report.Streams[stream]; stream != "" && !known {
			hint := words.Hint("loops", stream, p.Report.Order)
			if len(p.Report.Order) == 0 {
				hint = "none has started yet; try again"
			}
			return usage(hint, "run %s has no loop %q so far", p.Run.ID, stream)
		}
		return nil
	}, func(n named) error {
		streams := n.past.Report.Outer()
		if stream != "" {
			streams = []string{stream}
		}
		if err := n.run.MayGoOn(); err != nil {
			return err
		}
		if len(streams) == 0 {
			return usage("none has started yet; try again", "run %s has no loop so far", n.run.ID)
		}
		return n.run.SetWidth(ctx, streams, number)
	})
	if err != nil {
		return err
	}
	defer n.close()
	of := "its loops"
	if stream != "" {
		of = stream
	}
	fmt.Fprintf(e.err, "%s: at most %s records of %s in flight\n", n.past.Run.ID, terminal.Thousands(number), terminal.OneLine(e.err, of))
	return w.Close()
}

// askToEnd asks a run to stop or pause, and waits until it has.
func askToEnd(ctx context.Context, e env, id string, o controlOptions, kind store.ControlKind) (err error) {
	ctx, _, stop := interrupts(ctx)
	defer stop()
	w, n, err := askRun(ctx, e, id, o, store.Control{Kind: kind}, func(p *host.Past) error {
		if kind == store.Pause && p.Run.Counted {
			return usage("flowdeck stop "+p.Run.ID+" ends it", "run %s was started with --no-history: it cannot be resumed, so it cannot be paused", p.Run.ID)
		}
		return nil
	}, func(n named) error {
		if kind == store.Pause {
			return n.run.Pause(ctx, cmp.Or(whoami(), "`flowdeck pause`"), "")
		}
		return n.run.Stop(ctx, cmp.Or(whoami(), "`flowdeck stop`"))
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	defer n.close()
	p := n.past
	if o.noWait {
		fmt.Fprintf(e.err, "%s: was asked to %s\n", p.Run.ID, kind)
		return nil
	}
	fmt.Fprintf(e.err, "%s: waiting until the records in flight have finished%s; Ctrl-C ends the waiting only\n", p.Run.ID, inFlight(p))
	run, err := n.until(ctx, e, w, kind)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return err
	}
	fmt.Fprintf(e.err, "%s: %s\n", run.ID, strings.ReplaceAll(string(run.Status), "_", " "))
	if isResumable(run) && (n.run == nil || run.Status == store.Paused) {
		terminal.Hint(e.err, "flowdeck resume "+run.ID+" goes on with it")
	}
	return nil
}

// until waits until a run has stopped or paused.
func (n named) until(ctx context.Context, e env, w *host.Workspace, kind store.ControlKind) (store.Run, error) {
	if n.run == nil {
		return untilEnded(ctx, w, n.past.Run.ID)
	}
	said := ""
	past, err := n.run.Follow(ctx, func(now *host.Past, _ []string) bool {
		if why := now.Run.Reason; why != said && machines.Silent(why) {
			said = why
			fmt.Fprintf(e.err, "%s: %s; 'flowdeck worker' starts one\n", now.Run.ID, terminal.OneLine(e.err, why))
		}
		return kind != store.Pause || !n.run.Pauses()
	})
	if err != nil {
		return store.Run{}, err
	}
	return past.Run, nil
}

// inFlight returns the number of records in flight, as the end of a phrase.
func inFlight(p *host.Past) string {
	var each []string
	for _, name := range p.Report.Order {
		c := p.Report.Streams[name]
		if n := c.Read - c.Finished(); n > 0 {
			each = append(each, fmt.Sprintf("%s of %s", terminal.Thousands(n), name))
		}
	}
	if len(each) == 0 {
		return ""
	}
	return ": " + strings.Join(each, ", ")
}

// untilEnded waits until a run does not go on any more.
func untilEnded(ctx context.Context, w *host.Workspace, id string) (store.Run, error) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		run, err := w.RunNamed(ctx, id)
		if err != nil || !run.GoesOn() {
			return run, err
		}
		select {
		case <-ctx.Done():
			return run, engine.ErrCanceled
		case <-tick.C:
		}
	}
}
