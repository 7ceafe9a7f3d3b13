package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/inputs"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

type runOptions struct {
	dir         string
	inputs      []string
	inputFiles  []string
	connections []string
	json        bool
	verbose     int // 1 prints the tree of steps, 2 everything
	dryRun      bool
	max         []string
	only        []string
	maxChanges  []string
	plan        string
	yes         bool
	noHistory   bool
	on          string // where the run goes on: temporal; empty: in this process
	detach      bool   // does not wait for its end
}

func runCommand(e env) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run [FLOW]",
		Short: "Run a flow to its end",
		Long: `Run a flow to its end.

FLOW is the name of a flow in the workspace, a FILE with one flow, or FILE#NAME. The workspace is the folder of -C or,
without it, the nearest folder upwards with a flowdeck.yaml. Without FLOW, on a terminal, a list shows the flows to
choose from. 'flowdeck run FLOW --help' shows the inputs of a flow.

Before a flow writes to an org that is not simulated, it shows what a dry run would write and asks once. --yes skips
the question, and is required where nobody can be asked: if standard input, output or error is not a
terminal, in CI, and with --json. Such an org is
announced as REAL ORG, with --json on standard error.

Inputs come from --input and --input-file; --input wins. A .json or .yaml file has inputs by name. A .csv file, whose
first line has the names of the columns, has a line for each item of the flow's only list input. --input NAME=@FILE
reads one input from a file (@- reads standard input; @@ is a literal @). An input cannot be given twice by --input, nor by
two files. On a terminal, missing inputs are asked
for. Do not pass secrets on the command line, where others can read them: use a file, or wait to be asked.

--max and --only select records of the outermost loop. If a flow has several loops that are not inside of another one,
they need its name, as in --only people=KEY; the other loops process all their records, and so do loops inside of it.

--max-changes pauses the run when N changes were made and another write would follow, in the run itself or in one that it
starts. A change is a call of a card that changed something, or may have: not one that found the state as wanted or
certainly failed, and not a change of a table or file of the workspace. A record stops at the first write that is not allowed,
without its finally: 'flowdeck resume' goes on there, with --max-changes M for M more. 'limits' of a flow pause a run, too. A run that was killed keeps what is left of its limit. 0 allows no change, so that nothing is asked. A dry run
lists the first N writes.

On a terminal each stream has a progress bar, and a table at the end. Elsewhere, and with TERM=dumb or CI set, there
are plain lines: those about the progress start with 'progress: '. NO_COLOR disables color, CLICOLOR_FORCE=1 enables it in pipes. --json prints one object on standard
output, even if the run could not start; docs/run-json.md describes it.

--plan FILE runs the flow of a plan that 'flowdeck plan --out FILE' has written, with its inputs, connections and records. A secret input is
given again. A write that is not in the plan, or whose state before is another now, is not made: it fails with the code
stale_plan, and the end of the run lists what differed. What the plan could not know may have any value. If the flow has
changed, or a connection leads to another org, nothing runs. The flow sees the time at which the plan was made as now().

--on temporal starts the run on the Temporal server of the workspace, where 'flowdeck worker' on several machines goes on with
it, also if this one ends: see docs/runs.md. --detach prints the id of the run, and does not wait for its end.

A run is kept in .flowdeck/journal.db: 'flowdeck resume' goes on with a run that was stopped, killed or paused, and
'flowdeck runs' shows what it did.

Ctrl-C stops the run cleanly: no new record starts, and records in flight finish. A second Ctrl-C cuts them off. The
run also stops cleanly when the terminal is closed, unless it runs under nohup, and when nobody reads its output.

Exit codes: 0 succeeded or skipped, 1 failed, 2 wrong usage, 3 problems in the flow, 4 connection,
5 paused, 6 succeeded with errors, 130 interrupted.`,
		Example: `  flowdeck run suspend-idle-members --input group=Contractors --input days=60
  flowdeck run suspend-idle-members --input group=Contractors --dry-run
  flowdeck run suspend-idle-members --input group=Contractors --max 10
  flowdeck run suspend-idle-members --input group=Contractors --max-changes 10
  flowdeck run --plan plan.json
  flowdeck run flows/suspend-idle-members.yaml --input group=Contractors --connection okta=prod
  flowdeck run onboard-user --input-file joan.yaml
  flowdeck run -C flows suspend-idle-members --input group=Contractors --json | jq .streams`,
		SuggestFor:        []string{"exec", "execute", "start"},
		Args:              atMostOne("FLOW"),
		ValidArgsFunction: completeFlow(e, &o.dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runFlow(cmd.Context(), e, strings.Join(args, ""), o)
		},
	}
	flags := cmd.Flags()
	workspaceFlag(cmd, &o.dir)
	startFlags(cmd, e, &o)
	flags.BoolVar(&o.json, "json", false, "print one JSON object on standard output, and nothing else")
	flags.BoolVar(&o.dryRun, "dry-run", false, "make every read and no write; list the writes")
	maxChangesFlag(flags, &o)
	flags.StringVar(&o.plan, "plan", "", "hold the run to the plan in `FILE`, which also has the flow and its inputs")
	flags.BoolVarP(&o.yes, "yes", "y", false, "write to an org that is not simulated, without asking")
	flags.BoolVar(&o.noHistory, "no-history", false, "keep only counts, no results files: the run cannot be resumed, and nobody sees later what it did to whom")
	flags.StringVar(&o.on, "on", "", "run it `WHERE` several machines work on it: temporal")
	flags.BoolVar(&o.detach, "detach", false, "with --on: print the id of the run, and do not wait for its end")
	flags.CountVarP(&o.verbose, "verbose", "v", "show steps as they end, failures and retries; -vv logs every step of every record, and every request")
	completes(cmd, "on", cobra.FixedCompletions([]string{"temporal"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// startFlags adds the flags that say what a run is of: its inputs, its connections and its records.
func startFlags(cmd *cobra.Command, e env, o *runOptions) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.inputs, "input", "i", nil, "an input of the flow, as `NAME=VALUE` or NAME=@FILE; may be repeated")
	flags.StringArrayVar(&o.inputFiles, "input-file", nil, "inputs from a .json, .yaml or .csv `FILE`; - is JSON or YAML on standard input; may be repeated")
	flags.StringArrayVar(&o.connections, "connection", nil, "use a connection for a service, as `SERVICE=NAME`; may be repeated")
	flags.StringArrayVar(&o.max, "max", nil, "process at most `N` records of the outermost loop, or of LOOP as LOOP=N")
	flags.StringArrayVar(&o.only, "only", nil, "process only the record with this `KEY` of the outermost loop, or of LOOP as LOOP=KEY; may be repeated")
	helpWithFlow(cmd, e, &o.dir)
	completes(cmd, "input", completeInput(e, &o.dir, &o.inputs))
	completes(cmd, "connection", completeChoice(e, &o.dir))
}

// runFlow runs a flow and prints its report. If arg is empty, it asks for a flow.
func runFlow(ctx context.Context, e env, arg string, o runOptions) (err error) {
	if err := o.mayBeOn(); err != nil {
		return unstarted(e, arg, o, err)
	}
	if o.plan != "" {
		return runPlan(ctx, e, arg, o)
	}
	if arg == "" {
		if arg, err = whichFlow(ctx, e, o); err != nil {
			return unstarted(e, arg, o, err)
		}
	}
	order, err := takeOrder(ctx, e, arg, o)
	if err != nil {
		return unstarted(e, arg, o, err)
	}
	return playFlow(ctx, e, arg, order, o)
}

// playFlow runs the flow of an order, and prints the report: under the name arg if it was not run.
func playFlow(ctx context.Context, e env, arg string, order *order, o runOptions) error {
	ctx, left := context.WithCancelCause(ctx)
	defer left(nil)
	s := terminal.NewScreen(e.screen, e.lookup, e.veil.Text, func() { left(errInterrupted) })
	play := order.play
	if o.on != "" {
		play = order.send
	}
	report, err := play(ctx, e, s, o)
	if errors.Is(err, errOnlyShown) || errors.Is(err, errDetached) {
		return nil
	}
	if report == nil {
		return unstarted(e, arg, o, err)
	}
	return finish(e, s, report, o, err)
}

// finish prints the report of a run. err is an error that happened after it.
func finish(e env, s *terminal.Screen, report *host.Report, o runOptions, err error) error {
	code := exitOfRun(report.Status)
	if report.Interrupted() && report.Status != store.Paused {
		code = exitInterrupted
	}
	if o.json {
		err = errors.Join(err, printJSON(e.data, report)) // output stores the error of a write
	} else {
		terminal.Report(s, e.out, report.Hidden())
	}
	switch {
	case err != nil:
	case code != exitOK:
		err = &exit{code: code}
	}
	return err
}

// unstarted prints, with --json, the report of a flow that was not run. It returns the error, which the caller
// prints.
func unstarted(e env, arg string, o runOptions, err error) error {
	if o.json {
		_ = printJSON(e.data, host.NotRun(arg, err, e.veil)) // output stores the error of a write
	}
	return err
}

// asksForJSON reports whether arguments that cobra could not parse contain --json.
func asksForJSON(args []string) bool {
	asks := false
	for _, arg := range args {
		switch value, given := strings.CutPrefix(arg, "--json="); {
		case arg == "--":
			return asks
		case arg == "--json":
			asks = true
		case given:
			asks, _ = strconv.ParseBool(value)
		}
	}
	return asks
}

// order is a checked flow with its inputs, before any connection is open.
type order struct {
	workspace *host.Workspace
	flow      *host.Checked
	start     engine.Start             // its inputs and picks
	plan      *host.Plan               // to which the run is held; nil for none
	most      *int                     // the changes that it may make; nil for no limit
	allow     map[engine.Measure]int64 // what a run that goes on may do in all; of the time, in nanoseconds
	resume    *host.Resume             // nil for a new run
	latest    bool                     // the run goes on with the flow as it is now
	undo      *host.Undo               // the run takes another one back; nil: it runs a flow
}

func takeOrder(ctx context.Context, e env, arg string, o runOptions) (*order, error) {
	w, f, err := checkFlow(e, o.dir, arg, o.connections)
	if err != nil {
		return nil, err
	}
	picks, err := readPicks(f.Plan, o.max, o.only)
	if err != nil {
		return nil, err
	}
	most, err := readMaxChanges(o.maxChanges)
	if err != nil {
		return nil, err
	}
	given, err := inputs.Read(f.Plan, o.inputFiles, o.inputs, e.in, e.err)
	if err != nil {
		return nil, badInput(err)
	}
	if missing := inputs.Missing(f.Plan, given); len(missing) > 0 {
		asked := person(e, o.json)
		if asked == nil {
			return nil, badInput(inputs.MissingError(f.Plan, missing))
		}
		if err := askInputs(ctx, e, asked, w, f, given); err != nil {
			return nil, err
		}
	}
	return &order{workspace: w, flow: f, most: most, start: engine.Start{Inputs: given, Picks: picks, DryRun: o.dryRun}}, nil
}

// play opens the connections and runs the flow. The report is nil if the flow was not run. If both results are set,
// the error happened after the run.
func (d *order) play(ctx context.Context, e env, s *terminal.Screen, o runOptions) (report *host.Report, err error) {
	ctx, abort, stop := interrupts(ctx, syscall.SIGHUP)
	defer stop()
	defer survivePipes()()
	log := terminal.NewLog(s, logLevel(o.verbose))
	m, err := monitor(ctx, e, d.workspace, log)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	if o.verbose > 1 {
		d.workspace.ShowRequests(terminal.Requests(log))
	}
	conns, err := d.workspace.Connect(ctx, d.flow.Uses())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conns.Close(), d.workspace.Close()) }()
	d.announce(s, conns, o)
	run := host.Run{
		Flow: d.flow, Connections: conns, Start: d.start,
		NoHistory: o.noHistory, Resume: d.resume, MaxChanges: d.most, Allow: d.allow, Plan: d.plan,
		Abort: abort, Log: log, PauseToAsk: person(e, o.json) == nil,
	}
	run.Listen = func(b host.Begun) []host.Listener {
		all := listeners(b, s, log, conns, o)
		if !run.PauseToAsk && !b.DryRun {
			all = append(all, terminal.Asks(s, b.Run))
		}
		return all
	}
	run.Queued = func(why string) { fmt.Fprintln(s, "waiting: "+why) }
	confirm := d.confirm
	if d.resume != nil {
		confirm = d.confirmMore
	}
	if d.undo != nil {
		confirm = d.confirmUndo
	}
	if err := confirm(ctx, e, s, o, run); err != nil {
		return nil, err
	}
	run.Plan = d.plan
	return d.run(ctx, s, o, run)
}

// announce prints which orgs the run reaches. With --json, it prints those that are not simulated, before a run that may write.
func (d *order) announce(s *terminal.Screen, conns *host.Connections, o runOptions) {
	if !o.json || d.flow.Plan.Writes() && !o.dryRun && !d.start.DryRun {
		terminal.Announce(s, conns, o.json)
	}
	switch {
	case o.json:
	case d.start.Plan:
		fmt.Fprintln(s, "plan: reads are made, writes are not")
	case o.dryRun:
		fmt.Fprintln(s, "dry run: reads are made, writes are not; 'flowdeck plan' also reads what each write would change")
	}
}

// listeners returns the listeners that show the progress of a run. A run that was started by another run is only
// logged.
func listeners(b host.Begun, s *terminal.Screen, log *slog.Logger, conns *host.Connections, o runOptions) (all []host.Listener) {
	if !o.json && !b.Started {
		all = append(all, terminal.Progress(s, b.Watch, conns.Waited))
	}
	switch {
	case o.verbose > 1:
		all = append(all, terminal.Logged(log))
	case o.verbose == 1:
		all = append(all, terminal.Steps(s, b))
	}
	return all
}

// run runs the flow, and prints a message as soon as a Ctrl-C arrives.
func (d *order) run(ctx context.Context, s *terminal.Screen, o runOptions, run host.Run) (*host.Report, error) {
	if !o.json {
		defer context.AfterFunc(ctx, func() {
			fmt.Fprintln(s, "stopping: no new record starts, records in flight finish; press Ctrl-C again to cut them off")
		})()
		defer context.AfterFunc(run.Abort, func() { fmt.Fprintln(s, "cutting off records in flight") })()
	}
	return d.workspace.Run(ctx, run)
}
