package store

import (
	"context"
	"encoding/json"
	"time"
)

// Limit keeps how much the run, together with the runs that it started, may do in all of its processes. When it returns, this is durable. nil is no
// limit.
func (l *Log) Limit(limits json.RawMessage) error {
	return l.commit(0, func(tx *tx) error {
		if err := tx.exec("UPDATE runs SET limits = ? WHERE seq = ?", nullable(limits), l.seq); err != nil {
			return err
		}
		return l.link(tx, limitLink, 0)
	})
}

// nullable returns a text for a column; nil if there is none.
func nullable(text json.RawMessage) any {
	if text == nil {
		return nil
	}
	return string(text)
}

// Changed counts attempts that changed something in a service, or may have.
type Changed struct {
	Made, Destroyed int     // in all, with those of InDoubt; and those of them that destroy something
	InDoubt         []Write // those of which it is not known
	// Last is when an attempt of any write was last begun or ended; zero if there is none.
	Last time.Time
}

// ofFamily is the condition of an attempt, by a run or the runs that it started, which changed something in a service, or may have.
const ofFamily = `connection <> '' AND (changed = 1 OR settled = 1 OR settled IS NULL AND (doubt = 1 OR ended = 0)) AND ` + inFamily

// inFamily is the condition of a write of a run or the runs that it started.
const inFamily = `id >> 32 IN (
	WITH RECURSIVE family (seq, id) AS (SELECT seq, id FROM runs WHERE seq = ? UNION ALL SELECT r.seq, r.id FROM runs r JOIN family f ON r.parent = f.id)
	SELECT seq FROM family)`

// Changes counts the attempts, by a run and the runs that it started, that changed something in a service or may have. Calls of the cards
// local do not count.
func (s *Store) Changes(ctx context.Context, run string, local ...string) (n Changed, err error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return n, err
	}
	where, args := ofFamily, []any{seq}
	for _, name := range local {
		where, args = where+" AND card <> ?", append(args, name)
	}
	if err := s.db.QueryRowContext(ctx, "SELECT count(*), coalesce(sum(destroys), 0) FROM writes WHERE "+where, args...).Scan(&n.Made, &n.Destroyed); err != nil {
		return n, s.failure(err)
	}
	var last int64
	if err := s.db.QueryRowContext(ctx, "SELECT coalesce(max(max(began, ended)), 0) FROM writes WHERE "+inFamily, seq).Scan(&last); err != nil {
		return n, s.failure(err)
	}
	n.Last = fromMicro(last)
	n.InDoubt, err = s.writesOf(ctx, "settled IS NULL AND changed = 0 AND "+where+" ORDER BY id", args...)
	return n, err
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
