package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

func connectionCommand(e env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "connection",
		Short: "List and test the connections of a workspace",
		Long: `List and test the connections of a workspace: which org they reach, which flows use them, and whether they work.

A connection is an entry in flowdeck.yaml. A flow uses the connection with the name of its service, unless the flow or
--connection names another.`,
		Example: `  flowdeck connection list
  flowdeck connection test okta`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(connectionListCommand(e), connectionTestCommand(e))
	return cmd
}

func connectionTestCommand(e env) *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "test NAME",
		Short: "Show the org that a connection reaches, its user, its speed and its limits",
		Long: `Show which org a connection reaches, as which user or app, whether the org is simulated, how fast it responds, and its
rate limits. It only reads.

It also shows what the connection may do: the scopes of an app, and those that flows of this workspace need and that it
lacks; and the admin roles of the app, of the person who signed in, or of the owner of an API token, which scopes do not
limit. Of these, it shows which standard roles flows need that the account lacks, as far as Okta documents that; it
reports none for an account with a custom role. It warns if there is no admin role, if the person is not assigned to the app any more, or if the profile of the
owner has what people have and services do not: a mobile phone, a manager or an employee number.

--json has all of it: "scopes" is null if scopes do not limit the connection, and "admin_roles" if they are not known.
"missing_roles" is a list of {"one_of", "scope", "needed_by"}: the roles of which one is needed, and for what.

Exit codes: 0 the connection works, 2 wrong usage, 3 problems in its description, 4 the connection does not work.`,
		Example: `  flowdeck connection test prod
  flowdeck connection test okta -C flows --json`,
		Args:              exactlyOne("NAME"),
		ValidArgsFunction: completeConnection(e, &dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			return testConnection(cmd.Context(), e, dir, args[0], asJSON)
		},
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object on standard output, and nothing else")
	return cmd
}

// tests is the number of requests that measure the speed of a connection.
const tests = 5

// tested is the result for a connection that works. Its fields are the object that --json prints.
type tested struct {
	Name string `json:"name"`
	host.Connected
	Milliseconds float64 `json:"milliseconds"` // the median of several answers
	*host.Access
	Limits []host.Limit `json:"limits"`
}

func testConnection(ctx context.Context, e env, dir, name string, asJSON bool) (err error) {
	ctx, _, stop := interrupts(ctx)
	defer stop()
	w, o, err := openConnection(ctx, e, dir, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	var id card.Identity
	took := make([]time.Duration, tests)
	for i := range took {
		begin := time.Now()
		if id, err = o.Test(ctx, name); err != nil {
			return err
		}
		took[i] = time.Since(begin)
	}
	slices.Sort(took)
	t := tested{
		Name: name, Connected: host.Connected{Org: id.Org, As: id.As, Simulated: id.Simulated},
		Milliseconds: float64(took[tests/2].Microseconds()) / 1000,
	}
	sound, broken := w.Sound()
	if t.Access, err = w.Access(ctx, o, name, sound, nil); err != nil {
		return err
	}
	if t.Limits, err = o.Limits(ctx, name); err != nil {
		return err
	}
	if asJSON {
		return printJSON(e.data, t)
	}
	fmt.Fprintln(e.out, terminal.Connection(name, id))
	shown := *t.Access
	shown.Warnings = slices.DeleteFunc(slices.Clone(shown.Warnings), func(w string) bool { return strings.Contains(id.Note, w) }) // the line above has it
	printAccess(e.out, terminal.NewStyles(e.lookup, e.out), &shown)
	fmt.Fprintf(e.out, "   answers in %.1f ms (the median of %d)\n", t.Milliseconds, tests)
	printLimits(e.out, t.Limits)
	accessHints(e.err, name, t.Access)
	noteBroken(e, broken)
	return nil
}

// openConnection opens and tests the connection with this name.
func openConnection(ctx context.Context, e env, dir, name string) (*host.Workspace, *host.Connections, error) {
	w, err := openWorkspace(e, dir, ".")
	if err != nil {
		return nil, nil, err
	}
	conn, err := w.WorkingConnection(name)
	if err != nil {
		return nil, nil, err
	}
	o, err := w.Connect(ctx, []engine.Use{{Service: conn.Type.Text, Name: name}})
	return w, o, err
}

// printLimits prints limits as a table.
func printLimits(w io.Writer, limits []host.Limit) {
	if len(limits) == 0 {
		return
	}
	rows := [][]terminal.Cell{{{Text: "limits"}, {Text: "per minute"}, {Text: "remaining"}, {Text: "resets in"}}}
	for _, l := range limits {
		row := []terminal.Cell{{Text: l.Bucket}}
		switch {
		case l.Error == nil:
			row = append(row, terminal.Cell{Text: terminal.Thousands(l.PerMinute)}, terminal.Cell{Text: terminal.Thousands(l.Remaining)},
				terminal.Cell{Text: fmt.Sprintf("%.0f s", l.ResetsIn)})
		case l.Error.Kind == card.Forbidden:
			row = append(row, terminal.Cell{Text: "no access: " + l.Error.Hint})
		default:
			row = append(row, terminal.Cell{Text: l.Error.Message})
		}
		rows = append(rows, row)
	}
	terminal.Table{Indent: len("   "), Align: "lrrr"}.Write(w, rows)
}
