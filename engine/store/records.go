package store

import (
	"context"
	"database/sql"

	"github.com/flowdeck/flowdeck/engine"
)

// Records returns records of a stream, by its place, in the order of their pages: those that have not ended, that failed, or
// that ended on a page with one that has not ended. An empty status selects all. Secrets are hidden.
func (s *Store) Records(ctx context.Context, run string, stream engine.Place, status Status, p Page) (all []Record, err error) {
	r, id, err := s.forPeople(ctx, run)
	if err != nil {
		return nil, err
	}
	place := (&Log{store: s, id: id}).place(stream)
	err = s.each(ctx, `SELECT part, first, status, payload FROM records WHERE stream = (SELECT id FROM streams WHERE run = ? AND place = ?)
		AND (? = '' OR status = ?) ORDER BY page, part LIMIT ? OFFSET ?`, []any{r.run, place, string(status), string(status), p.limit(), p.After}, func(rows *sql.Rows) error {
		var part string
		var payload []byte
		one := Record{At: p.After + int64(len(all)) + 1}
		if err := rows.Scan(&part, &one.Index, &one.Status, &payload); err != nil {
			return err
		}
		var err error
		if one.Place, err = r.place(id, place+"/"+part); err != nil {
			return err
		}
		if one.Status == Going {
			var kept opened
			err = r.read(aad(id, "record", place, part, 0), payload, &kept)
			one.Value, one.Err = kept.Value.Value, kept.Err.Err
		} else {
			var kept ended
			err = r.read(aad(id, "record", place, part, 1), payload, &kept)
			if kept.Outcome != nil {
				one.Reason, one.Value = kept.Outcome.Reason, kept.Outcome.Value
			}
			if kept.Err != nil {
				one.Err = kept.Err.Err
			}
		}
		all = append(all, one)
		return err
	})
	return all, err
}

func (s *Store) id(ctx context.Context, seq int64) (id string, err error) {
	return id, s.failure(s.db.QueryRowContext(ctx, "SELECT id FROM runs WHERE seq = ?", seq).Scan(&id))
}

// forPeople returns the reader of a run that hides secrets, and the id of the run.
func (s *Store) forPeople(ctx context.Context, run string) (r reader, id string, err error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return reader{}, "", err
	}
	id, err = s.id(ctx, seq)
	return reader{store: s, run: seq, people: true}, id, err
}
