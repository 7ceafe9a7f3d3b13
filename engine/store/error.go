package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/flowdeck/flowdeck/engine/card"
)

// failure returns the error of the database or its folder for people.
func (s *Store) failure(err error) error {
	if err == nil {
		return nil
	}
	if known := (*card.Error)(nil); errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	why, hint := err.Error(), "what runs do is kept there: it must be writable and have room"
	code := ""
	if e := (*sqlite.Error)(nil); errors.As(err, &e) {
		switch e.Code() & 0xff { // the rest are details
		case lib.SQLITE_FULL:
			why, hint = "the disk is full", "make room, then resume the run"
		case lib.SQLITE_READONLY, lib.SQLITE_PERM, lib.SQLITE_CANTOPEN, lib.SQLITE_AUTH:
			why = "it cannot be opened for writing"
		case lib.SQLITE_IOERR:
			why, hint = "the disk reports an error, is full, or a quota is reached", "mend it, then resume the run"
		case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
			why, hint = "another process has locked it for too long", "end that process, or try again"
		case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
			code, why = "damaged_journal", "it is damaged, or not a database of flowdeck"
			hint = "move it to another place, with the files -wal and -shm next to it; new runs then make a new one. flowdeck does not delete it"
		}
	}
	if errors.Is(err, fs.ErrPermission) {
		why = "it cannot be opened for writing"
	}
	return &card.Error{Kind: card.Storage, Code: code, Message: fmt.Sprintf("cannot use %s: %s", s.file, why), Hint: hint, Err: err}
}

// errTaken is the error of a run that another process has taken over.
func errTaken(run string) error {
	return invalid(card.Storage, "run_taken", "another process has taken over run "+run, "")
}
