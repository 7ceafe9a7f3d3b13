package enginetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// keeper is a Keeper in memory that can fail.
type keeper struct {
	w                          *world
	openErr, closeErr, readErr error
	addErr                     func(nth int) error // nil: never fails

	mu       sync.Mutex
	rows     []string
	snapshot []engine.Record
	removed  int // number of removed snapshots
}

func (k *keeper) Results(at engine.Place) (engine.Results, error) {
	return keptResults{k, at.Name()}, k.openErr
}

func (k *keeper) Snapshot(engine.Place) (engine.Snapshot, error) { return keptSnapshot{k}, k.openErr }

type keptResults struct {
	*keeper
	name string
}

func (r keptResults) Add(record engine.Record, out engine.Outcome, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows = append(r.rows, fmt.Sprintf("%s %v %s %v %s", record.Place.ID(), record.Value, out.Status, out.Value, plain(err)))
	if r.addErr != nil {
		if err := r.addErr(len(r.rows)); err != nil {
			r.w.note("not kept")
			return err
		}
	}
	return nil
}

func (r keptResults) Close() (string, error) { return r.name, r.closeErr }

type keptSnapshot struct{ *keeper }

func (s keptSnapshot) Write(records []engine.Record) error {
	s.w.note("write %d", len(records))
	s.snapshot = append(s.snapshot, records...)
	return nil
}

func (s keptSnapshot) Read() ([]engine.Record, error) {
	n := min(7, len(s.snapshot)) // pages of a different size than that of the list
	records := s.snapshot[:n]
	s.snapshot = s.snapshot[n:]
	return records, s.readErr
}

func (s keptSnapshot) Complete() (int, bool) { return 0, false }

func (s keptSnapshot) Leave(bool) { s.removed++ }

var diskFull = &card.Error{Kind: card.Storage, Message: "disk full"}

var keepers = tests{
	"the result of every record is kept, and the tally has the name of the results": func(t *testing.T, host Host) {
		w := newWorld(host)
		k := &keeper{w: w}
		w.keeper = k
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			tally, err := rt.Stream(engine.Window{Place: list, Width: 1}, read(3, 2), func(_ engine.Runtime, r engine.Record) (engine.Outcome, error) {
				switch r.Index {
				case 0:
					return engine.Outcome{Status: engine.Succeeded, Value: 1.5}, nil
				case 1:
					return engine.Outcome{Status: engine.Skipped}, nil
				}
				return engine.Outcome{Status: engine.Failed}, &card.Error{Kind: card.Conflict, Message: "busy"}
			})
			if err != nil || tally.Results != "list" {
				t.Errorf("got %+v, %s", tally, plain(err))
			}
		}, w.lists(nil))
		if want := []string{
			"list/=0.0.n0 map[id:n0 n:0] succeeded 1.5 no error",
			"list/=0.0.n1 map[id:n1 n:1] skipped <nil> no error",
			"list/=2.0.n2 map[id:n2 n:2] failed <nil> busy",
		}; !slices.Equal(k.rows, want) {
			t.Errorf("kept %s", cmp.Diff(want, k.rows))
		}
	},

	"once a result cannot be kept no new record starts, those in flight finish, and the stream fails with that error": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.keeper = &keeper{w: w, addErr: func(nth int) error {
			if nth == 5 {
				return diskFull
			}
			return nil
		}}
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			tally, err := rt.Stream(engine.Window{Place: list, Width: 3}, read(100, 10), call("fake.do"))
			if plain(err) != "disk full" || kind(err) != card.Storage || !counts(tally, 7, 7, 0) || tally.Results != "list" {
				t.Errorf("got %+v, %s; want 7 records, and the error", tally, plain(err))
			}
			if len(tally.NotKept) != 1 || tally.NotKept[0].Key() != "n4" {
				t.Errorf("not kept: %v, want that of n4 only", tally.NotKept)
			}
		}, w.lists(nil), w.fakeDo(func(ctx context.Context, n int) error {
			if n < 4 {
				return nil
			}
			if n == 4 { // the fifth result is that of 4: 6 starts after those of 0 to 3 are kept
				return errors.Join(w.waitFor(ctx, "start 5"), w.waitFor(ctx, "start 6"))
			}
			return w.waitFor(ctx, "not kept")
		}))
		if started, ended := w.count("start"), w.count("end"); started != 7 || ended != 7 {
			t.Errorf("%d started and %d ended, want 7", started, ended)
		}
	},

	"a result of a loop that cannot be kept fails its step, regardless of allow": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.keeper = &keeper{w: w, addErr: func(int) error { return diskFull }}
		var notKept []engine.Place
		w.listen = func(e engine.Event) { notKept = append(notKept, e.NotKept...) }
		do := w.fakeDo(nothing)
		loop := engine.Loop{Each: when("[1, 2, 3]"), Width: 1, Do: steps(callOf(do, 1)), Allow: engine.Budget{Set: true, Failures: 3}}
		out, err := w.runs(t, flowOf(step("loop", loop)), do)
		if e, ok := err.(*engine.Error); !ok || out.Status != engine.Failed || e.Place.String() != "loop" || plain(err) != "disk full" || w.count("start") != 1 {
			t.Errorf("got %+v, %s; %q", out, plain(err), w.seen())
		}
		if len(notKept) != 1 || notKept[0].String() != "loop[0]" {
			t.Errorf("the events name %v, want loop[0]", notKept)
		}
	},

	"once a result cannot be kept no record of another stream starts, and catch and on_error ignore the error": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.keeper = &keeper{w: w, addErr: func(nth int) error {
			if nth == 2 {
				return diskFull
			}
			return nil
		}}
		do := w.fakeDo(nothing)
		inner := step("inner", engine.Loop{Each: when("[1, 2, 3]"), Width: 1, Do: steps(callOf(do, 1))})
		inner.Continue = true
		caught := step("try", engine.Try{Steps: steps(inner), Catch: []engine.Case{{Do: steps(callOf(do, 2))}}})
		outer := step("outer", engine.Loop{
			Each: when("[1, 2, 3]"), Width: 1, Do: steps(caught, callOf(do, 3)), Allow: engine.Budget{Set: true, Failures: 3},
		})
		outer.Continue = true
		out, err := w.runs(t, flowOf(outer, callOf(do, 4)), do)
		if out.Status != engine.Failed || plain(err) != "disk full" || w.count("start") != 2 {
			t.Errorf("got %+v, %s; %q", out, plain(err), w.seen())
		}
	},

	"results that cannot be closed are an error of the stream": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.keeper = &keeper{w: w, closeErr: diskFull}
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			tally, err := rt.Stream(engine.Window{Place: list, Width: 2}, read(5, 2), call("fake.do"))
			if kind(err) != card.Storage || plain(err) != "disk full" || !counts(tally, 5, 5, 0) {
				t.Errorf("got %+v, %s", tally, plain(err))
			}
		}, w.lists(nil), w.fakeDo(nothing))
	},

	"if results or a snapshot cannot be opened, no record starts": func(t *testing.T, host Host) {
		for _, snapshot := range []bool{false, true} {
			w := newWorld(host)
			w.keeper = &keeper{w: w, openErr: diskFull}
			w.run(t, func(t *testing.T, rt engine.Runtime) {
				_, err := rt.Stream(engine.Window{Place: list, Width: 2, Snapshot: snapshot}, read(5, 2), call("fake.do"))
				if plain(err) != "disk full" {
					t.Errorf("got %s", plain(err))
				}
			}, w.lists(nil), w.fakeDo(nothing))
			if w.count("start") > 0 {
				t.Errorf("cards were called: %q", w.seen())
			}
		}
	},

	"a snapshot is the whole list before the first record starts, and is removed": func(t *testing.T, host Host) {
		w := newWorld(host)
		k := &keeper{w: w}
		w.keeper = k
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			total := 0
			window := engine.Window{Place: list, Width: 1, Snapshot: true, Stop: func(tally engine.Tally) bool { total = tally.Total; return false }}
			tally, err := rt.Stream(window, read(20, 3), func(rt engine.Runtime, r engine.Record) (engine.Outcome, error) {
				if want := list.Record(r.Index/3*2, fmt.Sprint("n", r.Index), 0); !r.Place.Equal(want) {
					t.Errorf("record %d is at %s, want %s", r.Index, r.Place.ID(), want.ID())
				}
				return call("fake.do")(rt, r)
			})
			if err != nil || !counts(tally, 20, 20, 0) || total != 20 {
				t.Errorf("got %+v, %s; the total was %d", tally, plain(err), total)
			}
		}, w.lists(nil), w.fakeDo(nothing))
		log := w.seen()
		if first := slices.Index(log, "start 0"); slices.ContainsFunc(log[first:], func(line string) bool { return line[:4] == "page" }) {
			t.Errorf("a page was read after a record had started: %q", log)
		}
		if k.removed != 1 {
			t.Errorf("%d snapshots were removed, want 1", k.removed)
		}
	},

	"a snapshot of a list that cannot be read, or kept, is removed, and nothing starts": func(t *testing.T, host Host) {
		for _, test := range []struct {
			page    func(context.Context, int) error
			readErr error
			want    string
		}{
			{page: func(_ context.Context, page int) error {
				if page == 4 {
					return &card.Error{Kind: card.Unavailable, Message: "page 4"}
				}
				return nil
			}, want: "page 4"},
			{readErr: diskFull, want: "disk full"},
		} {
			w := newWorld(host)
			k := &keeper{w: w, readErr: test.readErr}
			w.keeper = k
			w.run(t, func(t *testing.T, rt engine.Runtime) {
				tally, err := rt.Stream(engine.Window{Place: list, Width: 1, Snapshot: true}, read(20, 3), call("fake.do"))
				if plain(err) != test.want || tally.Read != 0 {
					t.Errorf("got %+v, %s", tally, plain(err))
				}
			}, w.lists(test.page), w.fakeDo(nothing))
			if k.removed != 1 || w.count("start") > 0 {
				t.Errorf("%d snapshots were removed, want 1; %q", k.removed, w.seen())
			}
		}
	},
}
