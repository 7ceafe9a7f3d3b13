package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/machines"
)

// confirm asks a person before a flow writes to an org that is not simulated. It first shows the summary of the plan to which the run is held, or of one
// that it makes; the person may look at all of it. If questions are not possible, --yes is required.
func (d *order) confirm(ctx context.Context, e env, s *terminal.Screen, o runOptions, run host.Run) error {
	orgs := run.Connections.Real()
	if o.yes || o.dryRun || len(orgs) == 0 || !d.flow.Plan.Writes() || d.most != nil && *d.most == 0 {
		return nil
	}
	where := strings.Join(orgs, " and ")
	asked := person(e, o.json)
	if asked == nil {
		hint := "pass --yes to confirm; --dry-run shows what it would write"
		for _, name := range run.Connections.Names() {
			if id := run.Connections.Identity(name); !id.Simulated && id.Note != "" { // the workspace declares another org
				hint += fmt.Sprintf("\n%s: %s", name, id.Note)
			}
		}
		return usage(hint, "flow %q writes to %s, which is not simulated", d.flow.Plan.Flow, where)
	}
	plan := d.plan
	if plan == nil {
		fmt.Fprintln(s, "plan first: reads are made, writes are not")
		run.Start.DryRun, run.Start.Plan, run.MaxChanges = true, true, nil // the run may make any of the changes first
		dry, err := d.run(ctx, s, o, run)
		if err != nil {
			return err
		}
		plan = host.NewPlan(dry)
		plan.Asked = true
	}
	terminal.PlanSummary(s, s.Styles, plan)
	if plan.Status == engine.Failed {
		return errors.New("the plan failed, so nothing was changed")
	}
	if d.most != nil {
		fmt.Fprintf(s, "   at most %s of these changes will be made\n", terminal.Thousands(*d.most))
	}
	if len(plan.Undecidable) == 0 && !o.noHistory && (o.on == "" || machines.MayHold(plan) == nil) { // what was shown is what is made
		d.plan = plan
	} else {
		fmt.Fprintln(s, "   the run is not held to this plan: it may make other changes")
	}
	terminal.DropTyped(asked.In) // it was typed before the plan was there to see
	yes, err := asked.ConfirmShown(ctx, fmt.Sprintf("go on, and write to %s?", where), func() error {
		return paged(ctx, e, func(w io.Writer) { terminal.Plan(w, terminal.NewStyles(e.lookup, e.out), plan) })
	})
	if err == nil && !yes {
		err = errors.New("aborted, nothing was changed")
	}
	return interrupted(err)
}

// confirmMore asks a person before a run that goes on may do more to an org that is not simulated than was confirmed when it
// started. A run without limits was confirmed as a whole. It shows what the run has done: a plan of what is left would have to start
// in the middle of the journal.
func (d *order) confirmMore(ctx context.Context, e env, s *terminal.Screen, o runOptions, run host.Run) error {
	orgs := run.Connections.Real()
	if o.yes || d.start.DryRun || len(orgs) == 0 || !d.flow.Plan.Writes() || !d.latest && !d.resume.AllowsMore(d.most, d.allow) {
		return nil
	}
	changes := withMore(d.most, d.allow)
	if d.latest {
		changes = "with the flow as it is now"
	}
	past, err := d.workspace.Past(ctx, d.resume.ID)
	if err != nil {
		return err
	}
	plan, err := d.workspace.PlanOf(ctx, past.Run)
	if err != nil {
		return err
	}
	return askToGoOn(ctx, e, s, o, past, plan, changes, orgs)
}

// withMore says with what a run goes on.
func withMore(most *int, allow map[engine.Measure]int64) string {
	switch {
	case len(allow) > 0:
		return "with at most " + inAll(allow)
	case most != nil:
		return fmt.Sprintf("with at most %s more changes", terminal.Thousands(*most))
	}
	return "without a limit of changes"
}

// askToGoOn asks a person whether a run may go on with changes to orgs that are not simulated.
func askToGoOn(ctx context.Context, e env, s *terminal.Screen, o runOptions, past *host.Past, plan *host.Plan, changes string, orgs []string) error {
	where := strings.Join(orgs, " and ")
	asked := person(e, o.json)
	if asked == nil {
		return usage("pass --yes to confirm", "run %s would go on %s and write to %s, which is not simulated", past.Run.ID, changes, where)
	}
	terminal.SoFar(s, s.Styles, past, plan)
	yes, err := asked.ConfirmShown(ctx, fmt.Sprintf("go on %s, and write to %s?", changes, where), func() error {
		return paged(ctx, e, func(w io.Writer) { allSoFar(w, terminal.NewStyles(e.lookup, e.out), past, plan) })
	})
	if err == nil && !yes {
		err = errors.New("aborted, nothing more was changed")
	}
	return interrupted(err)
}

// allSoFar prints all that is kept of a run that goes on, and the plan that holds it.
func allSoFar(w io.Writer, s terminal.Styles, past *host.Past, plan *host.Plan) {
	terminal.Past(w, s, past)
	if plan != nil {
		fmt.Fprintln(w)
		terminal.Plan(w, s, plan)
	}
}

// inAll returns what a person allows a run, as in "2 changes and 1h0m0s in all".
func inAll(allow map[engine.Measure]int64) string {
	var each []string
	for _, m := range engine.Measures {
		switch n, ok := allow[m]; {
		case !ok:
		case m == engine.TimeMeasure:
			each = append(each, time.Duration(n).String())
		default:
			each = append(each, m.Of(n))
		}
	}
	return strings.Join(each, " and ") + " in all"
}
