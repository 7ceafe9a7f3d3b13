package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards/table"
	"github.com/flowdeck/flowdeck/engine/tables"
)

type exportOptions struct {
	dir, where, format, separator string
	escapeFormulas                bool
}

func tableExportCommand(e env) *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use:   "export NAME FILE",
		Short: "Write the rows of a table to a CSV or JSON Lines file",
		Long: `Write the rows of a table to a CSV or JSON Lines file, in place of one with the same name, when all are written. FILE - is
the standard output, as CSV unless --format has another format. 'flowdeck table import' reads the file again.

The rows of a table that does not fit its declaration any more, or is not declared, are written with the columns that they
have: so a column changes its type by an export, 'flowdeck table clear' and an import.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 problems in flowdeck.yaml.`,
		Example: `  flowdeck table export leavers leavers.csv
  flowdeck table export leavers active.csv --where 'active == true' --escape-formulas
  flowdeck table export leavers - --format jsonl | gzip > leavers.jsonl.gz`,
		Args:              fileOfTable,
		ValidArgsFunction: completeTable(e, &o.dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, _, stop := interrupts(cmd.Context())
			defer stop()
			format, err := rowFormat(args[1], o.format)
			if err != nil {
				return err
			}
			o.format = format
			return withTable(ctx, e, o.dir, args[0], func(store *tables.Store, k tables.Kept) error {
				return exportRows(ctx, e, store, k, args[1], o)
			})
		},
	}
	workspaceFlag(cmd, &o.dir)
	whereFlag(cmd, &o.where)
	formatFlags(cmd, &o.format, &o.separator)
	cmd.Flags().BoolVar(&o.escapeFormulas, "escape-formulas", false, "CSV: put ' in front of texts that a spreadsheet would run as a formula")
	return cmd
}

func exportRows(ctx context.Context, e env, store *tables.Store, k tables.Kept, path string, o exportOptions) error {
	noteMisfit(e, k)
	rows := pagesOf(ctx, store, k.Table, condition(e, o.where), 0)
	if path == "-" {
		_, err := table.Export(e.data, k.Name, o.format, o.separator, k.Names(), o.escapeFormulas, rows)
		return err
	}
	n := 0
	if err := replaceFile(path, func(to io.Writer) (err error) {
		n, err = table.Export(to, path, o.format, o.separator, k.Names(), o.escapeFormulas, rows)
		return err
	}); err != nil {
		return err
	}
	fmt.Fprintf(e.err, "%s: %s written to %s\n", k.Name, counted(n, "row"), path)
	return nil
}
