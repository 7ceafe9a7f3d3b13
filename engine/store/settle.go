package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
)

// decidable is the condition of a write that a person can decide about, in SQL: it may have been done, or was decided and the decision
// changed nothing yet. A run that goes on takes a write that was done for changed, and one that it makes again is not decided any more. A run that
// has ended does nothing, so each decision about it can be changed.
const decidable = `(doubt = 1 OR settled IS NOT NULL AND (ended = 0 OR changed = 0 OR
	id >> 32 IN (SELECT seq FROM runs WHERE ended > 0 AND status <> 'canceled')))`

// Undecided returns the writes of a run that a person can decide about: its Doubts, and those with a decision that can be changed.
func (s *Store) Undecided(ctx context.Context, run string) ([]Write, error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return nil, err
	}
	return s.writesOf(ctx, decidable+" AND id > ? AND id < ? ORDER BY id", firstWrite(seq), firstWrite(seq+1))
}

// Settle keeps what a person decided about writes, by their At: whether they were done. A decision about one that is not Undecided any more is
// left out.
func (s *Store) Settle(ctx context.Context, done map[int64]bool) error {
	if len(done) == 0 {
		return nil
	}
	key, err := s.keys.chainKey()
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		for _, id := range slices.Sorted(maps.Keys(done)) {
			n, err := tx.change("UPDATE writes SET settled = ?, doubt = 0 WHERE id = ? AND "+decidable, done[id], id)
			if err == nil && n > 0 {
				err = key.link(tx, &tail{}, runOf(id), settleLink, id, "")
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Settled returns what a person decided about a write.
func (l *Log) Settled(i engine.Intent) (done, decided bool) {
	place := l.place(i.Place)
	stream, part := split(l.place(i.Place.InnerRecord()))
	var settled sql.NullBool
	err := l.store.db.QueryRow(`SELECT settled FROM writes WHERE place = ? AND attempt = ? AND id IN (
			SELECT write FROM effects WHERE run = ? AND place = ? AND kind = ? AND nth = ?
			UNION ALL SELECT write FROM records WHERE stream = (SELECT id FROM streams WHERE run = ? AND place = ?) AND page = ? AND part = ?)`,
		place, i.Attempt, l.seq, place, string(engine.CallEffect), i.Attempt, l.seq, stream, i.Place.InnerRecord().Page(), part).Scan(&settled)
	return settled.Bool, err == nil && settled.Valid
}
