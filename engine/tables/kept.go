package tables

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Kept is a table for people, who look at rows and save them also if they do not fit the declaration.
type Kept struct {
	// Table is how the rows can be read: as declared or, if they do not fit that, with the key and the types that they have.
	card.Table
	Declared bool
	Misfit   error // why the rows do not fit the declaration; nil if they fit
}

// All returns all tables: first those that are declared, in that order, then the others that have rows, by name.
func (s *Store) All(ctx context.Context) (all []Kept, err error) {
	_, err = s.read(ctx, func(tx *sql.Tx) error {
		names, err := tableNames(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range s.config.Tables {
			names = slices.DeleteFunc(names, func(name string) bool { return strings.EqualFold(name, t.Name) })
			k, err := kept(ctx, tx, t, true)
			if err != nil {
				return err
			}
			all = append(all, k)
		}
		for _, name := range names {
			k, err := kept(ctx, tx, card.Table{Name: name}, false)
			if err != nil {
				return err
			}
			all = append(all, k)
		}
		return nil
	})
	if all == nil && err == nil { // there is no database
		for _, t := range s.config.Tables {
			all = append(all, Kept{Table: t, Declared: true})
		}
	}
	return all, err
}

func tableNames(ctx context.Context, tx *sql.Tx) (names []string, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT DISTINCT of FROM columns ORDER BY of")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

func kept(ctx context.Context, tx *sql.Tx, t card.Table, declared bool) (Kept, error) {
	k := Kept{Table: t, Declared: declared}
	l, err := layoutOf(ctx, tx, t.Name)
	if err != nil || !l.exists() {
		return k, err
	}
	if k.Misfit = l.misfit(t); declared && k.Misfit == nil {
		return k, nil
	}
	if !declared {
		k.Misfit = nil
	} else if empty, err := isEmpty(ctx, tx, t.Name); err != nil || empty {
		return Kept{Table: t, Declared: true}, err
	}
	k.Table = l.table(t, declared)
	return k, nil
}

// table returns the table that the rows fit: of a declared one, only the key and the columns that are declared.
func (l layout) table(t card.Table, declared bool) card.Table {
	fits := card.Table{Name: t.Name, About: t.About, Key: l.key}
	add := func(name string) {
		if was := l.types[strings.ToLower(name)]; was != "" {
			fits.Columns = append(fits.Columns, card.Column{Name: name, Type: was})
		}
	}
	if !declared {
		for _, name := range l.names {
			add(name)
		}
		return fits
	}
	found := false
	for _, name := range t.Names() {
		add(name)
		if strings.EqualFold(name, l.key) {
			fits.Key, found = name, true
		}
	}
	if !found {
		add(l.key)
	}
	return fits
}

// Drop deletes a table with all its columns, also one that is not declared, and returns the number of its rows.
func (s *Store) Drop(ctx context.Context, table string) (n int, err error) {
	err = s.change(ctx, func(tx *sql.Tx) (err error) {
		n, err = drop(ctx, tx, table)
		return err
	})
	return n, err
}
