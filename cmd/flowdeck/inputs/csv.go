package inputs

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/expr"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// readCSV reads a CSV file in the format of RFC 4180, and returns a list with one item for each row. items is the
// schema of the items; nil means any. The first row has the names of the columns. If the items are objects, each row
// is an object, the type of a column determines the type of its cells, and an empty cell is a missing field.
// Otherwise there must be one column, whose cells are the items. Every Node has the place of its cell or row.
func readCSV(name string, text []byte, items *jsonschema.Schema) (*flow.Node, error) {
	text = bytes.TrimPrefix(text, []byte("\uFEFF")) // spreadsheets write a byte order mark
	if !utf8.Valid(text) {
		return nil, fault("save it as UTF-8", "%s is not UTF-8", name)
	}
	if _, separators := expr.OtherSeparator(string(text)); separators != "" {
		return nil, fault("save it with commas, and write a name with another separator in quotes; or read it into an input of type string, and use uncsv with a separator", "%s: the columns are separated by %s, not by commas", name, separators)
	}
	if expr.OldLines(string(text)) {
		return nil, fault(`save it with lines that end with \n or \r\n`, `%s: the lines end with \r alone`, name)
	}
	t := &csvTable{name: name, items: items, rows: expr.CSVReader(string(text))}
	t.rows.FieldsPerRecord = -1 // row has a better message than the reader
	if err := t.head(); err != nil {
		return nil, err
	}
	list := &flow.Node{Kind: flow.List, Pos: flow.Pos{File: name, Line: 1, Col: 1}}
	for {
		item, err := t.row()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, item)
	}
}

// csvTable is a CSV file that is being read.
type csvTable struct {
	name    string
	items   *jsonschema.Schema
	rows    *csv.Reader
	columns []string
}

// at returns the place of a cell in the current row.
func (t *csvTable) at(cell int) flow.Pos {
	line, col := t.rows.FieldPos(cell)
	return flow.Pos{File: t.name, Line: line, Col: col}
}

// read reads a row. It returns io.EOF at the end of the file.
func (t *csvTable) read() ([]string, error) {
	row, err := t.rows.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		line, column, why := expr.BadCSV(err)
		return nil, fault(`a cell with a comma, a quote or a line break is written in quotes, and a quote in it twice: "say ""hi"""`,
			"%s:%d:%d: %s", t.name, line, column, why)
	}
	return row, err
}

// head reads the names of the columns.
func (t *csvTable) head() error {
	columns, err := t.read()
	if errors.Is(err, io.EOF) {
		return fault("the first line names the columns", "%s is empty", t.name)
	}
	if err != nil {
		return err
	}
	for i, column := range columns {
		switch {
		case column == "":
			return fault("the first line names the columns", "%s: column %d has no name", t.at(i), i+1)
		case slices.Contains(columns[:i], column):
			return fault("", "%s: duplicate column %q", t.at(i), column)
		}
		if err := t.known(column, t.at(i)); err != nil {
			return err
		}
	}
	if !t.objects() && len(columns) != 1 {
		return fault("", "%s: the input is a list of single values, but there are %d columns", t.at(0), len(columns))
	}
	t.columns = columns
	return nil
}

// objects reports whether the rows are objects.
func (t *csvTable) objects() bool {
	typ := TypeOf(t.items)
	return typ == "" || typ == "object"
}

// known returns an error for a column that the schema does not have. Its name is usually misspelled, and its cells
// would be lost.
func (t *csvTable) known(column string, at flow.Pos) error {
	if !t.objects() || t.items == nil || len(t.items.Properties) == 0 || t.items.Properties[column] != nil ||
		t.items.AdditionalProperties != nil && t.items.AdditionalProperties.Not == nil {
		return nil
	}
	return fault(words.Hint("columns", column, slices.Sorted(maps.Keys(t.items.Properties))), "%s: the input has no field for column %q", at, column)
}

// row reads the next row as an item.
func (t *csvTable) row() (*flow.Node, error) {
	cells, err := t.read()
	if err != nil {
		return nil, err
	}
	if len(cells) != len(t.columns) {
		return nil, fault("a cell with a comma in it is written in quotes", "%s: the number of cells must be %d, one for each column, not %d", t.line(), len(t.columns), len(cells))
	}
	if !t.objects() {
		return t.cell(0, cells[0], t.items)
	}
	item := &flow.Node{Kind: flow.Mapping, Pos: t.at(0)}
	for i, text := range cells {
		if text == "" {
			continue
		}
		value, err := t.cell(i, text, t.column(i))
		if err != nil {
			return nil, err
		}
		item.Fields = append(item.Fields, flow.Field{Key: asNode(t.columns[i], t.at(i)), Value: value})
	}
	return item, nil
}

func (t *csvTable) line() string {
	line, _ := t.rows.FieldPos(0)
	return fmt.Sprintf("%s:%d", t.name, line)
}

// column returns the schema of a column; nil if there is none.
func (t *csvTable) column(i int) *jsonschema.Schema {
	if t.items == nil {
		return nil
	}
	return t.items.Properties[t.columns[i]]
}

// cell reads a cell. Its schema determines the type.
func (t *csvTable) cell(i int, text string, s *jsonschema.Schema) (*flow.Node, error) {
	if TypeOf(s) == "boolean" {
		text = strings.ToLower(text) // spreadsheets write TRUE
	}
	value, err := readText(s, text)
	if err != nil {
		return nil, fault("", "%s: column %q: %v", t.at(i), t.columns[i], err)
	}
	return asNode(value, t.at(i)), nil
}

// asNode returns a value as a Node. All parts of the value have the same place.
func asNode(v any, at flow.Pos) *flow.Node {
	n := &flow.Node{Kind: flow.Scalar, Pos: at, Value: v}
	switch v := v.(type) {
	case string:
		n.Text = v
	case []any:
		n.Kind, n.Value = flow.List, nil
		for _, item := range v {
			n.Items = append(n.Items, asNode(item, at))
		}
	case map[string]any:
		n.Kind, n.Value = flow.Mapping, nil
		for _, name := range slices.Sorted(maps.Keys(v)) {
			n.Fields = append(n.Fields, flow.Field{Key: asNode(name, at), Value: asNode(v[name], at)})
		}
	}
	return n
}
