package enginetest

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

var endings = tests{
	"stop skips, return ends with a value, fail fails, and the steps after them do not run": func(t *testing.T, host Host) {
		for _, test := range []struct {
			verb engine.Verb
			want engine.Outcome
			err  string
		}{
			{engine.Stop{Reason: literal("not today")}, engine.Outcome{Status: engine.Skipped, Reason: "not today"}, "no error"},
			{engine.Return{Value: literal(42)}, engine.Outcome{Status: engine.Succeeded, Value: 42, Returned: true}, "no error"},
			{engine.Fail{Message: literal("nope")}, engine.Outcome{Status: engine.Failed}, "nope"},
		} {
			w := newWorld(host)
			do := w.fakeDo(nothing)
			out, err := w.runs(t, flowOf(step("end", test.verb), callOf(do, 1)), do)
			if out != test.want || plain(err) != test.err {
				t.Errorf("%T: got %+v, %s; want %+v, %s", test.verb, out, plain(err), test.want, test.err)
			}
			if log := w.seen(); len(log) > 0 {
				t.Errorf("%T: cards were called: %q", test.verb, log)
			}
		}
	},

	"a fail in a finally fails the run, unless an error is on its way already": func(t *testing.T, host Host) {
		for _, test := range []struct {
			name string
			body engine.Verb
			err  string
			code string
		}{
			{"steps that succeed", engine.Set{Vars: literal(map[string]any{"x": 1})}, "in the finally", "last"},
			{"a return", engine.Return{Value: literal(42)}, "in the finally", "last"},
			{"a stop", engine.Stop{Reason: literal("not today")}, "in the finally", "last"},
			{"a fail", engine.Fail{Message: literal("in the steps"), Code: literal("first")}, "in the steps", "first"},
		} {
			w := newWorld(host)
			do := w.fakeDo(nothing)
			out, err := w.runs(t, flowOf(step("try", engine.Try{
				Steps:   steps(step("body", test.body)),
				Finally: steps(callOf(do, 1), step("end", engine.Fail{Message: literal("in the finally"), Code: literal("last")}), callOf(do, 2)),
			}), callOf(do, 3)), do)
			if e := card.AsError(err); out.Status != engine.Failed || e == nil || e.Message != test.err || e.Code != test.code || out.Value != nil {
				t.Errorf("%s: got %+v, %s", test.name, out, plain(err))
			}
			if got := w.seen(); !slices.Equal(got, []string{"start 1", "end 1"}) {
				t.Errorf("%s: ran %q", test.name, got)
			}
		}
	},

	"credentials that are refused end the run, regardless of allow, on_error and catch": func(t *testing.T, host Host) {
		w := newWorld(host)
		list, revoked := w.lists(nil), w.fails(func(nth int) *card.Error {
			if nth < 5 { // counts the calls of both cards
				return &card.Error{Kind: card.NotFound, Message: "no such record"}
			}
			return &card.Error{Kind: card.Unauthorized, Code: "E0000011", Message: "Invalid token provided"}
		})
		do, other := w.fakeDo(revoked), w.does("fake.other", card.Idempotent, nothing)
		turn := flowOf(engine.Step{Name: "do", Continue: true, Do: calls(do, 1, once)}, callOf(other, 77))
		inner := engine.Loop{Each: when("[1, 2, 3]"), Width: 1, Allow: engine.Budget{Set: true, Percent: 100}, Do: steps(step("turn", engine.CallFlow{To: turn}))}
		outer := engine.Loop{Source: numbers(list, 100, 50), Width: 1, Allow: engine.Budget{Set: true, Failures: 100}, Do: steps(engine.Step{Name: "each", Continue: true, Do: inner})}
		out, err := w.runs(t, flowOf(
			engine.Step{Name: "try", Continue: true, Do: engine.Try{
				Steps: steps(engine.Step{Name: "sweep", Continue: true, Do: outer}),
				Catch: []engine.Case{{Do: steps(callOf(other, 5))}}, Finally: steps(callOf(other, 9)),
			}},
			callOf(other, 6),
		), list, do, other)
		e, ok := err.(*engine.Error)
		if !ok || e.Cause.Kind != card.Unauthorized || e.Card != do.Name || e.Place.String() != "try.try.sweep[n0].each[2].turn.do" || out.Status != engine.Failed {
			t.Errorf("got %+v, %s: %#v", out, plain(err), err)
		}
		got := slices.DeleteFunc(w.seen(), func(line string) bool { return !strings.HasPrefix(line, "start") })
		if want := []string{"start 1", "start 77", "start 1", "start 77", "start 1", "start 9"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q: two failures that are continued, the one that ends the run, and finally", got, want)
		}
	},

	"a cursor that occurs twice is an error, not an endless list": func(t *testing.T, host Host) {
		w := newWorld(host)
		list := card.NewList(card.Spec{Name: "fake.round.list", Effect: card.Reads},
			func(_ context.Context, _ card.Call, _ listInput, at card.Cursor) ([]number, card.Cursor, error) {
				if w.note("page"); w.count("page") > 100 {
					return nil, "", nil // so that a Runtime that repeats pages fails instead of hanging
				}
				next := map[card.Cursor]card.Cursor{"": "a", "a": "b", "b": "a"}
				return []number{{N: 1}}, next[at], nil
			})
		do := w.fakeDo(nothing)
		_, err := w.runs(t, flowOf(step("sweep", sweep(list, do, 10))), list, do)
		if e, ok := err.(*engine.Error); !ok || e.Cause.Kind != card.Unavailable {
			t.Errorf("got %s", plain(err))
		}
		if n := w.count("start"); n != 3 {
			t.Errorf("%d records ran, want the 3 before the repeated cursor", n)
		}
	},

	"a thousand empty pages in a row are an error, not an endless list": func(t *testing.T, host Host) {
		for _, test := range []struct{ empty, pages, started int }{ // number of empty pages between records
			{999, 3000, 4},
			{1000, 1001, 1},
		} {
			w := newWorld(host)
			list := card.NewList(card.Spec{Name: "fake.empty.list", Effect: card.Reads},
				func(_ context.Context, _ card.Call, _ listInput, at card.Cursor) (items []number, next card.Cursor, _ error) {
					w.note("page")
					n, _ := strconv.Atoi(string(at))
					if n%(test.empty+1) == 0 {
						items = []number{{N: n}}
					}
					if n < 3*(test.empty+1) { // so that a Runtime that continues fails instead of hanging
						next = card.Cursor(strconv.Itoa(n + 1))
					}
					return items, next, nil
				})
			do := w.fakeDo(nothing)
			_, err := w.runs(t, flowOf(step("sweep", sweep(list, do, 10))), list, do)
			if ended := test.empty < 1000; ended != (err == nil) || !ended && kind(err) != card.Unavailable {
				t.Errorf("%d empty pages: got %s", test.empty, plain(err))
			}
			if pages, started := w.count("page"), w.count("start"); started != test.started || pages < test.pages || pages > test.pages+1 {
				t.Errorf("%d empty pages: %d pages were read and %d records ran, want %d and %d", test.empty, pages, started, test.pages, test.started)
			}
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
			w := newWorld(host)
			list := w.lists(nil)
			use := numbers(list, test.count, 50)
			use.Result, use.Max = test.result, test.max
			if out, err := w.runs(t, flowOf(step("list", use)), list); !test.check(out.Value, err) {
				t.Errorf("%s of %d: got %v, %s", test.result, test.count, out.Value, plain(err))
			}
			if n := w.count("page"); n != test.pages {
				t.Errorf("%s of %d: read %d pages, want %d", test.result, test.count, n, test.pages)
			}
		}
	},

	"a step that must find a record fails once if it finds none": func(t *testing.T, host Host) {
		for _, test := range []struct {
			count   int
			missing engine.Value
			message string
		}{
			{1, nil, ""},
			{0, nil, " found no record"},
			{0, "no number is odd", "no number is odd"},
		} {
			w := newWorld(host)
			list := w.lists(nil)
			use := numbers(list, test.count, 50)
			use.Result, use.Required, use.Missing, use.Retry = engine.First, true, literal(test.missing), engine.Retry{Attempts: 3}
			out, err := w.runs(t, flowOf(step("list", use)), list)
			switch e, failed := err.(*engine.Error); {
			case test.message == "":
				if err != nil || out.Value == nil {
					t.Errorf("%d records: got %v, %s", test.count, out.Value, plain(err))
				}
			case !failed || e.Cause.Kind != card.NotFound || !strings.HasSuffix(e.Cause.Message, test.message):
				t.Errorf("%d records: got %v, %s, want %q", test.count, out.Value, plain(err), test.message)
			}
			if n := w.count("page"); n != 1 {
				t.Errorf("%d records: read %d pages, want 1", test.count, n)
			}
		}
	},

	"a run that is canceled ends as canceled": func(t *testing.T, host Host) {
		w := newWorld(host)
		do := w.fakeDo(nothing)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			cancelRun(t, rt)
			out, err := run(rt, flowOf(step("do", calls(do, 1, engine.Retry{Attempts: 3}))), start)
			if out.Status != engine.Canceled || !engine.IsCanceled(err) {
				t.Errorf("got %+v, %s", out, plain(err))
			}
		}, w.canceler(), do)
	},
}
