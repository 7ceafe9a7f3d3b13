package store

import (
	"errors"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
)

// ended is the result of a record as JSON.
type ended struct {
	Outcome *engine.Outcome   `json:",omitempty"`
	Err     *engine.ErrorJSON `json:",omitempty"`
}

// Close implements engine.Journal.
func (l *Log) Close(r engine.Record, out engine.Outcome, failure error) error {
	at := l.place(r.Place)
	l.places.Delete(r.Place.ID())
	stream, part := split(at)
	e := ended{Outcome: &out}
	if failure != nil {
		e.Err = &engine.ErrorJSON{Err: failure}
	}
	p, err := l.pack(l.aad("record", stream, part, 1), e)
	if err != nil {
		return err
	}
	name := r.Place.Around().Name() // has no keys, so no secrets: those who look for it know it as it is in the flow
	return l.put(p.size(), func(tx *tx) error {
		id, err := l.stream(tx, stream)
		if err != nil {
			return err
		}
		if err := p.keep(tx, l.seq); err != nil {
			return err
		}
		delete(l.opening, at) // it wrote nothing
		if err := tx.exec(`INSERT INTO records (stream, page, part, first, status, payload) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET status = excluded.status, payload = excluded.payload, write = NULL`,
			id, r.Place.Page(), part, r.Index, string(statusOf(out, failure)), p.row); err != nil {
			return err
		}
		l.counts.record(name, r.Index, out, failure)
		return l.forget(tx, at, false)
	})
}

func statusOf(out engine.Outcome, err error) Status {
	var t engine.Tally
	t.Count(0, out, err)
	switch {
	case t.Undecidable > 0:
		return engine.Undecidable
	case t.Canceled > 0:
		return engine.Canceled
	case t.Failed > 0:
		return engine.Failed
	case out.Status == "":
		return engine.Succeeded
	}
	return out.Status
}

// forget drops what a resumed run does not need of a record that was closed, or of a stream that has ended. at is its place.
func (l *Log) forget(tx *tx, at string, stream bool) error {
	l.calls.forget(at, &l.counts)
	drop(l.people, at)
	if stream {
		drop(l.opening, at)
	}
	from, to := at+"/", at+"0" // '0' follows '/'
	if drop(l.inside, at) {
		if err := tx.exec("DELETE FROM effects WHERE run = ? AND place >= ? AND place < ?", l.seq, from, to); err != nil {
			return err
		}
	}
	for place, id := range l.streams { // those that are open
		itself := stream && place == at
		if !itself && !strings.HasPrefix(place, from) {
			continue
		}
		delete(l.streams, place)
		if itself && !strings.Contains(at, "/=") { // people ask for the records that failed
			if err := tx.exec("DELETE FROM records WHERE stream = ? AND status <> ?", id, string(engine.Failed)); err != nil {
				return err
			}
			if err := tx.exec("UPDATE streams SET page = ?, cursor = NULL, tally = NULL WHERE id = ?", over, id); err != nil {
				return err
			}
			continue
		}
		if err := tx.exec("DELETE FROM records WHERE stream = ?", id); err != nil {
			return err
		}
		if err := tx.exec("DELETE FROM streams WHERE id = ?", id); err != nil {
			return err
		}
	}
	return nil
}

// drop deletes the entries of a place, and of the places inside of it. It reports whether there were any.
func drop[T any](of map[string]T, at string) (found bool) {
	for place := range of {
		if place == at || strings.HasPrefix(place, at+"/") {
			delete(of, place)
			found = true
		}
	}
	return found
}

// Advance implements engine.Journal.
func (l *Log) Advance(stream engine.Place, at engine.Position, t engine.Tally) error {
	place := l.place(stream)
	p, err := l.pack(l.aad("stream", place, "", 0), t)
	if err != nil {
		return err
	}
	cursor, err := l.pack(l.aad("cursor", place, "", 0), at.Cursor)
	if err != nil {
		return err
	}
	return l.put(p.size()+cursor.size(), func(tx *tx) error {
		id, err := l.stream(tx, place)
		if err != nil {
			return err
		}
		if err := errors.Join(p.keep(tx, l.seq), cursor.keep(tx, l.seq)); err != nil {
			return err
		}
		if err := tx.exec("DELETE FROM records WHERE stream = ? AND page >= (SELECT page FROM streams WHERE id = ?) AND page < ? AND status <> ?",
			id, id, at.Page, string(engine.Failed)); err != nil {
			return err
		}
		return tx.exec("UPDATE streams SET cursor = ?, page = ?, first = ?, tally = ? WHERE id = ?", cursor.row, at.Page, at.Index, p.row, id)
	})
}
