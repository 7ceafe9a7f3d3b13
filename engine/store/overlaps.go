package store

import (
	"context"
	"database/sql"
	"time"
)

// betweenReadAndBegin is how long the state before a write may have been read before the write was begun. Of writes in one record it is not needed: they are
// made one after the other, or overlap.
const betweenReadAndBegin = time.Second

// Overlapped returns the writes of a run, by their At, whose state before may not be the one that they have changed: another write of the run
// on the same target was going on, or ended just before, in another record. Calls on one target wait for each other, but the states before them are read earlier.
func (s *Store) Overlapped(ctx context.Context, run string) (map[int64]bool, error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return nil, err
	}
	found := map[int64]bool{}
	err = s.each(ctx, `WITH w AS MATERIALIZED (
			SELECT id, place, connection, target, before, min(began) OVER (PARTITION BY place) AS began, iif(ended = 0, 9223372036854775807, ended) AS ended,
				changed = 1 OR doubt = 1 OR ended = 0 OR settled = 1 AS made
			FROM writes WHERE id > ? AND id < ? AND target <> '')
		SELECT DISTINCT w.id, w.place, v.place, v.ended > w.began FROM w JOIN w v ON v.target = w.target AND v.connection = w.connection
		WHERE w.before IS NOT NULL AND v.place <> w.place AND v.made AND v.began < w.ended AND v.ended > w.began - ?`,
		[]any{firstWrite(seq), firstWrite(seq + 1), betweenReadAndBegin.Microseconds()}, func(rows *sql.Rows) error {
			var id int64
			var at, other string
			var overlaps bool
			if err := rows.Scan(&id, &at, &other, &overlaps); err != nil {
				return err
			}
			if overlaps || innerRecord(at) != innerRecord(other) {
				found[id] = true
			}
			return nil
		})
	return found, err
}
