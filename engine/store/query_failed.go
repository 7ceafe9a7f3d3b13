package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
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
	r := reader{s, seq, false}
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

// InDoubt returns the keys of the outermost records of a run with a write that may have been done, by the Place.Name of their stream.
func (s *Store) InDoubt(ctx context.Context, run string) (map[string]map[string]bool, error) {
	doubts, err := s.Doubts(ctx, run)
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

// HistoryOf returns what any run did to things, the last first: by their logins, ids or names. Page.After is the At of the last one.
func (s *Store) HistoryOf(ctx context.Context, subjects []string, p Page) ([]Write, error) {
	before := p.After
	if before == 0 {
		before = 1<<63 - 1
	}
	if len(subjects) == 0 || len(subjects) > mostSubjects {
		return nil, invalid(card.Invalid, "subjects", fmt.Sprintf("%d subjects: there must be 1 to %d", len(subjects), mostSubjects), "")
	}
	var args []any
	for _, subject := range subjects {
		args = append(args, Subject(subject))
	}
	args = append(args, before, p.limit())
	return s.writesOf(ctx, "id IN (SELECT DISTINCT write FROM subjects WHERE text IN (?"+strings.Repeat(", ?", len(subjects)-1)+
		") AND write < ? ORDER BY write DESC LIMIT ?) ORDER BY id DESC", args...)
}

// mostSubjects is the number of subjects of HistoryOf.
const mostSubjects = 100

// Subject returns the form in which a login, an id or a name is found.
func Subject(text string) string { return strings.ToLower(strings.TrimSpace(text)) }
