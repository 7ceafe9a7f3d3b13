package store

import (
	"errors"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/enginetest"
)

func open(t *testing.T, c Config) *Store {
	t.Helper()
	s, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func create(t *testing.T, s *Store, id string) *Log {
	t.Helper()
	l, err := s.Create(t.Context(), Run{ID: id, Flow: "sweep", Start: engine.Start{Run: id, By: "ada"}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func take(t *testing.T, s *Store, id string) *Log {
	t.Helper()
	l, _, err := s.Take(t.Context(), id, Resumption{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func isStorage(err error) bool {
	e := (*card.Error)(nil)
	return errors.As(err, &e) && e.Kind == card.Storage
}

// kill makes a store behave as if its process was killed: what was queued is lost, and the lock is free.
func (s *Store) kill() {
	if l := s.lease.Load(); l != nil {
		l.quiet()
		l.lock.Unlock()
	}
	s.writer.mu.Lock()
	s.writer.queue, s.writer.bytes = nil, 0
	s.writer.mu.Unlock()
}

func TestJournal(t *testing.T) {
	t.Parallel()
	enginetest.Journals(t, enginetest.JournalHost{
		New: func(t *testing.T) engine.Journal { return create(t, open(t, Config{State: t.TempDir()}), "r1") },
		Flush: func(t *testing.T, j engine.Journal) {
			if err := j.(*Log).Flush(); err != nil {
				t.Fatal(err)
			}
		},
		Crash: func(t *testing.T, j engine.Journal) engine.Journal {
			old := j.(*Log).store
			old.kill()
			return take(t, open(t, old.config), "r1")
		},
	})
}
