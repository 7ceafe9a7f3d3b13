package enginetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// literal is a template that is what it says.
func literal(v engine.Value) engine.Template { return engine.Template{Literal: v} }

// step is a step without a guard.
func step(name string, do engine.Verb) engine.Step { return engine.Step{ID: name, Name: name, Do: do} }

func calls(c card.Card, retry engine.Retry) engine.Card {
	return engine.Card{Card: c, With: literal(map[string]any{"n": 1}), Retry: retry}
}

// streamOf is a flow that streams count numbers to a helper of one card.
func streamOf(list, do card.Card, count int, budget engine.Budget) *engine.Plan {
	helper := &engine.Plan{Flow: "helper", Steps: []engine.Step{
		step("do", engine.Card{Card: do, With: literal(map[string]any{"n": 1}), Retry: engine.Retry{Attempts: 1}}),
	}}
	return &engine.Plan{Flow: "parent", Steps: []engine.Step{step("sweep", engine.Loop{
		Source: engine.Card{Card: list, With: literal(map[string]any{"count": count, "size": 50}), Retry: engine.Retry{Attempts: 1}},
		To:     helper, Width: 1, Allow: budget,
	})}}
}

// failing is a card that fails on some of its calls, counted from 1.
func failing(w *world, effect card.Effect, fails func(nth int) *card.Error) card.Card {
	nth := 0
	return w.does("fake.do", effect, func(context.Context, card.Call, int) error {
		w.mu.Lock()
		nth++
		n := nth
		w.mu.Unlock()
		if e := fails(n); e != nil {
			return e
		}
		return nil
	})
}

func unavailable(until int) func(int) *card.Error {
	return func(nth int) *card.Error {
		if nth < until {
			return &card.Error{Kind: card.Unavailable, Message: fmt.Sprint("down ", nth)}
		}
		return nil
	}
}

var budgets = map[string]func(*testing.T, Host){
	"without a budget the first failure stops the loop with its own error": func(t *testing.T, host Host) {
		w := &world{}
		list, do := w.lists(nil), failing(w, card.Idempotent, func(n int) *card.Error {
			if n == 5 {
				return &card.Error{Kind: card.NotFound, Message: "no such user"}
			}
			return nil
		})
		host(t, card.NewSet(list, do), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			out, err := engine.Run(rt, streamOf(list, do, 100, engine.Budget{}), engine.Start{Run: "r1"})
			e, ok := err.(*engine.Error)
			if !ok || out.Status != engine.Failed || e.Cause.Kind != card.NotFound || e.Place.String() != "sweep[n4].do" || e.Card != "fake.do" {
				t.Errorf("got %+v, %+v", out, err)
			}
		})
		if n := w.count("begin"); n != 5 {
			t.Errorf("%d records began, want 5", n)
		}
	},

	"failures within their budget are a success with errors": func(t *testing.T, host Host) {
		w := &world{}
		list, do := w.lists(nil), failing(w, card.Idempotent, func(n int) *card.Error {
			if n%50 == 0 {
				return &card.Error{Kind: card.Conflict, Message: "not now"}
			}
			return nil
		})
		host(t, card.NewSet(list, do), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			out, err := engine.Run(rt, streamOf(list, do, 100, engine.Budget{Set: true, Percent: 2}), engine.Start{Run: "r1"})
			tally, _ := out.Value.(map[string]any)
			if err != nil || out.Status != engine.SucceededWithErrors || tally["failed"] != 2 || tally["ok"] != 98 || tally["read"] != 100 {
				t.Errorf("got %+v, %s", out, plain(err))
			}
		})
	},

	"a share is judged from the hundredth record on, a number at once": func(t *testing.T, host Host) {
		for want, budget := range map[int]engine.Budget{
			100: {Set: true, Percent: 10},
			4:   {Set: true, Failures: 3},
		} {
			w := &world{}
			list, do := w.lists(nil), failing(w, card.Idempotent, func(int) *card.Error { return &card.Error{Kind: card.Conflict, Message: "no"} })
			host(t, card.NewSet(list, do), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
				_, err := engine.Run(rt, streamOf(list, do, 1000, budget), engine.Start{Run: "r1"})
				e, ok := err.(*engine.Error)
				if !ok || e.Cause.Code != "failure_budget" || e.Cause.Details.(map[string]any)["failed"] != want || e.Place.String() != "sweep" {
					t.Errorf("%+v: got %+v, want failure_budget after %d", budget, err, want)
				}
			})
		}
	},

	"where the total is known a share is of what is to be begun, not of a list that is cut short": func(t *testing.T, host Host) {
		w := &world{}
		do := failing(w, card.Idempotent, func(int) *card.Error { return &card.Error{Kind: card.Conflict, Message: "no"} })
		each := engine.Loop{Each: when("1..1000"), Width: 1, Do: []engine.Step{callOf(do, 1)}, Allow: engine.Budget{Set: true, Percent: 1}}
		for name, start := range map[string]engine.Start{"max": {Max: 10}, "only": {Only: "7"}} {
			host(t, card.NewSet(do), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
				_, err := engine.Run(rt, flowOf(step("each", each)), start)
				if e, ok := err.(*engine.Error); !ok || e.Cause.Code != "failure_budget" || e.Cause.Details.(map[string]any)["failed"] != 1 {
					t.Errorf("%s: 1 %% of what is begun may fail, and all did: got %+v", name, err)
				}
			})
		}
	},

	"a short list is judged at its end": func(t *testing.T, host Host) {
		w := &world{}
		list, do := w.lists(nil), failing(w, card.Idempotent, unavailable(2))
		host(t, card.NewSet(list, do), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			_, err := engine.Run(rt, streamOf(list, do, 10, engine.Budget{Set: true, Percent: 5}), engine.Start{Run: "r1"})
			if e, ok := err.(*engine.Error); !ok || e.Cause.Code != "failure_budget" {
				t.Errorf("1 of 10 with 5 %% allowed: got %s", plain(err))
			}
		})
		if n := w.count("begin"); n != 10 {
			t.Errorf("%d records began, want all 10: too few had finished to judge", n)
		}
	},
}

var retries = map[string]func(*testing.T, Host){
	"an attempt does not come before the service wants it": func(t *testing.T, host Host) {
		w := &world{}
		do := failing(w, card.Idempotent, func(n int) *card.Error {
			if n > 2 {
				return nil
			}
			return &card.Error{Kind: card.Unavailable, Message: "later", Wait: 30 * time.Second}
		})
		plan := &engine.Plan{Flow: "f", Steps: []engine.Step{step("do", calls(do, engine.Retry{Attempts: 3, Delay: time.Second, Backoff: 1}))}}
		host(t, card.NewSet(do), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			begin := rt.Now()
			out, err := engine.Run(rt, plan, engine.Start{Run: "r1"})
			if took := rt.Now().Sub(begin); err != nil || out.Status != engine.Succeeded || took != time.Minute {
				t.Errorf("got %+v, %s after %v, want 30s + 30s", out, plain(err), took)
			}
		})
	},
	"a call is tried again after growing delays": func(t *testing.T, host Host) {
		w := &world{}
		do := failing(w, card.Idempotent, unavailable(4))
		plan := &engine.Plan{Flow: "f", Steps: []engine.Step{step("do", calls(do, engine.Retry{
			Attempts: 5, Delay: time.Second, Backoff: 2, MaxDelay: 3 * time.Second,
		}))}}
		var waits []time.Duration
		listen := func(e engine.Event) {
			if e.Kind == engine.Retrying {
				waits = append(waits, e.Wait)
			}
		}
		host(t, card.NewSet(do), listen, func(t *testing.T, rt engine.Runtime, _ func()) {
			begin := rt.Now()
			out, err := engine.Run(rt, plan, engine.Start{Run: "r1"})
			if err != nil || out.Status != engine.Succeeded {
				t.Errorf("got %+v, %s", out, plain(err))
			}
			if took := rt.Now().Sub(begin); took != 6*time.Second {
				t.Errorf("took %v, want 1s + 2s + 3s", took)
			}
		})
		if want := []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}; !slices.Equal(waits, want) {
			t.Errorf("waited %v, want %v", waits, want)
		}
	},

	"jitter waits a part of the delay, the same in the same place": func(t *testing.T, host Host) {
		var took [2]time.Duration
		for i := range took {
			w := &world{}
			do := failing(w, card.Idempotent, unavailable(4))
			plan := &engine.Plan{Flow: "f", Steps: []engine.Step{step("do", calls(do, engine.Retry{Attempts: 4, Delay: time.Hour, Backoff: 1, Jitter: true}))}}
			host(t, card.NewSet(do), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
				begin := rt.Now()
				if _, err := engine.Run(rt, plan, engine.Start{Run: "r1"}); err != nil {
					t.Fatal(err)
				}
				took[i] = rt.Now().Sub(begin)
			})
		}
		if took[0] <= 0 || took[0] >= 3*time.Hour || took[0] != took[1] {
			t.Errorf("three waits of up to 1h took %v and %v", took[0], took[1])
		}
	},

	"attempts come to an end and are counted": func(t *testing.T, host Host) {
		w := &world{}
		do := failing(w, card.Reads, unavailable(100))
		plan := &engine.Plan{Flow: "f", Steps: []engine.Step{step("do", calls(do, engine.Retry{Attempts: 3, Delay: time.Second, Backoff: 1}))}}
		host(t, card.NewSet(do), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			_, err := engine.Run(rt, plan, engine.Start{Run: "r1"})
			if e, ok := err.(*engine.Error); !ok || e.Attempts != 3 || e.Cause.Message != "down 3" || e.Place.String() != "do" {
				t.Errorf("got %+v", err)
			}
		})
		if n := w.count("begin"); n != 3 {
			t.Errorf("tried %d times, want 3", n)
		}
	},

	"within bounds all attempts together": func(t *testing.T, host Host) {
		w := &world{}
		do := failing(w, card.Reads, unavailable(100))
		plan := &engine.Plan{Flow: "f", Steps: []engine.Step{step("do", calls(do, engine.Retry{Attempts: 100, Delay: 10 * time.Second, Backoff: 1, Within: time.Minute}))}}
		host(t, card.NewSet(do), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			begin := rt.Now()
			_, err := engine.Run(rt, plan, engine.Start{Run: "r1"})
			if took := rt.Now().Sub(begin); err == nil || took != time.Minute {
				t.Errorf("took %v, %s; want 1m and the error", took, plain(err))
			}
		})
	},

	"what may have been done is not done again, unless that is harmless": func(t *testing.T, host Host) {
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
				w := &world{}
				do := failing(w, test.effect, func(nth int) *card.Error {
					if nth == 1 {
						return test.err
					}
					return nil
				})
				if byInput {
					do.Effect, do.ByInput = card.Destroys, func(card.Value) card.Effect { return test.effect }
				}
				plan := &engine.Plan{Flow: "f", Steps: []engine.Step{step("do", calls(do, engine.Retry{Attempts: 4, Delay: time.Second, Backoff: 1}))}}
				host(t, card.NewSet(do), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
					_, _ = engine.Run(rt, plan, engine.Start{Run: "r1"})
				})
				if n := w.count("begin"); n != test.tries {
					t.Errorf("a card that %s (by its input: %t), after %q: tried %d times, want %d", test.effect, byInput, test.err, n, test.tries)
				}
			}
		}
	},

	"waiting for a rate-limit window is no attempt": func(t *testing.T, host Host) {
		w := &world{}
		do := failing(w, card.Idempotent, func(nth int) *card.Error {
			switch {
			case nth <= 5:
				return &card.Error{Kind: card.RateLimit, Message: "429", Wait: time.Minute}
			case nth == 6: // of the two attempts this is the first
				return &card.Error{Kind: card.Unavailable, Message: "500"}
			}
			return nil
		})
		plan := &engine.Plan{Flow: "f", Steps: []engine.Step{step("do", calls(do, engine.Retry{Attempts: 2}))}}
		host(t, card.NewSet(do), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			begin := rt.Now()
			_, err := engine.Run(rt, plan, engine.Start{Run: "r1"})
			if took := rt.Now().Sub(begin); err != nil || took != 5*time.Minute {
				t.Errorf("took %v, %s; want the five windows, and success", took, plain(err))
			}
		})
	},

	"a page is tried again like a call, and no record is lost or doubled": func(t *testing.T, host Host) {
		w := &world{}
		failed := map[int]bool{}
		list := w.lists(func(_ context.Context, page int) error {
			if !failed[page] {
				failed[page] = true
				return &card.Error{Kind: card.Unavailable, Message: "500"}
			}
			return nil
		})
		do := w.does("fake.do", card.Idempotent, sleeps(0))
		plan := streamOf(list, do, 120, engine.Budget{})
		stream := plan.Steps[0].Do.(engine.Loop)
		stream.Source.Retry = engine.Retry{Attempts: 2, Delay: time.Second, Backoff: 1}
		plan.Steps[0].Do = stream
		host(t, card.NewSet(list, do), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			out, err := engine.Run(rt, plan, engine.Start{Run: "r1"})
			if tally, _ := out.Value.(map[string]any); err != nil || tally["read"] != 120 || tally["ok"] != 120 {
				t.Errorf("got %+v, %s", out, plain(err))
			}
		})
	},
}

var endings = map[string]func(*testing.T, Host){
	"stop skips, return ends with a value, fail fails, and what follows does not run": func(t *testing.T, host Host) {
		w := &world{}
		do := w.does("fake.do", card.Idempotent, sleeps(0))
		for _, test := range []struct {
			verb engine.Verb
			want engine.Outcome
			err  string
		}{
			{engine.Stop{Reason: literal("not today")}, engine.Outcome{Status: engine.Skipped, Reason: "not today"}, "no error"},
			{engine.Return{Value: literal(42)}, engine.Outcome{Status: engine.Succeeded, Value: 42, Returned: true}, "no error"},
			{engine.Fail{Message: literal("nope")}, engine.Outcome{Status: engine.Failed}, "nope"},
		} {
			plan := &engine.Plan{Flow: "f", Steps: []engine.Step{step("end", test.verb), step("do", calls(do, engine.Retry{Attempts: 1}))}}
			host(t, card.NewSet(do), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
				out, err := engine.Run(rt, plan, engine.Start{Run: "r1"})
				if out != test.want || plain(err) != test.err {
					t.Errorf("%T: got %+v, %s; want %+v, %s", test.verb, out, plain(err), test.want, test.err)
				}
			})
		}
		if len(w.log) > 0 {
			t.Errorf("something ran: %v", w.log)
		}
	},

	"a cursor that comes again is an error, not a loop": func(t *testing.T, host Host) {
		w := &world{}
		list := card.NewList(card.Spec{Name: "fake.round.list", Effect: card.Reads},
			func(_ context.Context, _ card.Call, _ listInput, at card.Cursor) ([]number, card.Cursor, error) {
				if w.note("page"); w.count("page") > 100 {
					return nil, "", nil // so that a Runtime that goes round fails instead of hanging
				}
				next := map[card.Cursor]card.Cursor{"": "a", "a": "b", "b": "a"}
				return []number{{N: 1}}, next[at], nil
			})
		do := w.does("fake.do", card.Idempotent, sleeps(0))
		host(t, card.NewSet(list, do), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
			_, err := engine.Run(rt, streamOf(list, do, 10, engine.Budget{}), engine.Start{Run: "r1"})
			if e, ok := err.(*engine.Error); !ok || e.Cause.Kind != card.Unavailable {
				t.Errorf("got %s", plain(err))
			}
		})
		if n := w.count("begin"); n != 3 {
			t.Errorf("%d records ran, want the 3 before the cursor came again", n)
		}
	},

	"first, some and all read as much of a list as they need": func(t *testing.T, host Host) {
		for _, test := range []struct {
			result     engine.Result
			count, max int
			pages      int
			check      func(engine.Value, error) bool
		}{
			{engine.First, 500, 0, 1, func(v engine.Value, err error) bool { return err == nil && v.(map[string]any)["id"] == "n0" }},
			{engine.First, 0, 0, 1, func(v engine.Value, err error) bool { return err == nil && v == nil }},
			{engine.Some, 500, 0, 7, func(v engine.Value, err error) bool {
				some := v.(map[string]any)
				return err == nil && len(some["items"].([]any)) == 200 && some["truncated"] == true
			}},
			{engine.Some, 120, 0, 5, func(v engine.Value, err error) bool {
				some := v.(map[string]any)
				return err == nil && len(some["items"].([]any)) == 120 && some["truncated"] == false
			}},
			{engine.All, 500, 500, 19, func(v engine.Value, err error) bool { return err == nil && len(v.([]any)) == 500 }},
			{engine.All, 500, 499, 19, func(_ engine.Value, err error) bool {
				e, ok := err.(*engine.Error)
				return ok && e.Cause.Kind == card.Invalid && e.Cause.Hint != ""
			}},
		} {
			w := &world{}
			list := w.lists(nil)
			plan := &engine.Plan{Flow: "f", Steps: []engine.Step{step("list", engine.Card{
				Card: list, Result: test.result, Max: test.max, Retry: engine.Retry{Attempts: 1},
				With: literal(map[string]any{"count": test.count, "size": 50}),
			})}}
			host(t, card.NewSet(list), nil, func(t *testing.T, rt engine.Runtime, _ func()) {
				out, err := engine.Run(rt, plan, engine.Start{Run: "r1"})
				if !test.check(out.Value, err) {
					t.Errorf("%s of %d: got %v, %s", test.result, test.count, out.Value, plain(err))
				}
			})
			if n := w.count("page"); n != test.pages {
				t.Errorf("%s of %d: read %d pages, want %d", test.result, test.count, n, test.pages)
			}
		}
	},

	"a run that is canceled says so": func(t *testing.T, host Host) {
		w := &world{}
		do := w.does("fake.do", card.Idempotent, sleeps(0))
		plan := &engine.Plan{Flow: "f", Steps: []engine.Step{step("do", calls(do, engine.Retry{Attempts: 3}))}}
		host(t, card.NewSet(do), nil, func(t *testing.T, rt engine.Runtime, cancel func()) {
			cancel()
			out, err := engine.Run(rt, plan, engine.Start{Run: "r1"})
			if out.Status != engine.Canceled || !engine.IsCanceled(err) {
				t.Errorf("got %+v, %s", out, plain(err))
			}
		})
	},
}
