package store

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
)

// stream does what a stream of n records with a write each does, with strands at the same time.
func stream(tb testing.TB, l *Log, n, strands int) {
	tb.Helper()
	const size = 1000
	place := engine.Place{}.Step("sweep")
	check := func(err error) {
		if err != nil {
			tb.Error(err)
		}
	}
	for page := 0; page*size < n; page++ {
		var next atomic.Int64
		var all sync.WaitGroup
		for range strands {
			all.Go(func() {
				for {
					i := page*size + int(next.Add(1)) - 1
					if i >= min(n, (page+1)*size) {
						return
					}
					id := fmt.Sprintf("00u1a2b3c4d5e%07d", i)
					r := engine.Record{Place: place.Record(page, id, 0), Index: i, Value: map[string]any{"id": id, "login": id + "@acme.example", "status": "ACTIVE"}}
					at := r.Place.Step("suspend")
					w := engine.Intent{Place: at, Card: "okta.user.suspend", Connection: "okta", Target: id + "@acme.example", In: map[string]any{"user": id}}
					check(l.Open(r))
					check(l.Begin(w))
					check(l.End(w, engine.Effect{Kind: engine.CallEffect, Place: at, Value: map[string]any{"changed": true, "status": "SUSPENDED"}}))
					check(l.Close(r, engine.Outcome{Status: engine.Succeeded}, nil))
				}
			})
		}
		all.Wait()
		done := min(n, (page+1)*size)
		check(l.Advance(place, engine.Position{Cursor: "next", Page: page + 1, Index: done}, engine.Tally{Read: done, OK: done}))
	}
	check(l.Flush())
}

// sizes returns the bytes of the database and its WAL.
func (s *Store) sizes(tb testing.TB) (total int64) {
	tb.Helper()
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(s.file + suffix)
		if err != nil && !os.IsNotExist(err) {
			tb.Fatal(err)
		}
		if err == nil {
			total += info.Size()
		}
	}
	return total
}

func TestARecordTakesTheSameNumberOfBytesInStreamsOfAnyLength(t *testing.T) {
	t.Parallel()
	lengths := []int{1_000, 10_000}
	if !testing.Short() {
		lengths = append(lengths, 30_000)
	}
	var each []int64
	for _, n := range lengths {
		s := open(t, Config{State: t.TempDir()})
		l := create(t, s, "r1")
		if err := s.shrink(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := s.sizes(t)
		stream(t, l, n, 16)
		if err := s.shrink(t.Context()); err != nil {
			t.Fatal(err)
		}
		each = append(each, (s.sizes(t)-before)/int64(n))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("bytes of a record in streams of %v: %v", lengths, each)
	for _, bytes := range each {
		if bytes > 850 || bytes > each[0]*13/10 {
			t.Errorf("%d bytes; %d in the shortest stream", bytes, each[0])
		}
	}
}

func TestARecordThatEndedTakesNoMemory(t *testing.T) {
	t.Parallel()
	l := create(t, open(t, Config{State: t.TempDir()}), "r1")
	stream(t, l, 500, 4)
	if kept := len(l.people) + len(l.opening) + len(l.inside) + len(l.calls); kept > 0 {
		t.Errorf("got %d people, %d records to insert, %d scopes with effects, %d scopes with calls; want none",
			len(l.people), len(l.opening), len(l.inside), len(l.calls))
	}
}
