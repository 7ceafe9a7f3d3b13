package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

func connectionCommand(e env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "connection",
		Short: "Try the connections of a workspace",
		Long: `Try the connections of a workspace: where they lead, and whether they work.

A connection is an entry in flowdeck.yaml. A flow uses the one that is named after its service, unless
--connection says otherwise.`,
		Example: `  flowdeck connection test okta`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(connectionTestCommand(e))
	return cmd
}

func connectionTestCommand(e env) *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "test NAME",
		Short: "Say where a connection leads, as whom, how fast it is, and what its limits are",
		Long: `Say where a connection leads, as whom, whether it is simulated, how fast it answers, and what its rate
limits are. It only reads.

Exit codes: 0 it works, 2 wrong usage, 3 what the workspace says of it is wrong, 4 it does not work.`,
		Example: `  flowdeck connection test prod
  flowdeck connection test okta -C flows --json`,
		Args:              exactlyOne("NAME"),
		ValidArgsFunction: completeConnection(&dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			return testConnection(cmd.Context(), e, dir, args[0], asJSON)
		},
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object on standard output, and nothing else")
	return cmd
}

// tests is how often a connection is asked for how fast it is.
const tests = 5

// tested is what there is to say of a connection that works. Its fields are the object that --json prints.
type tested struct {
	Name string `json:"name"`
	connected
	Milliseconds float64 `json:"milliseconds"` // the median of a few answers
	Limits       []limit `json:"limits"`
}

func testConnection(ctx context.Context, e env, dir, name string, asJSON bool) error {
	ctx, _, stop := interrupts(ctx)
	defer stop()
	o, err := openConnection(ctx, e, dir, name)
	if err != nil {
		return err
	}
	took := make([]time.Duration, tests)
	for i := range took {
		begin := time.Now()
		if o.ids[name], err = o.conns[name].Test(ctx); err != nil {
			return errors.Join(o.failed(name, err), o.close())
		}
		took[i] = time.Since(begin)
	}
	slices.Sort(took)
	id := o.ids[name]
	t := tested{
		Name: name, connected: connected{Org: id.Org, As: id.As, Simulated: id.Simulated},
		Milliseconds: float64(took[tests/2].Microseconds()) / 1000,
	}
	if t.Limits, err = askLimits(ctx, o.conns[name]); err != nil {
		return errors.Join(o.failed(name, err), o.close())
	}
	if asJSON {
		err = printJSON(e.out, t)
	} else {
		fmt.Fprintln(e.out, introduced(name, id))
		fmt.Fprintf(e.out, "   answers in %.1f ms (the median of %d)\n", t.Milliseconds, tests)
		printLimits(e.out, t.Limits)
	}
	return errors.Join(err, o.close())
}

// connection finds a connection that a person named, about which the workspace says nothing wrong.
func (w *workspace) connection(name string) (flow.Connection, error) {
	conn, ok := w.Connection(name)
	if !ok {
		return conn, usage(words.Hint("connections", name, w.connectionNames()), "there is no connection %q in %s", name, w.dir)
	}
	if problems := w.connectionProblems(conn); problems.Err() != nil {
		return conn, w.tell(problems)
	}
	return conn, nil
}

func (w *workspace) connectionNames() []string {
	var names []string
	for _, c := range w.Connections {
		names = append(names, c.Name.Text)
	}
	return names
}

// connectionProblems is what is wrong with what the workspace says of one connection.
func (w *workspace) connectionProblems(conn flow.Connection) (problems flow.Problems) {
	only := *w.Workspace
	only.Connections = []flow.Connection{conn}
	for _, p := range w.problems {
		if p.Pos.File == w.File.Name {
			problems = append(problems, p)
		}
	}
	problems = append(problems, check.New(cards.All(), cards.Services(), &only).Workspace()...)
	problems.Sort()
	return problems
}
