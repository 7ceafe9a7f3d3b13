package tables

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Save saves rows, all or none.
func (s *Store) Save(ctx context.Context, table string, how card.Saving, rows iter.Seq2[card.Row, error]) (saved card.Saved, err error) {
	t, err := s.Table(table)
	if err != nil {
		return saved, err
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		if err := writable(ctx, tx, t); err != nil {
			return err
		}
		w := &saver{Store: s, tx: tx, table: t, how: how, statements: map[string]*sql.Stmt{}}
		defer w.close()
		for row, err := range rows {
			if err == nil {
				err = w.save(ctx, row)
			}
			if err != nil {
				return err
			}
		}
		saved = w.saved
		return nil
	})
	if err != nil {
		return card.Saved{}, err
	}
	return saved, nil
}

// saver saves rows in one transaction.
type saver struct {
	*Store
	tx         *sql.Tx
	table      card.Table
	how        card.Saving
	saved      card.Saved
	statements map[string]*sql.Stmt
}

func (w *saver) close() {
	for _, s := range w.statements {
		_ = s.Close() // the transaction reports what went wrong
	}
}

// statement prepares a statement once.
func (w *saver) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if known := w.statements[text]; known != nil {
		return known, nil
	}
	if len(w.statements) == 100 { // rows with all kinds of columns
		w.close()
		clear(w.statements)
	}
	made, err := w.tx.PrepareContext(ctx, text)
	if err == nil {
		w.statements[text] = made
	}
	return made, err
}

func (w *saver) save(ctx context.Context, row card.Row) error {
	columns, values, err := w.fits(w.table, row)
	if err != nil {
		return err
	}
	name, key := columnName(w.table.Key), any(nil)
	names, sets, rest := make([]string, len(columns)), []string(nil), []any(nil)
	for i, c := range columns {
		names[i] = columnName(c.Name)
		if c.Name == w.table.Key {
			key = values[i]
			continue
		}
		sets, rest = append(sets, names[i]+" = ?"), append(rest, values[i])
	}
	same, found, err := w.compare(ctx, names, values, name, key)
	switch {
	case err != nil:
		return err
	case found && w.how == card.Insert:
		return &card.Error{Kind: card.Conflict, Message: fmt.Sprintf("table %s has a row with the key %v already", w.table.Name, key), Hint: "table.row.upsert updates a row that exists"}
	case !found && w.how == card.Update:
		return missing(w.table, key)
	case found && same:
		w.saved.Unchanged++
		return nil
	case found:
		w.saved.Updated++
		return w.exec(ctx, fmt.Sprintf("UPDATE %s SET %s WHERE %s = ?", tableName(w.table.Name), strings.Join(sets, ", "), name), append(rest, key))
	}
	w.saved.Inserted++
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ")
	return w.exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", tableName(w.table.Name), strings.Join(names, ", "), marks), values)
}

func missing(t card.Table, key any) error {
	return &card.Error{Kind: card.NotFound, Message: fmt.Sprintf("table %s has no row with the key %v", t.Name, key), Hint: "table.row.upsert inserts a row that does not exist"}
}

// compare reports whether there is a row with a key, and whether it has these values.
func (w *saver) compare(ctx context.Context, names []string, values []any, name string, key any) (same, found bool, err error) {
	conditions := make([]string, len(names))
	for i, column := range names {
		conditions[i] = column + " IS ?"
	}
	read, err := w.statement(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE %s = ?", strings.Join(conditions, " AND "), tableName(w.table.Name), name))
	if err != nil {
		return false, false, err
	}
	err = read.QueryRowContext(ctx, append(values[:len(values):len(values)], key)...).Scan(&same)
	if err == sql.ErrNoRows {
		return false, false, nil
	}
	return same, err == nil, err
}

func (w *saver) exec(ctx context.Context, text string, args []any) error {
	s, err := w.statement(ctx, text)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(ctx, args...)
	return err
}

// Delete deletes the row with a key, and returns it; nil if there is none.
func (s *Store) Delete(ctx context.Context, table string, key card.Value) (row card.Row, err error) {
	t, err := s.Table(table)
	if err != nil {
		return nil, err
	}
	k, err := s.keyOf(t, key)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, func(tx *sql.Tx) error {
		l, err := readable(ctx, tx, t)
		if err != nil || !l.exists() {
			return err
		}
		if row, err = rowWith(ctx, tx, t, l, k); err != nil || row == nil {
			return err
		}
		_, err = tx.ExecContext(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s = ?", tableName(t.Name), columnName(t.Key)), k)
		return err
	})
	return row, err
}

// change is write, but does nothing if there is no database.
func (s *Store) change(ctx context.Context, do func(*sql.Tx) error) error {
	if db, err := s.open(ctx, false); err != nil || db == nil {
		return err
	}
	return s.write(ctx, do)
}

// pageRows is the number of rows that are deleted at a time: the transaction must not hold all their keys in memory.
const pageRows = 1000

// Clear deletes the rows that where selects.
func (s *Store) Clear(ctx context.Context, table string, where *card.Where) (n int, err error) {
	t, err := s.Table(table)
	if err != nil {
		return 0, err
	}
	if where == nil {
		return s.Drop(ctx, table)
	}
	if _, err := newMatch(t, where); err != nil {
		return 0, err
	}
	err = s.change(ctx, func(tx *sql.Tx) error {
		l, err := readable(ctx, tx, t)
		if err != nil || !l.exists() {
			return err
		}
		w := &saver{Store: s, tx: tx, table: t, statements: map[string]*sql.Stmt{}}
		defer w.close()
		for at := card.Cursor(""); ; {
			m, err := newMatch(t, where)
			if err != nil {
				return err
			}
			if err := s.after(t, m, at); err != nil {
				return err
			}
			rows, next, err := m.rows(ctx, tx, l, pageRows)
			if err != nil {
				return err
			}
			for _, row := range rows {
				key, err := s.keyOf(t, row[t.Key])
				if err == nil {
					err = w.exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s = ?", tableName(t.Name), columnName(t.Key)), []any{key})
				}
				if err != nil {
					return err
				}
			}
			if n += len(rows); next == "" {
				return nil
			}
			at = next
		}
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
