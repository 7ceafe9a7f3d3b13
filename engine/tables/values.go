package tables

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// stored returns a value of a column as the database keeps it. The error is a *card.Error.
func (s *Store) stored(t card.Table, c card.Column, v card.Value) (any, error) {
	if v == nil {
		if c.Name == t.Key {
			return nil, invalid("", "the key %q of a row of table %s is null", c.Name, t.Name)
		}
		return nil, nil
	}
	switch v := v.(type) {
	case string:
		switch {
		case !textual(c.Type) || !wellFormed(c.Type, v):
		case s.config.Secret != nil && s.config.Secret(v):
			return nil, invalid("keep it in the service, or in a secret that a connection or an input refers to",
				"column %q of table %s is given a secret: tables are not for secrets", c.Name, t.Name)
		default:
			return v, nil
		}
	case bool:
		if c.Type == card.ColumnBoolean {
			return v, nil
		}
	case int:
		if c.Type == card.ColumnInteger || c.Type == card.ColumnNumber {
			return int64(v), nil
		}
	case json.Number: // an integer of more than 64 bits
		if f, err := v.Float64(); c.Type == card.ColumnNumber && err == nil && strconv.FormatFloat(f, 'f', -1, 64) == v.String() { // as a large number is exported
			return f, nil
		}
	case float64:
		switch {
		case c.Type == card.ColumnNumber:
			return v, nil
		case c.Type == card.ColumnInteger && v == float64(int64(v)) && v < 1<<53 && v > -1<<53:
			return int64(v), nil
		}
	}
	return nil, wrongValue(t, c, v)
}

// wrongValue is the error of a value that does not have the type of its column. It shows a value that may have been meant, but no other text.
func wrongValue(t card.Table, c card.Column, v card.Value) error {
	got, hint := words.A(words.Kind(v)), ""
	switch c.Type {
	case card.ColumnDate:
		hint = "such as 2026-11-28"
	case card.ColumnTime:
		hint = "such as 2026-11-28T08:00:00Z"
	case card.ColumnString:
		hint = "string(value) converts it to a string"
	}
	switch v := v.(type) {
	case string:
		if len(v) <= 40 {
			got = fmt.Sprintf("%q", v)
		}
	case float64:
		got = fmt.Sprint(v)
	case json.Number:
		got, hint = "one of more than 64 bits", ""
	}
	return invalid(hint, "column %q of table %s must be %s, not %s", c.Name, t.Name, words.A(string(c.Type)), got)
}

func textual(t card.ColumnType) bool {
	return t == card.ColumnString || t == card.ColumnDate || t == card.ColumnTime
}

// wellFormed reports whether a text is a value of a type.
func wellFormed(t card.ColumnType, text string) bool {
	var err error
	switch t {
	case card.ColumnDate:
		_, err = time.Parse(time.DateOnly, text)
	case card.ColumnTime:
		_, err = time.Parse(time.RFC3339, text)
		if strings.Contains(text, ",") { // Parse takes it, and RFC 3339 does not
			return false
		}
	}
	return err == nil
}

// loaded returns the value of a column from the database.
func loaded(c card.Column, v any) card.Value {
	switch v := v.(type) {
	case int64:
		if c.Type == card.ColumnBoolean {
			return v != 0
		}
		return int(v)
	case []byte:
		return string(v)
	}
	return v
}

// fits returns the values of a row for its columns, and the error of a column that the table does not have.
func (s *Store) fits(t card.Table, row card.Row) (columns []card.Column, values []any, err error) {
	known := 0
	for _, c := range t.Columns {
		if _, given := row[c.Name]; given {
			known++
		}
	}
	if known < len(row) { // before a key that is null, because the file has another name for it
		return nil, nil, unknownColumn(t, row)
	}
	for _, c := range t.Columns {
		v, given := row[c.Name]
		if !given && c.Name != t.Key {
			continue
		}
		kept, err := s.stored(t, c, v)
		if err != nil {
			return nil, nil, err
		}
		columns, values = append(columns, c), append(values, kept)
	}
	return columns, values, nil
}

// Fits returns the error of a row that a declared table cannot have: a column that it does not have, or a value of another type. It does not
// open the tables.
func (s *Store) Fits(table string, row card.Row) error {
	t, err := s.Table(table)
	if err == nil {
		_, _, err = s.fits(t, row)
	}
	return err
}

// unknownColumn is the error of the first column, by name, that a table does not have.
func unknownColumn(t card.Table, row card.Row) error {
	for _, name := range slices.Sorted(maps.Keys(row)) {
		if _, ok := t.Column(name); !ok {
			return invalid(words.Hint("columns", name, t.Names()), "table %s has no column %q", t.Name, name)
		}
	}
	return nil
}
