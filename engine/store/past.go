package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// load reads what the writer must know of a run that is resumed.
func (l *Log) load(ctx context.Context) error {
	db := l.store.db
	l.writes = firstWrite(l.seq)
	if err := db.QueryRowContext(ctx, "SELECT coalesce((SELECT max(id) FROM writes WHERE id < ?), ?)", firstWrite(l.seq+1), l.writes).Scan(&l.writes); err != nil {
		return l.store.failure(err)
	}
	l.writes = max(l.writes, firstWrite(l.seq))
	if err := l.each(ctx, "SELECT place, id FROM streams WHERE run = ? AND page <> ?", []any{l.seq, over}, func(rows *sql.Rows) error {
		var place string
		var id int64
		err := rows.Scan(&place, &id)
		l.streams[place] = id
		return err
	}); err != nil {
		return err
	}
	if err := l.each(ctx, "SELECT kind, name, value FROM counts WHERE run = ?", []any{l.seq}, func(rows *sql.Rows) error {
		var kind, name, value string
		if err := rows.Scan(&kind, &name, &value); err != nil {
			return err
		}
		return l.counts.read(kind, name, value)
	}); err != nil {
		return err
	}
	if err := l.each(ctx, "SELECT place, seq FROM effects WHERE run = ?", []any{l.seq}, func(rows *sql.Rows) error {
		var place string
		var seq int64
		err := rows.Scan(&place, &seq)
		l.inside[innerRecord(place)] = true
		l.entries = max(l.entries, seq)
		return err
	}); err != nil {
		return err
	}
	r := reader{store: l.store, run: l.seq, people: true} // only whether something was done
	return l.each(ctx, `SELECT w.id, w.place, w.attempt, w.card, w.times, w.ended, w.changed, w.result, w.before, coalesce(w.seq, 0) FROM writes w WHERE w.id IN (
		SELECT write FROM effects WHERE run = ? UNION SELECT r.write FROM streams s JOIN records r ON r.stream = s.id WHERE s.run = ?) ORDER BY w.id`, []any{l.seq, l.seq}, func(rows *sql.Rows) error {
		var a attempt
		var place, name string
		var times int
		var ended, seq int64
		var changed bool
		var result, before []byte
		if err := rows.Scan(&a.id, &place, &a.nth, &name, &times, &ended, &changed, &result, &before, &seq); err != nil {
			return err
		}
		l.entries = max(l.entries, seq)
		call := l.calls.at(innerRecord(place), place, name)
		call.before = before
		for range times - 1 {
			call.attempts = append(call.attempts, attempt{nth: a.nth, id: a.id, result: unanswered})
		}
		a.result = unanswered
		if ended != 0 {
			var e engine.EffectJSON
			if err := r.readKept(aad(l.id, "write", place, "out", a.nth), result, &e); err != nil {
				return err
			}
			a.result = engine.Effect{Value: map[string]any{"changed": changed}, Err: e.Effect.Err}
		}
		call.attempts = append(call.attempts, a)
		return nil
	})
}

// innerRecord returns the innermost record of a place.
func innerRecord(place string) string {
	i := strings.LastIndex(place, "/=")
	if i < 0 {
		return ""
	}
	if end := strings.IndexByte(place[i+1:], '/'); end >= 0 {
		return place[:i+1+end]
	}
	return place
}

// each calls f for each row of a query.
func (l *Log) each(ctx context.Context, query string, args []any, f func(*sql.Rows) error) error {
	return l.store.each(ctx, query, args, f)
}

func (s *Store) each(ctx context.Context, query string, args []any, f func(*sql.Rows) error) error {
	return s.eachOf(ctx, s.db, query, args, f)
}

// eachOf is each in a transaction, or outside of one.
func (s *Store) eachOf(ctx context.Context, db rower, query string, args []any, f func(*sql.Rows) error) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return s.failure(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return s.failure(err)
		}
	}
	return s.failure(rows.Err())
}

// Past implements engine.Journal.
func (l *Log) Past(scope engine.Place) (past engine.Past, err error) {
	if !l.resumed {
		return past, l.Err()
	}
	if err := l.Flush(); err != nil {
		return past, err
	}
	at := l.place(scope)
	r := reader{store: l.store, run: l.seq}
	inside, args := "", []any{l.seq}
	var first sql.NullInt64
	if at != "" {
		if past.Effects, first, err = l.early(r, scope, at); err != nil {
			return past, err
		}
		inside, args = "AND place >= ? AND place < ?", append(args, at+"/", at+"0")
	}
	err = l.each(context.Background(), `SELECT e.place, e.kind, e.nth, e.payload, w.card, w.connection, w.target, w.ended, w.input, w.result, w.before FROM (
			SELECT place, kind, nth, payload, write, seq FROM effects WHERE run = ? `+inside+`
			UNION ALL SELECT place, 'call', attempt, NULL, id, 0 FROM writes WHERE id = ?
		) e LEFT JOIN writes w ON w.id = e.write ORDER BY coalesce(w.seq, e.seq)`, append(args, first), func(rows *sql.Rows) error {
		var place string
		var e engine.Effect
		var payload, input, result, before []byte
		var name, connection, target sql.NullString
		var ended sql.NullInt64
		if err := rows.Scan(&place, &e.Kind, &e.Nth, &payload, &name, &connection, &target, &ended, &input, &result, &before); err != nil {
			return err
		}
		if innerRecord(place) != at {
			return nil
		}
		if e.Place, err = r.place(l.id, place); err != nil {
			return err
		}
		if name.Valid && ended.Int64 == 0 {
			i := engine.Intent{Place: e.Place, Attempt: e.Nth, Card: name.String, Connection: connection.String, Target: target.String}
			var in engine.ValueJSON
			if err := r.readKept(aad(l.id, "write", place, "in", e.Nth), input, &in); err != nil {
				return err
			}
			i.In = in.Value
			i.Before, err = r.before(l.id, place, before)
			past.Begun = append(past.Begun, i)
			return err
		}
		row := aad(l.id, "effect", place, string(e.Kind), e.Nth)
		if name.Valid {
			row, payload = aad(l.id, "write", place, "out", e.Nth), result
		}
		kept := engine.EffectJSON{}
		if err := r.readKept(row, payload, &kept); err != nil {
			return err
		}
		kept.Effect.Kind, kept.Effect.Place, kept.Effect.Nth = e.Kind, e.Place, e.Nth
		if kept.Effect.Err != nil {
			if kept.Effect.Before, err = r.before(l.id, place, before); err != nil {
				return err
			}
		}
		past.Effects = append(past.Effects, kept.Effect)
		return nil
	})
	return past, err
}

// before reads the state before a write for a run that is resumed.
func (r reader) before(run, place string, data []byte) (card.State, error) {
	var before engine.StateJSON
	err := r.readKept(beforeRow(run, place), data, &before)
	return before.State, err
}

// Stream implements engine.Journal.
func (l *Log) Stream(at engine.Place) (past engine.StreamPast, err error) {
	if err := l.Flush(); err != nil {
		return past, err
	}
	place := l.place(at)
	r := reader{store: l.store, run: l.seq}
	var id int64
	var cursor, tally []byte
	err = l.store.db.QueryRow("SELECT id, cursor, page, first, tally FROM streams WHERE run = ? AND place = ?", l.seq, place).Scan(
		&id, &cursor, &past.At.Page, &past.At.Index, &tally)
	if err == sql.ErrNoRows || err == nil && past.At.Page == over {
		return engine.StreamPast{}, nil
	} else if err != nil {
		return past, l.store.failure(err)
	}
	var next string
	if err := r.read(aad(l.id, "cursor", place, "", 0), cursor, &next); err != nil {
		return past, err
	}
	past.At.Cursor = card.Cursor(next)
	if err := r.read(aad(l.id, "stream", place, "", 0), tally, &past.Tally); err != nil {
		return past, err
	}
	err = l.each(context.Background(), "SELECT page, part, first, status, payload FROM records WHERE stream = ? AND (page >= ? OR status = ? OR ? AND status IN "+ok+") ORDER BY first",
		[]any{id, past.At.Page, string(Going), past.Tally.Kept}, func(rows *sql.Rows) error {
			var part, status string
			var page, index int
			var payload []byte
			if err := rows.Scan(&page, &part, &index, &status, &payload); err != nil {
				return err
			}
			record := engine.Record{Index: index}
			full := place + "/" + part
			if record.Place, err = r.place(l.id, full); err != nil {
				return err
			}
			if status == string(Going) {
				l.places.Store(record.Place.ID(), full)
				var kept opened
				err := r.readKept(aad(l.id, "record", place, part, 0), payload, &kept)
				record.Value, record.Err = kept.Value.Value, kept.Err.Err
				past.Open = append(past.Open, record)
				return err
			}
			var kept ended
			if err := r.readKept(aad(l.id, "record", place, part, 1), payload, &kept); err != nil {
				return err
			}
			if page < past.At.Page {
				item := engine.Item{Index: index}
				if kept.Outcome != nil {
					item.Value = kept.Outcome.Value
				}
				past.Items = append(past.Items, item)
				return nil
			}
			end := engine.Ended{Record: record}
			if kept.Outcome != nil {
				end.Outcome = *kept.Outcome
			}
			if kept.Err != nil {
				end.Err = kept.Err.Err
			}
			past.Ended = append(past.Ended, end)
			return nil
		})
	slices.SortStableFunc(past.Open, func(a, b engine.Record) int { return a.Index - b.Index })
	return past, err
}

// Counts implements engine.Journal.
func (l *Log) Counts() (c engine.Counts, err error) {
	read := newCounts()
	err = l.commit(0, func(*tx) error { // the writer has them
		for name, t := range l.counts.streams {
			read.streams[name] = t
		}
		for name, w := range l.counts.writes {
			read.writes[name] = w
		}
		return nil
	})
	return engine.Counts{Streams: read.streams, Writes: read.writes}, err
}
