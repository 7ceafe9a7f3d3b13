package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine"
)

type runOptions struct {
	dir         string
	inputs      []string
	inputFile   string
	connections []string
	json        bool
	verbose     bool
	dryRun      bool
	max         int
	only        string
	yes         bool
}

func runCommand(e env) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run FLOW",
		Short: "Run a flow to its end",
		Long: `Run a flow to its end.

FLOW is the name of a flow in the workspace, a FILE with one flow in it, or FILE#NAME.
The workspace is the folder of -C, or the first one upwards with a flowdeck.yaml.

On an org that is not simulated a flow that writes shows what a dry run would write, and asks once; --yes goes
on without. Where nobody can be asked, --yes is required.

Inputs come from --input, which beats --input-file. A .json or .yaml file holds them by name; a .csv file, whose first
line names the columns, has a line for each item of the one input that is a list. --input NAME=@FILE reads a single
input from a file (@- from standard input; @@ begins a text with an @). What is missing is asked for on a terminal.
A secret input is best left to be asked for, or read from a file: command lines are kept and seen.

Ctrl-C stops the run cleanly: no new record begins, those in flight finish. A second Ctrl-C cuts them off.

Exit codes: 0 succeeded or skipped, 1 failed, 2 wrong usage, 3 problems in the flow, 4 connection,
6 succeeded with errors, 130 interrupted.`,
		Example: `  flowdeck run suspend-idle-members --input group=Contractors --input days=60
  flowdeck run suspend-idle-members --input group=Contractors --dry-run
  flowdeck run suspend-idle-members --input group=Contractors --max 10
  flowdeck run flows/suspend-idle-members.yaml --input group=Contractors --connection okta=prod
  flowdeck run onboard --input-file people.csv
  flowdeck run -C flows suspend-idle-members --input group=Contractors --json | jq .streams`,
		Args:              exactlyOne("FLOW"),
		ValidArgsFunction: completeFlow(&o.dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runFlow(cmd.Context(), e, args[0], o)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.dir, "dir", "C", "", "the workspace's folder")
	flags.StringArrayVarP(&o.inputs, "input", "i", nil, "an input of the flow, as name=value or name=@FILE; may be repeated")
	flags.StringVar(&o.inputFile, "input-file", "", "inputs from a .json, .yaml or .csv file; - is standard input")
	flags.StringArrayVar(&o.connections, "connection", nil, "the connection to use for a service, as service=name; may be repeated")
	flags.BoolVar(&o.json, "json", false, "print one JSON object on standard output, and nothing else")
	flags.BoolVar(&o.dryRun, "dry-run", false, "make every read and no write; list the writes")
	flags.IntVar(&o.max, "max", 0, "begin only so many records of each stream")
	flags.StringVar(&o.only, "only", "", "begin only the record with this key")
	flags.BoolVarP(&o.yes, "yes", "y", false, "write to an org that is not simulated without being asked")
	flags.BoolVarP(&o.verbose, "verbose", "v", false, "log every step and every retry")
	return cmd
}

func exactlyOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return usage(cmd.CommandPath()+" --help", "%s takes one %s, and there are %d", cmd.Name(), what, len(args))
	}
}

func runFlow(ctx context.Context, e env, arg string, o runOptions) error {
	if o.max < 0 {
		return usage("", "--max %d: it must be 1 or more", o.max)
	}
	w, f, err := openFlow(o.dir, arg)
	if err != nil {
		return err
	}
	chosen, err := readChoices(o.connections)
	if err != nil {
		return err
	}
	plan, planned, err := w.plan(f, chosen, e.err)
	if err != nil {
		return err
	}
	inputs, err := readInputs(e, plan, o.inputFile, o.inputs)
	if err != nil {
		return err
	}
	if lacks := missing(plan, inputs); len(lacks) > 0 {
		if o.json || !canAsk(e) {
			return missingError(plan, lacks)
		}
		if err := askInputs(ctx, e, w, plan, chosen, inputs); err != nil {
			return err
		}
	}
	hidden := newVeil(plan, inputs)
	e = hidden.over(e, o.json)

	ctx, abort, stop := interrupts(ctx)
	defer stop()
	conns, err := openConnections(ctx, e, w, plan.Uses(chosen))
	if err != nil {
		return err
	}
	if !o.json {
		conns.announce(e.err)
		if o.dryRun {
			fmt.Fprintln(e.err, "dry run: every read is made, and no write")
		}
	}
	r := &runner{
		options: o, err: e.err, dir: filepath.Join(w.state(), "runs"), log: newLog(e, o.verbose),
		conns: conns, planned: planned, ctx: ctx, abort: abort,
	}
	if hidden != nil {
		r.hide = hidden.json
	}
	start := engine.Start{Run: newRunID(), By: conns.by(), Inputs: inputs, Connections: chosen, Max: o.max, Only: o.only}
	if err := r.confirm(e, plan, start); err != nil {
		return errors.Join(err, conns.close())
	}
	if o.dryRun {
		r.dry = &dryRun{Writes: []write{}}
	}
	start.Run = newRunID() // the dry run before has the other
	report := r.run(plan, start)
	report.Started = r.wait()
	if r.dry != nil {
		r.dry.sort()
		report.DryRun = r.dry
	}
	if o.json {
		err = report.json(e.out)
	} else {
		report.text(e.err, e.out)
	}
	if err = errors.Join(err, conns.close()); err != nil {
		return &exit{code: exitFailed, err: err}
	}
	if code := report.exitCode(); code != exitOK {
		return &exit{code: code}
	}
	return nil
}

// readChoices makes the connection for each service of `--connection service=name`.
func readChoices(given []string) (map[string]string, error) {
	chosen := map[string]string{}
	for _, pair := range given {
		service, name, ok := strings.Cut(pair, "=")
		if !ok || service == "" || name == "" {
			return nil, usage("such as --connection okta=prod", "--connection %q is not service=name", pair)
		}
		if _, ok := cards.Services()[service]; !ok {
			return nil, usage("services: okta", "there is no service %q", service)
		}
		chosen[service] = name
	}
	return chosen, nil
}
