package store

import (
	"context"
	"encoding/json"
	"slices"
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

// CardsOf are the names of cards of a kind.
type CardsOf struct {
	Workspace  []string // change only tables or files of the workspace
	Idempotent []string // change nothing the second time, whatever their inputs are
}

// Changed counts attempts that changed something in a service, or may have. The attempts of a call of a card that is idempotent count once if it
// is known that one of them did.
type Changed struct {
	Made, Destroyed int     // in all, with those of InDoubt; and those of them that destroy something
	InDoubt         []Write // those of which it is not known
	// Partly are attempts that failed after they changed something, of calls that may be attempted again and count once.
	Partly []Write
	// Last is when an attempt of any write was last begun or ended; zero if there is none.
	Last time.Time
}

const (
	// family are the numbers of a run and of the runs that it started.
	family = `(WITH RECURSIVE family (seq, id) AS (SELECT seq, id FROM runs WHERE seq = ?1 UNION ALL SELECT r.seq, r.id FROM runs r JOIN family f ON r.parent = f.id)
		SELECT seq FROM family)`
	inFamily = `id >> 32 IN ` + family
	// ofFamily is the condition of an attempt of the family, which changed something in a service, or may have.
	ofFamily = `connection <> '' AND (changed = 1 OR settled = 1 OR settled IS NULL AND (doubt = 1 OR ended = 0)) AND
		card NOT IN (SELECT value FROM json_each(?2)) AND ` + inFamily
	// once is the condition of an attempt that counts once with the others of its call.
	once = `aside = 0 AND card IN (SELECT value FROM json_each(?3))`
	// mayFollow is the condition of an attempt after which another one may follow: its record has not ended.
	mayFollow = `id IN (SELECT write FROM effects WHERE run IN ` + family + ` UNION
		SELECT r.write FROM streams s JOIN records r ON r.stream = s.id WHERE s.run IN ` + family + `)`
)

// Changes counts the attempts, by a run and the runs that it started, that changed something in a service or may have.
func (s *Store) Changes(ctx context.Context, run string, cards CardsOf) (n Changed, err error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return n, err
	}
	args := []any{seq, jsonOf(cards.Workspace), jsonOf(cards.Idempotent)}
	if err := s.db.QueryRowContext(ctx, `SELECT coalesce(sum(iif(once AND made, 1, n)), 0), coalesce(sum(destroys), 0) FROM (
		SELECT `+once+` AS once, max(changed) AS made, count(*) AS n, sum(destroys) AS destroys FROM writes WHERE `+ofFamily+`
		GROUP BY id >> 32, iif(`+once+`, place, id))`, args...).Scan(&n.Made, &n.Destroyed); err != nil {
		return n, s.failure(err)
	}
	var last int64
	if err := s.db.QueryRowContext(ctx, "SELECT coalesce(max(max(began, ended)), 0) FROM writes WHERE "+inFamily, seq).Scan(&last); err != nil {
		return n, s.failure(err)
	}
	n.Last = fromMicro(last)
	if n.InDoubt, err = s.writesOf(ctx, `settled IS NULL AND changed = 0 AND `+ofFamily+` AND NOT (`+once+` AND (id >> 32, place) IN (
		SELECT id >> 32, place FROM writes WHERE changed = 1 AND `+once+` AND `+inFamily+`)) ORDER BY id`, args...); err != nil {
		return n, err
	}
	n.Partly, err = s.writesOf(ctx, "changed = 1 AND "+once+" AND "+ofFamily+" AND "+mayFollow+" ORDER BY id", args...)
	n.Partly = slices.DeleteFunc(n.Partly, func(w Write) bool { return w.Err == nil })
	return n, err
}

// jsonOf returns names as a list in JSON.
func jsonOf(names []string) string {
	text, _ := json.Marshal(append([]string{}, names...)) // strings have a JSON form
	return string(text)
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
