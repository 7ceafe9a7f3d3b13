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
	// Of is the digest of the record, if it is in another one and named by its index: in another list, this index may be that of
	// another record.
	Of []byte `json:",omitempty"`
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
	if inRecord(stream) && r.Numbered() {
		of, err := l.store.digest(r.Value)
		if err != nil {
			return err
		}
		e.Of = of
	}
	status := statusOf(out, failure)
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
		if l.drops(stream, status) {
			err = tx.exec("DELETE FROM records WHERE stream = ? AND page = ? AND part = ?", id, r.Place.Page(), part)
		} else {
			err = tx.exec(`INSERT INTO records (stream, page, part, first, status, payload) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT DO UPDATE SET status = excluded.status, payload = excluded.payload, write = NULL`,
				id, r.Place.Page(), part, r.Index, string(status), p.row)
		}
		if err != nil {
			return err
		}
		l.counts.record(name, r.Index, out, failure)
		return l.forget(tx, at, status == engine.Failed)
	})
}

// inRecord reports whether a place is inside of a record, or one itself.
func inRecord(at string) bool { return strings.Contains("/"+at, "/=") }

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

// forget drops what a resumed run does not need of a record that was closed. at is its place. Another run that repeats a record which
// failed leaves out the records in it that did not: those are kept.
func (l *Log) forget(tx *tx, at string, failed bool) error {
	if err := l.forgetEffects(tx, at); err != nil {
		return err
	}
	stream, _ := split(at)
	outer := !inRecord(stream)
	for place, id := range l.streams { // those that are open
		switch {
		case !strings.HasPrefix(place, at+"/"), failed && !outer:
			continue
		case failed:
			if err := tx.exec(endStream, over, id); err != nil {
				return err
			}
		default:
			if err := errors.Join(tx.exec("DELETE FROM records WHERE stream = ?", id), tx.exec("DELETE FROM streams WHERE id = ?", id)); err != nil {
				return err
			}
		}
		delete(l.streams, place)
	}
	return nil
}

// ok are the statuses of the records whose values are kept, in SQL.
const ok = "('succeeded', 'succeeded_with_errors')"

const endStream = "UPDATE streams SET page = ?, cursor = NULL, tally = NULL WHERE id = ?"

// forgetStream drops what a resumed run does not need of a stream that has ended. Of one in a record, the records are kept until that
// record is closed.
func (l *Log) forgetStream(tx *tx, at string) error {
	drop(l.opening, at)
	if err := l.forgetEffects(tx, at); err != nil {
		return err
	}
	id := l.streams[at]
	if id == 0 || inRecord(at) {
		return nil
	}
	delete(l.streams, at)
	// People ask for the records that failed.
	if err := tx.exec("DELETE FROM records WHERE stream = ? AND status <> ?", id, string(engine.Failed)); err != nil {
		return err
	}
	return tx.exec(endStream, over, id)
}

func (l *Log) forgetEffects(tx *tx, at string) error {
	l.calls.forget(at, &l.counts)
	drop(l.people, at)
	if !drop(l.inside, at) {
		return nil
	}
	return tx.exec("DELETE FROM effects WHERE run = ? AND place >= ? AND place < ?", l.seq, at+"/", at+"0") // '0' follows '/'
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
		if !inRecord(place) { // otherwise they are kept until the record is closed
			if err := tx.exec("DELETE FROM records WHERE stream = ? AND page >= (SELECT page FROM streams WHERE id = ?) AND page < ? AND status <> ? AND NOT (? AND status IN "+ok+")",
				id, id, at.Page, string(engine.Failed), t.Kept); err != nil {
				return err
			}
		}
		return tx.exec("UPDATE streams SET cursor = ?, page = ?, first = ?, tally = ? WHERE id = ?", cursor.row, at.Page, at.Index, p.row, id)
	})
}
