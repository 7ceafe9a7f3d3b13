package enginetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// fails is the work of a card that fails in some of its calls, counted from 1.
func (w *world) fails(how func(nth int) *card.Error) doing {
	return func(context.Context, int) error {
		if e := how(w.count("start")); e != nil {
			return e
		}
		return nil
	}
}

func always(e *card.Error) func(int) *card.Error { return func(int) *card.Error { return e } }

// unavailable fails all calls before the call with this number.
func unavailable(until int) func(int) *card.Error {
	return func(nth int) *card.Error {
		if nth < until {
			return &card.Error{Kind: card.Unavailable, Message: fmt.Sprint("down ", nth)}
		}
		return nil
	}
}

// overBudget reports whether err is that of a loop with this number of failed records.
func overBudget(err error, failed int) bool {
	e, ok := err.(*engine.Error)
	if !ok || e.Cause.Code != "failure_budget" {
		return false
	}
	details, _ := e.Cause.Details.(map[string]any)
	return details["failed"] == failed
}

var budgets = tests{
	"without a budget the first failure stops the loop with its own error": func(t *testing.T, host Host) {
		w := newWorld(host)
		list, do := w.lists(nil), w.fakeDo(w.fails(func(n int) *card.Error {
			if n == 5 {
				return &card.Error{Kind: card.NotFound, Message: "no such user"}
			}
			return nil
		}))
		out, err := w.runs(t, flowOf(step("sweep", sweep(list, do, 100))), list, do)
		e, ok := err.(*engine.Error)
		if !ok || out.Status != engine.Failed || e.Cause.Kind != card.NotFound || e.Place.String() != "sweep[n4].do" || e.Card != "fake.do" {
			t.Errorf("got %+v, %+v", out, err)
		}
		if n := w.count("start"); n != 5 {
			t.Errorf("%d records started, want 5", n)
		}
	},

	"failures within the budget are a success with errors": func(t *testing.T, host Host) {
		w := newWorld(host)
		list, do := w.lists(nil), w.fakeDo(w.fails(func(n int) *card.Error {
			if n%50 == 0 {
				return &card.Error{Kind: card.Conflict, Message: "not now"}
			}
			return nil
		}))
		loop := sweep(list, do, 100)
		loop.Allow = engine.Budget{Set: true, Percent: 2}
		out, err := w.runs(t, flowOf(step("sweep", loop)), list, do)
		tally, _ := out.Value.(map[string]any)
		if err != nil || out.Status != engine.SucceededWithErrors || tally["failed"] != 2 || tally["ok"] != 98 || tally["read"] != 100 {
			t.Errorf("got %+v, %s", out, plain(err))
		}
	},

	"a percentage applies from the hundredth record on, a number immediately": func(t *testing.T, host Host) {
		for want, budget := range map[int]engine.Budget{
			100: {Set: true, Percent: 10},
			4:   {Set: true, Failures: 3},
		} {
			w := newWorld(host)
			list, do := w.lists(nil), w.fakeDo(w.fails(always(&card.Error{Kind: card.Conflict, Message: "no"})))
			loop := sweep(list, do, 1000)
			loop.Allow = budget
			_, err := w.runs(t, flowOf(step("sweep", loop)), list, do)
			if e, ok := err.(*engine.Error); !overBudget(err, want) || !ok || e.Place.String() != "sweep" {
				t.Errorf("%+v: got %+v, want failure_budget after %d", budget, err, want)
			}
		}
	},

	"if the total is known, a percentage applies to the records to start, not to a list that is cut short": func(t *testing.T, host Host) {
		for name, start := range map[string]engine.Start{"max": picking("each", engine.Pick{Max: 10}), "only": picking("each", engine.Pick{Only: []string{"7"}})} {
			w := newWorld(host)
			do := w.fakeDo(w.fails(always(&card.Error{Kind: card.Conflict, Message: "no"})))
			each := engine.Loop{Each: when("1..1000"), Width: 1, Do: steps(callOf(do, 1)), Allow: engine.Budget{Set: true, Percent: 1}}
			w.run(t, func(t *testing.T, rt engine.Runtime) {
				if _, err := run(rt, flowOf(step("each", each)), start); !overBudget(err, 1) {
					t.Errorf("%s: all records failed with a budget of 1 %%: got %+v", name, err)
				}
			}, do)
		}
	},

	"a share is exact at its threshold": func(t *testing.T, host Host) {
		for _, test := range []struct {
			percent       float64
			failed, total int
			over          bool
		}{
			{18.4, 69, 375, false}, {18.4, 70, 375, true}, {32.8, 123, 375, false}, {33.3, 1, 3, true}, {33.4, 1, 3, false}, {100, 3, 3, false},
		} {
			w := newWorld(host)
			fails := engine.Fail{Message: literal("no")}
			each := engine.Loop{
				Each: when(fmt.Sprintf("1..%d", test.total)), Width: 8, Allow: engine.Budget{Set: true, Percent: test.percent},
				Do: steps(engine.Step{Name: "fail", If: when(fmt.Sprintf("record <= %d", test.failed)), Do: fails}),
			}
			if _, err := w.runs(t, flowOf(step("each", each))); test.over != (err != nil) || test.over && !overBudget(err, test.failed) {
				t.Errorf("%d of %d, and %v %% may fail: got %s", test.failed, test.total, test.percent, plain(err))
			}
		}
	},

	"the error of a page has in its details what was done before it": func(t *testing.T, host Host) {
		w := newWorld(host)
		list, do := w.lists(func(_ context.Context, page int) error {
			if page == 2 {
				return &card.Error{Kind: card.Conflict, Message: "no page 2"}
			}
			return nil
		}), w.fakeDo(w.fails(func(nth int) *card.Error {
			if nth == 3 {
				return &card.Error{Kind: card.NotFound, Message: "no record"}
			}
			return nil
		}))
		loop := sweep(list, do, 100)
		loop.Allow = engine.Budget{Set: true, Failures: 3}
		caught := []engine.Case{{Do: steps(returns("${ [error.message, error.details.read, error.details.ok, error.details.failed] }"))}}
		out, err := w.runs(t, flowOf(step("try", engine.Try{Steps: steps(step("sweep", loop)), Catch: caught})), list, do)
		if want := []any{"no page 2", 50, 49, 1}; err != nil || !cmp.Equal(out.Value, any(want)) {
			t.Errorf("got %v, %s", out.Value, plain(err))
		}
	},

	"a short list is judged at its end": func(t *testing.T, host Host) {
		w := newWorld(host)
		list, do := w.lists(nil), w.fakeDo(w.fails(unavailable(2)))
		loop := sweep(list, do, 10)
		loop.Allow = engine.Budget{Set: true, Percent: 5}
		if _, err := w.runs(t, flowOf(step("sweep", loop)), list, do); !overBudget(err, 1) {
			t.Errorf("1 of 10 with 5 %% allowed: got %s", plain(err))
		}
		if n := w.count("start"); n != 10 {
			t.Errorf("%d records started, want all 10: too few had finished to apply the percentage", n)
		}
	},
}
