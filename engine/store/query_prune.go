package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"time"
)

// old is the condition of a run that ended before a time and cannot be resumed, in SQL.
const old = "(ended > 0 AND ended < ? AND status NOT IN ('running', 'paused', 'pruned'))"

// prunable is the condition of an old run that no other run repeats or takes back, directly or indirectly, which is kept: a retry or an undo
// of that one needs what both have done. It has the time three times.
const prunable = old + ` AND id NOT IN (
	WITH RECURSIVE needed (id) AS (
		SELECT ` + repeats + ` AS before FROM runs WHERE NOT ` + old + ` AND status <> 'pruned' AND parent = '' AND before <> ''
		UNION SELECT ` + undoes + ` AS before FROM runs WHERE NOT ` + old + ` AND status <> 'pruned' AND parent = '' AND flow GLOB 'undo of *' AND before <> ''
		UNION SELECT ` + repeats + ` AS before FROM runs JOIN needed USING (id) WHERE before <> ''
		UNION SELECT ` + undoes + ` AS before FROM runs JOIN needed USING (id) WHERE flow GLOB 'undo of *' AND before <> ''
		UNION SELECT runs.id FROM runs JOIN needed ON runs.parent = needed.id
	) SELECT id FROM needed)`

// Prunable returns the number of runs that Prune would delete.
func (s *Store) Prunable(ctx context.Context, before time.Time) (n int, err error) {
	return n, s.failure(s.db.QueryRowContext(ctx, "SELECT count(*) FROM runs WHERE "+prunable, before.UnixMicro(), before.UnixMicro(), before.UnixMicro()).Scan(&n))
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
