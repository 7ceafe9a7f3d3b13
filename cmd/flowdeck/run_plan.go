package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/inputs"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// runPlan runs the flow of a plan, and holds it to the plan.
func runPlan(ctx context.Context, e env, arg string, o runOptions) error {
	order, err := takePlan(ctx, e, arg, o)
	if err != nil {
		return unstarted(e, arg, o, err)
	}
	return playFlow(ctx, e, order.plan.Flow, order, o)
}

// takePlan reads a plan, and checks its flow.
func takePlan(ctx context.Context, e env, arg string, o runOptions) (*order, error) {
	for _, given := range []struct {
		flag string
		set  bool
	}{{"--dry-run", o.dryRun}, {"--no-history", o.noHistory}, {"--connection", len(o.connections) > 0}, {"--max", len(o.max) > 0}, {"--only", len(o.only) > 0}} {
		if given.set {
			return nil, usage("leave it out, or make another plan", "%s cannot be combined with --plan", given.flag)
		}
	}
	plan, err := readPlan(e, o.plan)
	if err != nil {
		return nil, err
	}
	if arg != "" && arg != plan.Flow {
		return nil, usage("leave the name out", "the plan in %s is of flow %q, and not of %q", o.plan, plan.Flow, arg)
	}
	var chosen []string
	for service, name := range plan.Chosen {
		chosen = append(chosen, service+"="+name)
	}
	w, f, err := checkFlow(e, o.dir, plan.Flow, chosen)
	if err != nil {
		return nil, err
	}
	plan = plan.Judged(cards.All())
	most, err := readMaxChanges(o.maxChanges)
	if err != nil {
		return nil, err
	}
	given, err := secretsOf(ctx, e, w, f, plan, o)
	if err != nil {
		return nil, err
	}
	return &order{workspace: w, flow: f, plan: plan, most: most, start: engine.Start{Inputs: given, Picks: plan.Picks}}, nil
}

// readPlan reads a plan from a file; - is standard input.
func readPlan(e env, path string) (*host.Plan, error) {
	in := e.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, usage("flowdeck plan FLOW --out FILE writes a plan", "read the plan %s: %v", path, inside.Plain(err))
		}
		defer file.Close()
		in = file
	}
	plan, err := host.ReadPlan(in)
	if wrong := (*host.UsageError)(nil); errors.As(err, &wrong) {
		return nil, usage(wrong.Hint, "%s: %v", path, wrong.Err)
	}
	if err != nil {
		return nil, fmt.Errorf("read the plan %s: %w", path, err)
	}
	return plan, nil
}

// secretsOf returns the inputs of a plan, with the secret ones, which it does not have.
func secretsOf(ctx context.Context, e env, w *host.Workspace, f *host.Checked, plan *host.Plan, o runOptions) (map[string]engine.Value, error) {
	given, err := inputs.Read(f.Plan, o.inputFiles, o.inputs, e.in, e.err)
	if err != nil {
		return nil, badInput(err)
	}
	for name := range given {
		if !slices.Contains(plan.Secrets, name) {
			hint := "leave it out, or make another plan"
			if len(plan.Secrets) > 0 {
				hint += "; only these are given again, since they are secret: " + strings.Join(plan.Secrets, ", ")
			}
			return nil, usage(hint, "input %q is in the plan", name)
		}
	}
	var missing []engine.Input
	for _, name := range plan.Secrets {
		if in, known := f.Plan.Input(name); known && given[name] == nil {
			missing = append(missing, in)
		}
	}
	if len(missing) > 0 {
		asked := person(e, o.json)
		if asked == nil {
			return nil, badInput(inputs.MissingError(f.Plan, missing))
		}
		needed := *f
		p := *f.Plan
		p.Inputs = missing
		needed.Plan = &p
		if err := askInputs(ctx, e, asked, w, &needed, given); err != nil {
			return nil, err
		}
	}
	for name, value := range plan.Inputs {
		given[name] = value
	}
	return given, nil
}
