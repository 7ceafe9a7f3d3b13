package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/card"
)

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

// Names are the texts by which a person or another thing is known in writes. A login leads to an id only at a time: it may be that of
// another person later.
type Names struct {
	All     []string // the given text, the ids that it leads to, and their logins
	ids     []string
	holders map[string][]Holder // by login, those of all ids, in the order of time
}

// Holder is a person with a login, as writes have it.
type Holder struct {
	ID          string
	Connection  string
	First, Last time.Time // of the writes
	writes      []int64
}

// AmbiguousError is the error of a login that several people of a connection had.
type AmbiguousError struct {
	Login   string
	Holders []Holder // in the order of time
}

func (e *AmbiguousError) Error() string {
	var all []string
	for i, h := range e.Holders {
		when := "since " + h.First.UTC().Format(time.RFC3339)
		if i < len(e.Holders)-1 {
			when = "until " + h.Last.UTC().Format(time.RFC3339)
		}
		all = append(all, h.ID+" "+when)
	}
	return fmt.Sprintf("%s was the login or address of several people: %s", e.Login, strings.Join(all, ", "))
}

// mostNames is the number of ids and logins that a text leads to.
const mostNames = 50

// NamesOf returns the names of a person or another thing, of which one is given. The error may be an *AmbiguousError.
func (s *Store) NamesOf(ctx context.Context, subject string) (*Names, error) {
	subject = Subject(subject)
	n := &Names{All: []string{subject}, ids: []string{subject}, holders: map[string][]Holder{}}
	if isAddress(subject) {
		holders, err := s.holdersOf(ctx, subject)
		if err != nil {
			return nil, err
		}
		n.ids = nil
		of := map[string]Holder{}
		for _, h := range holders {
			if before, known := of[h.Connection]; known && before.ID != h.ID {
				return nil, &AmbiguousError{subject, slices.DeleteFunc(holders, func(o Holder) bool { return o.Connection != h.Connection })}
			}
			of[h.Connection] = h
			if !slices.Contains(n.ids, h.ID) {
				n.ids = append(n.ids, h.ID)
			}
		}
		n.All = append(n.All, n.ids...)
	}
	for _, id := range n.ids {
		if err := s.each(ctx, `SELECT pair.text FROM subjects found JOIN subjects pair ON pair.write = found.write
			WHERE found.text = ? AND substr(pair.text, ?) = ? GROUP BY pair.text ORDER BY max(pair.write) DESC LIMIT ?`,
			[]any{id, -utf8.RuneCountInString(pairMark + id), pairMark + id, mostNames}, func(rows *sql.Rows) error {
				var text string
				err := rows.Scan(&text)
				if login := strings.TrimSuffix(text, pairMark+id); !slices.Contains(n.All, login) && len(n.All) < mostNames {
					n.All = append(n.All, login)
				}
				return err
			}); err != nil {
			return nil, err
		}
	}
	for _, name := range n.All {
		if slices.Contains(n.ids, name) {
			continue
		}
		var err error
		if n.holders[name], err = s.holdersOf(ctx, name); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// holdersOf returns those who had a login, in the order of time. One who had it twice, with another in between, is there twice.
func (s *Store) holdersOf(ctx context.Context, login string) (all []Holder, err error) {
	last := map[string]int{} // in all, by connection
	err = s.each(ctx, `SELECT s.text, w.id, w.connection, w.began FROM subjects s JOIN writes w ON w.id = s.write WHERE s.text > ? AND s.text < ? ORDER BY w.began, w.id`,
		[]any{login + pairMark, login + pairMark + "\U0010ffff"}, func(rows *sql.Rows) error {
			var text, connection string
			var write, began int64
			if err := rows.Scan(&text, &write, &connection, &began); err != nil {
				return err
			}
			id, at := strings.TrimPrefix(text, login+pairMark), time.UnixMicro(began)
			i, known := last[connection]
			if !known || all[i].ID != id {
				i = len(all)
				all = append(all, Holder{ID: id, Connection: connection, First: at})
				last[connection] = i
			}
			all[i].Last, all[i].writes = at, append(all[i].writes, write)
			return nil
		})
	return all, err
}

// Of returns those of some writes that are about the names: not those to a login that it had at another time.
func (s *Store) Of(ctx context.Context, n *Names, writes []Write) (about []Write, err error) {
	if !n.shared() {
		return writes, nil
	}
	for _, w := range writes {
		var texts []string
		if err := s.each(ctx, "SELECT text FROM subjects WHERE write = ?", []any{w.At}, func(rows *sql.Rows) error {
			var text string
			err := rows.Scan(&text)
			texts = append(texts, text)
			return err
		}); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(texts, func(text string) bool { return n.means(text, w) }) {
			about = append(about, w)
		}
	}
	return about, nil
}

// shared reports whether a login is also that of others.
func (n *Names) shared() bool {
	for _, holders := range n.holders {
		for _, h := range holders {
			if !slices.Contains(n.ids, h.ID) {
				return true
			}
		}
	}
	return false
}

// means reports whether a text in a write is one of the names.
func (n *Names) means(text string, w Write) bool {
	if !slices.Contains(n.All, text) || slices.Contains(n.ids, text) {
		return slices.Contains(n.ids, text)
	}
	var at *Holder // of the login at the time of the write
	for _, h := range n.holders[text] {
		if h.Connection != w.Connection {
			continue
		}
		if slices.Contains(h.writes, w.At) {
			at = &h
			break
		}
		if at == nil || !h.First.After(w.Began) {
			at = &h
		}
	}
	return at == nil || slices.Contains(n.ids, at.ID)
}

// LoginsOf returns the logins of the ids that a write is about, in lower case, as the write had them: by id, without an id that had several.
func (s *Store) LoginsOf(ctx context.Context, w Write) (map[string]string, error) {
	logins := map[string]string{}
	several := map[string]bool{}
	err := s.each(ctx, "SELECT text FROM subjects WHERE write = ? AND instr(text, ?) > 0", []any{w.At, pairMark}, func(rows *sql.Rows) error {
		var text string
		err := rows.Scan(&text)
		login, id, _ := strings.Cut(text, pairMark)
		several[id] = several[id] || logins[id] != "" && logins[id] != login
		logins[id] = login
		return err
	})
	for id, is := range several {
		if is {
			delete(logins, id)
		}
	}
	return logins, err
}
