package enginetest

import (
	"context"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// sleep sleeps for a duration, at a place that does not matter.
func sleep(rt engine.Runtime, d time.Duration) error { return rt.Sleep(spot, rt.Now().Add(d)) }

// limit returns a limit at a place that does not matter.
func limit(d time.Duration) engine.Limit { return engine.Limit{Place: spot, For: d} }

var limits = tests{
	"a call that takes too long is cut off, and is an error of kind timeout": func(t *testing.T, host Host) {
		for _, effect := range []card.Effect{card.Reads, card.Creates} {
			w := newWorld(host)
			w.run(t, func(t *testing.T, rt engine.Runtime) {
				start := rt.Now()
				err := rt.Within(limit(w.units(2)), func(rt engine.Runtime) error { return do(rt, 1) })
				if kind(err) != card.Timeout || engine.IsCanceled(err) {
					t.Errorf("a card that %s: got %s", effect, plain(err))
				}
				w.took(t, rt, start, 2)
				if err := do(rt, 2); err != nil {
					t.Errorf("the enclosing strand must not end: %v", err)
				}
			}, w.does("fake.do", effect, func(ctx context.Context, n int) error {
				if n == 1 {
					return w.hangs(ctx, n)
				}
				return nil
			}))
		}
	},

	"a limit does not change a result that comes in time": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			err := rt.Within(limit(w.long()), func(engine.Runtime) error { return &card.Error{Kind: card.Conflict, Message: "own"} })
			if kind(err) != card.Conflict || plain(err) != "own" {
				t.Errorf("got %s", plain(err))
			}
			start := rt.Now()
			if err := rt.Within(limit(w.long()), func(rt engine.Runtime) error { return sleep(rt, w.units(1)) }); err != nil {
				t.Error(err)
			}
			w.took(t, rt, start, 1)
		})
	},

	"the end of an outer limit is not a timeout of an inner one": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			start := rt.Now()
			var inside error
			err := rt.Within(limit(w.units(2)), func(rt engine.Runtime) error {
				inside = rt.Within(limit(w.long()), func(rt engine.Runtime) error { return sleep(rt, 2*w.long()) })
				return inside
			})
			if !engine.IsCanceled(inside) || kind(err) != card.Timeout {
				t.Errorf("inside %s, outside %s", plain(inside), plain(err))
			}
			w.took(t, rt, start, 2)
		})
	},

	"a cancel within a limit is a cancel": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			start := rt.Now()
			w.cancelAfter(1)
			err := rt.Within(limit(w.long()), func(rt engine.Runtime) error { return sleep(rt, 2*w.long()) })
			if !engine.IsCanceled(err) || kind(err) == card.Timeout {
				t.Errorf("got %s", plain(err))
			}
			w.took(t, rt, start, 1)
		})
	},

	"a strand with a shield may start effects after a cancel, until its limit": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			cancelRun(t, rt)
			start := rt.Now()
			shield := limit(w.units(3))
			shield.Shield = true
			err := rt.Within(shield, func(rt engine.Runtime) error {
				if err := do(rt, 1); err != nil {
					t.Error(err)
				}
				return sleep(rt, w.long())
			})
			if err == nil {
				t.Error("the strand with a shield did not end at its limit")
			}
			w.took(t, rt, start, 3)
			if err := do(rt, 2); !engine.IsCanceled(err) {
				t.Errorf("the enclosing strand must still be halted: got %s", plain(err))
			}
		}, w.canceler(), w.fakeDo(nothing))
	},

	"a stream within a limit ends with it": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			start := rt.Now()
			var tally engine.Tally
			err := rt.Within(limit(w.units(3)), func(rt engine.Runtime) (err error) {
				tally, err = rt.Stream(engine.Window{Place: list, Width: 2}, read(100, 10), call("fake.do"))
				return err
			})
			if kind(err) != card.Timeout || tally.Failed > 2 || tally.Read != tally.OK+tally.Failed {
				t.Errorf("got %+v, %s", tally, plain(err))
			}
			if w.Virtual && !counts(tally, 4, 2, 2) {
				t.Errorf("got %+v, want the 2 records in flight to fail", tally)
			}
			w.took(t, rt, start, 3)
		}, w.lists(nil), w.fakeDo(func(ctx context.Context, n int) error {
			if n < 2 {
				return nil
			}
			return w.hangs(ctx, n)
		}))
	},
}
