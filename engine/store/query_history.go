package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
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

const (
	mostAliases  = 50  // of Aliases
	aliasedAfter = 200 // the writes of each alias in which others are looked for
)

// Aliases returns the texts by which a person or another thing is known in writes, of which one is given: a login leads to the id that
// stands for it in a write, and back. It starts with the given one.
func (s *Store) Aliases(ctx context.Context, subject string) ([]string, error) {
	known := []string{Subject(subject)}
	for i := 0; i < len(known) && i < mostAliases; i++ {
		writes, err := s.History(ctx, known[i], Page{Limit: aliasedAfter})
		if err != nil {
			return nil, err
		}
		for _, w := range writes {
			addresses, err := s.addresses(ctx, w.At)
			if err != nil {
				return nil, err
			}
			for _, text := range namesFor(w, known[i], addresses) {
				if !slices.Contains(known, text) && len(known) < mostAliases {
					known = append(known, text)
				}
			}
		}
	}
	return known, nil
}

// addresses returns the subjects of a write that look like a login.
func (s *Store) addresses(ctx context.Context, write int64) (all []string, err error) {
	err = s.each(ctx, "SELECT text FROM subjects WHERE write = ? AND text LIKE '%@%'", []any{write}, func(rows *sql.Rows) error {
		var text string
		err := rows.Scan(&text)
		all = append(all, text)
		return err
	})
	return all, err
}

// namesFor returns the names of what a write is about, if one of them is known. The write was found by it.
func namesFor(w Write, known string, addresses []string) []string {
	in, _ := w.In.(map[string]any)
	if _, many := in["users"].([]any); many {
		return nil
	}
	names := identity(in, "user", "user_id", "login", "email", "id")
	created := identity(w.Result, "login", "email")
	if len(created) > 0 || slices.ContainsFunc(names, isAddress) {
		created = append(created, identity(w.Result, "id")...)
	}
	names = append(names, created...)
	if slices.Contains(names, known) || isAddress(known) {
		return append(names, addresses...)
	}
	return nil
}

func isAddress(text string) bool { return strings.Contains(text, "@") }

// identity returns the texts of fields of an object and of its profile.
func identity(v engine.Value, fields ...string) (all []string) {
	object, _ := v.(map[string]any)
	for _, name := range fields {
		if text, ok := object[name].(string); ok && text != "" && len(text) <= longest && text != card.Hidden {
			all = append(all, Subject(text))
		}
	}
	if profile, ok := object["profile"].(map[string]any); ok {
		all = append(all, identity(profile, "login", "email")...)
	}
	return all
}

// person returns the texts by which a record is known, if it is a person: its id, login and address; nil for other records.
func person(record engine.Value) []string {
	if logins := identity(record, "login", "email"); len(logins) > 0 {
		return append(logins, identity(record, "id")...)
	}
	return nil
}
