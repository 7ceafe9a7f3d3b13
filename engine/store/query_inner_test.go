package store

import (
	"errors"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
)

func TestRecordsInARecordThatFailedAreKnownAfterItEnded(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	l := create(t, s, "r1")
	bad := errors.New("bad")
	list := engine.Place{}.Step("groups")
	end := func(at engine.Place, index int, value engine.Value, out engine.Outcome, err error) engine.Record {
		t.Helper()
		r := engine.Record{Place: at, Index: index, Value: value}
		if err := errors.Join(l.Open(r), l.Close(r, out, err)); err != nil {
			t.Fatal(err)
		}
		return r
	}
	ok := engine.Outcome{Status: engine.Succeeded, Value: "v"}
	failed, fine := list.Record(0, "g1", 0), list.Record(0, "g2", 0)
	for _, outer := range []engine.Place{failed, fine} {
		users := outer.Step("users")
		end(users.Record(0, "a", 0), 0, nil, ok, nil)
		if err := l.Advance(users, engine.Position{Cursor: "2", Page: 1, Index: 1}, engine.Tally{Read: 1, OK: 1}); err != nil {
			t.Fatal(err)
		}
		end(users.Record(1, "b", 0), 1, nil, engine.Outcome{}, bad)
		end(users.Record(1, "twice", 0), 2, nil, ok, nil)
		end(users.Record(2, "twice", 0), 3, nil, ok, nil)
		if err := l.Add(outer, engine.Effect{Kind: engine.StreamEffect, Place: users, Tally: &engine.Tally{Read: 4}}); err != nil {
			t.Fatal(err)
		}
		end(outer.Step("numbers").Record(0, "0", 0), 0, "first", ok, nil)
	}
	end(failed, 0, nil, engine.Outcome{}, bad)
	end(fine, 1, nil, ok, nil)
	if err := l.Flush(); err != nil {
		t.Fatal(err)
	}
	inner, err := s.Inner(t.Context(), "r1")
	if err != nil {
		t.Fatal(err)
	}
	again := list.Record(7, "g1", 0) // on another page
	for _, c := range []struct {
		of    string
		at    engine.Place
		value engine.Value
		ended bool
	}{
		{"a record that succeeded, on a page before the last", again.Step("users").Record(3, "a", 0), nil, true},
		{"a record that failed", again.Step("users").Record(0, "b", 0), nil, false},
		{"a key that two records have", again.Step("users").Record(0, "twice", 0), nil, false},
		{"a record that was not reached", again.Step("users").Record(0, "c", 0), nil, false},
		{"a record of another loop", again.Step("apps").Record(0, "a", 0), nil, false},
		{"a record in one that did not fail", fine.Step("users").Record(0, "a", 0), nil, false},
		{"the same record at the same index", again.Step("numbers").Record(0, "0", 0), "first", true},
		{"another record at the same index", again.Step("numbers").Record(0, "0", 0), "second", false},
	} {
		out, ended := inner.Ended(engine.Record{Place: c.at, Index: 0, Value: c.value})
		if ended != c.ended || ended && (out.Value != "v" || !out.Earlier) {
			t.Errorf("%s: got %v, %+v", c.of, ended, out)
		}
	}
	var streams int
	if err := s.db.QueryRow("SELECT count(*) FROM streams").Scan(&streams); err != nil || streams != 3 {
		t.Errorf("%d streams are kept, %v: want the outer one, and two of the record that failed", streams, err)
	}
}
