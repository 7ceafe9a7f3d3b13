package store

import (
	"context"
	"database/sql"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
)

// Failed returns the keys of the records of a run that failed, by the Place.Name of their stream, for the streams that are not in a
// record. Each key is listed once.
func (s *Store) Failed(ctx context.Context, run string) (map[string][]string, error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return nil, err
	}
	id, err := s.id(ctx, seq)
	if err != nil {
		return nil, err
	}
	r := reader{store: s, run: seq}
	failed, seen := map[string][]string{}, map[string]bool{}
	err = s.each(ctx, `SELECT s.place, r.part FROM streams s JOIN records r ON r.stream = s.id
		WHERE s.run = ? AND r.status = ? ORDER BY s.id, r.page, r.first`, []any{seq, string(engine.Failed)}, func(rows *sql.Rows) error {
		var stream, part string
		if err := rows.Scan(&stream, &part); err != nil {
			return err
		}
		if strings.Contains("/"+stream, "/=") {
			return nil
		}
		place, err := r.place(id, stream+"/"+part)
		if err != nil {
			return err
		}
		name := place.Around().Name()
		if one := name + "/" + place.Key(); !seen[one] {
			seen[one] = true
			failed[name] = append(failed[name], place.Key())
		}
		return nil
	})
	return failed, err
}

// InDoubt returns the keys of the outermost records of a run with a write that may have been done, or of which a person found out that it
// was, by the Place.Name of their stream.
func (s *Store) InDoubt(ctx context.Context, run string) (map[string]map[string]bool, error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return nil, err
	}
	doubts, err := s.writesOf(ctx, "(doubt = 1 OR settled = 1) AND id > ? AND id < ? ORDER BY id", firstWrite(seq), firstWrite(seq+1))
	if err != nil {
		return nil, err
	}
	found := map[string]map[string]bool{}
	for _, w := range doubts {
		outermost := engine.Place{}
		for at := w.Place.InnerRecord(); !at.IsZero(); at = at.Around().InnerRecord() {
			outermost = at
		}
		if outermost.IsZero() {
			continue
		}
		name := outermost.Around().Name()
		if found[name] == nil {
			found[name] = map[string]bool{}
		}
		found[name][outermost.Key()] = true
	}
	return found, nil
}

// Started returns the start of a run with its secrets, for another run with the same inputs. Those that were not kept, or
// cannot be read, are card.Hidden.
func (s *Store) Started(ctx context.Context, run string) (engine.Start, error) {
	seq, err := s.seq(ctx, run)
	if err != nil {
		return engine.Start{}, err
	}
	id, err := s.id(ctx, seq)
	if err != nil {
		return engine.Start{}, err
	}
	start, err := s.start(ctx, seq, id, false)
	if isNotKept(err) {
		return s.start(ctx, seq, id, true)
	}
	return start, err
}

// EachFailed calls f for each record of a run that failed, with its error, without secrets. Those of loops in a record are there as long as
// the record has not succeeded.
func (s *Store) EachFailed(ctx context.Context, run string, f func(at engine.Place, failure error)) error {
	r, id, err := s.forPeople(ctx, run)
	if err != nil {
		return err
	}
	return s.each(ctx, `SELECT s.place, r.part, r.payload FROM streams s JOIN records r ON r.stream = s.id
		WHERE s.run = ? AND r.status = ? ORDER BY s.id, r.page, r.first`, []any{r.run, string(engine.Failed)}, func(rows *sql.Rows) error {
		var stream, part string
		var payload []byte
		if err := rows.Scan(&stream, &part, &payload); err != nil {
			return err
		}
		at, err := r.place(id, stream+"/"+part)
		if err != nil {
			return err
		}
		var kept ended
		if err := r.read(aad(id, "record", stream, part, 1), payload, &kept); err != nil || kept.Err == nil || kept.Err.Err == nil {
			return err
		}
		f(at, kept.Err.Err)
		return nil
	})
}
