package flow

import (
	"strings"

	"github.com/flowdeck/flowdeck/engine/words"
)

// A Table is a table that a workspace declares. Its nodes are nil if package flow has reported a problem of them.
type Table struct {
	Name, About, Key *Node
	Columns          []Column
}

// A Column is a column of a Table. About may be nil.
type Column struct{ Name, Type, About *Node }

// Column returns the column with a name, and whether it exists.
func (t Table) Column(name string) (Column, bool) {
	for _, c := range t.Columns {
		if c.Name.Text == name {
			return c, true
		}
	}
	return Column{}, false
}

// keyTypes are the types that the key of a table may have.
var keyTypes = []string{"string", "integer"}

// tables reads the tables of a workspace.
func (r *reader) tables(n *Node) (tables []Table) {
	if n == nil {
		return nil
	}
	for _, field := range n.Fields {
		if field.Value.Kind != Mapping || !identifierPattern.MatchString(field.Key.Text) {
			continue
		}
		t := Table{Name: field.Key, About: field.Value.Field("about")}
		for _, other := range tables {
			r.sameLetters(field.Key, other.Name, "tables")
		}
		if columns := field.Value.Field("columns"); columns != nil {
			t.Columns = r.columns(columns)
		}
		if key := field.Value.Field("key"); key.IsText() && r.key(key, t, field.Value.Key("key")) {
			t.Key = key
		}
		tables = append(tables, t)
	}
	return tables
}

// columns reads the columns of a table. A column with a problem is left out.
func (r *reader) columns(n *Node) (columns []Column) {
	for _, field := range n.Fields {
		c := Column{Name: field.Key, Type: field.Value}
		if field.Value.Kind == Mapping {
			c.Type, c.About = field.Value.Field("type"), field.Value.Field("about")
		}
		if !identifierPattern.MatchString(field.Key.Text) || !c.Type.IsText() {
			continue
		}
		for _, other := range columns {
			r.sameLetters(field.Key, other.Name, "columns")
		}
		columns = append(columns, c)
	}
	return columns
}

// sameLetters reports two names that differ only in case.
func (r *reader) sameLetters(n, other *Node, nouns string) {
	if n.Text != other.Text && strings.EqualFold(n.Text, other.Text) {
		r.problem(n, CodeBadName, "choose another name", "%s and %s differ only in case, which the names of %s must not", other.Text, n.Text, nouns)
	}
}

// key reports a key that cannot identify the rows of a table.
func (r *reader) key(n *Node, t Table, at *Node) bool {
	if n.reported {
		return false
	}
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name.Text)
	}
	c, ok := t.Column(n.Text)
	switch {
	case len(names) == 0:
		return false
	case !ok:
		r.problem(n, CodeUnknownColumn, words.Hint("columns", n.Text, names), "the key of table %s must be one of its columns, not %s", t.Name.Text, quoted(n.Text))
		return false
	case c.Type.Text != keyTypes[0] && c.Type.Text != keyTypes[1]:
		r.problem(at, CodeWrongType, "", "the key of table %s must be a string or an integer, and column %s is a %s", t.Name.Text, n.Text, c.Type.Text)
		return false
	}
	return true
}
