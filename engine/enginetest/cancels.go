package enginetest

import (
	"context"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

var cancels = map[string]func(*testing.T, Host){
	"after a cancel no new record begins, those in flight finish, and the counts are right": func(t *testing.T, host Host) {
		w := &world{}
		cards := card.NewSet(w.lists(nil), w.does("fake.do", card.Idempotent, sleeps(time.Second)))
		host(t, cards, nil, func(t *testing.T, rt engine.Runtime, cancel func()) {
			time.AfterFunc(2500*time.Millisecond, cancel)
			begin := rt.Now()
			tally, err := rt.Stream(engine.Window{Place: list, Width: 3}, read(1000, 10), call("fake.do"))
			if !engine.IsCanceled(err) || !is(tally, engine.Tally{Read: 9, OK: 9}) {
				t.Errorf("got %+v, %s; want the 9 that had begun, all ok, and the cancel", tally, plain(err))
			}
			if took := rt.Now().Sub(begin); took != 3*time.Second {
				t.Errorf("it ended after %v, want 3s: when those in flight had finished", took)
			}
		})
		if begun, ended := w.count("begin"), w.count("end"); begun != 9 || ended != 9 {
			t.Errorf("%d began and %d ended, want 9", begun, ended)
		}
	},

	"a cancel on the last page is a cancel too": func(t *testing.T, host Host) {
		w := &world{}
		cards := card.NewSet(w.lists(nil), w.does("fake.do", card.Idempotent, sleeps(time.Second)))
		host(t, cards, nil, func(t *testing.T, rt engine.Runtime, cancel func()) {
			time.AfterFunc(1500*time.Millisecond, cancel)
			tally, err := rt.Stream(engine.Window{Place: list, Width: 1}, read(10, 100), call("fake.do"))
			if !engine.IsCanceled(err) || !is(tally, engine.Tally{Read: 2, OK: 2}) {
				t.Errorf("got %+v, %s; want 2 records and the cancel", tally, plain(err))
			}
		})
	},

	"a record in flight goes on with its steps after a cancel, but begins no records of its own": func(t *testing.T, host Host) {
		w := &world{}
		cards := card.NewSet(w.lists(nil), w.does("fake.do", card.Idempotent, sleeps(time.Second)))
		host(t, cards, nil, func(t *testing.T, rt engine.Runtime, cancel func()) {
			time.AfterFunc(500*time.Millisecond, cancel)
			var inner engine.Tally
			var innerErr error
			tally, err := rt.Stream(engine.Window{Place: list, Width: 1}, read(5, 5), func(rt engine.Runtime, r engine.Record) (engine.Outcome, error) {
				for range 2 {
					if out, err := call("fake.do")(rt, r); err != nil {
						return out, err
					}
				}
				inner, innerErr = rt.Stream(engine.Window{Place: list, Width: 1}, read(5, 5), call("fake.do"))
				return engine.Outcome{Status: engine.Succeeded}, innerErr
			})
			if !engine.IsCanceled(err) || tally.Read != 1 || tally.Failed != 1 {
				t.Errorf("got %+v, %s", tally, plain(err))
			}
			if !engine.IsCanceled(innerErr) || !is(inner, engine.Tally{}) {
				t.Errorf("the inner stream: got %+v, %s", inner, plain(innerErr))
			}
		})
		if n := w.count("end"); n != 2 {
			t.Errorf("%d calls ended, want both of the record in flight", n)
		}
	},

	"after a cancel nothing new begins on the first strand": func(t *testing.T, host Host) {
		w := &world{}
		cards := card.NewSet(w.lists(nil), w.does("fake.do", card.Idempotent, sleeps(0)))
		host(t, cards, nil, func(t *testing.T, rt engine.Runtime, cancel func()) {
			cancel()
			_, callErr := rt.Call(engine.Call{Place: spot, Attempt: 1, Card: "fake.do", In: map[string]any{"n": 1}})
			_, pageErr := read(3, 3)(rt, "")
			_, streamErr := rt.Stream(engine.Window{Place: list, Width: 1}, read(3, 3), call("fake.do"))
			for what, err := range map[string]error{
				"call": callErr, "page": pageErr, "stream": streamErr, "sleep": rt.Sleep(spot, rt.Now().Add(time.Hour)), "context": rt.Context().Err(),
			} {
				if err == nil || what != "context" && !engine.IsCanceled(err) {
					t.Errorf("%s: got %s, want the cancel", what, plain(err))
				}
			}
		})
		if len(w.log) > 0 {
			t.Errorf("something began: %v", w.log)
		}
	},

	"a write in flight finishes after a cancel, a read is cut off": func(t *testing.T, host Host) {
		w := &world{}
		hour := func(ctx context.Context, _ card.Call, _ int) error {
			select {
			case <-time.After(time.Hour):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		cause := func(ctx context.Context, _ card.Call, _ int) error { <-ctx.Done(); return context.Cause(ctx) }
		either := w.does("fake.either", card.Destroys, hour)
		either.ByInput = func(card.Value) card.Effect { return card.Reads }
		cards := card.NewSet(w.does("fake.write", card.Creates, hour), w.does("fake.read", card.Reads, hour), w.does("fake.cause", card.Reads, cause), either)
		for name, want := range map[string]time.Duration{"fake.write": time.Hour, "fake.read": time.Second, "fake.cause": time.Second, "fake.either": time.Second} {
			host(t, cards, nil, func(t *testing.T, rt engine.Runtime, cancel func()) {
				time.AfterFunc(time.Second, cancel)
				begin := rt.Now()
				_, err := rt.Call(engine.Call{Place: spot, Attempt: 1, Card: name, In: map[string]any{"n": 1}})
				if took := rt.Now().Sub(begin); took != want || (err == nil) != (name == "fake.write") || err != nil && !engine.IsCanceled(err) {
					t.Errorf("%s: ended after %v with %s, want after %v", name, took, plain(err), want)
				}
			})
		}
	},

	"a sleep ends with the run": func(t *testing.T, host Host) {
		host(t, nil, nil, func(t *testing.T, rt engine.Runtime, cancel func()) {
			time.AfterFunc(time.Minute, cancel)
			begin := rt.Now()
			if err := rt.Sleep(spot, begin.Add(time.Hour)); !engine.IsCanceled(err) {
				t.Errorf("got %s", plain(err))
			}
			if took := rt.Now().Sub(begin); took != time.Minute {
				t.Errorf("slept %v, want 1m", took)
			}
		})
	},
}
