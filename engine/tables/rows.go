package tables

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Row returns the row with a key; nil if there is none.
func (s *Store) Row(ctx context.Context, table string, key card.Value) (row card.Row, err error) {
	t, err := s.Table(table)
	if err != nil {
		return nil, err
	}
	k, err := s.keyOf(t, key)
	if err != nil {
		return nil, err
	}
	_, err = s.read(ctx, func(tx *sql.Tx) error {
		l, err := readable(ctx, tx, t)
		if err != nil || !l.exists() {
			return err
		}
		row, err = rowWith(ctx, tx, t, l, k)
		return err
	})
	return row, err
}

// keyOf returns a key as the database keeps it.
func (s *Store) keyOf(t card.Table, key card.Value) (any, error) {
	c, _ := t.Column(t.Key)
	return s.stored(t, c, key)
}

// rowWith returns the row with a key; nil if there is none.
func rowWith(ctx context.Context, tx *sql.Tx, t card.Table, l layout, key any) (row card.Row, err error) {
	err = each(ctx, tx, t, l, " WHERE "+columnName(t.Key)+" = ?", []any{key}, func(found card.Row) bool {
		row = found
		return false
	})
	return row, err
}

// each calls visit for rows, in the order of their keys, until it returns false. A column that the table does not have yet is nil.
func each(ctx context.Context, tx *sql.Tx, t card.Table, l layout, where string, args []any, visit func(card.Row) bool) error {
	columns := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = "NULL"
		if l.has(c) {
			columns[i] = columnName(c.Name)
		}
	}
	rows, err := tx.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s", strings.Join(columns, ", "), tableName(t.Name), where, columnName(t.Key)), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	cells := make([]any, len(columns))
	into := make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		row := make(card.Row, len(columns))
		for i, c := range t.Columns {
			row[c.Name] = loaded(c, cells[i])
		}
		if !visit(row) {
			break
		}
	}
	return rows.Err()
}

// Rows returns the first n rows after a cursor, which is the key of the row before as JSON.
func (s *Store) Rows(ctx context.Context, table string, where *card.Where, after card.Cursor, n int) ([]card.Row, card.Cursor, error) {
	t, err := s.Table(table)
	if err != nil {
		return nil, "", err
	}
	return s.RowsOf(ctx, t, where, after, n)
}

// RowsOf is Rows for a table that need not be declared, such as that of a Kept.
func (s *Store) RowsOf(ctx context.Context, t card.Table, where *card.Where, after card.Cursor, n int) (found []card.Row, next card.Cursor, err error) {
	m, err := newMatch(t, where)
	if err != nil {
		return nil, "", err
	}
	if err := s.after(t, m, after); err != nil {
		return nil, "", err
	}
	_, err = s.read(ctx, func(tx *sql.Tx) error {
		l, err := readable(ctx, tx, t)
		if err != nil || !l.exists() {
			return err
		}
		found, next, err = m.rows(ctx, tx, l, n)
		return err
	})
	return found, next, err
}

// after restricts a match to the rows after a cursor.
func (s *Store) after(t card.Table, m *match, at card.Cursor) error {
	if at == "" {
		return nil
	}
	key, err := card.DecodeJSON([]byte(at))
	if err == nil {
		key, err = s.keyOf(t, key)
	}
	if err != nil {
		return &card.Error{Kind: card.Internal, Message: fmt.Sprintf("the cursor %q is not one of table %s", at, t.Name), Err: err}
	}
	m.bound(columnName(t.Key)+" > ?", key)
	return nil
}

// rows returns the first n rows that match, and the cursor of those after them.
func (m *match) rows(ctx context.Context, tx *sql.Tx, l layout, n int) (found []card.Row, next card.Cursor, err error) {
	var wrong error
	err = each(ctx, tx, m.table, l, m.where(), m.args, func(row card.Row) bool {
		var ok bool
		if ok, wrong = m.holds(ctx, row); wrong != nil || !ok {
			return wrong == nil
		}
		if len(found) == n {
			var text []byte
			text, wrong = card.EncodeJSON(found[n-1][m.table.Key])
			next = card.Cursor(text)
			return false
		}
		found = append(found, row)
		return true
	})
	if wrong != nil {
		err = wrong
	}
	return found, next, err
}

// Count returns the number of rows that where selects.
func (s *Store) Count(ctx context.Context, table string, where *card.Where) (n int, err error) {
	t, err := s.Table(table)
	if err != nil {
		return 0, err
	}
	return s.CountOf(ctx, t, where)
}

// CountOf is Count for a table that need not be declared, such as that of a Kept.
func (s *Store) CountOf(ctx context.Context, t card.Table, where *card.Where) (n int, err error) {
	m, err := newMatch(t, where)
	if err != nil {
		return 0, err
	}
	_, err = s.read(ctx, func(tx *sql.Tx) error {
		l, err := readable(ctx, tx, t)
		if err != nil || !l.exists() {
			return err
		}
		if m.program == nil {
			return tx.QueryRowContext(ctx, "SELECT count(*) FROM "+tableName(t.Name)).Scan(&n)
		}
		var wrong error
		err = each(ctx, tx, t, l, m.where(), m.args, func(row card.Row) bool {
			var ok bool
			if ok, wrong = m.holds(ctx, row); ok {
				n++
			}
			return wrong == nil
		})
		return errors.Join(err, wrong)
	})
	return n, err
}
