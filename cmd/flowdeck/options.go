package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/inputs"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
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
		Short: "List the values to choose from for an input of a flow",
		Long: `List the values to choose from for an input of a flow, as its options read them from the connection.

QUERY narrows the list. The service searches with it if the options pass it on (with: {q: "${ typed }"}); otherwise
the lines that contain it are listed. A line has a value and, if it is different, the label that people see.

Exit codes: 0 succeeded, 1 failed, 2 wrong usage, 3 problems in the flow, 4 connection, 130 interrupted.`,
		Example: `  flowdeck options suspend-idle-members group
  flowdeck options suspend-idle-members group Con --connection okta=prod
  flowdeck options -C flows suspend-idle-members group --json | jq -r '.[].value'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 || len(args) == 3 {
				return nil
			}
			return usage(cmd.CommandPath()+" --help", "options takes FLOW, INPUT and an optional QUERY, not %d arguments", len(args))
		},
		ValidArgsFunction: completeOption(e, &o.dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			return listOptions(cmd.Context(), e, args, o)
		},
	}
	flags := cmd.Flags()
	workspaceFlag(cmd, &o.dir)
	flags.StringArrayVar(&o.connections, "connection", nil, "use a connection for a service, as `SERVICE=NAME`; may be repeated")
	flags.IntVar(&o.limit, "limit", 100, "list at most `N` values")
	completes(cmd, "connection", completeChoice(e, &o.dir))
	flags.BoolVar(&o.json, "json", false, "print one JSON list of {value, label} on standard output, and nothing else")
	return cmd
}

func listOptions(ctx context.Context, e env, args []string, o optionsOptions) (err error) {
	if o.limit < 1 {
		return usage("", "--limit %d: must be 1 or more", o.limit)
	}
	w, f, err := checkFlow(e, o.dir, args[0], o.connections)
	if err != nil {
		return err
	}
	in, err := inputs.Find(f.Plan, args[1])
	if err != nil {
		return badInput(err)
	}
	query := ""
	if len(args) > 2 {
		query = args[2]
	}
	switch {
	case in.Secret && in.Options == nil:
		return usage("", "input %q of flow %q is secret: its values are not listed", in.Name, f.Plan.Flow)
	case in.Options != nil:
	case len(in.Choices()) > 0:
		return printOptions(e, ofEnum(in, query), o)
	default:
		return usage(withOptions(f.Plan), "input %q of flow %q has no options", in.Name, f.Plan.Flow)
	}
	ctx, _, stop := interrupts(ctx)
	defer stop()
	conns, err := w.Connect(ctx, f.OptionUses())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conns.Close()) }()
	if !o.json {
		terminal.Announce(terminal.NewScreen(e.screen, e.lookup, e.veil.Text, func() {}), conns, false)
	}
	found, more, err := w.Options(ctx, f, conns, in, query, o.limit)
	switch {
	case engine.IsCanceled(err):
		return err
	case err != nil:
		failure := card.AsError(err)
		return &exit{code: exitFailed, err: fmt.Errorf("options of input %q: %s", in.Name, failure.Message), hint: failure.Hint}
	}
	for i := range found {
		found[i].Value = e.veil.Value(found[i].Value)
	}
	if more {
		fmt.Fprintf(e.err, "only the first %s are listed: narrow the list with QUERY, or raise --limit\n", terminal.Thousands(o.limit))
	}
	return printOptions(e, found, o)
}

func printOptions(e env, found []engine.Option, o optionsOptions) error {
	if o.json {
		if found == nil {
			found = []engine.Option{}
		}
		return printJSON(e.data, found)
	}
	var rows [][]terminal.Cell
	for _, option := range found {
		row := []terminal.Cell{{Text: engine.Words(option.Value)}}
		if option.Label != row[0].Text {
			row = append(row, terminal.Cell{Text: option.Label})
		}
		rows = append(rows, row)
	}
	terminal.Table{}.Write(e.out, rows)
	return nil
}

// withOptions returns a hint with the names of the inputs that have options.
func withOptions(p *engine.Plan) string {
	var names []string
	for _, in := range p.Inputs {
		if in.Options != nil {
			names = append(names, in.Name)
		}
	}
	if len(names) == 0 {
		return "no input of this flow has options, such as options: {card: okta.group.list, value: profile.name}"
	}
	return words.Hint("inputs with options", "", names)
}

// ofEnum returns the values of an input's enum that contain the query.
func ofEnum(in engine.Input, query string) []engine.Option {
	found := []engine.Option{}
	for _, v := range in.Choices() {
		if words := engine.Words(v); strings.Contains(strings.ToLower(words), strings.ToLower(query)) {
			found = append(found, engine.Option{Value: v, Label: words})
		}
	}
	return found
}
