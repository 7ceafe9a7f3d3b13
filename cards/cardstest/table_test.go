package cardstest_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/flowdeck/flowdeck/cards/cardstest"
	"github.com/flowdeck/flowdeck/cards/table"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/files"
	"github.com/flowdeck/flowdeck/engine/tables"
)

// tableBench runs the table cards on a table with one row. It has no service.
func tableBench() cardstest.Bench {
	return cardstest.Bench{
		Cards: table.Cards(), Start: startTables, Short: true,
		Unpredicted: map[string]string{
			"table.import": "the rows are in the file, and the state is their number",
			"table.export": "the rows are in the table, and the state is the size of the file",
		},
		More: map[string][]cardstest.Case{
			"table.row.insert": calls(object{"table": "leavers", "row": object{"login": "dee@acme.example"}}, object{"table": "leavers", "row": object{"login": "dee@acme.example", "note": nil, "count": 2.0}}),
			"table.row.upsert": calls(
				object{"table": "leavers", "row": object{"login": "ada@acme.example", "count": 1, "active": true, "note": nil}}, object{"table": "leavers", "row": object{"login": "ada@acme.example", "left": nil, "count": 2}},
			),
			"table.row.update": calls(object{"table": "leavers", "key": "ada@acme.example", "set": object{"count": 1}}, object{"table": "leavers", "key": "ada@acme.example", "set": object{"count": nil, "note": "x"}}),
			"table.row.delete": calls(object{"table": "leavers", "key": "nobody@acme.example"}),
		},
		Calls: map[string][]cardstest.Case{"table.row.upsert": {{
			In:   map[string]card.Value{"table": "leavers", "row": map[string]any{"login": "cy@acme.example", "count": 3}},
			Rest: cardstest.Diff{"leavers cy@acme.example": "∅ → map[active:<nil> count:<nil> left:<nil> login:cy@acme.example note:<nil>]"},
		}}},
	}
}

func TestTableCards(t *testing.T) {
	t.Parallel()
	cardstest.Run(t, tableBench())
}

func startTables(tb testing.TB, _ []string) cardstest.Server {
	tb.Helper()
	dir := tb.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "lists"), 0o700), os.WriteFile(filepath.Join(dir, "lists", "leavers.csv"), []byte("login,count\nbo@acme.example,2\n"), 0o600)); err != nil {
		tb.Fatal(err)
	}
	store := tables.New(tables.Config{State: filepath.Join(dir, ".flowdeck"), Tables: []card.Table{{Name: "leavers", Key: "login", Columns: []card.Column{
		{Name: "login", Type: card.ColumnString}, {Name: "left", Type: card.ColumnDate}, {Name: "count", Type: card.ColumnInteger},
		{Name: "active", Type: card.ColumnBoolean}, {Name: "note", Type: card.ColumnString},
	}}}})
	tb.Cleanup(func() { _ = store.Close() })
	if _, err := store.Save(tb.Context(), "leavers", card.Insert, func(yield func(card.Row, error) bool) {
		yield(card.Row{"login": "ada@acme.example", "count": 1, "active": true, "left": "2026-11-01"}, nil)
	}); err != nil {
		tb.Fatal(err)
	}
	columns := map[string]any{"login": "string", "left": "date", "count": "integer", "active": "boolean", "note": "string"}
	workspaceFiles := files.New(dir, filepath.Join(dir, ".flowdeck")).Run("runs/example/files")
	size := func(name string) (int, bool) {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return 0, false
		}
		return int(info.Size()), true
	}
	all := func() []card.Row {
		rows, _, err := store.Rows(tb.Context(), "leavers", nil, "", 1000)
		if err != nil {
			tb.Fatal(err)
		}
		return rows
	}
	return cardstest.Server{
		Requests: func() []cardstest.Request { return nil },
		Files:    workspaceFiles, Tables: store,
		Workspace: map[string]card.Value{"tables": map[string]any{"leavers": map[string]any{"key": "login", "columns": columns}}},
		Dump: func() cardstest.Facts {
			facts := cardstest.Facts{}
			for _, row := range all() {
				facts[fmt.Sprintf("leavers %v", row["login"])] = fmt.Sprint(row)
			}
			if n, there := size("reports/leavers.csv"); there {
				facts["reports/leavers.csv"] = n
			}
			return facts
		},
		State: func(c card.Card, in map[string]card.Value) card.State {
			rows := all()
			switch c.Name {
			case "table.export":
				n, there := size("reports/leavers.csv")
				if !there {
					return card.State{Missing: true}
				}
				return card.State{Fields: map[string]any{"bytes": n}}
			case "table.clear", "table.import": // the condition of the example selects every row
				return card.State{Fields: map[string]any{"rows": len(rows)}}
			}
			key, given := in["key"], map[string]any{}
			for _, name := range []string{"row", "set"} {
				for column := range asObject(in[name]) {
					given[column] = true
				}
			}
			if row := asObject(in["row"]); row != nil {
				key = row["login"]
			}
			for _, row := range rows {
				if row["login"] != key {
					continue
				}
				fields := map[string]any{}
				for column, v := range row {
					if given[column] != nil || len(given) == 0 || column == "login" {
						fields[column] = v
					}
				}
				return card.State{Fields: fields}
			}
			return card.State{Missing: true}
		},
	}
}

func asObject(v card.Value) map[string]any {
	object, _ := v.(map[string]any)
	return object
}
