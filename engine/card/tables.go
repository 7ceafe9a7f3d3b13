package card

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// A Table is a table that a workspace declares: rows with typed columns, which all its runs share.
type Table struct {
	Name, About string
	Key         string   // the column that identifies a row
	Columns     []Column // in the order of the declaration
}

// A Column is a column of a Table. Its values have its type or, except in the key, are nil.
type Column struct {
	Name, About string
	Type        ColumnType
}

// ColumnType is the type of the values of a column.
type ColumnType string

const (
	ColumnString  ColumnType = "string"
	ColumnInteger ColumnType = "integer"
	ColumnNumber  ColumnType = "number"
	ColumnBoolean ColumnType = "boolean"
	ColumnDate    ColumnType = "date" // a string such as "2026-11-28"
	ColumnTime    ColumnType = "time" // a string such as "2026-11-28T08:00:00Z"
)

// A Row has the value of each column of a table.
type Row = map[string]Value

// Column returns the column with a name, and whether it exists.
func (t Table) Column(name string) (Column, bool) {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return Column{}, false
	}
	return t.Columns[i], true
}

// Names returns the names of the columns, in the order of the declaration.
func (t Table) Names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// RowSchema returns the schema of a row as it is read: each column has a value, which may be null except in the key.
func (t Table) RowSchema() *jsonschema.Schema {
	s := t.columns(t.Names())
	s.Required = t.Names()
	return s
}

// GivenSchema returns the schema of the values that a flow gives for a row, of which the key is required.
func (t Table) GivenSchema() *jsonschema.Schema {
	s := t.columns(t.Names())
	s.Required = []string{t.Key}
	return s
}

// SetSchema returns the schema of the values that a flow sets in a row: those of the columns except the key.
func (t Table) SetSchema() *jsonschema.Schema {
	return t.columns(slices.DeleteFunc(t.Names(), func(name string) bool { return name == t.Key }))
}

// KeySchema returns the schema of the key.
func (t Table) KeySchema() *jsonschema.Schema {
	c, _ := t.Column(t.Key)
	return c.schema(false)
}

func (t Table) columns(names []string) *jsonschema.Schema {
	s := &jsonschema.Schema{
		Type: "object", Properties: map[string]*jsonschema.Schema{}, PropertyOrder: names, AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}},
	}
	for _, name := range names {
		c, _ := t.Column(name)
		s.Properties[name] = c.schema(name != t.Key)
	}
	return s
}

func (c Column) schema(orNull bool) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: string(c.Type), Description: c.About}
	switch c.Type {
	case ColumnDate:
		s.Type, s.Format = "string", "date"
	case ColumnTime:
		s.Type, s.Format = "string", "date-time"
	}
	if orNull {
		s.Type, s.Types = "", []string{s.Type, "null"}
	}
	return s
}

// Where selects rows of a table: those for which a condition is true. As an input it may also be the condition alone, as a string.
type Where struct {
	Expression string `json:"expression"`      // a condition over the columns and what Given has
	Given      Row    `json:"given,omitempty"` // the values that the condition reads beside the columns: {"inputs": {"login": "ada"}}
	Now        string `json:"now,omitempty"`   // the time of now() in the condition; empty: it must not ask for it
}

// Saving is the way in which rows are saved.
type Saving int

const (
	Insert Saving = iota + 1 // a row with a key that exists is an error of kind Conflict
	Update                   // a row with a key that does not exist is an error of kind NotFound
	Upsert                   // either
)

// Saved counts rows.
type Saved struct{ Inserted, Updated, Unchanged int }

// Tables are the tables of the workspace. They are shared by all runs, also of other processes, and safe for concurrent use: a
// change is made as a whole or not at all, and seen by the next read. The errors are *Error. In a dry run nothing calls Save,
// Delete and Clear.
type Tables interface {
	// Table returns a declared table. The error is of kind Invalid if there is none.
	Table(name string) (Table, error)
	// Row returns the row with a key; nil if there is none.
	Row(ctx context.Context, table string, key Value) (Row, error)
	// Rows returns the first n rows, ordered by their keys, after a cursor. Every row that exists from the first page to the last one is
	// on one page, whatever changes in the meantime.
	Rows(ctx context.Context, table string, where *Where, after Cursor, n int) ([]Row, Cursor, error)
	// Count returns the number of rows that where selects.
	Count(ctx context.Context, table string, where *Where) (int, error)
	// Save saves rows, all or none. A column that a row does not have keeps its value; in a new row it is nil.
	Save(ctx context.Context, table string, how Saving, rows iter.Seq2[Row, error]) (Saved, error)
	// Delete deletes the row with a key, and returns it; nil if there is none.
	Delete(ctx context.Context, table string, key Value) (Row, error)
	// Clear deletes the rows that where selects, and returns their number. Without a where, it also works if the columns of the declaration
	// differ from those of the rows.
	Clear(ctx context.Context, table string, where *Where) (int, error)
}

// tableKeyword marks the parts of the inputs and answers of a card that depend on a table.
const tableKeyword = "table"

// The parts of a card that depend on a table, as the values of the tag table.
const (
	TableName  = "name"  // the name of a table
	TableKey   = "key"   // a key
	TableRow   = "row"   // a row; in an input the values for one, of which the key is required
	TableSet   = "set"   // values of columns other than the key
	TableWhere = "where" // a condition over the columns
)

// TablePart returns the part of a table that a schema describes; empty if it describes none.
func TablePart(s *jsonschema.Schema) string {
	if s == nil {
		return ""
	}
	part, _ := s.Extra[tableKeyword].(string)
	return part
}

// TableInput returns the input that names a table; empty if the card has none.
func (c Card) TableInput() string {
	for name, property := range c.In.Properties {
		if TablePart(property) == TableName {
			return name
		}
	}
	return ""
}

// For returns the card for one table: its inputs and its answer have the columns of the table.
func (c Card) For(t Table) Card {
	in := *c.In
	in.Properties = maps.Clone(in.Properties)
	for name, property := range in.Properties {
		made := property
		switch TablePart(property) {
		case TableKey:
			made = t.KeySchema()
		case TableRow:
			made = t.GivenSchema()
		case TableSet:
			made = t.SetSchema()
		case TableWhere:
			made = &jsonschema.Schema{} // the value of a condition is a Where
		}
		if made != property {
			made.Description, made.Extra = property.Description, property.Extra
			in.Properties[name] = made
		}
	}
	c.In, c.Table = &in, t.Name
	if c.Effect == Reads { // it answers with a row
		orNull := c.Out.Types
		c.Out = t.RowSchema()
		if orNull != nil {
			c.Out.Type, c.Out.Types = "", orNull
		}
		return c
	}
	out := *c.Out
	out.Properties = maps.Clone(out.Properties)
	for name, property := range out.Properties {
		if TablePart(property) == TableRow {
			row := t.RowSchema()
			row.Description, row.Type, row.Types = property.Description, "", []string{"object", "null"}
			out.Properties[name] = row
		}
	}
	c.Out = &out
	return c
}
