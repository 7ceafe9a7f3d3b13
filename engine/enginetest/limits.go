package enginetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// sleep sleeps for a time at an arbitrary place.
func sleep(rt engine.Runtime, d time.Duration) error { return rt.Sleep(spot, rt.Now().Add(d)) }

// limit returns a limit at an arbitrary place.
func limit(d time.Duration) engine.Limit { return engine.Limit{Place: spot, For: d} }

// within calls fake.do with a number, for a time at most.
func within(rt engine.Runtime, most time.Duration, n int) error {
	call := callAt(spot, "fake.do", n)
	call.Timeout = most
	_, err := rt.Call(call)
	return err
}

var limits = tests{
	"what takes too long is cut off, and is an error of kind timeout": func(t *testing.T, host Host) {
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
					t.Errorf("the strand around it must go on: %v", err)
				}
			}, w.does("fake.do", effect, func(ctx context.Context, n int) error {
				if n == 1 {
					return w.hangs(ctx, n)
				}
				return nil
			}))
		}
	},

	"what ends in time is as without a limit": func(t *testing.T, host Host) {
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

	"the limit around is not a timeout of the one inside": func(t *testing.T, host Host) {
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

	"a shield lets a strand start things after a cancel, for its time": func(t *testing.T, host Host) {
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
				t.Error("want its end")
			}
			w.took(t, rt, start, 3)
			if err := do(rt, 2); !engine.IsCanceled(err) {
				t.Errorf("the strand around it is still halted: got %s", plain(err))
			}
		}, w.canceler(), w.fakeDo(nothing))
	},

	"a shield holds against a halt that comes while its strand runs, for its time": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			start := rt.Now()
			shield := limit(w.units(3))
			shield.Shield = true
			var first, second error
			err := rt.Within(limit(w.units(2)), func(rt engine.Runtime) error {
				return rt.Within(shield, func(rt engine.Runtime) error {
					first = errors.Join(sleep(rt, w.units(4)), do(rt, 1)) // 2 after the halt, of 3
					second = sleep(rt, w.long())
					return nil
				})
			})
			if err != nil || first != nil || !engine.IsCanceled(second) {
				t.Errorf("got %s, then %s, then %s", plain(first), plain(second), plain(err))
			}
			w.took(t, rt, start, 5)
		}, w.fakeDo(nothing))
	},

	"a shield whose strand is not halted has all the time": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			start := rt.Now()
			shield := limit(w.units(1))
			shield.Shield = true
			if err := rt.Within(shield, func(rt engine.Runtime) error { return sleep(rt, w.units(3)) }); err != nil {
				t.Error(err)
			}
			w.took(t, rt, start, 3)
		})
	},

	"a call that takes too long is cut off, and is an error of kind timeout": func(t *testing.T, host Host) {
		for _, effect := range []card.Effect{card.Reads, card.Creates} {
			w := newWorld(host)
			w.run(t, func(t *testing.T, rt engine.Runtime) {
				start := rt.Now()
				if err := within(rt, w.units(2), 1); kind(err) != card.Timeout || engine.IsCanceled(err) {
					t.Errorf("a card that %s: got %s", effect, plain(err))
				}
				w.took(t, rt, start, 2)
				if err := within(rt, w.units(2), 2); err != nil {
					t.Errorf("the next call: %v", err)
				}
			}, w.does("fake.do", effect, func(ctx context.Context, n int) error {
				if n == 1 {
					return w.hangs(ctx, n)
				}
				return nil
			}))
		}
	},

	"the time that a call waits for a rate limit is not of its timeout": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			start := rt.Now()
			if err := within(rt, w.units(3), 1); err != nil {
				t.Error(err)
			}
			w.took(t, rt, start, 6)
			start = rt.Now()
			if err := within(rt, w.units(3), 2); kind(err) != card.Timeout {
				t.Errorf("got %s", plain(err))
			}
			w.took(t, rt, start, 7)
		}, w.fakeDo(func(ctx context.Context, n int) error {
			resume := clock.Pause(ctx)
			err := w.takes(4)(ctx, n)
			resume()
			return errors.Join(err, w.takes(2*n*n)(ctx, n))
		}))
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
			if kind(err) != card.Timeout || tally.Canceled > 2 || tally.Failed > 0 || tally.Read != tally.OK+tally.Canceled {
				t.Errorf("got %+v, %s", tally, plain(err))
			}
			if w.Virtual && !counts(tally, 4, 2, 0) {
				t.Errorf("got %+v, want the 2 records in flight to be cut off", tally)
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
