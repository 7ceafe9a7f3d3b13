package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/inputs"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/words"
)

type optionsOptions struct {
	dir         string
	connections []string
	limit       int
	json        bool
}

func optionsCommand(e env) *cobra.Command {
	var o optionsOptions
	cmd := &cobra.Command{
		Use:   "options FLOW INPUT [QUERY]",
		Short: "List what there is to choose from for an input of a flow",
		Long: `List what there is to choose from for an input of a flow: what its options say, read from the connection.

QUERY is what a person has typed so far. The service searches with it if the options say how (with: {q: "${ typed }"});
else the lines that hold it are listed. A line is a value and, if it is shown under another name, that name.

Exit codes: 0 succeeded, 1 failed, 2 wrong usage, 3 problems in the flow, 4 connection, 130 interrupted.`,
		Example: `  flowdeck options suspend-idle-members group
  flowdeck options suspend-idle-members group Con --connection okta=prod
  flowdeck options -C flows suspend-idle-members group --json | jq -r '.[].value'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 || len(args) == 3 {
				return nil
			}
			return usage(cmd.CommandPath()+" --help", "options takes FLOW, INPUT and perhaps QUERY, and there are %d", len(args))
		},
		ValidArgsFunction: completeFlow(&o.dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			return listOptions(cmd.Context(), e, args, o)
		},
	}
	flags := cmd.Flags()
	workspaceFlag(cmd, &o.dir)
	flags.StringArrayVar(&o.connections, "connection", nil, "the connection to use for a service, as `SERVICE=NAME`; may be repeated")
	flags.IntVar(&o.limit, "limit", 100, "list `N` at most")
	completes(cmd, "connection", completeChoice(&o.dir))
	flags.BoolVar(&o.json, "json", false, "print one JSON list of {value, label} on standard output, and nothing else")
	return cmd
}

func listOptions(ctx context.Context, e env, args []string, o optionsOptions) (err error) {
	if o.limit < 1 {
		return usage("", "--limit %d: it must be 1 or more", o.limit)
	}
	w, f, err := openFlow(o.dir, args[0])
	if err != nil {
		return err
	}
	chosen, err := readChoices(o.connections)
	if err != nil {
		return err
	}
	plan, _, err := w.plan(f, chosen, e.err)
	if err != nil {
		return err
	}
	in, err := inputs.Find(plan, args[1])
	if err != nil {
		return badInput(err)
	}
	query := ""
	if len(args) > 2 {
		query = args[2]
	}
	switch {
	case in.Options != nil:
	case in.Schema != nil && len(in.Schema.Enum) > 0:
		return tellOptions(e, ofEnum(in, query), o)
	default:
		return usage(withOptions(plan), "input %q of flow %q has no options", in.Name, plan.Flow)
	}
	ctx, _, stop := interrupts(ctx)
	defer stop()
	offers, err := openOffers(ctx, e, w, plan, chosen)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, offers.conns.close()) }()
	if !o.json {
		offers.conns.announce(e.err)
	}
	found, more, err := offers.find(ctx, in, query, o.limit)
	if err != nil {
		return listFailed(ctx, in, err)
	}
	if more {
		fmt.Fprintf(e.err, "these are the first %s; a QUERY narrows it, --limit lists more\n", thousands(o.limit))
	}
	return tellOptions(e, found, o)
}

func tellOptions(e env, found []engine.Option, o optionsOptions) error {
	if !o.json {
		printOptions(e.out, found)
		return nil
	}
	if found == nil {
		found = []engine.Option{}
	}
	return printJSON(e.out, found)
}

// listFailed is the end of the command when the list cannot be read.
func listFailed(ctx context.Context, in engine.Input, err error) error {
	if errors.Is(context.Cause(ctx), errInterrupted) {
		return &exit{code: exitInterrupted, err: errInterrupted}
	}
	failure := card.AsError(err)
	return &exit{code: exitFailed, err: fmt.Errorf("options of input %q: %s", in.Name, failure.Message), hint: failure.Hint}
}

// withOptions is the hint that names the inputs that have options.
func withOptions(p *engine.Plan) string {
	var names []string
	for _, in := range p.Inputs {
		if in.Options != nil {
			names = append(names, in.Name)
		}
	}
	if len(names) == 0 {
		return "no input of this flow has: such as options: {card: okta.group.list, value: profile.name}"
	}
	return words.Hint("inputs with options", "", names)
}

func printOptions(w io.Writer, found []engine.Option) {
	var rows [][]cell
	for _, option := range found {
		row := []cell{{text: engine.Words(option.Value)}}
		if option.Label != row[0].text {
			row = append(row, cell{text: option.Label})
		}
		rows = append(rows, row)
	}
	table{}.write(w, rows)
}

// ofEnum are the values of an input that lists them in its schema, those with the query in them.
func ofEnum(in engine.Input, query string) []engine.Option {
	found := []engine.Option{}
	for _, v := range in.Schema.Enum {
		if words := engine.Words(v); strings.Contains(strings.ToLower(words), strings.ToLower(query)) {
			found = append(found, engine.Option{Value: v, Label: words})
		}
	}
	return found
}

// offers reads the options of a flow's inputs.
type offers struct {
	plan   *engine.Plan
	chosen map[string]string
	conns  *opened
	log    *slog.Logger
}

// openOffers opens the connections for the options of a flow's inputs. They must be closed.
func openOffers(ctx context.Context, e env, w *workspace, p *engine.Plan, chosen map[string]string) (*offers, error) {
	conns, err := openConnections(ctx, e, w, p.OptionUses(chosen))
	if err != nil {
		return nil, err
	}
	return &offers{plan: p, chosen: chosen, conns: conns, log: newLog(e, newScreen(e, nil), false)}, nil
}

// orgs names where the options come from.
func (o *opened) orgs() (orgs []string) {
	for _, name := range o.names {
		org := o.ids[name].Org
		if o.ids[name].Simulated {
			org += " (simulated)"
		}
		orgs = append(orgs, org)
	}
	return orgs
}

// find reads the first options of an input for what was typed; more says that there are others. It is safe
// for concurrent use.
func (o *offers) find(ctx context.Context, in engine.Input, typed string, limit int) (found []engine.Option, more bool, err error) {
	rt := local.New(ctx, local.Config{Run: "options", Cards: cards.All(), Connections: o.conns.conns, Log: o.log})
	return in.Options.Find(rt, o.plan, o.chosen, typed, limit)
}
