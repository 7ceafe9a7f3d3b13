package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/inputs"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
)

type resumeOptions struct {
	runOptions
	last      bool
	did       []string
	latest    bool
	asStarted bool
	allow     []string
}

func resumeCommand(e env) *cobra.Command {
	var o resumeOptions
	cmd := &cobra.Command{
		Use:   "resume [RUN]",
		Short: "Go on with a run that was stopped, killed or paused",
		Long: `Go on with a run that was stopped, killed or paused.

RUN is the id of a run, or the start of it; 'flowdeck runs' lists them. What was done before is not done again: a step
that has a result keeps it, a stream goes on at the first record that has not ended, and a wait ends when it would have.

A write that had started when the process ended may have been done. If its card can find out, it does; if it is safe to
do it again, it is done again; otherwise the run pauses, and a person must look: --did STEP=yes means that the write was
done, --did STEP=no makes it (again). STEP is its place as the run names it, such as people[00u1].create, or people.create
for all records. What is said about one record wins. The answer is kept when the run goes on, and can be changed until it
has acted on it. For a run that has ended, such as one that failed, --did only keeps the answer, which
'flowdeck history' shows, and can always be changed.

Inputs with secrets are kept only if there is a keyring, or FLOWDECK_KEY was set; otherwise they are asked for again.

If the flow has changed since the run started, the differences are shown and nothing is done: --with-latest goes on with
the flow as it is now, --as-started with the flow as it was.

A run that paused at a limit of its flow goes on with --allow NAME=N: writes, destructive, steps or time, and how much the run may do
in all, with what it has done before. N replaces the limits of the flow from then on.

A run that paused at its --max-changes goes on without that limit, or with --max-changes M makes at most M more changes. Any
other run goes on with what is left of its limit, unless --max-changes sets another one. If it may do more than before in
an org that is not simulated, also with --with-latest, it asks; --yes answers, and is required where nobody can be asked. The question
shows what the run has done, which writes were begun, and the plan that still holds it, if there is one. It makes no new plan.

If the flow has 'runs' and others go on, the run waits for its turn. With 'busy: skip' or 'fail' nothing is done instead, with exit
code 1.

A run on Temporal that was paused goes on there, and is shown until its end; --did settles its writes in
doubt, and --max-changes and --allow only raise its limits.

Exit codes: those of 'flowdeck run'.`,
		Example: `  flowdeck resume --last
  flowdeck resume 20260308-015900-1f2e3d4c5b6a
  flowdeck resume --last --did people[00u1].create=yes
  flowdeck resume --last --max-changes 100
  flowdeck resume --last --allow writes=2000`,
		Args:              atMostOne("RUN"),
		ValidArgsFunction: completeRun(e, &o.dir, isResumable),
		RunE: func(cmd *cobra.Command, args []string) error {
			return resume(cmd.Context(), e, strings.Join(args, ""), o)
		},
	}
	flags := cmd.Flags()
	workspaceFlag(cmd, &o.dir)
	flags.BoolVar(&o.last, "last", false, "the last run that can be resumed")
	flags.StringArrayVar(&o.did, "did", nil, "whether a write that is in doubt was done, as `STEP=ANSWER`, yes or no; may be repeated")
	flags.StringArrayVarP(&o.inputs, "input", "i", nil, "an input with a secret that the history does not have, as `NAME=@FILE`; may be repeated")
	flags.StringArrayVar(&o.inputFiles, "input-file", nil, "inputs with secrets that the history does not have, from a .json or .yaml `FILE`")
	flags.BoolVar(&o.latest, "with-latest", false, "go on with the flow as it is now, if it has changed")
	flags.BoolVar(&o.asStarted, "as-started", false, "go on with the flow as it was, if it has changed")
	flags.StringArrayVar(&o.allow, "allow", nil, "a new limit of the run in all, with what it has done, as `NAME=N`, such as writes=2000; may be repeated")
	maxChangesFlag(flags, &o.runOptions)
	flags.BoolVarP(&o.yes, "yes", "y", false, "do more than before in an org that is not simulated, without asking")
	flags.BoolVar(&o.json, "json", false, "print one JSON object on standard output, and nothing else")
	flags.CountVarP(&o.verbose, "verbose", "v", "show steps as they end, failures and retries; -vv logs every step of every record, and every request")
	return cmd
}

// resume goes on with a run and prints its report.
func resume(ctx context.Context, e env, id string, o resumeOptions) error {
	if elsewhere, err := resumeElsewhere(ctx, e, id, o); elsewhere {
		return err
	} else if err != nil {
		return unstarted(e, id, o.runOptions, err)
	}
	order, err := takeUp(ctx, e, id, o)
	if err != nil {
		return unstarted(e, id, o.runOptions, err)
	}
	if order == nil { // only settled
		return nil
	}
	return playFlow(ctx, e, order.flow.Plan.Flow, order, o.runOptions)
}

// takeUp finds the run and checks its flow. It settles the writes of a run that has ended, and returns nil.
func takeUp(ctx context.Context, e env, id string, o resumeOptions) (*order, error) {
	decided, err := readDecisions(o.did)
	if err != nil {
		return nil, err
	}
	most, err := readMaxChanges(o.maxChanges)
	if err != nil {
		return nil, err
	}
	allow, err := readAllow(o.allow)
	if err != nil {
		return nil, err
	}
	if o.latest && o.asStarted {
		return nil, usage("choose one of them", "--with-latest and --as-started contradict each other")
	}
	which := host.Unchanged
	switch {
	case o.latest:
		which = host.Latest
	case o.asStarted:
		which = host.AsStarted
	}
	w, err := openRuns(e, o.dir)
	if err != nil {
		return nil, err
	}
	if id, err = whichRun(ctx, e, w, id, o.last, isResumable, "no run can be resumed"); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	if len(decided) > 0 {
		if ended, err := settleEnded(ctx, e, w, id, decided, o.json); ended || err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	in, checked, run, err := w.Resumed(ctx, id, which, decided)
	if changed := (*host.ChangedError)(nil); errors.As(err, &changed) {
		fmt.Fprint(e.err, changed.Changes)
		err = usage("--with-latest goes on with the flow as it is now, --as-started with the flow as it was", "%v", changed)
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	terminal.Problems(e.err, e.lookup, checked.Warnings, in.Source)
	if gone := run.Gone(); gone != "" {
		fmt.Fprintln(e.err, gone)
	}
	if run.Inputs, err = askAgain(ctx, e, in, checked, run.Lacks, o.runOptions); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return &order{workspace: in, flow: checked, resume: run, most: most, allow: allow, latest: o.latest}, nil
}

// settleEnded settles writes of a run that has ended. It reports false for another run.
func settleEnded(ctx context.Context, e env, w *host.Workspace, id string, decided []host.Decision, asJSON bool) (bool, error) {
	ended, err := w.SettleEnded(ctx, id, decided)
	if !ended || err != nil {
		return ended, err
	}
	p, err := w.Past(ctx, id)
	if err != nil {
		return true, err
	}
	if asJSON {
		return true, printJSON(e.data, p)
	}
	for _, d := range decided {
		was := "was not done"
		if d.Done {
			was = "was done"
		}
		fmt.Fprintf(e.err, "%s: %s %s\n", p.Run.ID, terminal.OneLine(e.err, d.Step), was)
	}
	return true, nil
}

// askAgain asks for the inputs with secrets that the history lacks, unless they are given.
func askAgain(ctx context.Context, e env, w *host.Workspace, f *host.Checked, lacks []engine.Input, o runOptions) (map[string]engine.Value, error) {
	if len(lacks) == 0 && len(o.inputs)+len(o.inputFiles) == 0 {
		return nil, nil
	}
	lacking := *f
	plan := *f.Plan
	plan.Inputs = lacks
	lacking.Plan = &plan
	given, err := inputs.Read(f.Plan, o.inputFiles, o.inputs, e.in, e.err)
	if err != nil {
		return nil, badInput(err)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, lacking := plan.Input(name); !lacking {
			return nil, usage("the run has the inputs with which it started: leave it out", "input %q cannot be given again", name)
		}
	}
	var missing []engine.Input
	for _, in := range plan.Inputs {
		if _, ok := given[in.Name]; !ok {
			missing = append(missing, in)
		}
	}
	if len(missing) > 0 {
		asked := person(e, o.json)
		if asked == nil {
			return nil, badInput(inputs.MissingError(&plan, missing))
		}
		if err := askInputs(ctx, e, asked, w, &lacking, given); err != nil {
			return nil, err
		}
	}
	return given, nil
}

// readDecisions parses the values of --did.
func readDecisions(given []string) (list []host.Decision, err error) {
	for _, text := range given {
		at := strings.LastIndexByte(text, '=')
		if at < 1 || text[at+1:] != "yes" && text[at+1:] != "no" {
			return nil, usage("such as --did people[00u1].create=yes", "--did %q is not STEP=yes or STEP=no", text)
		}
		list = append(list, host.Decision{Step: text[:at], Done: text[at+1:] == "yes"})
	}
	return list, nil
}
