package table

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/cards/file"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

type importInput struct {
	Table     string `json:"table" jsonschema:"the table, as flowdeck.yaml declares it; a literal name" table:"name"`
	Path      string `json:"path" jsonschema:"the file: a path below the workspace's folder, such as lists/people.csv; or run:people.csv for a file in the run's own folder"`
	Format    string `json:"format,omitempty" jsonschema:"the format; by default that of the ending .csv, .jsonl or .ndjson" enum:"csv,jsonl"`
	Separator string `json:"separator,omitempty" jsonschema:"CSV: the character between two cells; by default a comma"`
}

type imported struct {
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
	}, card.Write[listInput, cleared]{Do: clearTable, Before: beforeClear, Did: didClear}),

	card.NewWrite(card.Spec{
		Name: "table.import", Title: "Import from CSV", Also: []string{"Import Table"}, Summary: "add the rows of a CSV or JSON Lines file of any size to a table, or update those whose keys exist, all or none",
		Effect: card.Idempotent, Undo: card.Undo{Extent: card.None}, NoConnection: true,
		Example: "card: table.import\nwith: {table: leavers, path: lists/leavers.csv}",
	}, card.Write[importInput, imported]{
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

func importTable(ctx context.Context, call card.Call, in importInput) (out imported, err error) {
	t, err := call.Tables.Table(in.Table)
	if err != nil {
		return out, err
	}
	rows := func(yield func(card.Row, error) bool) {
		for r, err := range file.Rows(call, in.Path, in.Format, in.Separator) {
			if err != nil {
				yield(nil, err)
				return
			}
			out.Rows++
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			} else {
				r, err = typed(t, r)
			}
			if !yield(r, err) {
				return
			}
		}
	}
	var n card.Saved
	err = sending(ctx, "import into table "+in.Table, func() error {
		n, err = call.Tables.Save(ctx, in.Table, card.Upsert, rows)
		return err
	})
	if err != nil {
		return imported{}, inRow(err, in.Path, out.Rows)
	}
	out.Inserted, out.Updated, out.Changed = n.Inserted, n.Updated, n.Inserted+n.Updated > 0
	return out, nil
}

// inRow adds the place of a row to the error of its values.
func inRow(err error, path string, n int) error {
	e := (*card.Error)(nil)
	if n == 0 || !errors.As(err, &e) || e.Kind != card.Invalid || strings.HasPrefix(e.Message, path) {
		return err
	}
	placed := *e
	placed.Message = fmt.Sprintf("%s, row %d: %s", path, n, e.Message)
	return &placed
}

// typed returns a row of a file with values of the types of the columns. The cells of CSV are strings; an empty one is null.
func typed(t card.Table, r row) (row, error) {
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
			if _, err := strconv.ParseFloat(text, 64); err != nil || !json.Valid([]byte(text)) {
				return nil, &card.Error{Kind: card.Invalid, Message: words.MustBe(fmt.Sprintf("column %q of table %s", name, t.Name), string(c.Type), fmt.Sprintf("%q", text))}
			}
			r[name] = card.Number(json.Number(text))
		}
	}
	return r, nil
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
	if out.Rows, err = writeRows(ctx, call, in, t, draft); err != nil {
		draft.Discard()
		return exported{}, err
	}
	changed, size, err := draft.Commit()
	out.Name, out.Bytes, out.Changed = path.Base(strings.TrimPrefix(out.Path, card.RunFiles)), int(size), changed
	return out, err
}

// writeRows writes the rows page by page, so that no other process waits for the end of an export.
func writeRows(ctx context.Context, call card.Call, in exportInput, t card.Table, to card.Draft) (n int, err error) {
	buffered := bufio.NewWriterSize(to, 64<<10)
	w, err := file.NewRowWriter(buffered, call, in.Path, in.Format, in.Separator, t.Names(), in.EscapeFormulas)
	if err != nil {
		return 0, err
	}
	for at := card.Cursor(""); ; {
		rows, next, err := call.Tables.Rows(ctx, in.Table, in.Where, at, pageRows)
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
