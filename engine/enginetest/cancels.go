package enginetest

import (
	"context"
	"errors"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

var cancels = tests{
	"after a cancel no new record starts, those in flight finish, and the counts are right": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			start := rt.Now()
			tally, err := rt.Stream(engine.Window{Place: list, Width: 3}, read(1000, 10), call("fake.do"))
			if !engine.IsCanceled(err) || !counts(tally, 9, 9, 0) {
				t.Errorf("got %+v, %s; want the 9 that had started, all ok, and the cancel", tally, plain(err))
			}
			w.took(t, rt, start, 2)
		}, w.lists(nil), w.fakeDo(func(ctx context.Context, n int) error {
			if n < 6 {
				return nil
			}
			if err := w.wait(ctx, "the last three", func() bool { return w.inFlight == 3 }); err != nil {
				return err
			}
			if n == 8 {
				w.cancels()
			} else if err := w.waitFor(ctx, "canceled"); err != nil {
				return err
			}
			return w.takes(2)(ctx, n)
		}))
		if started, ended := w.count("start"), w.count("end"); started != 9 || ended != 9 {
			t.Errorf("%d started and %d ended, want 9", started, ended)
		}
	},

	"a cancel on the last page is a cancel too": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			tally, err := rt.Stream(engine.Window{Place: list, Width: 1}, read(10, 100), call("fake.do"))
			if !engine.IsCanceled(err) || !counts(tally, 2, 2, 0) {
				t.Errorf("got %+v, %s; want 2 records and the cancel", tally, plain(err))
			}
		}, w.lists(nil), w.fakeDo(w.cancelsAt(1)))
	},

	"a page that is being read when the run is canceled is cut off": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			tally, err := rt.Stream(engine.Window{Place: list, Width: 2}, read(10, 3), call("fake.do"))
			if !engine.IsCanceled(err) || tally.Failed > 0 || tally.Read > 3 {
				t.Errorf("got %+v, %s; want no more than the records of the first page, and the cancel", tally, plain(err))
			}
		}, w.lists(func(ctx context.Context, page int) error {
			if page < 2 {
				return nil
			}
			w.cancels()
			return w.hangs(ctx, page)
		}), w.fakeDo(nothing))
	},

	"a record in flight finishes after a cancel, with its steps, its streams and its waits": func(t *testing.T, host Host) {
		w := newWorld(host)
		var inner engine.Tally
		tally, err := w.interrupted(t, 3, func(rt engine.Runtime, r engine.Record) (err error) {
			for n := range 2 {
				err = errors.Join(err, do(rt, n))
			}
			err = errors.Join(err, sleep(rt, w.units(2)))
			window := engine.Window{Place: r.Place.Step("inner"), Width: 1}
			innermost := func(rt engine.Runtime, _ engine.Record) (engine.Outcome, error) {
				return engine.Outcome{}, do(rt, 2)
			}
			inner, _ = rt.Stream(window, read(5, 5), innermost)
			return errors.Join(err, rt.Fork(spot, 2, func(rt engine.Runtime, _ int) error { return do(rt, 3) }), sleep(rt, w.units(1)))
		})
		if !engine.IsCanceled(err) || !counts(tally, 1, 1, 0) || !counts(inner, 5, 5, 0) {
			t.Errorf("got %+v, %s; the inner stream: %+v", tally, plain(err), inner)
		}
		if n := w.count("end"); n != 9 {
			t.Errorf("%d calls ended, want all 9 of the record in flight", n)
		}
	},

	"a record that is cut off is not a failure, and its stream ends as its strand does": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			start := rt.Now()
			var tally engine.Tally
			var inside error
			err := rt.Within(limit(w.units(2)), func(rt engine.Runtime) error {
				never := func(tally engine.Tally) bool { return tally.Failed > 1 } // all records have started when the time ends
				tally, inside = rt.Stream(engine.Window{Place: list, Width: 5, Stop: never}, read(3, 3), call("fake.do"))
				return inside
			})
			if kind(err) != card.Timeout || !engine.IsCanceled(inside) || tally.Read != 3 || tally.Failed != 1 || tally.Canceled != 2 || tally.First.Index != 0 {
				t.Errorf("got %+v, %s, %s", tally, plain(inside), plain(err))
			}
			w.took(t, rt, start, 2)
		}, w.lists(nil), w.fakeDo(func(ctx context.Context, n int) error {
			if n == 0 {
				return &card.Error{Kind: card.NotFound, Message: "no record 0"}
			}
			return w.hangs(ctx, n)
		}))
	},

	"after a cancel nothing new starts on the first strand": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.start = func(string, engine.Start) error { w.note("start a flow"); return nil }
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			cancelRun(t, rt)
			start := rt.Now()
			_, pageErr := read(3, 3)(rt, "")
			_, streamErr := rt.Stream(engine.Window{Place: list, Width: 1}, read(3, 3), call("fake.do"))
			for what, err := range map[string]error{
				"call": do(rt, 1), "page": pageErr, "stream": streamErr, "sleep": sleep(rt, w.long()), "short sleep": sleep(rt, w.units(1)),
				"start":  rt.Start(spot, "f", engine.Start{Run: "r2"}),
				"within": rt.Within(limit(w.long()), func(rt engine.Runtime) error { return do(rt, 2) }),
			} {
				if !engine.IsCanceled(err) {
					t.Errorf("%s: got %s, want the cancel", what, plain(err))
				}
			}
			if rt.Context().Err() == nil {
				t.Error("the context goes on")
			}
			w.took(t, rt, start, 0)
		}, w.canceler(), w.lists(nil), w.fakeDo(nothing))
		if log := w.seen(); len(log) != 1 {
			t.Errorf("something started: %q", log)
		}
	},

	"a write in flight finishes after a cancel, a read is cut off": func(t *testing.T, host Host) {
		cause := func(ctx context.Context, w *world) error { _ = w.hangs(ctx, 1); return context.Cause(ctx) }
		cut := func(ctx context.Context, w *world) error { return w.hangs(ctx, 1) }
		finish := func(ctx context.Context, w *world) error { return w.takes(2)(ctx, 1) }
		read := func(card.Value) card.Effect { return card.Reads }
		for _, test := range []struct {
			name    string
			effect  card.Effect
			byInput func(card.Value) card.Effect
			does    func(context.Context, *world) error
			units   int
		}{
			{"a write", card.Creates, nil, finish, 2},
			{"a read", card.Reads, nil, cut, 0},
			{"a read that returns the cause", card.Reads, nil, cause, 0},
			{"a call that reads, of a card that may write", card.Destroys, read, cut, 0},
		} {
			w := newWorld(host)
			target := w.does("fake.do", test.effect, func(ctx context.Context, _ int) error {
				w.cancels()
				return test.does(ctx, w)
			})
			target.ByInput = test.byInput
			w.run(t, func(t *testing.T, rt engine.Runtime) {
				start := rt.Now()
				err := do(rt, 1)
				if writes := test.units > 0; writes != (err == nil) || !writes && !engine.IsCanceled(err) {
					t.Errorf("%s: got %s", test.name, plain(err))
				}
				w.took(t, rt, start, test.units)
			}, target)
		}
	},

	"a sleep ends with the run": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			start := rt.Now()
			w.cancelAfter(1)
			if err := sleep(rt, w.long()); !engine.IsCanceled(err) {
				t.Errorf("got %s", plain(err))
			}
			w.took(t, rt, start, 1)
		})
	},
}

// interrupted streams five records, one at a time, and cancels the run in the first call of fake.do of the first record. It
// checks that the stream takes this number of units.
func (w *world) interrupted(t *testing.T, units int, turn func(engine.Runtime, engine.Record) error) (tally engine.Tally, err error) {
	t.Helper()
	w.run(t, func(t *testing.T, rt engine.Runtime) {
		start := rt.Now()
		tally, err = rt.Stream(engine.Window{Place: list, Width: 1}, read(5, 5), func(rt engine.Runtime, r engine.Record) (engine.Outcome, error) {
			return engine.Outcome{Status: engine.Succeeded}, turn(rt, r)
		})
		w.took(t, rt, start, units)
	}, w.lists(nil), w.fakeDo(w.cancelsAt(0)))
	return tally, err
}

// cancelsAt cancels the run in the call with a number, and finishes it.
func (w *world) cancelsAt(at int) doing {
	return func(_ context.Context, n int) error {
		if n == at {
			w.cancels()
		}
		return nil
	}
}
