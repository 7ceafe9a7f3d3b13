package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"time"
)

// pruned is the status of a run that is being deleted. Nobody finds it.
const pruned Status = "pruned"

// listed is the condition of a run that people find, in SQL.
const listed = "status NOT IN ('pruned', 'fetching')"

// atOnce is the number of rows, and pages, that a transaction deletes: other processes write between two.
const atOnce = 5000

// Prune deletes the runs that ended before a time, and what is left of processes that have ended. Runs that run, were
// interrupted or are paused are kept, and so is what a kept run repeats. It returns the ids of the runs, whose other files the caller removes. What is deleted
// is gone from the files of the database, unless another process reads it at this time.
func (s *Store) Prune(ctx context.Context, before time.Time) (ids []string, err error) {
	if err := s.write(ctx, func(tx *tx) error {
		return tx.exec("UPDATE runs SET status = ? WHERE "+prunable, string(pruned), before.UnixMicro(), before.UnixMicro(), before.UnixMicro())
	}); err != nil {
		return nil, err
	}
	if err := s.dropUnfetched(ctx); err != nil {
		return nil, err
	}
	var seqs []int64
	var names []string
	if err := s.each(ctx, "SELECT seq, id FROM runs WHERE status = ? ORDER BY seq", []any{string(pruned)}, func(rows *sql.Rows) error {
		var seq int64
		var id string
		err := rows.Scan(&seq, &id)
		seqs, names = append(seqs, seq), append(names, id)
		return err
	}); err != nil {
		return nil, err
	}
	for i, seq := range seqs {
		if err := s.sweep(ctx, seq); err != nil {
			return ids, err
		}
		ids = append(ids, names[i])
	}
	if err := s.forgetOccasions(ctx, before); err != nil {
		return ids, err
	}
	if err := s.write(ctx, func(tx *tx) error {
		return tx.exec("DELETE FROM sources WHERE hash NOT IN (SELECT sources FROM runs WHERE sources IS NOT NULL)")
	}); err != nil {
		return ids, err
	}
	if err := s.bury(ctx); err != nil {
		return ids, err
	}
	return ids, s.shrink(ctx)
}

// sweep deletes a run, in several transactions.
func (s *Store) sweep(ctx context.Context, seq int64) error {
	from, to := firstWrite(seq), firstWrite(seq+1)
	steps := []struct {
		text string
		args []any
	}{
		{"DELETE FROM subjects WHERE write IN (SELECT id FROM writes WHERE id > ? AND id < ? ORDER BY id LIMIT ?)", []any{from, to, atOnce}},
		{"DELETE FROM writes WHERE id IN (SELECT id FROM writes WHERE id > ? AND id < ? ORDER BY id LIMIT ?)", []any{from, to, atOnce}},
		{"DELETE FROM records WHERE (stream, page, part) IN (SELECT r.stream, r.page, r.part FROM records r JOIN streams s ON s.id = r.stream WHERE s.run = ? LIMIT ?)", []any{seq, atOnce}},
		{"DELETE FROM effects WHERE (run, place, kind, nth) IN (SELECT run, place, kind, nth FROM effects WHERE run = ? LIMIT ?)", []any{seq, atOnce}},
		{"DELETE FROM chain WHERE (run, nth) IN (SELECT run, nth FROM chain WHERE run = ? LIMIT ?)", []any{seq, atOnce}},
		{"DELETE FROM blobs WHERE (run, hash) IN (SELECT run, hash FROM blobs WHERE run = ? LIMIT ?)", []any{seq, 50}},
	}
	for more := true; more; {
		if err := s.write(ctx, func(tx *tx) error {
			more = false
			for _, step := range steps {
				n, err := tx.change(step.text, step.args...)
				if err != nil {
					return err
				}
				more = more || n > 0
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return s.write(ctx, func(tx *tx) error {
		for _, text := range []string{
			"DELETE FROM streams WHERE run = ?", "DELETE FROM counts WHERE run = ?", "DELETE FROM controls WHERE run = ?", "DELETE FROM approvals WHERE run = ?", "DELETE FROM heads WHERE run = ?",
			"DELETE FROM runs WHERE seq = ?",
		} {
			if err := tx.exec(text, seq); err != nil {
				return err
			}
		}
		return nil
	})
}

// remembered is how long an occasion is kept at least: a signed request can be sent again for 5 minutes before and after its time.
const remembered = 15 * time.Minute

// forgetOccasions deletes occasions of before a time that do not wait, in several transactions. Those of records that may still be read are kept: such as
// events that were delivered, while the log of the service could not be read.
func (s *Store) forgetOccasions(ctx context.Context, before time.Time) error {
	if latest := s.config.Clock.Now().Add(-remembered); before.After(latest) {
		before = latest
	}
	for more := true; more; {
		if err := s.write(ctx, func(tx *tx) error {
			n, err := tx.change(`DELETE FROM occasions WHERE id IN (SELECT id FROM occasions o WHERE received < ? AND status <> ? AND elsewhere = 0 AND NOT EXISTS (
				SELECT 1 FROM polls p WHERE p.flow = o.flow AND p.trigger = o.trigger AND p.at - ? <= o.at) LIMIT ?)`,
				before.UnixMicro(), string(Waiting), unread.Microseconds(), atOnce)
			more = n > 0
			return err
		}); err != nil {
			return err
		}
	}
	return s.write(ctx, func(tx *tx) error {
		return tx.exec("DELETE FROM blobs WHERE run = ? AND NOT EXISTS (SELECT 1 FROM occasions WHERE substr(payload, 1, 1) = ? AND substr(payload, 2) = hash)", noRun, []byte{blobMark})
	})
}

// unread is how far before the time of a poll records may still be read.
const unread = time.Hour

// bury deletes what is left of processes that have ended.
func (s *Store) bury(ctx context.Context) error {
	var gone []string
	if err := s.each(ctx, "SELECT id, host, heartbeat FROM owners", nil, func(rows *sql.Rows) error {
		var id, host string
		var last int64
		if err := rows.Scan(&id, &host, &last); err != nil {
			return err
		}
		if !s.lives(id, host, time.UnixMicro(last)) {
			gone = append(gone, id)
		}
		return nil
	}); err != nil {
		return err
	}
	for _, id := range gone {
		if path, err := s.lockFile(id, false); err == nil {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return s.failure(err)
			}
		}
		if err := s.write(ctx, func(tx *tx) error { return tx.exec("DELETE FROM owners WHERE id = ?", id) }); err != nil {
			return err
		}
	}
	return nil
}

// shrink gives free pages back, and empties the WAL, which has older versions of pages.
func (s *Store) shrink(ctx context.Context) error {
	ignore := func(*sql.Rows) error { return nil }
	for last := -1; ; {
		var free int
		if err := s.db.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&free); err != nil {
			return s.failure(err)
		}
		if free == 0 || free == last {
			break
		}
		last = free
		if err := s.each(ctx, "PRAGMA incremental_vacuum(5000)", nil, ignore); err != nil {
			return err
		}
	}
	return s.emptyLog(ctx)
}

// emptyLog copies SQLite's log to the database and empties it. While another checkpoint goes on, in this process or another one, SQLite
// refuses it, so it is tried for some seconds. A reader of an older version of the database can also prevent it.
func (s *Store) emptyLog(ctx context.Context) error {
	for range 100 {
		var busy, pages, copied int
		if err := s.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(truncate)").Scan(&busy, &pages, &copied); err != nil || busy == 0 {
			return s.failure(err)
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
