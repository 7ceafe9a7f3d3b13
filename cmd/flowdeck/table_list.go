package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/tables"
)

func tableListCommand(e env) *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tables of a workspace, with their columns and the number of rows",
		Long: `List the tables of a workspace, with their columns and the number of rows. The key is marked with *.

A table that is not declared any more is listed as long as it has rows, and so is a table whose rows do not fit its
declaration: the columns are those of the rows.

--json prints a list of {"name", "about", "key", "columns", "rows", "declared", "problem"}; "columns" is a list of
{"name", "type", "about"}.

Exit codes: 0 done, 1 the tables cannot be read, 2 wrong usage, 3 problems in flowdeck.yaml.`,
		Example: `  flowdeck table list
  flowdeck table list --json | jq '.[] | {name, rows}'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return listTables(cmd.Context(), e, dir, asJSON) },
	}
	workspaceFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON list on standard output, and nothing else")
	return cmd
}

// listedTable is what --json prints about a table.
type listedTable struct {
	Name     string         `json:"name"`
	About    string         `json:"about,omitempty"`
	Key      string         `json:"key"`
	Columns  []listedColumn `json:"columns"`
	Rows     int            `json:"rows"`
	Declared bool           `json:"declared"`
	Problem  string         `json:"problem,omitempty"`
}

type listedColumn struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	About string `json:"about,omitempty"`
}

func listed(k tables.Kept, rows int) listedTable {
	t := listedTable{Name: k.Name, About: k.About, Key: k.Key, Columns: []listedColumn{}, Rows: rows, Declared: k.Declared}
	for _, c := range k.Columns {
		t.Columns = append(t.Columns, listedColumn{c.Name, string(c.Type), c.About})
	}
	if k.Misfit != nil {
		t.Problem = k.Misfit.Error()
	}
	return t
}

func listTables(ctx context.Context, e env, dir string, asJSON bool) (err error) {
	store, err := openTables(e, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	all, err := store.All(ctx)
	if err != nil {
		return err
	}
	list := []listedTable{}
	for _, k := range all {
		n, err := store.CountOf(ctx, k.Table, nil)
		if err != nil {
			return err
		}
		list = append(list, listed(k, n))
	}
	if asJSON {
		return printJSON(e.data, list)
	}
	if len(list) == 0 {
		fmt.Fprintln(e.err, "there is no table: they are declared under `tables` in flowdeck.yaml")
	}
	s := terminal.NewStyles(e.lookup, e.out)
	var rows [][]terminal.Cell
	for _, t := range list {
		var columns []string
		for _, c := range t.Columns {
			mark := ""
			if c.Name == t.Key {
				mark = "*"
			}
			columns = append(columns, c.Name+mark+": "+c.Type)
		}
		text := strings.Join(columns, ", ")
		switch {
		case !t.Declared:
			text += "; not declared in flowdeck.yaml"
		case t.Problem != "":
			text += "; " + t.Problem
		}
		rows = append(rows, []terminal.Cell{{Text: t.Name, Style: s.Heading}, {Text: counted(t.Rows, "row")}, {Text: text}})
	}
	terminal.Table{Width: terminal.Limit(e.out), Align: "lr"}.Write(e.out, rows)
	return nil
}
