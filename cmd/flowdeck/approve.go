package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

type approveOptions struct {
	dir, note, digest string
	reject, yes, json bool
}

func approveCommand(e env) *cobra.Command {
	var o approveOptions
	cmd := &cobra.Command{
		Use:   "approve RUN [STEP]",
		Short: "Approve, or reject, what a run asks for",
		Long: `Approve, or reject, what a run asks for with an 'approve' step. The command shows the question, what exactly is approved,
who started the run, its org and what it has changed so far, and then asks.

RUN is the id of a run, or the start of it; 'flowdeck approvals' lists what is asked. STEP is needed if the run asks for
several approvals.

You decide as the account of this machine. Who started the run may not decide, unless the flow has 'self: true'; if it has
'by', only those who are named may. A decision is made once, and is bound to what was shown: without a terminal, --yes and
--digest are required, with the digest that 'flowdeck approvals --json' printed.

A run that waits in a process goes on by itself. 'flowdeck resume' goes on with a paused one.

Exit codes: 0 decided, 1 refused, 2 wrong usage.`,
		Example: `  flowdeck approve 20260308-015900
  flowdeck approve 20260308-015900 --reject --note 'not before Monday'
  flowdeck approve 20260308-015900 sweep.ask --yes --digest 4f1c9a`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return usage("'flowdeck approvals' lists what is asked", "approve takes RUN and, if the run asks for several approvals, STEP")
			}
			return nil
		},
		ValidArgsFunction: completeRun(e, &o.dir, func(r store.Run) bool { return r.GoesOn() || isResumable(r) }),
		RunE: func(cmd *cobra.Command, args []string) error {
			return approve(cmd.Context(), e, args[0], strings.Join(args[1:], ""), o)
		},
	}
	workspaceFlag(cmd, &o.dir)
	cmd.Flags().BoolVar(&o.reject, "reject", false, "reject it: the step fails, unless the flow goes on with approved: false")
	cmd.Flags().StringVar(&o.note, "note", "", "why, as `TEXT`: the flow reads it, and the history keeps it")
	cmd.Flags().StringVar(&o.digest, "digest", "", "decide only if the `DIGEST` is that of what the run asks now")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "decide without asking; needs --digest")
	cmd.Flags().BoolVar(&o.json, "json", false, "print the decided approval as JSON on standard output, and nothing else")
	return cmd
}

// whoami returns the name of the account that runs the program; empty if the system does not know it.
func whoami() string {
	u, err := user.Current()
	switch {
	case err == nil && u.Username != "":
		return u.Username
	case os.Getuid() >= 0:
		return fmt.Sprintf("uid %d", os.Getuid())
	}
	return ""
}

// asks returns the approval that the run waits for, at a step if step is not empty.
func (n named) asks(ctx context.Context, w *host.Workspace, step string) (host.Approval, error) {
	if n.run == nil {
		return w.OpenApproval(ctx, n.past.Run, step)
	}
	if err := n.run.MayGoOn(); err != nil {
		return host.Approval{}, err
	}
	return host.TheOpen(n.past.Report.Approvals, n.past.Run, step)
}

// approve shows an approval, and keeps the decision.
func approve(ctx context.Context, e env, id, step string, o approveOptions) (err error) {
	asked := person(e, o.json)
	if o.yes && o.digest == "" || asked == nil && (!o.yes || o.digest == "") {
		return usage("'flowdeck approvals --json' prints the digest with what it stands for", "where nobody can be asked, and with --yes, a decision needs both --yes and --digest")
	}
	w, err := openRuns(e, o.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	n, err := whichever(ctx, e, w, id, false, anyRun, "")
	if err != nil {
		return err
	}
	defer n.close()
	past := n.past
	a, err := n.asks(ctx, w, step)
	if err != nil {
		return err
	}
	verdict := host.Verdict{Person: whoami(), Digest: a.Digest, Approved: !o.reject, Note: o.note}
	if o.digest != "" {
		verdict.Digest = o.digest
	}
	if !o.yes {
		terminal.Approval(e.err, terminal.NewStyles(e.lookup, e.err), a, past)
		if err := a.May(verdict); err != nil { // before the question
			return err
		}
		question := "approve it?"
		if o.reject {
			question = "reject it?"
		}
		ctx, _, stop := interrupts(ctx)
		yes, err := asked.Confirm(ctx, question)
		stop()
		if err == nil && !yes {
			err = errors.New("nothing was decided")
		}
		if err != nil {
			return interrupted(err)
		}
	}
	if n.run != nil {
		a, err = n.run.Decide(ctx, a, verdict)
	} else {
		a, err = w.Decide(ctx, a, verdict)
	}
	if err != nil {
		return err
	}
	if o.json {
		return printJSON(e.data, a)
	}
	fmt.Fprintf(e.err, "%s: %s was %s\n", a.Run, terminal.OneLine(e.err, a.Step), a.Status)
	if run, err := w.RunNamed(ctx, a.Run); n.run != nil || err == nil && run.GoesOn() {
		fmt.Fprintln(e.err, "the run goes on by itself")
	} else {
		root, _, _ := strings.Cut(a.Run, ".") // it goes on with the run that started it
		terminal.Hint(e.err, "flowdeck resume "+root+" goes on")
	}
	return nil
}
