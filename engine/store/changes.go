package store

import (
	"context"
)

// LimitChanges keeps how many changes the run, together with the runs that it started, may make in all of its processes. nil is no limit.
func (l *Log) LimitChanges(most *int) error {
	return l.commit(0, func(tx *tx) error {
		return tx.exec("UPDATE runs SET most_changes = ? WHERE seq = ?", most, l.seq)
	})
}

// ofFamily is the condition of an attempt, by a run or the runs that it started, which changed something in a service, or may have.
const ofFamily = `connection <> '' AND (changed = 1 OR settled = 1 OR settled IS NULL AND (doubt = 1 OR ended = 0)) AND id >> 32 IN (
	WITH RECURSIVE family (seq, id) AS (SELECT seq, id FROM runs WHERE seq = ? UNION ALL SELECT r.seq, r.id FROM runs r JOIN family f ON r.parent = f.id)
	SELECT seq FROM family)`

// Changes counts the attempts, by a run and the runs that it started, that changed something in a service or may have. inDoubt are those
// of which it is not known. Calls of the cards local do not count.
func (s *Store) Changes(ctx context.Context, run string, local ...string) (n int, inDoubt []Write, err error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return 0, nil, err
	}
	where, args := ofFamily, []any{seq}
	for _, name := range local {
		where, args = where+" AND card <> ?", append(args, name)
	}
	if err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM writes WHERE "+where, args...).Scan(&n); err != nil {
		return 0, nil, s.failure(err)
	}
	inDoubt, err = s.writesOf(ctx, "settled IS NULL AND changed = 0 AND "+where+" ORDER BY id", args...)
	return n, inDoubt, err
}

// Root returns the run that started a run, directly or by other runs: the run itself if a person or a trigger did.
func (s *Store) Root(ctx context.Context, r Run) (Run, error) {
	for r.Parent != "" {
		parent, err := s.Run(ctx, r.Parent)
		if err != nil {
			return r, err
		}
		r = parent
	}
	return r, nil
}
