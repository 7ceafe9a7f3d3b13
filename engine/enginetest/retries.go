package enginetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

var retries = tests{
	"an attempt does not start before the time that the service asks for": func(t *testing.T, host Host) {
		w := newWorld(host)
		do := w.fakeDo(w.fails(func(n int) *card.Error {
			if n > 2 {
				return nil
			}
			return &card.Error{Kind: card.Unavailable, Message: "later", Wait: w.units(3)}
		}))
		if _, err := w.lasts(t, 6, flowOf(step("do", calls(do, 1, engine.Retry{Attempts: 3, Delay: w.units(1), Backoff: 1}))), do); err != nil {
			t.Error(err)
		}
	},

	"a call is retried after growing delays": func(t *testing.T, host Host) {
		w := newWorld(host)
		var waits []time.Duration
		w.listen = func(e engine.Event) {
			if e.Kind == engine.Retrying {
				waits = append(waits, e.Wait)
			}
		}
		do := w.fakeDo(w.fails(unavailable(4)))
		out, err := w.lasts(t, 6, flowOf(step("do", calls(do, 1, engine.Retry{
			Attempts: 5, Delay: w.units(1), Backoff: 2, MaxDelay: w.units(3),
		}))), do)
		if err != nil || out.Status != engine.Succeeded {
			t.Errorf("got %+v, %s", out, plain(err))
		}
		if want := []time.Duration{w.units(1), w.units(2), w.units(3)}; !slices.Equal(waits, want) {
			t.Errorf("waited %v, want %v", waits, want)
		}
	},

	"jitter waits at least half of the delay, and the same time at the same place": func(t *testing.T, host Host) {
		var waits [2][]time.Duration
		for i := range waits {
			w := newWorld(host)
			w.listen = func(e engine.Event) {
				if e.Kind == engine.Retrying {
					waits[i] = append(waits[i], e.Wait)
				}
			}
			do := w.fakeDo(w.fails(unavailable(4)))
			if _, err := w.runs(t, flowOf(step("do", calls(do, 1, engine.Retry{Attempts: 4, Delay: w.units(2), Backoff: 1, Jitter: true}))), do); err != nil {
				t.Error(err)
			}
			for _, wait := range waits[i] {
				if wait < w.units(1) || wait >= w.units(2) {
					t.Errorf("a wait of %v to %v took %v", w.units(1), w.units(2), wait)
				}
			}
		}
		if len(waits[0]) != 3 || !slices.Equal(waits[0], waits[1]) || waits[0][0] == waits[0][1] {
			t.Errorf("got %v; want three waits that differ, and the same again", waits)
		}
	},

	"the number of attempts is limited, and attempts are counted": func(t *testing.T, host Host) {
		w := newWorld(host)
		do := w.fakeDo(w.fails(unavailable(100)))
		_, err := w.lasts(t, 2, flowOf(step("do", calls(do, 1, engine.Retry{Attempts: 3, Delay: w.units(1), Backoff: 1}))), do)
		if e, ok := err.(*engine.Error); !ok || e.Attempts != 3 || e.Cause.Message != "down 3" || e.Place.String() != "do" {
			t.Errorf("got %+v", err)
		}
		if n := w.count("start"); n != 3 {
			t.Errorf("tried %d times, want 3", n)
		}
	},

	"within limits the time of all attempts together": func(t *testing.T, host Host) {
		w := newWorld(host)
		do := w.fakeDo(w.fails(unavailable(100)))
		retry := engine.Retry{Attempts: 100, Delay: w.units(1), Backoff: 1, Within: w.units(6)}
		var err error
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			start := rt.Now()
			_, err = run(rt, flowOf(step("do", calls(do, 1, retry))), engine.Start{Run: "r1"})
			if w.Virtual {
				w.took(t, rt, start, 6)
			}
		}, do)
		if n := w.count("start"); err == nil || n > 7 {
			t.Errorf("tried %d times, %s; want 7 at most, and the error", n, plain(err))
		}
	},

	"a call that may have been done is not repeated, unless that is harmless": func(t *testing.T, host Host) {
		down := &card.Error{Kind: card.Unavailable, Message: "reset by peer"}
		refused := &card.Error{Kind: card.Unavailable, Code: card.CodeRefused, Message: "refused"}
		limited := &card.Error{Kind: card.RateLimit, Message: "429"}
		wrong := &card.Error{Kind: card.Invalid, Message: "400"}
		for _, test := range []struct {
			effect card.Effect
			err    *card.Error
			tries  int
		}{
			{card.Reads, down, 2}, {card.Idempotent, down, 2}, {card.Creates, down, 1}, {card.Destroys, down, 1},
			{card.Creates, refused, 2}, {card.Destroys, refused, 2}, {card.Creates, limited, 2}, {card.Destroys, limited, 2},
			{card.Reads, wrong, 1}, {card.Idempotent, wrong, 1},
		} {
			for _, byInput := range []bool{false, true} {
				w := newWorld(host)
				do := w.does("fake.do", test.effect, w.fails(func(nth int) *card.Error {
					if nth == 1 {
						return test.err
					}
					return nil
				}))
				if byInput {
					do.Effect, do.ByInput = card.Destroys, func(card.Value) card.Effect { return test.effect }
				}
				_, _ = w.runs(t, flowOf(step("do", calls(do, 1, engine.Retry{Attempts: 4, Delay: w.Unit, Backoff: 1}))), do)
				if n := w.count("start"); n != test.tries {
					t.Errorf("a card that %s (by its input: %t), after %q: tried %d times, want %d", test.effect, byInput, test.err, n, test.tries)
				}
			}
		}
	},

	"waiting for a rate-limit window is not an attempt": func(t *testing.T, host Host) {
		w := newWorld(host)
		do := w.fakeDo(w.fails(func(nth int) *card.Error {
			switch {
			case nth <= 5:
				return &card.Error{Kind: card.RateLimit, Message: "429", Wait: w.units(1)}
			case nth == 6: // the first of two attempts
				return &card.Error{Kind: card.Unavailable, Message: "500"}
			}
			return nil
		}))
		if _, err := w.lasts(t, 5, flowOf(step("do", calls(do, 1, engine.Retry{Attempts: 2}))), do); err != nil {
			t.Errorf("got %v; want the five windows, and success", err)
		}
	},

	"the end of each wait is reported, also of one that is cut short": func(t *testing.T, host Host) {
		w := newWorld(host)
		var got []engine.EventKind
		w.listen = func(e engine.Event) {
			if e.Kind != engine.Retrying && e.Kind != engine.Waited {
				return
			}
			if card.AsError(e.Err).Kind != card.RateLimit || e.Card != "fake.do" {
				t.Errorf("got %+v", e)
			}
			if got = append(got, e.Kind); len(got) == 3 {
				w.cancelAfter(1)
			}
		}
		do := w.fakeDo(w.fails(func(nth int) *card.Error {
			return &card.Error{Kind: card.RateLimit, Message: "429", Wait: []time.Duration{w.Unit, w.long()}[nth-1]}
		}))
		_, err := w.runs(t, flowOf(step("do", calls(do, 1, once))), do)
		want := []engine.EventKind{engine.Retrying, engine.Waited, engine.Retrying, engine.Waited}
		if !engine.IsCanceled(err) || !slices.Equal(got, want) {
			t.Errorf("got %v, %s; want %v", got, plain(err), want)
		}
	},

	"a page is retried like a call, and no record is lost or repeated": func(t *testing.T, host Host) {
		w := newWorld(host)
		list, do := w.lists(w.failsOnce()), w.fakeDo(nothing)
		loop := sweep(list, do, 120)
		loop.Source.Retry = engine.Retry{Attempts: 2, Delay: w.units(1), Backoff: 1}
		out, err := w.runs(t, flowOf(step("sweep", loop)), list, do)
		if tally, _ := out.Value.(map[string]any); err != nil || tally["read"] != 120 || tally["ok"] != 120 {
			t.Errorf("got %+v, %s", out, plain(err))
		}
		if n := w.count("page"); n != 10 {
			t.Errorf("%d reads of 5 pages, want each twice", n)
		}
	},
}

// failsOnce returns a list that fails the first read of every page.
func (w *world) failsOnce() func(context.Context, int) error {
	failed := map[int]bool{}
	return func(_ context.Context, page int) error {
		if failed[page] {
			return nil
		}
		failed[page] = true
		return &card.Error{Kind: card.Unavailable, Message: "500"}
	}
}
