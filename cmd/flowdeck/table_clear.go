package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/engine/tables"
)

func tableClearCommand(e env) *cobra.Command {
	var dir, where string
	var yes bool
	cmd := &cobra.Command{
		Use:   "clear NAME",
		Short: "Delete the rows of a table",
		Long: `Delete the rows of a table: all or, with --where, those for which a condition is true. What is deleted is gone from the file.
After all rows are deleted, the columns have the types that flowdeck.yaml declares.

It asks before it deletes anything; --yes skips the question, and is required where nobody can be asked.

Exit codes: 0 done, 1 failed, or the answer was no, 2 wrong usage, 3 problems in flowdeck.yaml.`,
		Example: `  flowdeck table clear leavers
  flowdeck table clear leavers --where 'active == false' --yes`,
		Args:              exactlyOne("NAME"),
		ValidArgsFunction: completeTable(e, &dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withTable(cmd.Context(), e, dir, args[0], func(store *tables.Store, k tables.Kept) error {
				return clearRows(cmd.Context(), e, store, k, where, yes)
			})
		},
	}
	workspaceFlag(cmd, &dir)
	whereFlag(cmd, &where)
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func clearRows(ctx context.Context, e env, store *tables.Store, k tables.Kept, where string, yes bool) error {
	selected := condition(e, where)
	if selected != nil && !k.Declared {
		return usage("without --where, all its rows are deleted", "table %s is not declared any more", k.Name)
	}
	n, err := store.CountOf(ctx, k.Table, selected)
	if err != nil {
		return wrongWhere(err)
	}
	what := fmt.Sprintf("%s of table %s", counted(n, "row"), k.Name)
	if n > 0 && !yes {
		asked := person(e, false)
		if asked == nil {
			return usage("pass --yes to confirm", "this deletes %s", what)
		}
		yes, err := asked.Confirm(ctx, "delete "+what+"?")
		if err == nil && !yes {
			err = errors.New("aborted, nothing was deleted")
		}
		if err != nil {
			return interrupted(err)
		}
	}
	if selected == nil {
		n, err = store.Drop(ctx, k.Name)
	} else {
		n, err = store.Clear(ctx, k.Name, selected)
	}
	if err != nil {
		return wrongWhere(err)
	}
	fmt.Fprintf(e.err, "deleted %s of table %s\n", counted(n, "row"), k.Name)
	return nil
}
