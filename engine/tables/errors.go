package tables

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// patience is Config.Patience if that is 0.
const patience = 30 * time.Second

// patiently calls do until the database is not in use by another process.
func (s *Store) patiently(ctx context.Context, do func() error) error {
	for start := time.Now(); ; {
		err := do()
		if busy(err) && ctx.Err() == nil && time.Since(start) < s.config.Patience {
			continue // SQLite has waited
		}
		return s.failed(ctx, err)
	}
}

// busy reports whether a transaction did not begin because another process writes.
func busy(err error) bool {
	return code(err) == sqlite3.SQLITE_BUSY
}

// code returns the primary result code of SQLite; 0 for an error of something else.
func code(err error) int {
	if e := (*sqlite.Error)(nil); errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// failed returns the *card.Error for an error of the database, or the cause of ctx if that has ended.
func (s *Store) failed(ctx context.Context, err error) error {
	if e := (*card.Error)(nil); err == nil || errors.As(err, &e) {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	path := filepath.Join(s.config.State, file)
	failure := &card.Error{Kind: card.Storage, Message: fmt.Sprintf("the tables in %s cannot be used: %v", path, inside.Plain(err)), Err: err}
	switch code(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		failure.Message = fmt.Sprintf("another process has been writing to the tables in %s for more than %s", path, s.config.Patience)
		failure.Hint = "is it a long import? Try again when it has ended"
	case sqlite3.SQLITE_FULL:
		failure.Message, failure.Hint = fmt.Sprintf("the tables in %s cannot be written: the disk is full", path), "the tables are as before the step"
	case sqlite3.SQLITE_IOERR:
		failure.Hint = "is the disk full, or a quota reached? The tables are as before the step"
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		failure.Message, failure.Hint = fmt.Sprintf("%s is damaged, or is not a file of flowdeck", path), "restore it from a backup, or move it away to start with empty tables"
	}
	return failure
}

func storage(err error) *card.Error {
	return &card.Error{Kind: card.Storage, Message: fmt.Sprintf("the tables cannot be opened: %v", inside.Plain(err)), Err: err}
}

func invalid(hint, format string, args ...any) *card.Error {
	return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}
