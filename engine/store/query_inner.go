package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"

	"github.com/flowdeck/flowdeck/engine"
)

// Inner are the records that ended in records which failed, and did not fail themselves.
type Inner struct {
	store *Store
	ended map[string]inner // by the ID of their place without pages: the list may have others when it is read again
	seen  map[string]bool  // all records in records which failed
}

type inner struct {
	out engine.Outcome
	of  []byte // the digest of the record, if it is named by its index
}

// Inner returns the records of a run that ended in records which failed. A record is left out if it is not known which one it is,
// because another one has the same key.
func (s *Store) Inner(ctx context.Context, run string) (*Inner, error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return nil, err
	}
	id, err := s.id(ctx, seq)
	if err != nil {
		return nil, err
	}
	r := reader{store: s, run: seq}
	all := &Inner{store: s, ended: map[string]inner{}, seen: map[string]bool{}}
	ids := map[string]int64{}   // of the streams, by their place without pages; 0 if several have it
	of := map[string][]string{} // the records of a stream
	err = s.each(ctx, `SELECT s.id, s.place, r.part, r.status, r.payload FROM streams s JOIN records r ON r.stream = s.id
		WHERE s.run = ? AND instr('/' || s.place, '/=') > 0 ORDER BY s.id`, []any{seq}, func(rows *sql.Rows) error {
		var stream int64
		var at, part, status string
		var payload []byte
		if err := rows.Scan(&stream, &at, &part, &status, &payload); err != nil {
			return err
		}
		place, err := r.place(id, at+"/"+part)
		if isNotKept(err) {
			return nil
		} else if err != nil {
			return err
		}
		around, name := place.Around().Unpaged().ID(), place.Unpaged().ID()
		if known, ok := ids[around]; ok && known != stream {
			stream = 0
			for _, one := range of[around] {
				delete(all.ended, one)
			}
		}
		ids[around] = stream
		again := all.seen[name]
		all.seen[name] = true
		if stream == 0 || again {
			delete(all.ended, name)
			return nil
		}
		switch Status(status) {
		case engine.Succeeded, engine.SucceededWithErrors, engine.Skipped:
		default:
			return nil
		}
		var kept ended
		if err := r.readKept(aad(id, "record", at, part, 1), payload, &kept); err != nil || kept.Outcome == nil {
			return err
		}
		of[around] = append(of[around], name)
		kept.Outcome.Earlier = true
		all.ended[name] = inner{out: *kept.Outcome, of: kept.Of}
		return nil
	})
	return all, err
}

// Add adds the records of an earlier run that this run has not repeated.
func (i *Inner) Add(earlier *Inner) {
	for name, one := range earlier.ended {
		if !i.seen[name] {
			i.ended[name] = one
		}
	}
}

// Ended returns the result of a record; false if it has not ended, or is another one.
func (i *Inner) Ended(r engine.Record) (engine.Outcome, bool) {
	one, ok := i.ended[r.Place.Unpaged().ID()]
	if ok && r.Numbered() {
		of, err := i.store.digest(r.Value)
		ok = err == nil && bytes.Equal(of, one.of)
	}
	return one.out, ok
}

// digest returns a digest of a value without its secrets.
func (s *Store) digest(v engine.Value) ([]byte, error) {
	text, err := encode(engine.ValueJSON{Value: v})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(s.config.Veil.Text(text))
	return sum[:], nil
}
