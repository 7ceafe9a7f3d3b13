package file

import (
	"io"
	"iter"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Rows and a RowWriter are for cards of other packages that read and write rows of any number, in constant memory.

// Rows returns the rows of a CSV or JSON Lines file as objects, one after the other. Those of CSV are strings. The format and the
// separator are those of file.read.
func Rows(call card.Call, path, format, separator string) iter.Seq2[map[string]card.Value, error] {
	return func(yield func(map[string]card.Value, error) bool) {
		name, format, err := rowFormat(call, path, format)
		if err != nil {
			yield(nil, err)
			return
		}
		file, _, err := open(call, path)
		if err != nil {
			yield(nil, err)
			return
		}
		defer file.Close()
		ReadRows(file, name, format, separator)(yield)
	}
}

// ReadRows returns the rows of a text, as Rows does. Errors have the name, whose ending is the format if none is given.
func ReadRows(from io.Reader, name, format, separator string) iter.Seq2[map[string]card.Value, error] {
	return func(yield func(map[string]card.Value, error) bool) {
		if err := eachRow(from, name, format, separator, func(row map[string]card.Value) bool { return yield(row, nil) }); err != nil {
			yield(nil, err)
		}
	}
}

func eachRow(from io.Reader, name, format, separator string, visit func(map[string]card.Value) bool) error {
	format, err := RowFormat(name, format)
	if err != nil {
		return err
	}
	t, err := newTable(name, format, separator, true, from)
	if err != nil {
		return err
	}
	for {
		t.room = largestValue // of a page
		rows, err := t.read(pageRows, pageBytes)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, v := range rows {
			row, ok := v.(map[string]any)
			if !ok {
				return &card.Error{Kind: card.Invalid, Message: words.MustBe("each line of "+name, "object", words.Kind(v))}
			}
			if !visit(row) {
				return nil
			}
		}
	}
}

// rowFormat returns the name of a file as other cards take it, and its format, which must be one of rows.
func rowFormat(call card.Call, path, given string) (name, format string, err error) {
	if name, err = call.Files.Path(path); err == nil {
		format, err = RowFormat(name, given)
	}
	return name, format, err
}

// RowFormat returns the format of a file with rows, csv or jsonl: the one that is given, otherwise that of its name.
func RowFormat(name, given string) (string, error) {
	format := formatOf(name, given)
	if format != formatCSV && format != formatLines {
		return "", invalid("write `format: csv` or `format: jsonl`", "%s has no rows by its name", name)
	}
	return format, nil
}

// A RowWriter writes rows with named columns as CSV or JSON Lines. In CSV the first line has the names.
type RowWriter struct {
	writer
	to      io.Writer
	csv     *expr.CSVWriter // nil: JSON Lines
	columns []column
	n       int
}

// NewRowWriter returns a RowWriter for a file, whose ending is the format if none is given. Its options are those of file.write.
func NewRowWriter(to io.Writer, name, format, separator string, columns []string, escapeFormulas bool) (*RowWriter, error) {
	format, err := RowFormat(name, format)
	if err != nil {
		return nil, err
	}
	w, err := newWriter(name, format, csvInput{Separator: separator, EscapeFormulas: escapeFormulas})
	if err != nil {
		return nil, err
	}
	made := &RowWriter{writer: w, to: to}
	if format == formatLines {
		return made, nil
	}
	made.csv = expr.NewCSVWriter(to, w.separator)
	for _, name := range columns {
		made.columns = append(made.columns, column{name, true})
	}
	return made, made.csv.Row(w.headerFor(columns))
}

// Write writes a row.
func (w *RowWriter) Write(row map[string]card.Value) error {
	w.n++
	if w.csv == nil {
		return w.lines(w.to, []card.Value{row})
	}
	cells, err := w.cells(w.n, row, w.columns)
	if err != nil {
		return err
	}
	return w.csv.Row(cells)
}

// Flush writes what is buffered.
func (w *RowWriter) Flush() error {
	if w.csv == nil {
		return nil
	}
	return w.csv.Flush()
}
