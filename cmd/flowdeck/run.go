package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/inputs"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/veil"
)

type runOptions struct {
	dir         string
	inputs      []string
	inputFile   string
	connections []string
	json        bool
	verbose     int // 1: the tree of steps; 2: everything
	dryRun      bool
	max         int
	only        string
	yes         bool
}

func runCommand(e env) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run [FLOW]",
		Short: "Run a flow to its end",
		Long: `Run a flow to its end.

FLOW is the name of a flow in the workspace, a FILE with one flow in it, or FILE#NAME.
The workspace is the folder of -C, or the first one upwards with a flowdeck.yaml. Without FLOW a terminal shows the
flows to choose from. 'flowdeck run FLOW --help' says what a flow takes.

On an org that is not simulated a flow that writes shows what a dry run would write, and asks once; --yes goes
on without. Where nobody can be asked, --yes is required.

Inputs come from --input, which beats --input-file. A .json or .yaml file holds them by name; a .csv file, whose first
line names the columns, has a line for each item of the one input that is a list. --input NAME=@FILE reads a single
input from a file (@- from standard input; @@ begins a text with an @). What is missing is asked for on a terminal.
A secret input is best left to be asked for, or read from a file: command lines are kept and seen.

On a terminal each stream has a bar while the run goes on, and a table at its end; elsewhere, with TERM=dumb or CI
set, there are plain lines. NO_COLOR takes the colours away, CLICOLOR_FORCE=1 keeps them in a pipe. --json prints one
object on standard output, also when the run could not begin; docs/run-json.md says what is in it.

Ctrl-C stops the run cleanly: no new record begins, those in flight finish. A second Ctrl-C cuts them off. A terminal
that is closed stops it cleanly too, and so does a pipe that nobody reads any more; nohup lets it go on.

Exit codes: 0 succeeded or skipped, 1 failed, 2 wrong usage, 3 problems in the flow, 4 connection,
6 succeeded with errors, 130 interrupted.`,
		Example: `  flowdeck run suspend-idle-members --input group=Contractors --input days=60
  flowdeck run suspend-idle-members --input group=Contractors --dry-run
  flowdeck run suspend-idle-members --input group=Contractors --max 10
  flowdeck run flows/suspend-idle-members.yaml --input group=Contractors --connection okta=prod
  flowdeck run onboard-user --input-file joan.yaml
  flowdeck run -C flows suspend-idle-members --input group=Contractors --json | jq .streams`,
		SuggestFor:        []string{"exec", "execute", "start"},
		Args:              atMostOne("FLOW"),
		ValidArgsFunction: completeFlow(&o.dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("max") && o.max < 1 {
				return unstarted(e, strings.Join(args, ""), o, usage("", "--max %d: it must be 1 or more", o.max))
			}
			return runFlow(cmd.Context(), e, strings.Join(args, ""), o)
		},
	}
	flags := cmd.Flags()
	workspaceFlag(cmd, &o.dir)
	flags.StringArrayVarP(&o.inputs, "input", "i", nil, "an input of the flow, as `NAME=VALUE` or NAME=@FILE; may be repeated")
	flags.StringVar(&o.inputFile, "input-file", "", "inputs from a .json, .yaml or .csv `FILE`; - is JSON or YAML on standard input")
	flags.StringArrayVar(&o.connections, "connection", nil, "the connection to use for a service, as `SERVICE=NAME`; may be repeated")
	flags.BoolVar(&o.json, "json", false, "print one JSON object on standard output, and nothing else")
	flags.BoolVar(&o.dryRun, "dry-run", false, "make every read and no write; list the writes")
	flags.IntVar(&o.max, "max", 0, "begin only `N` records of each stream")
	flags.StringVar(&o.only, "only", "", "begin only the record with this `KEY`")
	flags.BoolVarP(&o.yes, "yes", "y", false, "write to an org that is not simulated without being asked")
	flags.CountVarP(&o.verbose, "verbose", "v", "show each step as it ends, failures and retries; -vv logs every step of every record")
	helpWithFlow(cmd, e, &o.dir)
	completes(cmd, "input", completeInput(&o.dir, &o.inputs))
	completes(cmd, "connection", completeChoice(&o.dir))
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

// runFlow runs a flow and prints what came of it. Where arg names none, it asks for one.
func runFlow(ctx context.Context, e env, arg string, o runOptions) (err error) {
	if arg == "" {
		if arg, err = whichFlow(ctx, e, o); err != nil {
			return unstarted(e, arg, o, err)
		}
	}
	order, err := takeOrder(ctx, e, arg, o)
	if err != nil {
		return unstarted(e, arg, o, err)
	}
	s, out := newScreen(e, order.veil), order.veil.Over(e.out, o.json)
	report, err := order.play(ctx, e, s, o)
	switch {
	case report == nil:
		return unstarted(e, arg, o, err)
	case o.json:
		err = errors.Join(err, printJSON(out, report))
	default:
		report.text(s, out)
		if o.only != "" && report.exitCode() == exitOK && report.records() == 0 {
			fmt.Fprintf(s, "--only %s: no record of a stream has this key\n", o.only)
		}
	}
	if err == nil && report.exitCode() != exitOK {
		err = &exit{code: report.exitCode()}
	}
	return err
}

// unstarted prints the object of a flow that was not run, if one is asked for. It gives the error back, to be told.
func unstarted(e env, arg string, o runOptions, err error) error {
	if o.json {
		err = errors.Join(err, printJSON(e.out, notRun(arg, err)))
	}
	return err
}

// order is what a person asked to run, found and checked: nothing is opened yet.
type order struct {
	workspace *workspace
	plan      *engine.Plan
	planned   func(flow string) *engine.Plan
	chosen    map[string]string // connections, by service
	inputs    map[string]engine.Value
	veil      *veil.Veil // the interpreter reports what it has to learn
}

func takeOrder(ctx context.Context, e env, arg string, o runOptions) (*order, error) {
	w, f, err := openFlow(o.dir, arg)
	if err != nil {
		return nil, err
	}
	chosen, err := readChoices(o.connections)
	if err != nil {
		return nil, err
	}
	plan, planned, err := w.plan(f, chosen, e.err)
	if err != nil {
		return nil, err
	}
	given, err := inputs.Read(plan, o.inputFile, o.inputs, e.in, e.err)
	if err != nil {
		return nil, badInput(err)
	}
	if lacks := inputs.Missing(plan, given); len(lacks) > 0 {
		if o.json || !canAsk(e) {
			return nil, badInput(inputs.MissingError(plan, lacks))
		}
		if err := askInputs(ctx, e, w, plan, chosen, given); err != nil {
			return nil, err
		}
	}
	return &order{workspace: w, plan: plan, planned: planned, chosen: chosen, inputs: given, veil: veil.New()}, nil
}

// badInput is wrong usage, in the words of package inputs.
func badInput(err error) error {
	told := (*inputs.Error)(nil)
	if !errors.As(err, &told) {
		return err
	}
	return &exit{code: exitUsage, err: told.Err, hint: told.Hint}
}

// play opens the connections and runs the flow. The report is nil if it was not run; with a report the error is of
// what came after the run.
func (d *order) play(ctx context.Context, e env, s *screen, o runOptions) (*report, error) {
	files, err := os.OpenRoot(d.workspace.dir) // no path or link of a flow leads out of it
	if err != nil {
		return nil, usage("", "the workspace cannot be opened: %v", err)
	}
	defer files.Close()

	run, runs := newRunID(), fromHere(filepath.Join(d.workspace.state(), "runs"))
	if d.plan.Loops() { // what cannot keep its results must not begin to write
		folder := filepath.Join(runs, run)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, &exit{code: exitFailed, err: fmt.Errorf("keep the results of the flow's loops: %w", err), hint: "they go into .flowdeck, in the workspace's folder"}
		}
		defer os.Remove(folder) // if nothing came into it
	}

	ctx, abort, stop := interrupts(ctx, syscall.SIGHUP, syscall.SIGPIPE)
	defer stop()
	conns, err := openConnections(ctx, e, d.workspace, d.plan.Uses(d.chosen))
	if err != nil {
		return nil, err
	}
	if !o.json {
		conns.announce(s)
		if o.dryRun {
			fmt.Fprintln(s, "dry run: every read is made, and no write")
		}
	}
	r := &runner{
		options: o, screen: s, dir: runs, files: files.FS(), log: newLog(e, s, o.verbose > 1),
		conns: conns, planned: d.planned, ctx: ctx, abort: abort, veil: d.veil,
	}
	start := engine.Start{Run: newRunID(), By: conns.by(), Inputs: d.inputs, Connections: d.chosen, Max: o.max, Only: o.only}
	if err := r.confirm(e, d.plan, start); err != nil {
		return nil, errors.Join(err, conns.close())
	}
	if o.dryRun {
		r.dry = &dryRun{Writes: []write{}}
	}
	start.Run = run // the dry run before had another
	report := r.run(d.plan, start)
	report.Started = r.wait()
	if r.dry != nil {
		r.dry.sort()
		report.DryRun = r.dry
	}
	if err := conns.close(); err != nil {
		return report, &exit{code: exitFailed, err: err}
	}
	return report, nil
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
