package tables_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/tables"
)

// holding starts to save rows, and returns when the transaction has the lock of the database. release ends it.
func holding(t *testing.T, s *tables.Store) (release func()) {
	t.Helper()
	locked, proceed, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := s.Save(t.Context(), "people", card.Insert, func(yield func(card.Row, error) bool) {
			close(locked)
			<-proceed
			yield(card.Row{"login": "held"}, nil)
		})
		done <- err
	}()
	<-locked
	return func() {
		close(proceed)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestAWriterThatWaitsForTooLongGetsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	save(t, open(t, dir, people(count)), card.Insert, card.Row{"login": "ada"})
	release := holding(t, open(t, dir, people(count)))
	s := tables.New(tables.Config{State: dir, Tables: []card.Table{people(count)}, Patience: 50 * time.Millisecond})
	defer s.Close()
	_, err := s.Save(t.Context(), "people", card.Insert, rowsOf(card.Row{"login": "bo"}))
	if e := card.AsError(err); e == nil || e.Kind != card.Storage || !strings.Contains(e.Message, "for more than 50ms") || e.Hint == "" {
		t.Errorf("got %+v", e)
	}
	if row, err := s.Row(t.Context(), "people", "ada"); row["login"] != "ada" || err != nil {
		t.Errorf("a read waits for a writer: %v, %v", row, err)
	}
	release()
	save(t, s, card.Insert, card.Row{"login": "bo"})
	if n, err := s.Count(t.Context(), "people", nil); n != 3 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestAWriterThatWaitsEndsWithItsContext(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	defer holding(t, open(t, dir, people(count)))()
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("the run was canceled")
	cancel(cause)
	if _, err := open(t, dir, people(count)).Save(ctx, "people", card.Insert, rowsOf(card.Row{"login": "bo"})); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}

func TestADamagedFileIsReportedAndNeverAPanic(t *testing.T) {
	t.Parallel()
	whole := t.TempDir()
	s := open(t, whole, people(count))
	var rows []card.Row
	for i := range 5000 {
		rows = append(rows, card.Row{"login": fmt.Sprintf("u%04d", i), "count": i})
	}
	save(t, s, card.Insert, rows...)
	if err := s.Close(); err != nil { // everything is in the file itself
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(whole, "tables.db"))
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	garbage := []byte(strings.Repeat("\xa5", page))
	for name, damage := range map[string]func([]byte) []byte{
		"half of the file is missing": func(text []byte) []byte { return text[:len(text)/2/page*page] },
		"its pages are overwritten": func(text []byte) []byte {
			for at := 2 * page; at < len(text); at += page {
				copy(text[at:], garbage)
			}
			return text
		},
		"its first page is overwritten": func(text []byte) []byte {
			copy(text[100:], garbage)
			return text
		},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "tables.db"), damage([]byte(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
		s := tables.New(tables.Config{State: dir, Tables: []card.Table{people(count)}})
		_, _, read := s.Rows(t.Context(), "people", nil, "", 10_000)
		_, saved := s.Save(t.Context(), "people", card.Upsert, rowsOf(rows...))
		_, cleared := s.Clear(t.Context(), "people", &card.Where{Expression: "count != 1"})
		for op, err := range map[string]error{"read": read, "save": saved, "clear": cleared} {
			if e := card.AsError(err); e == nil || e.Kind != card.Storage || !strings.Contains(e.Message, "is damaged") || !strings.Contains(e.Hint, "backup") {
				t.Errorf("%s, %s: got %+v", name, op, e)
			}
		}
		_ = s.Close() // what it returns for a damaged file does not matter
	}
}
