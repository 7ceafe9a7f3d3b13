package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
)

type planOptions struct {
	runOptions
	out              string
	csv, markdown    bool
	detailedExitCode bool
}

func planCommand(e env) *cobra.Command {
	o := planOptions{runOptions: runOptions{dryRun: true}}
	cmd := &cobra.Command{
		Use:   "plan FLOW",
		Short: "Show what a run of a flow would change",
		Long: `Show what a run of a flow would change: every read is made and no write, and before each write that the run would make, the state
that it would change is read: one request more for each, paced as all are, and at most 100 for the names of what has only an id.
'flowdeck run --dry-run' lists the writes without these reads.

The writes are grouped by card, in the order of the run: people and groups by login and name, fields as 'department:
"Sales" → "Revenue"', + and - for what is created, added, deleted and removed, and ? where only the run will know. Calls that
would change nothing are counted as already so. Records of which it cannot be known what the run would do are listed as
undecidable, with the place and the reason, and steps that ask for an approval with the write before which they do.
Nothing is left out; on a terminal, a long plan is shown by $PAGER, or less.

--out keeps the plan in a file, to which 'flowdeck run --plan FILE' holds the run. The file has the digest of the flow, the org, the
inputs and who made it, and no secrets.

--json prints the plan as in the file, --csv a line for each field that changes, and --markdown the text for a comment on
a pull request.

In a plan, and in a run that is held to it, now(), uuid() and random() have the values of the plan.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 problems in the flow, 4 connection, 130 interrupted; with
--detailed-exitcode: 0 nothing would change, 1 any error, 2 something would change, or may.`,
		Example: `  flowdeck plan rename-department --input from=Sales --input to=Revenue
  flowdeck plan rename-department --input from=Sales --input to=Revenue --out plan.json
  flowdeck plan offboard-user --input user=grace.hopper@acme.example --markdown > comment.md
  flowdeck run --plan plan.json`,
		SuggestFor:        []string{"preview", "diff"},
		Args:              exactlyOne("FLOW"),
		ValidArgsFunction: completeFlow(e, &o.dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			err := planFlow(cmd.Context(), e, args[0], o)
			if o.detailedExitCode {
				err = detailed(err)
			}
			return err
		},
	}
	flags := cmd.Flags()
	workspaceFlag(cmd, &o.dir)
	startFlags(cmd, e, &o.runOptions)
	flags.StringVar(&o.out, "out", "", "keep the plan in `FILE`, for 'flowdeck run --plan'")
	flags.BoolVar(&o.json, "json", false, "print the plan as JSON on standard output, and nothing else")
	flags.BoolVar(&o.csv, "csv", false, "print a CSV line for each field that changes")
	flags.BoolVar(&o.markdown, "markdown", false, "print the plan as Markdown")
	flags.BoolVar(&o.detailedExitCode, "detailed-exitcode", false, "exit with 2 if something would change")
	flags.CountVarP(&o.verbose, "verbose", "v", "show steps as they end, failures and retries; -vv logs every step of every record, and every request")
	cmd.MarkFlagsMutuallyExclusive("json", "csv", "markdown")
	return cmd
}

// planFlow makes a plan of a flow, and prints or keeps it.
func planFlow(ctx context.Context, e env, flow string, o planOptions) error {
	run := o.runOptions
	run.json = o.json || o.csv || o.markdown // nothing is asked, and the output has only the plan
	order, err := takeOrder(ctx, e, flow, run)
	if err != nil {
		return err
	}
	order.start.Plan = true
	ctx, left := context.WithCancelCause(ctx)
	defer left(nil)
	s := terminal.NewScreen(e.screen, e.lookup, e.veil.Text, func() { left(errInterrupted) })
	report, err := order.play(ctx, e, s, run)
	if err != nil {
		return err
	}
	if report.Status == engine.Canceled {
		return errInterrupted
	}
	plan := host.NewPlan(report)
	if o.out != "" {
		if err := replaceFile(o.out, func(w io.Writer) error { return printJSON(w, plan) }); err != nil {
			return err
		}
	}
	if err := printPlan(ctx, e, plan, o); err != nil {
		return err
	}
	return exitOfPlan(plan, o.detailedExitCode)
}

// printPlan prints a plan in the form that was asked for.
func printPlan(ctx context.Context, e env, p *host.Plan, o planOptions) error {
	switch {
	case o.json:
		return printJSON(e.data, p)
	case o.csv:
		return planCSV(e.data, p)
	case o.markdown:
		return planMarkdown(e.data, p)
	}
	return paged(ctx, e, func(w io.Writer) { terminal.Plan(w, terminal.NewStyles(e.lookup, e.out), p) })
}

// detailed makes each error exit with 1, since 2 means with --detailed-exitcode that something would change.
func detailed(err error) error {
	if err == nil {
		return nil
	}
	end := *exitOf(err)
	if end.err != nil || end.code != exitDetailed {
		end.code = exitFailed
	}
	return &end
}

// exitOfPlan returns the exit of the command for a plan that was printed.
func exitOfPlan(p *host.Plan, detailed bool) error {
	switch s := p.Summary; {
	case p.Status == engine.Failed:
		return &exit{code: exitFailed}
	case detailed && s.Changes+s.MayChange+s.Undecidable+s.Failed > 0:
		return &exit{code: exitDetailed}
	}
	return nil
}
