package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/ask"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/inputs"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

// attended reports whether questions are possible: standard input, output and error are terminals, and the program does not run in a CI
// system.
func attended(e env) bool {
	return terminal.Is(e.in) && terminal.Is(e.out) && terminal.Is(e.err) && !terminal.InCI(e.lookup)
}

// person returns the person to ask; nil if questions are not possible, or if the output is for a program, as with --json.
func person(e env, asJSON bool) *ask.Person {
	in, ok := e.in.(*os.File)
	if asJSON || !ok || !attended(e) {
		return nil
	}
	return &ask.Person{
		In: in, Out: e.screen, Plain: terminal.Plain(e.lookup), Secret: terminal.ReadSecret, Size: func() (int, int) { return terminal.Size(e.err) },
	}
}

// whichFlow asks for a flow of the workspace. If questions are not possible, its error lists the flows.
func whichFlow(ctx context.Context, e env, o runOptions) (string, error) {
	w, err := openWorkspace(e, o.dir, ".")
	if err != nil {
		return "", err
	}
	flows := w.Named()
	var rows [][]terminal.Cell
	for _, f := range flows {
		rows = append(rows, []terminal.Cell{{Text: f.Name.Text}, {Text: aboutOf(f)}})
	}
	lines := func(width int) []string {
		var text strings.Builder
		terminal.Table{}.Write(&text, rows)
		all := strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
		for i := range all {
			all[i] = terminal.Cut(all[i], width)
		}
		return all
	}
	asked := person(e, o.json)
	switch {
	case len(flows) == 0 && len(w.Problems) > 0:
		return "", w.Refuse(w.Problems)
	case len(flows) == 0:
		return "", usage("flowdeck init DIR writes a workspace with a first flow", "there is no flow in %s", w.Dir)
	case asked == nil:
		return "", usage("flows:\n"+strings.Join(lines(0), "\n"), "FLOW is required")
	}
	ctx, _, stop := interrupts(ctx)
	defer stop()
	i, err := asked.Choose(ctx, "Which flow?", lines)
	if err != nil {
		return "", interrupted(err)
	}
	fmt.Fprintf(e.err, "flow: %s\n", terminal.OneLine(e.err, flows[i].Name.Text))
	return flows[i].Name.Text, nil
}

// askInputs asks for each input that was not given, including those with a default, and stores the answers in given.
func askInputs(ctx context.Context, e env, asked *ask.Person, w *host.Workspace, f *host.Checked, given map[string]engine.Value) error {
	ctx, _, stop := interrupts(ctx)
	defer stop()
	var toAsk []engine.Input
	for _, in := range f.Plan.Inputs {
		if _, ok := given[in.Name]; !ok {
			toAsk = append(toAsk, in)
		}
	}
	var offers *ask.Offers
	if slices.ContainsFunc(toAsk, func(in engine.Input) bool { return in.Options != nil }) {
		conns, err := w.Connect(ctx, f.OptionUses())
		if err != nil {
			return err
		}
		defer conns.Close()
		offers = &ask.Offers{From: strings.Join(orgs(conns), " and ")}
		offers.Find = func(ctx context.Context, in engine.Input, typed string, limit int) ([]engine.Option, bool, error) {
			return w.Options(ctx, f, conns, in, typed, limit)
		}
	}
	answers, err := asked.Inputs(ctx, f.Plan, toAsk, offers)
	if err != nil {
		return interrupted(badInput(err))
	}
	var shown []string
	for _, in := range toAsk {
		v, ok := answers[in.Name]
		if !ok {
			continue
		}
		given[in.Name] = v
		if in.HasSecrets() {
			v = card.Hidden
		}
		shown = append(shown, in.Name+"="+engine.Words(v))
	}
	fmt.Fprintf(e.err, "inputs: %s\n", terminal.OneLine(e.err, strings.Join(shown, ", ")))
	return nil
}

// orgs returns the orgs that connections reach, as texts for a person.
func orgs(conns *host.Connections) (names []string) {
	for _, name := range conns.Names() {
		id := conns.Identity(name)
		if id.Simulated {
			id.Org = terminal.Org(id) + " (simulated)"
		}
		names = append(names, id.Org)
	}
	return names
}

// interrupted converts ask.ErrLeft to the error that ends the command.
func interrupted(err error) error {
	if errors.Is(err, ask.ErrLeft) {
		return &exit{code: exitInterrupted, err: errors.New("interrupted: nothing was run")}
	}
	return err
}

// badInput converts an *inputs.Error to a usage error.
func badInput(err error) error {
	wrong := (*inputs.Error)(nil)
	if !errors.As(err, &wrong) {
		return err
	}
	return &host.UsageError{Err: wrong.Err, Hint: wrong.Hint}
}
