package enginetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// spot is a place of a test where the place does not matter.
var spot = engine.Place{}.Step("spot")

// do calls fake.do with a number.
func do(rt engine.Runtime, n int) error {
	_, err := rt.Call(engine.Call{Place: spot.Step(fmt.Sprint("do", n)), Attempt: 1, Card: "fake.do", In: map[string]any{"n": n}})
	return err
}

// until sleeps for a time unless its context ends.
func until(d time.Duration) func(context.Context, card.Call, int) error {
	return func(ctx context.Context, _ card.Call, _ int) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func kind(err error) card.Kind {
	e := (*card.Error)(nil)
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

var forks = map[string]func(*testing.T, Host){
	"a fork runs all its branches at the same time, and waits for all": func(t *testing.T, host Host) {
		w := &world{}
		host(t, card.NewSet(w.does("fake.do", card.Idempotent, sleeps(time.Second))), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			begin := rt.Now()
			if err := rt.Fork(spot, 20, do); err != nil {
				t.Error(err)
			}
			if took := rt.Now().Sub(begin); took != time.Second {
				t.Errorf("20 branches of 1s took %v", took)
			}
		})
		if w.peak != 20 || w.count("end") != 20 {
			t.Errorf("%d at the same time, %d ended", w.peak, w.count("end"))
		}
	},

	"when a branch fails the others begin nothing new, and finish what they began": func(t *testing.T, host Host) {
		w := &world{}
		host(t, card.NewSet(w.does("fake.do", card.Idempotent, until(2*time.Second))), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			err := rt.Fork(spot, 3, func(rt engine.Runtime, i int) error {
				if i == 1 {
					if err := rt.Sleep(spot, rt.Now().Add(time.Second)); err != nil {
						return err
					}
					return &card.Error{Kind: card.Conflict, Message: "branch 1"}
				}
				if err := do(rt, i); err != nil {
					return err
				}
				return do(rt, 10+i)
			})
			if plain(err) != "branch 1" || engine.IsCanceled(err) {
				t.Errorf("got %s, want the branch that failed by itself", plain(err))
			}
		})
		if w.count("begin") != 2 || w.count("end") != 2 {
			t.Errorf("want the 2 calls in flight and no other: %v", w.log)
		}
	},

	"of several branches that fail the first in order gives the error": func(t *testing.T, host Host) {
		host(t, nil, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			err := rt.Fork(spot, 4, func(_ engine.Runtime, i int) error {
				if i == 0 {
					return nil
				}
				time.Sleep(time.Duration(10-i) * time.Second)
				return fmt.Errorf("branch %d", i)
			})
			if plain(err) != "branch 1" {
				t.Errorf("got %s", plain(err))
			}
		})
	},

	"a fork of a canceled run is canceled": func(t *testing.T, host Host) {
		w := &world{}
		host(t, card.NewSet(w.does("fake.do", card.Idempotent, sleeps(time.Second))), nil, func(t *testing.T, rt engine.Runtime, cancel func()) {
			cancel()
			if err := rt.Fork(spot, 2, do); !engine.IsCanceled(err) {
				t.Errorf("got %s", plain(err))
			}
		})
		if len(w.log) > 0 {
			t.Errorf("something ran: %v", w.log)
		}
	},
}

var limits = map[string]func(*testing.T, Host){
	"what takes too long is cut off, and is an error of kind timeout": func(t *testing.T, host Host) {
		for _, effect := range []card.Effect{card.Reads, card.Creates} {
			w := &world{}
			host(t, card.NewSet(w.does("fake.do", effect, until(time.Hour))), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
				begin := rt.Now()
				err := rt.Within(engine.Limit{Place: spot, For: time.Minute}, func(rt engine.Runtime) error { return do(rt, 1) })
				if kind(err) != card.Timeout || engine.IsCanceled(err) || rt.Now().Sub(begin) != time.Minute {
					t.Errorf("a card that %s: %s after %v", effect, plain(err), rt.Now().Sub(begin))
				}
				if err := do(rt, 2); engine.IsCanceled(err) {
					t.Error("the strand around it must go on")
				}
			})
		}
	},

	"what ends in time is as without a limit": func(t *testing.T, host Host) {
		host(t, nil, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			own := errors.New("own")
			if err := rt.Within(engine.Limit{Place: spot, For: time.Minute}, func(engine.Runtime) error { return own }); !errors.Is(err, own) || kind(err) != "" {
				t.Errorf("got %s", plain(err))
			}
			if err := rt.Within(engine.Limit{Place: spot, For: time.Minute}, func(rt engine.Runtime) error { return rt.Sleep(spot, rt.Now().Add(time.Second)) }); err != nil {
				t.Errorf("got %s", plain(err))
			}
		})
	},

	"the limit around is no timeout of the one inside": func(t *testing.T, host Host) {
		host(t, nil, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			begin := rt.Now()
			var inside error
			err := rt.Within(engine.Limit{Place: spot, For: time.Second}, func(rt engine.Runtime) error {
				inside = rt.Within(engine.Limit{Place: spot, For: time.Minute}, func(rt engine.Runtime) error { return rt.Sleep(spot, rt.Now().Add(time.Hour)) })
				return inside
			})
			if !engine.IsCanceled(inside) || kind(err) != card.Timeout || rt.Now().Sub(begin) != time.Second {
				t.Errorf("inside %s, outside %s after %v", plain(inside), plain(err), rt.Now().Sub(begin))
			}
		})
	},

	"a cancel within a limit is a cancel": func(t *testing.T, host Host) {
		host(t, nil, nil, func(t *testing.T, rt engine.Runtime, cancel func()) {
			time.AfterFunc(time.Second, cancel)
			err := rt.Within(engine.Limit{Place: spot, For: time.Minute}, func(rt engine.Runtime) error { return rt.Sleep(spot, rt.Now().Add(time.Hour)) })
			if !engine.IsCanceled(err) || kind(err) == card.Timeout {
				t.Errorf("got %s", plain(err))
			}
		})
	},

	"a shield lets begin after a cancel, for its time": func(t *testing.T, host Host) {
		w := &world{}
		host(t, card.NewSet(w.does("fake.do", card.Idempotent, sleeps(time.Second))), nil, func(t *testing.T, rt engine.Runtime, cancel func()) {
			cancel()
			begin := rt.Now()
			err := rt.Within(engine.Limit{Place: spot, For: time.Minute, Shield: true}, func(rt engine.Runtime) error {
				if err := do(rt, 1); err != nil {
					return err
				}
				return rt.Sleep(spot, rt.Now().Add(time.Hour))
			})
			if took := rt.Now().Sub(begin); err == nil || took != time.Minute {
				t.Errorf("got %s after %v, want its end after 1m", plain(err), took)
			}
		})
		if w.count("end") != 1 {
			t.Errorf("want the call that the shield covers: %v", w.log)
		}
	},

	"a stream within a limit ends with it": func(t *testing.T, host Host) {
		w := &world{}
		cards := card.NewSet(w.lists(nil), w.does("fake.do", card.Idempotent, until(40*time.Second)))
		host(t, cards, nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			begin := rt.Now()
			var tally engine.Tally
			err := rt.Within(engine.Limit{Place: spot, For: time.Minute}, func(rt engine.Runtime) (err error) {
				tally, err = rt.Stream(engine.Window{Place: list, Width: 2}, read(100, 10), call("fake.do"))
				return err
			})
			if kind(err) != card.Timeout || rt.Now().Sub(begin) != time.Minute || tally.Read != 4 || tally.OK != 2 || tally.Failed != 2 {
				t.Errorf("got %+v, %s after %v", tally, plain(err), rt.Now().Sub(begin))
			}
		})
	},

	"a long sleep of a record in flight ends with the run, a short one does not": func(t *testing.T, host Host) {
		for length, want := range map[time.Duration]time.Duration{time.Hour: time.Second, 10 * time.Second: 10 * time.Second} {
			w := &world{}
			host(t, card.NewSet(w.lists(nil)), nil, func(t *testing.T, rt engine.Runtime, cancel func()) {
				time.AfterFunc(time.Second, cancel)
				begin := rt.Now()
				_, _ = rt.Stream(engine.Window{Place: list, Width: 1}, read(1, 1), func(rt engine.Runtime, _ engine.Record) (engine.Outcome, error) {
					return engine.Outcome{Status: engine.Succeeded}, rt.Sleep(spot, rt.Now().Add(length))
				})
				if took := rt.Now().Sub(begin); took != want {
					t.Errorf("a sleep of %v ended after %v, want %v", length, took, want)
				}
			})
		}
	},

	"a stream keeps the values of its records in their order, up to a number": func(t *testing.T, host Host) {
		for want, n := range map[int]int{10: 10, 0: 11} {
			w := &world{}
			host(t, card.NewSet(w.lists(nil)), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
				tally, err := rt.Stream(engine.Window{Place: list, Width: 4, Values: 10}, read(n, 3), func(rt engine.Runtime, r engine.Record) (engine.Outcome, error) {
					time.Sleep(time.Duration(n-r.Index) * time.Second)
					return engine.Outcome{Status: engine.Succeeded, Value: r.Index}, nil
				})
				if err != nil || len(tally.Values) != want {
					t.Fatalf("of %d records %d values, %s; want %d", n, len(tally.Values), plain(err), want)
				}
				for i, v := range tally.Values {
					if v != i {
						t.Errorf("value %d is %v", i, v)
					}
				}
			})
		}
	},
}
