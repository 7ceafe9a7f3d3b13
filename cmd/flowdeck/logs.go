package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/keep"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/words"
)

type logsOptions struct {
	dir                string
	last, follow, json bool
}

func logsCommand(e env) *cobra.Command {
	var o logsOptions
	cmd := &cobra.Command{
		Use:   "logs [RUN]",
		Short: "Print what happened in a run, with times",
		Long: `Print what happened in a run, with times: the steps outside of loops as they end, the first record that failed with each
message and how many others did, retries, the time that the run has waited on rate limits, writes that may have been done, and when it was stopped, paused and resumed. -f
goes on until the run ends.

The log of a run is in its folder. It has at most 20,000 lines for each time that the run was started or resumed, and 1,000 of
retries. 'flowdeck results' has a line for each record.

--json prints the lines as they are: a JSON object each, with time, event, and step, verb, card, status, seconds, attempt,
wait, count and message if they apply.

Exit codes: 0 done, 2 wrong usage, also if the run has no log.`,
		Example: `  flowdeck logs --last
  flowdeck logs 20260308-015900 -f
  flowdeck logs --last --json | jq -r 'select(.event == "retry") | .message'`,
		SuggestFor:        []string{"log"},
		Args:              atMostOne("RUN"),
		ValidArgsFunction: completeRun(e, &o.dir, anyRun),
		RunE: func(cmd *cobra.Command, args []string) error {
			return printLog(cmd.Context(), e, strings.Join(args, ""), o)
		},
	}
	workspaceFlag(cmd, &o.dir)
	cmd.Flags().BoolVar(&o.last, "last", false, "of the last run")
	cmd.Flags().BoolVarP(&o.follow, "follow", "f", false, "go on until the run ends")
	cmd.Flags().BoolVar(&o.json, "json", false, "print the lines as JSON")
	return cmd
}

func printLog(ctx context.Context, e env, id string, o logsOptions) (err error) {
	ctx, _, stop := interrupts(ctx)
	defer stop()
	w, p, err := openPast(ctx, e, o.dir, id, o.last)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	lines, err := w.Log(p.Run.ID)
	if errors.Is(err, fs.ErrNotExist) {
		return usage("", "run %s has no log: its folder was removed, or it was started with --no-history", p.Run.ID)
	}
	if err != nil {
		return err
	}
	defer lines.Close()
	s := terminal.NewStyles(e.lookup, e.out)
	show := func(line []byte) error {
		if o.json {
			_, err := e.data.Write(append(words.VisibleJSON(line), '\n'))
			return err
		}
		var l host.LogLine
		if json.Unmarshal(line, &l) == nil { // a line of a newer version may have another form
			terminal.LogLine(e.out, s, l)
		}
		return nil
	}
	run, err := followLog(ctx, w, p, lines, show, o.follow)
	if err == nil && o.follow && run.Status == store.Interrupted {
		fmt.Fprintf(e.err, "%s: interrupted: its process has ended\n", run.ID)
		if isResumable(run) {
			terminal.Hint(e.err, "flowdeck resume "+run.ID+"  goes on with it")
		}
	}
	return err
}

// followLog calls show for each line. If follow is set, it goes on until the run ends. It returns the run as it was
// last.
func followLog(ctx context.Context, w *host.Workspace, p *host.Past, lines *keep.Lines, show func([]byte) error, follow bool) (store.Run, error) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for run := p.Run; ; {
		ended := !run.GoesOn() // before the last lines are read
		for {
			line, err := lines.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil {
				err = show(line)
			}
			if err != nil {
				return run, err
			}
		}
		if !follow || ended {
			return run, nil
		}
		select {
		case <-ctx.Done():
			return run, context.Cause(ctx)
		case <-tick.C:
		}
		var err error
		if run, err = w.RunNamed(ctx, run.ID); err != nil {
			return run, err
		}
	}
}
