package store

import (
	"context"
	"database/sql"

	"github.com/flowdeck/flowdeck/engine"
)

// Going returns the writes of a run that are not in a record which has ended: a resumed run takes their results from the journal.
func (s *Store) Going(ctx context.Context, run string) ([]Write, error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return nil, err
	}
	return s.writesOf(ctx, `id IN (SELECT write FROM effects WHERE run = ?1 UNION SELECT r.write FROM streams s JOIN records r ON r.stream = s.id WHERE s.run = ?1)
		ORDER BY id`, seq)
}

// EachPlace calls f for each place at which a run changed something, and for the card that did, in the order of their first writes. Records
// that have ended are included. Keys with a secret are hidden.
func (s *Store) EachPlace(ctx context.Context, run string, f func(at engine.Place, card string)) error {
	r, id, err := s.forPeople(ctx, run)
	if err != nil {
		return err
	}
	return s.each(ctx, `SELECT place, card FROM writes WHERE (changed = 1 OR settled = 1) AND id > ? AND id < ?
		GROUP BY place, card ORDER BY min(id)`, []any{firstWrite(r.run), firstWrite(r.run + 1)}, func(rows *sql.Rows) error {
		var place, card string
		if err := rows.Scan(&place, &card); err != nil {
			return err
		}
		at, err := r.place(id, place)
		if err == nil {
			f(at, card)
		}
		return err
	})
}
