// Package tables keeps the rows of a workspace's tables in an SQLite file of the state folder, for all its runs and processes.
//
// Each declared table is a table of the database, with a column for each declared column that ever had a value. The table "columns"
// has their types. It must not know flows, YAML, cards or files of people.
package tables

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Config configures a Store.
type Config struct {
	State  string // the folder of the database; it need not exist
	Tables []card.Table
	// Secret reports whether a text has a secret in it: no table keeps one. nil: none has.
	Secret func(text string) bool
	// Patience is how long a call waits for a writer of another process, such as an import, until it fails. 0: 30 seconds.
	Patience time.Duration
	// Power makes each change wait for the disk, so that it survives a power failure. Without it, the last changes may be lost then.
	Power bool
}

// Store is the card.Tables of a workspace. It opens the database on first use, and does not make one to read. It is safe for concurrent
// use.
type Store struct {
	config  Config
	opening sync.Mutex
	db      *sql.DB
	writing chan struct{} // has a token while a write of this process runs: SQLite lets other writers wait without an order
}

var _ card.Tables = (*Store)(nil)

// New returns a Store. Close it when nothing uses it any more.
func New(c Config) *Store {
	c.Patience = cmp.Or(c.Patience, patience)
	return &Store{config: c, writing: make(chan struct{}, 1)}
}

// Close closes the database. The Store may be used again, which opens it again.
func (s *Store) Close() error {
	s.opening.Lock()
	defer s.opening.Unlock()
	if s.db == nil {
		return nil
	}
	db := s.db
	s.db = nil
	return s.failed(context.Background(), db.Close())
}

// Table returns a declared table.
func (s *Store) Table(name string) (card.Table, error) {
	var names []string
	for _, t := range s.config.Tables {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return card.Table{}, &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("there is no table %q", name), Hint: words.Hint("tables", name, names)}
}

// The files of the database.
const (
	file    = "tables.db"
	version = 1 // of the database, in its user_version
)

// wait is the longest time that one statement waits for a writer of another process before it is tried again.
const wait = time.Second

// open opens the database. It returns nil if it does not exist and is not to be made.
func (s *Store) open(ctx context.Context, create bool) (*sql.DB, error) {
	s.opening.Lock()
	defer s.opening.Unlock()
	if s.db != nil {
		return s.db, nil
	}
	exists, err := s.prepare(create)
	if err != nil || !exists {
		return nil, err
	}
	path, err := filepath.Abs(filepath.Join(s.config.State, file))
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	synchronous := "normal"
	if s.config.Power {
		synchronous = "full"
	}
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: url.Values{
		"_pragma": {
			fmt.Sprintf("busy_timeout(%d)", min(wait, s.config.Patience).Milliseconds()), "journal_mode(wal)", "synchronous(" + synchronous + ")", "secure_delete(1)",
		},
		"_txlock": {"immediate"},
	}.Encode()}
	db, err := sql.Open("sqlite", address.String())
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	db.SetMaxOpenConns(8)
	if err := s.migrate(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.db = db
	return db, nil
}

// prepare makes the file of the database, which only its owner may read, and refuses links in its place. It returns false if there is none.
func (s *Store) prepare(create bool) (bool, error) {
	if create {
		if err := os.MkdirAll(s.config.State, 0o700); err != nil {
			return false, storage(err)
		}
	}
	folder, err := os.OpenRoot(s.config.State)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, storage(err)
	}
	defer folder.Close()
	for _, name := range []string{file, file + "-wal", file + "-shm"} {
		info, err := folder.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist) && name == file && !create:
			return false, nil
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return false, storage(err)
		case !info.Mode().IsRegular():
			return false, &card.Error{Kind: card.Storage, Message: fmt.Sprintf("%s is not a regular file", filepath.Join(s.config.State, name)), Hint: "remove it"}
		}
	}
	made, err := folder.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return false, storage(err)
	}
	return true, made.Close()
}

// migrate brings the database to the current version.
func (s *Store) migrate(ctx context.Context, db *sql.DB) error {
	var found int
	err := s.patiently(ctx, func() error { return db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&found) })
	switch {
	case err != nil:
		return err
	case found > version:
		return &card.Error{
			Kind: card.Storage, Message: fmt.Sprintf("%s was written by a newer version of flowdeck", filepath.Join(s.config.State, file)), Hint: "install that version",
		}
	case found == version:
		return nil
	}
	return s.within(ctx, db, nil, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS columns (
			of TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL COLLATE NOCASE, type TEXT NOT NULL, key INTEGER NOT NULL, PRIMARY KEY (of, name)
		) WITHOUT ROWID`); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version))
		return err
	})
}

// read calls do with a transaction that sees one state of the database. It returns false if there is no database.
func (s *Store) read(ctx context.Context, do func(*sql.Tx) error) (bool, error) {
	db, err := s.open(ctx, false)
	if err != nil || db == nil {
		return false, err
	}
	return true, s.within(ctx, db, &sql.TxOptions{ReadOnly: true}, do)
}

// write calls do with a transaction, which is committed as a whole or not at all.
func (s *Store) write(ctx context.Context, do func(*sql.Tx) error) error {
	db, err := s.open(ctx, true)
	if err != nil {
		return err
	}
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return s.within(ctx, db, nil, do)
}

// within calls do with a transaction. One that writes waits for other writers before it calls do, and never after that.
func (s *Store) within(ctx context.Context, db *sql.DB, options *sql.TxOptions, do func(*sql.Tx) error) error {
	var tx *sql.Tx
	if err := s.patiently(ctx, func() (err error) {
		tx, err = db.BeginTx(ctx, options)
		return err
	}); err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := do(tx); err != nil {
		return s.failed(ctx, err)
	}
	return s.failed(ctx, tx.Commit())
}
