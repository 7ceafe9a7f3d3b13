package table

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/cards/file"
	"github.com/flowdeck/flowdeck/engine/card"
)

type importInput struct {
	Table     string `json:"table" jsonschema:"the table, as flowdeck.yaml declares it; a literal name" table:"name"`
	Path      string `json:"path" jsonschema:"the file: a path below the workspace's folder, such as lists/people.csv; or run:people.csv for a file in the run's own folder"`
	Format    string `json:"format,omitempty" jsonschema:"the format; by default that of the ending .csv, .jsonl or .ndjson" enum:"csv,jsonl"`
	Separator string `json:"separator,omitempty" jsonschema:"CSV: the character between two cells; by default a comma"`
}

// Imported is the result of an import.
type Imported struct {
	Rows     int  `json:"rows" jsonschema:"the rows of the file"`
	Inserted int  `json:"inserted" jsonschema:"the rows that are new"`
	Updated  int  `json:"updated" jsonschema:"the rows that existed and were changed, also by a later row of the file with the same key"`
	Changed  bool `json:"changed" jsonschema:"false if the table had all these rows already"`
}

type exportInput struct {
	Table          string      `json:"table" jsonschema:"the table, as flowdeck.yaml declares it; a literal name" table:"name"`
	Path           string      `json:"path" jsonschema:"the file: a path below the workspace's folder, such as reports/people.csv; or run:people.csv for a file in the run's own folder. Its folders are made"`
	Where          *card.Where `json:"where,omitempty" jsonschema:"only rows for which this is true: a condition over the columns, written without ${ }, such as: active == true" table:"where"`
	Format         string      `json:"format,omitempty" jsonschema:"the format; by default that of the ending .csv, .jsonl or .ndjson" enum:"csv,jsonl"`
	Separator      string      `json:"separator,omitempty" jsonschema:"CSV: the character between two cells; by default a comma"`
	EscapeFormulas bool        `json:"escape_formulas,omitempty" jsonschema:"CSV: put ' in front of strings that a spreadsheet would run as a formula, because they start with =, +, -, @, a tab or a line break"`
}

type exported struct {
	Path    string `json:"path" jsonschema:"the path of the file, as other cards take it"`
	Name    string `json:"name" jsonschema:"its name without folders"`
	Bytes   int    `json:"bytes" jsonschema:"its size"`
	Rows    int    `json:"rows" jsonschema:"the rows in it"`
	Changed bool   `json:"changed" jsonschema:"false if the file had this content already"`
}

type cleared struct {
	Rows    int  `json:"rows" jsonschema:"the rows that were deleted"`
	Changed bool `json:"changed" jsonschema:"false if there was no such row"`
}

var tableWrites = []card.Card{
	card.NewWrite(card.Spec{
		Name: "table.clear", Title: "Clear Table", Also: []string{"Delete All Rows"}, Summary: "delete the rows of a table, all or those for which a condition is true",
		Effect: card.Destroys, Undo: card.Undo{Extent: card.None}, NoConnection: true,
		Example: "card: table.clear\nwith: {table: leavers, where: active == true}",
	}, card.Write[listInput, cleared]{Do: clearTable, Before: beforeClear, After: afterClear, Did: didClear}),

	card.NewWrite(card.Spec{
		Name: "table.import", Title: "Import from CSV", Also: []string{"Import Table"}, Summary: "add the rows of a CSV or JSON Lines file of any size to a table, or update those whose keys exist, all or none",
		Effect: card.Idempotent, Undo: card.Undo{Extent: card.None}, NoConnection: true,
		Example: "card: table.import\nwith: {table: leavers, path: lists/leavers.csv}",
	}, card.Write[importInput, Imported]{
		Do: importTable,
		Before: func(ctx context.Context, call card.Call, in importInput) (card.State, error) {
			return beforeClear(ctx, call, listInput{Table: in.Table})
		},
	}),

	card.NewWrite(card.Spec{
		Name: "table.export", Title: "Export to CSV", Also: []string{"Export Table"}, Summary: "write the rows of a table to a CSV or JSON Lines file of any size, in place of one with the same name",
		Effect: card.Idempotent, Undo: card.Undo{Extent: card.None}, Target: "{path}", NoConnection: true,
		Example: "card: table.export\nwith: {table: leavers, path: reports/leavers.csv, where: active == true}",
	}, card.Write[exportInput, exported]{Do: exportTable, Before: beforeExport}),
}

func clearTable(ctx context.Context, call card.Call, in listInput) (out cleared, err error) {
	err = sending(ctx, "clear table "+in.Table, func() error {
		out.Rows, err = call.Tables.Clear(ctx, in.Table, in.Where)
		return err
	})
	out.Changed = out.Rows > 0
	return out, err
}

// beforeClear counts the rows.
func beforeClear(ctx context.Context, call card.Call, in listInput) (card.State, error) {
	n, err := call.Tables.Count(ctx, in.Table, in.Where)
	if err != nil {
		return card.State{}, err
	}
	return card.State{Fields: row{"rows": n}}, nil
}

func afterClear(listInput, card.State) card.Predicted { return card.Predicted{Fields: row{"rows": 0}} }

// didClear counts the rows: the call was done if there were some, and are none.
func didClear(ctx context.Context, call card.Call, in listInput, was card.State) (cleared, bool, error) {
	now, err := beforeClear(ctx, call, in)
	if err != nil {
		return cleared{}, false, err
	}
	left, _ := now.Fields["rows"].(int)
	before, known := was.Fields["rows"].(int)
	return cleared{Rows: before, Changed: before > 0}, left == 0 && known && before > 0, nil
}

func importTable(ctx context.Context, call card.Call, in importInput) (out Imported, err error) {
	err = sending(ctx, "import into table "+in.Table, func() (err error) {
		format, err := file.RowFormat(in.Path, in.Format)
		if err == nil {
			out, err = Import(ctx, call.Tables, in.Table, in.Path, format, file.Rows(call, in.Path, format, in.Separator))
		}
		return err
	})
	return out, err
}

// Import saves the rows of a file with a format in a table, all or none. Errors have the name of the file.
func Import(ctx context.Context, tables card.Tables, table, name, format string, from iter.Seq2[card.Row, error]) (out Imported, err error) {
	t, err := tables.Table(table)
	if err != nil {
		return out, err
	}
	rows := func(yield func(card.Row, error) bool) {
		for r, err := range from {
			if err != nil {
				yield(nil, err)
				return
			}
			out.Rows++
			if ctx.Err() != nil {
				yield(nil, context.Cause(ctx))
				return
			}
			if format == "csv" {
				r = typed(t, r)
			}
			if !yield(r, nil) {
				return
			}
		}
	}
	n, err := tables.Save(ctx, table, card.Upsert, rows)
	if err != nil {
		return Imported{}, inRow(err, name, out.Rows)
	}
	out.Inserted, out.Updated, out.Changed = n.Inserted, n.Updated, n.Inserted+n.Updated > 0
	return out, nil
}

// inRow adds the place of a row to the error of its values.
func inRow(err error, name string, n int) error {
	e := (*card.Error)(nil)
	if n == 0 || !errors.As(err, &e) || e.Kind != card.Invalid || strings.HasPrefix(e.Message, name) {
		return err
	}
	placed := *e
	placed.Message = fmt.Sprintf("%s, row %d: %s", name, n, e.Message)
	return &placed
}

// typed returns a row of CSV, whose cells are strings, with values of the types of the columns, as far as they have them. An empty cell
// is null.
func typed(t card.Table, r row) row {
	for name, v := range r {
		text, ok := v.(string)
		c, known := t.Column(name)
		if !ok || !known {
			continue
		}
		switch {
		case text == "":
			r[name] = nil
		case c.Type == card.ColumnBoolean && strings.EqualFold(text, "true"), c.Type == card.ColumnBoolean && strings.EqualFold(text, "false"):
			r[name] = strings.EqualFold(text, "true") // spreadsheets write TRUE
		case c.Type == card.ColumnInteger || c.Type == card.ColumnNumber:
			if _, err := strconv.ParseFloat(text, 64); err == nil && json.Valid([]byte(text)) {
				r[name] = card.Number(json.Number(text))
			}
		}
	}
	return r
}

func exportTable(ctx context.Context, call card.Call, in exportInput) (out exported, err error) {
	t, err := call.Tables.Table(in.Table)
	if err != nil {
		return out, err
	}
	if out.Path, err = call.Files.Path(in.Path); err != nil {
		return out, err
	}
	draft, err := call.Files.Create(in.Path)
	if err != nil {
		return out, err
	}
	rows := func(at card.Cursor) ([]card.Row, card.Cursor, error) {
		return call.Tables.Rows(ctx, in.Table, in.Where, at, PageRows)
	}
	if out.Rows, err = Export(draft, out.Path, in.Format, in.Separator, t.Names(), in.EscapeFormulas, rows); err != nil {
		draft.Discard()
		return exported{}, err
	}
	changed, size, err := draft.Commit()
	out.Name, out.Bytes, out.Changed = path.Base(strings.TrimPrefix(out.Path, card.RunFiles)), int(size), changed
	return out, err
}

// Export writes rows to a file, and returns their number. It asks for page after page, so that no process waits for the end of an export.
func Export(to io.Writer, name, format, separator string, columns []string, escapeFormulas bool, page func(card.Cursor) ([]card.Row, card.Cursor, error)) (n int, err error) {
	buffered := bufio.NewWriterSize(to, 64<<10)
	w, err := file.NewRowWriter(buffered, name, format, separator, columns, escapeFormulas)
	if err != nil {
		return 0, err
	}
	for at := card.Cursor(""); ; {
		rows, next, err := page(at)
		if err != nil {
			return 0, err
		}
		for _, r := range rows {
			if err := w.Write(r); err != nil {
				return 0, err
			}
		}
		if n += len(rows); next == "" {
			return n, errors.Join(w.Flush(), buffered.Flush())
		}
		at = next
	}
}

// beforeExport returns the size of the file.
func beforeExport(_ context.Context, call card.Call, in exportInput) (card.State, error) {
	f, err := call.Files.Open(in.Path)
	switch {
	case err != nil && card.AsError(err).Kind == card.NotFound:
		return card.State{Missing: true}, nil
	case err != nil:
		return card.State{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return card.State{}, err
	}
	return card.State{Fields: row{"bytes": int(info.Size())}}, nil
}
