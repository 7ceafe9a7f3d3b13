package file

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/words"
)

// writer writes a value in a format.
type writer struct {
	name, format string
	csvInput
	separator rune
}

func newWriter(name, format string, in csvInput) (w writer, err error) {
	w = writer{name: name, format: formatOf(name, format), csvInput: in}
	if w.separator, err = separator(in.Separator); err != nil {
		return w, err
	}
	if twice, found := expr.FirstTwice(in.Columns); found {
		return w, invalid("", "duplicate column %q in `columns`", twice)
	}
	for option, given := range map[string]bool{"columns": in.Columns != nil, "separator": in.Separator != "", "escape_formulas": in.EscapeFormulas} {
		if given && w.format != formatCSV {
			return w, invalid("write `format: csv`, or leave it out", "`%s` is for CSV, and %s is written as %s", option, name, w.format)
		}
	}
	return w, nil
}

// write writes a whole file.
func (w writer) write(to io.Writer, content card.Value) error {
	b := bufio.NewWriterSize(to, 64<<10)
	if err := w.writeTo(b, content); err != nil {
		return err
	}
	return b.Flush()
}

func (w writer) writeTo(to io.Writer, content card.Value) error {
	if text, ok := content.(string); ok {
		if w.EscapeFormulas {
			return invalid("give the rows as a list of objects", "`escape_formulas` is for rows, not for a string that is CSV already")
		}
		_, err := io.WriteString(to, text)
		return err
	}
	switch w.format {
	case formatCSV:
		return w.rows(to, list(content), nil)
	case formatLines:
		return w.lines(to, list(content))
	case formatJSON:
		return w.json(to, content)
	}
	return &card.Error{Kind: card.Invalid, Message: words.MustBe("content of a text file", "string", words.Kind(content)), Hint: "write `format: json` for other values, or insert it in a string: \"${ … }\""}
}

// more returns the text that is added to a file with a content, as whole lines.
func (w writer) more(added card.Value, content io.ReadSeeker) ([]byte, error) {
	if w.format == formatJSON {
		return nil, invalid("use JSON Lines, with the ending .jsonl", "nothing can be added to a JSON file, which is one value")
	}
	var b bytes.Buffer
	var err error
	if _, text := added.(string); !text && w.format == formatCSV {
		var first []string
		if first, err = w.firstOf(content, objects(list(added))); err == nil {
			err = w.rows(&b, list(added), first)
		}
	} else {
		err = w.writeTo(&b, added)
	}
	if err != nil {
		return nil, err
	}
	if text := b.Bytes(); len(text) > 0 && text[len(text)-1] != '\n' {
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}

// firstOf returns the first row of a CSV file, which has the names of the columns if it is a header; nil if the file is empty.
func (w writer) firstOf(content io.ReadSeeker, header bool) ([]string, error) {
	size, err := content.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = content.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, unread(w.name, err)
	}
	if size == 0 {
		return nil, nil
	}
	t, err := newTable(w.name, formatCSV, w.csvInput.Separator, header, content)
	if err != nil {
		return nil, err
	}
	if header {
		return t.columns, nil
	}
	if _, err := t.read(1, longestRecord); err != nil || t.width == 0 {
		return nil, err
	}
	return make([]string, t.width), nil
}

// list returns the items of a list, or one value as its only item.
func list(content card.Value) []card.Value {
	if items, ok := content.([]any); ok {
		return items
	}
	return []card.Value{content}
}

func (w writer) json(to io.Writer, content card.Value) error {
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(content)
}

func (w writer) lines(to io.Writer, items []card.Value) error {
	for _, item := range items {
		text, err := card.EncodeJSON(item)
		if err != nil {
			return err
		}
		if _, err := to.Write(append(text, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// rows writes rows of CSV. header is the first row of the file so far; nil if it has none, and then objects get a header.
func (w writer) rows(to io.Writer, rows []card.Value, header []string) error {
	out := expr.NewCSVWriter(to, w.separator)
	var columns []column
	if objects(rows) {
		names := w.Columns
		if names == nil {
			names = namesOf(rows)
		}
		var err error
		if columns, err = w.columns(names, header); err != nil {
			return err
		}
		if header == nil && len(names) > 0 {
			err = out.Row(w.headerFor(names))
		}
		if err != nil {
			return err
		}
	}
	width := len(header)
	for i, row := range rows {
		cells, err := w.cells(i, row, columns)
		if err == nil && columns == nil && width > 0 && len(cells) != width {
			err = invalid("", "row %d has %d cells, and the rows before have %d", i, len(cells), width)
		}
		width = len(cells)
		if err == nil {
			err = out.Row(cells)
		}
		if err != nil {
			return err
		}
	}
	return out.Flush()
}

// objects reports whether rows have names: then all are objects.
func objects(rows []card.Value) bool { return len(rows) == 0 || words.Kind(rows[0]) == "object" }

// column is a column of a file. Its cells are empty if no field is written to it.
type column struct {
	field string
	given bool
}

// columns returns the columns of a file with a header, to which the fields with these names are written.
func (w writer) columns(names, header []string) ([]column, error) {
	if header == nil {
		header = w.headerFor(names)
	}
	columns := make([]column, len(header))
	for _, name := range names {
		i := slices.Index(header, w.escaped(name))
		if i < 0 {
			return nil, invalid(words.Hint("columns", name, header), "%s has no column %q", w.name, name)
		}
		columns[i] = column{name, true}
	}
	return columns, nil
}

func (w writer) headerFor(names []string) []string {
	header := make([]string, len(names))
	for i, name := range names {
		header[i] = w.escaped(name)
	}
	return header
}

// namesOf returns the names of the fields of all objects, sorted.
func namesOf(rows []card.Value) []string {
	all := map[string]bool{}
	for _, row := range rows {
		object, _ := row.(map[string]any)
		for name := range object {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// cells returns the cells of a row. columns is nil if the rows are lists.
func (w writer) cells(i int, row card.Value, columns []column) ([]string, error) {
	var values []card.Value
	switch row := row.(type) {
	case map[string]any:
		if columns == nil {
			return nil, invalid("", "row %d is an object, but the first row is a list", i)
		}
		values = make([]card.Value, len(columns))
		for j, c := range columns {
			if c.given {
				values[j] = row[c.field]
			}
		}
	case []any:
		if columns != nil {
			return nil, invalid("", "row %d is a list, but the columns have names", i)
		}
		values = row
	default:
		return nil, &card.Error{Kind: card.Invalid, Message: words.MustBe(fmt.Sprintf("row %d", i), "object or list", words.Kind(row))}
	}
	if len(values) == 0 {
		return nil, invalid("", "row %d has no cells", i)
	}
	cells := make([]string, len(values))
	for j, v := range values {
		text, ok := expr.CSVCell(v)
		if !ok {
			return nil, &card.Error{Kind: card.Invalid, Message: words.MustBe(fmt.Sprintf("a cell in row %d", i), "string, number or boolean", words.Kind(v)), Hint: "json(value) converts it to a string"}
		}
		if _, isText := v.(string); isText { // a number is not a formula
			text = w.escaped(text)
		}
		cells[j] = text
	}
	return cells, nil
}

// formulas are the characters with which spreadsheets recognize a formula at the start of a cell.
//
// Source: OWASP, "CSV Injection", https://owasp.org/www-community/attacks/CSV_Injection
const formulas = "=+-@\t\r\n＝＋－＠"

// EscapeFormula returns a cell that no spreadsheet runs. A spreadsheet may skip space and what is not seen, such as a byte order mark, before
// a formula.
func EscapeFormula(cell string) string {
	seen := strings.TrimLeftFunc(cell, func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsGraphic(c) })
	first, _ := utf8.DecodeRuneInString(cell)
	start, _ := utf8.DecodeRuneInString(seen)
	if cell != "" && (strings.ContainsRune(formulas, first) || seen != "" && strings.ContainsRune(formulas, start)) {
		return "'" + cell
	}
	return cell
}

// escaped returns a cell that no spreadsheet runs, if that is asked for.
func (w writer) escaped(cell string) string {
	if w.EscapeFormulas {
		return EscapeFormula(cell)
	}
	return cell
}
