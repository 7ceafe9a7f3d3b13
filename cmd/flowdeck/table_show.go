package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards/table"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/tables"
	"github.com/flowdeck/flowdeck/engine/words"
)

// shownRows is the number of rows that a person is shown without --limit.
const shownRows = 100

type showRowsOptions struct {
	dir, where    string
	limit         int
	asCSV, asJSON bool
}

func tableShowCommand(e env) *cobra.Command {
	var o showRowsOptions
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show the rows of a table, in the order of their keys",
		Long: `Show the rows of a table, in the order of their keys: the first 100, or as many as --limit allows. --json prints one list
of objects and --csv a table for spreadsheets: both have all rows, unless --limit is given. In --csv, a ' is put in front
of texts that a spreadsheet would run as a formula; 'flowdeck table export' writes them unchanged.

--where is a condition over the columns, as the cards have it. A column may be null: write '(count ?? 0) > 3'. A condition
on the key is looked up; others read the whole table.

Exit codes: 0 done, 1 the rows cannot be read, 2 wrong usage, 3 problems in flowdeck.yaml.`,
		Example: `  flowdeck table show leavers
  flowdeck table show leavers --where 'active == true and left != nil' --limit 20
  flowdeck table show leavers --csv > leavers.csv`,
		Args:              exactlyOne("NAME"),
		ValidArgsFunction: completeTable(e, &o.dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			limited := cmd.Flags().Changed("limit")
			switch {
			case o.asCSV && o.asJSON:
				return usage("choose one of them", "--csv and --json contradict each other")
			case limited && o.limit < 1:
				return usage("", "--limit %d: must be 1 or more", o.limit)
			case !limited && !o.asCSV && !o.asJSON:
				o.limit = shownRows
			}
			return withTable(cmd.Context(), e, o.dir, args[0], func(store *tables.Store, k tables.Kept) error {
				return showRows(cmd.Context(), e, store, k, o)
			})
		},
	}
	workspaceFlag(cmd, &o.dir)
	whereFlag(cmd, &o.where)
	cmd.Flags().IntVar(&o.limit, "limit", 0, "show at most `N` rows")
	cmd.Flags().BoolVar(&o.asCSV, "csv", false, "print CSV")
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "print one JSON list on standard output, and nothing else")
	return cmd
}

func showRows(ctx context.Context, e env, store *tables.Store, k tables.Kept, o showRowsOptions) error {
	noteMisfit(e, k)
	where := condition(e, o.where)
	switch {
	case o.asCSV:
		_, err := table.Export(e.data, k.Name, "csv", "", k.Names(), true, pagesOf(ctx, store, k.Table, where, o.limit))
		return err
	case o.asJSON:
		return printRows(e.data, pagesOf(ctx, store, k.Table, where, o.limit))
	}
	rows, more, err := store.RowsOf(ctx, k.Table, where, "", o.limit)
	if err != nil {
		return wrongWhere(err)
	}
	if len(rows) == 0 {
		what := "has no row"
		if where != nil {
			what += " for which this is true: " + o.where
		}
		fmt.Fprintf(e.err, "table %s %s\n", k.Name, what)
		return nil
	}
	s := terminal.NewStyles(e.lookup, e.out)
	align, lines := "", [][]terminal.Cell{nil}
	for _, c := range k.Columns {
		letter := "l"
		if c.Type == card.ColumnInteger || c.Type == card.ColumnNumber {
			letter = "r"
		}
		align += letter
		lines[0] = append(lines[0], terminal.Cell{Text: c.Name, Style: s.Heading})
	}
	for _, row := range rows {
		var line []terminal.Cell
		for _, c := range k.Columns {
			text, _ := expr.CSVCell(row[c.Name]) // no column has lists or objects
			line = append(line, terminal.Cell{Text: text})
		}
		lines = append(lines, line)
	}
	terminal.Table{Width: terminal.Limit(e.out), Align: align}.Write(e.out, lines)
	if more != "" {
		fmt.Fprintf(e.err, "there are more rows: --limit, --where, or --csv for all\n")
	}
	return nil
}

// noteMisfit prints that the columns are not those of the declaration.
func noteMisfit(e env, k tables.Kept) {
	switch {
	case k.Misfit != nil:
		fmt.Fprintf(e.err, "the columns are those of the rows: %v\n", k.Misfit)
	case !k.Declared:
		fmt.Fprintf(e.err, "the columns are those of the rows: flowdeck.yaml does not declare table %s\n", k.Name)
	}
}

// printRows prints rows as one JSON list, a line for each.
func printRows(to io.Writer, page func(card.Cursor) ([]card.Row, card.Cursor, error)) error {
	out := bufio.NewWriter(to)
	before, end := "[\n  ", "[]\n"
	for at := card.Cursor(""); ; {
		rows, next, err := page(at)
		if err != nil {
			return err
		}
		for _, row := range rows {
			text, err := card.EncodeJSON(row)
			if err == nil {
				_, err = out.WriteString(before + string(words.VisibleJSON(text)))
			}
			if err != nil {
				return err
			}
			before, end = ",\n  ", "\n]\n"
		}
		if next == "" {
			_, err := out.WriteString(end)
			return errors.Join(err, out.Flush())
		}
		at = next
	}
}
