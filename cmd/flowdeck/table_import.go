package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards/file"
	"github.com/flowdeck/flowdeck/cards/table"
	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/tables"
)

func tableImportCommand(e env) *cobra.Command {
	var dir, format, separator string
	cmd := &cobra.Command{
		Use:   "import NAME FILE",
		Short: "Add the rows of a CSV or JSON Lines file to a table, or update those that exist",
		Long: `Add the rows of a CSV or JSON Lines file of any size to a table, or update those whose keys exist: all of them or, after an
error, none. The first line of CSV has the names of the columns; columns that the file does not have keep their values,
and an empty cell is null. FILE - is the standard input, as CSV unless --format has another format.

The table must be declared in flowdeck.yaml. Runs that write to a table wait for an import, for 30 seconds at most.

Exit codes: 0 done, 1 failed and nothing was changed, 2 wrong usage or a missing file, 3 problems in flowdeck.yaml.`,
		Example: `  flowdeck table import leavers people.csv
  flowdeck table import leavers people.txt --format csv --separator ';'
  gunzip -c people.jsonl.gz | flowdeck table import leavers - --format jsonl`,
		Args:              fileOfTable,
		ValidArgsFunction: completeTable(e, &dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			return importRows(cmd.Context(), e, dir, args[0], args[1], format, separator)
		},
	}
	workspaceFlag(cmd, &dir)
	formatFlags(cmd, &format, &separator)
	return cmd
}

func importRows(ctx context.Context, e env, dir, name, path, format, separator string) error {
	format, err := rowFormat(path, format)
	if err != nil {
		return err
	}
	from, shown := e.in, "standard input"
	if path != "-" {
		opened, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return usage("", "there is no file %q", path)
		} else if err != nil {
			return fmt.Errorf("read %s: %w", path, inside.Plain(err))
		}
		defer opened.Close()
		from, shown = opened, path
	}
	return withTable(ctx, e, dir, name, func(store *tables.Store, k tables.Kept) error {
		if !k.Declared {
			return usage("declare it under `tables` in flowdeck.yaml", "table %s is not declared any more", name)
		}
		return importFrom(ctx, e, store, name, from, shown, format, separator)
	})
}

func importFrom(ctx context.Context, e env, store *tables.Store, name string, from io.Reader, shown, format, separator string) error {
	out, err := table.Import(ctx, store, name, shown, format, file.ReadRows(from, shown, format, separator))
	if err != nil {
		return err
	}
	fmt.Fprintf(e.err, "%s: %s read, %d inserted, %d updated\n", name, counted(out.Rows, "row"), out.Inserted, out.Updated)
	return nil
}
