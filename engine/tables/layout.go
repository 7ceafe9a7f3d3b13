package tables

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// layout is the columns that a table has in the database. SQLite ignores case in names, and so does it.
type layout struct {
	key   string
	types map[string]card.ColumnType // by the name in lower case; empty: the table does not exist
	names []string
}

// layoutOf reads the layout of a table.
func layoutOf(ctx context.Context, tx *sql.Tx, table string) (layout, error) {
	l := layout{types: map[string]card.ColumnType{}}
	rows, err := tx.QueryContext(ctx, "SELECT name, type, key FROM columns WHERE of = ?", table)
	if err != nil {
		return l, err
	}
	defer rows.Close()
	for rows.Next() {
		var name, kind string
		var key bool
		if err := rows.Scan(&name, &kind, &key); err != nil {
			return l, err
		}
		if key {
			l.key = name
		}
		l.types[strings.ToLower(name)] = card.ColumnType(kind)
		l.names = append(l.names, name)
	}
	return l, rows.Err()
}

func (l layout) exists() bool { return len(l.types) > 0 }

func (l layout) has(c card.Column) bool { return l.types[strings.ToLower(c.Name)] != "" }

// widens reports whether each value of one type is also one of the other.
func widens(from, to card.ColumnType) bool {
	return from == to || from == card.ColumnInteger && to == card.ColumnNumber ||
		(from == card.ColumnDate || from == card.ColumnTime) && to == card.ColumnString
}

// misfit returns the error of a declaration that the rows of the table do not fit; nil if they fit.
func (l layout) misfit(t card.Table) error {
	if !l.exists() {
		return nil
	}
	hint := "declare it as before, and keep the rows with table.export; then empty the table with table.clear, change the declaration, and import them"
	if !strings.EqualFold(l.key, t.Key) {
		return invalid(hint, "the rows of table %s have the key %q, but its key is declared as %q", t.Name, l.key, t.Key)
	}
	for _, c := range t.Columns {
		if was := l.types[strings.ToLower(c.Name)]; was != "" && !widens(was, c.Type) {
			return invalid(hint, "the rows of table %s have values of type %s in column %q, which is declared as %s", t.Name, was, c.Name, c.Type)
		}
	}
	return nil
}

// readable returns the layout of a table for reading. With the wrong columns an empty table is as one that does not exist.
func readable(ctx context.Context, tx *sql.Tx, t card.Table) (layout, error) {
	l, err := layoutOf(ctx, tx, t.Name)
	if err != nil || !l.exists() {
		return l, err
	}
	misfit := l.misfit(t)
	if misfit == nil {
		return l, nil
	}
	if empty, err := isEmpty(ctx, tx, t.Name); err != nil || empty {
		return layout{}, err
	}
	return l, misfit
}

func isEmpty(ctx context.Context, tx *sql.Tx, table string) (bool, error) {
	var some bool
	err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+tableName(table)+")").Scan(&some)
	return !some, err
}

// writable makes a table, and the columns that it lacks. Columns that are no longer declared are kept.
func writable(ctx context.Context, tx *sql.Tx, t card.Table) error {
	l, err := readable(ctx, tx, t)
	if err != nil {
		return err
	}
	if !l.exists() {
		if _, err := drop(ctx, tx, t.Name); err != nil { // an empty one
			return err
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("CREATE TABLE %s (%s NOT NULL PRIMARY KEY) WITHOUT ROWID", tableName(t.Name), columnName(t.Key))); err != nil {
			return err
		}
	}
	for _, c := range t.Columns {
		if l.types[strings.ToLower(c.Name)] == c.Type {
			continue
		}
		if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO columns (of, name, type, key) VALUES (?, ?, ?, ?)", t.Name, c.Name, string(c.Type), c.Name == t.Key); err != nil {
			return err
		}
		if l.has(c) || c.Name == t.Key {
			continue
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s", tableName(t.Name), columnName(c.Name))); err != nil {
			return err
		}
	}
	return nil
}

// drop deletes a table with all its columns, and returns the number of its rows.
func drop(ctx context.Context, tx *sql.Tx, table string) (n int, err error) {
	l, err := layoutOf(ctx, tx, table)
	if err != nil || !l.exists() {
		return 0, err
	}
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM "+tableName(table)).Scan(&n); err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, "DROP TABLE "+tableName(table)); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM columns WHERE of = ?", table)
	return n, err
}

// The names of tables and columns are identifiers. Their prefixes keep them apart from the names of SQLite.

func tableName(table string) string   { return `"t_` + table + `"` }
func columnName(column string) string { return `"c_` + column + `"` }

// Stored returns a table with the columns and types that its rows have, which may differ from those that are declared: so that they can be
// exported. It returns false if it has none.
func (s *Store) Stored(ctx context.Context, name string) (t card.Table, ok bool, err error) {
	_, err = s.read(ctx, func(tx *sql.Tx) error {
		l, err := layoutOf(ctx, tx, name)
		if err != nil || !l.exists() {
			return err
		}
		ok, t = true, card.Table{Name: name, Key: l.key}
		for _, column := range l.names {
			t.Columns = append(t.Columns, card.Column{Name: column, Type: l.types[strings.ToLower(column)]})
		}
		return nil
	})
	return t, ok, err
}
