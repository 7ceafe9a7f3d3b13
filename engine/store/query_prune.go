package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"time"
)

// Prunable returns the number of runs that Prune would delete.
func (s *Store) Prunable(ctx context.Context, before time.Time) (n int, err error) {
	return n, s.failure(s.db.QueryRowContext(ctx, "SELECT count(*) FROM runs WHERE ended > 0 AND ended < ? AND status NOT IN (?, ?, ?)",
		before.UnixMicro(), string(Running), string(Paused), string(pruned)).Scan(&n))
}

// Due reports whether it is time to do something that is done once in a while by any process, and notes that this process does it now.
func (s *Store) Due(ctx context.Context, what string, every time.Duration) (due bool, err error) {
	name := "done " + what
	err = s.write(ctx, func(tx *tx) error {
		now := s.now()
		var last []byte
		switch err := tx.row("SELECT value FROM meta WHERE name = ?", []any{name}, &last); {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return err
		case len(last) == 8 && now-int64(binary.BigEndian.Uint64(last)) < every.Microseconds():
			return nil
		}
		due = true
		return tx.exec("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", name, binary.BigEndian.AppendUint64(nil, uint64(now)))
	})
	return due, err
}
