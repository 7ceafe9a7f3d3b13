package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards/file"
	"github.com/flowdeck/flowdeck/cards/table"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/tables"
	"github.com/flowdeck/flowdeck/engine/words"
)

func tableCommand(e env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "table",
		Short: "Look at the tables of a workspace, and change them by hand",
		Long: `Look at the tables of a workspace, and change them by hand: list them, show rows, import and export CSV and JSON Lines, and
delete rows.

A table is declared under 'tables' in flowdeck.yaml. Flows work on its rows with the cards table.row.get and so on. The
rows are in .flowdeck/tables.db.`,
		Example: `  flowdeck table list
  flowdeck table show leavers --where 'active == true'
  flowdeck table import leavers people.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(tableListCommand(e), tableShowCommand(e), tableImportCommand(e), tableExportCommand(e), tableClearCommand(e))
	return cmd
}

// openTables opens the tables of a workspace. It returns an error if flowdeck.yaml has problems.
func openTables(e env, dir string) (*tables.Store, error) {
	w, err := openWorkspace(e, dir, ".")
	if err != nil {
		return nil, err
	}
	var problems flow.Problems
	for _, p := range w.Problems {
		if p.Pos.File == w.File.Name {
			problems = append(problems, p)
		}
	}
	if problems.Err() != nil {
		return nil, w.Refuse(problems)
	}
	return w.Tables(), nil
}

// withTable calls do with a table of a workspace.
func withTable(ctx context.Context, e env, dir, name string, do func(*tables.Store, tables.Kept) error) error {
	store, err := openTables(e, dir)
	if err != nil {
		return err
	}
	all, err := store.All(ctx)
	if err == nil {
		i := slices.IndexFunc(all, func(k tables.Kept) bool { return k.Name == name })
		if i < 0 {
			hint := words.Hint("tables", name, namesOfTables(all))
			if len(all) == 0 {
				hint = "tables are declared under `tables` in " + flow.WorkspaceFile
			}
			err = usage(hint, "there is no table %q", name)
		} else {
			err = do(store, all[i])
		}
	}
	return errors.Join(err, store.Close())
}

func namesOfTables(all []tables.Kept) (names []string) {
	for _, k := range all {
		names = append(names, k.Name)
	}
	return names
}

// whereFlag adds the flag --where to a command.
func whereFlag(cmd *cobra.Command, where *string) {
	cmd.Flags().StringVar(where, "where", "", "only rows for which `EXPR` is true, as in a flow: 'active == true'")
}

// condition returns the value of --where; nil if it is not given.
func condition(e env, where string) *card.Where {
	if where == "" {
		return nil
	}
	return &card.Where{Expression: where, Now: now(e).UTC().Format(time.RFC3339Nano)}
}

// wrongWhere converts the error of a condition to a usage error.
func wrongWhere(err error) error {
	if failure := (*card.Error)(nil); errors.As(err, &failure) && failure.Kind == card.Invalid {
		return usage(failure.Hint, "%s", failure.Message)
	}
	return err
}

// pagesOf returns the pages of a table, with at most limit rows in all; 0: all.
func pagesOf(ctx context.Context, store *tables.Store, t card.Table, where *card.Where, limit int) func(card.Cursor) ([]card.Row, card.Cursor, error) {
	given := 0
	return func(at card.Cursor) ([]card.Row, card.Cursor, error) {
		n := table.PageRows
		if limit > 0 {
			n = min(n, limit-given)
		}
		rows, next, err := store.RowsOf(ctx, t, where, at, n)
		if given += len(rows); given == limit {
			next = ""
		}
		return rows, next, wrongWhere(err)
	}
}

// rowFormat returns the format of FILE: that of --format or of its ending, otherwise CSV if FILE is -.
func rowFormat(name, given string) (string, error) {
	known := []string{"csv", "jsonl"}
	switch {
	case given != "" && !slices.Contains(known, given):
		return "", usage(words.Hint("formats", given, known), "--format %s: there is no such format", given)
	case given == "" && name == "-":
		return "csv", nil
	}
	format, err := file.RowFormat(name, given)
	if err != nil {
		return "", usage("pass --format csv or --format jsonl", "%s has no known format by its name", name)
	}
	return format, nil
}

// fileOfTable accepts NAME and FILE.
func fileOfTable(cmd *cobra.Command, args []string) error {
	if len(args) == 2 {
		return nil
	}
	return usage(cmd.CommandPath()+" --help", "%s takes NAME and FILE, not %d arguments", cmd.Name(), len(args))
}

// formatFlags adds the flags of CSV and JSON Lines to a command.
func formatFlags(cmd *cobra.Command, format, separator *string) {
	cmd.Flags().StringVar(format, "format", "", "`FORMAT` of the file, csv or jsonl, instead of that of its name")
	cmd.Flags().StringVar(separator, "separator", "", "CSV: the `CHARACTER` between two cells, instead of a comma")
	completes(cmd, "format", cobra.FixedCompletions([]string{"csv", "jsonl"}, cobra.ShellCompDirectiveNoFileComp))
}

// completeTable completes NAME and, if the command has one, FILE.
func completeTable(e env, dir *string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		switch {
		case len(args) == 1 && strings.Contains(cmd.Use, "FILE"):
			return nil, cobra.ShellCompDirectiveDefault
		case len(args) > 0:
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var offered []string
		if store, err := openTables(e, *dir); err == nil {
			all, _ := store.All(cmd.Context())
			for _, k := range all {
				offered = append(offered, described(k.Name, k.About))
			}
			_ = store.Close()
		}
		return offered, cobra.ShellCompDirectiveNoFileComp
	}
}
