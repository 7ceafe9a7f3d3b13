package store

import (
	"context"
	"errors"
)

// Enter lets the run go on if less than limit other runs with its quota go on, and no other waits for longer. Otherwise the run
// is Queued, and ahead are the runs that go on. A run whose process has ended does not count. It does nothing for a run without a
// Quota.
func (l *Log) Enter(ctx context.Context, limit int) (entered bool, ahead []string, err error) {
	ctx = context.WithoutCancel(ctx) // it does not wait for long, and whether the run has entered must be known
	err = l.store.write(ctx, func(tx *tx) error {
		if err := l.holds(tx); err != nil {
			return err
		}
		var quota string
		if err := tx.row("SELECT quota FROM runs WHERE seq = ?", []any{l.seq}, &quota); err != nil {
			return err
		}
		waiting := 0
		ahead = nil
		if quota != "" {
			if ahead, waiting, err = l.store.ahead(ctx, tx.conn, quota, l.seq); err != nil {
				return err
			}
		}
		entered = len(ahead)+waiting < max(1, limit) || quota == ""
		status := Queued
		if entered {
			status = Running
		}
		return tx.exec("UPDATE runs SET status = ? WHERE seq = ?", string(status), l.seq)
	})
	return entered, ahead, err
}

// Ahead returns the runs that go on, and that a run with a Quota which does not would have to wait for.
func (s *Store) Ahead(ctx context.Context, run string) ([]string, error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return nil, err
	}
	var quota string
	if err := s.db.QueryRowContext(ctx, "SELECT quota FROM runs WHERE seq = ?", seq).Scan(&quota); err != nil || quota == "" {
		return nil, s.failure(err)
	}
	going, _, err := s.ahead(ctx, s.db, quota, seq)
	return going, s.failure(err)
}

// Leave makes the run count no longer for its Quota. If that fails, so does Finish.
func (l *Log) Leave() {
	_ = l.put(0, func(tx *tx) error {
		return tx.exec("UPDATE runs SET quota = '' WHERE seq = ? AND quota <> ''", l.seq)
	})
}

// ahead returns the other runs of a quota that go on, and the number of those that wait for longer than the run.
func (s *Store) ahead(ctx context.Context, db rower, quota string, run int64) (going []string, waiting int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT seq, id, status, owner FROM runs WHERE quota = ? AND status IN (?, ?) AND seq <> ? ORDER BY seq",
		quota, string(Running), string(Queued), run)
	if err != nil {
		return nil, 0, err
	}
	type other struct {
		seq               int64
		id, status, owner string
	}
	var others []other
	for rows.Next() {
		var o other
		if err := rows.Scan(&o.seq, &o.id, &o.status, &o.owner); err != nil {
			return nil, 0, errors.Join(err, rows.Close())
		}
		others = append(others, o)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, 0, err
	}
	for _, o := range others {
		switch {
		case s.ownerOf(db, o.owner) == nil:
		case o.status == string(Running):
			going = append(going, o.id)
		case o.seq < run:
			waiting++
		}
	}
	return going, waiting, nil
}
