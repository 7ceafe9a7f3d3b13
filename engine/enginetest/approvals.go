package enginetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// decides makes the world decide all that it is asked.
func (w *world) decides(d engine.Decision, err error) (got func() []engine.Approval) {
	var all []engine.Approval
	w.decide = func(_ context.Context, _ engine.Place, a engine.Approval) (engine.Decision, error) {
		w.happens(func() { all = append(all, a) })
		return d, err
	}
	return func() (seen []engine.Approval) {
		w.happens(func() { seen = append(seen, all...) })
		return seen
	}
}

var (
	yes = engine.Decision{Approved: true, By: "grace", At: time.Date(2026, 3, 8, 14, 0, 0, 0, time.UTC)}
	no  = engine.Decision{By: "grace", Note: "not today", At: yes.At}
)

// asks returns a step that asks.
func asks(a engine.Approve) engine.Step {
	if a.Prompt.Text == nil && a.Prompt.Literal == nil {
		a.Prompt = literal("go on?")
	}
	a.For = time.Hour
	return step("ask", a)
}

var approvals = tests{
	"a person is asked all of the approval, and the decision comes back": func(t *testing.T, host Host) {
		w := newWorld(host)
		got := w.decides(no, nil)
		want := engine.Approval{Prompt: "p", Show: sample(), By: []string{"ada"}, Self: true, For: time.Hour}
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			if d, err := rt.Await(spot, want); err != nil || !cmp.Equal(d, no) {
				t.Errorf("got %+v, %v", d, err)
			}
		})
		if diff := cmp.Diff([]engine.Approval{want}, got()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	},

	"nobody is asked after the run was canceled": func(t *testing.T, host Host) {
		w := newWorld(host)
		got := w.decides(yes, nil)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			cancelRun(t, rt)
			if _, err := rt.Await(spot, engine.Approval{}); !errors.Is(err, engine.ErrCanceled) {
				t.Errorf("got %v", err)
			}
		}, w.canceler())
		if len(got()) > 0 {
			t.Errorf("got %v", got())
		}
	},

	"a flow reads the decision, and the listeners see what was asked and decided": func(t *testing.T, host Host) {
		w := newWorld(host)
		got := w.decides(yes, nil)
		var seen []engine.Event
		w.listen = kept(&seen, engine.Asked, engine.Decided)
		by := listOf(literal("ada"), text("${ 'gra' + 'ce' }"))
		p := flowOf(asks(engine.Approve{Prompt: text("suspend ${ 1 + 1 }?"), Show: object(field("n", text("${ 2 }"))), By: &by}), returns("${ steps.ask }"))
		out, err := w.runs(t, p)
		want := map[string]any{"approved": true, "by": "grace", "note": nil, "at": "2026-03-08T14:00:00Z"}
		if err != nil || !cmp.Equal(out.Value, any(want)) {
			t.Errorf("got %v, %s", out.Value, plain(err))
		}
		asked := engine.Approval{Prompt: "suspend 2?", Show: map[string]any{"n": 2}, By: []string{"ada", "grace"}, For: time.Hour}
		if diff := cmp.Diff([]engine.Approval{asked}, got()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if len(seen) != 2 || !cmp.Equal(*seen[0].Approval, asked) || !cmp.Equal(*seen[1].Decision, yes) {
			t.Errorf("got %+v", seen)
		}
	},

	"a rejection fails the step, unless the flow goes on after it": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.decides(no, nil)
		do := w.fakeDo(nothing)
		_, err := w.runs(t, flowOf(asks(engine.Approve{}), callOf(do, 1)), do)
		if e := card.AsError(err); e == nil || e.Kind != card.Failed || e.Code != engine.CodeRejected || e.Message != "rejected by grace: not today" || len(w.seen()) > 0 {
			t.Errorf("got %v; called %v", err, w.seen())
		}
		out, err := w.runs(t, flowOf(asks(engine.Approve{Goes: true}), returns("${ [steps.ask.approved, steps.ask.note] }")))
		if want := []any{false, "not today"}; err != nil || !cmp.Equal(out.Value, any(want)) {
			t.Errorf("got %v, %s", out.Value, plain(err))
		}
		caught := engine.Try{Steps: steps(asks(engine.Approve{})), Catch: []engine.Case{{When: when("error.code == 'rejected'"), Do: steps(set("x", "caught"))}}}
		if _, err := w.runs(t, flowOf(step("try", caught))); err != nil {
			t.Error(err)
		}
	},

	"an approval that nobody decides in time is a timeout, which can be caught": func(t *testing.T, host Host) {
		w := newWorld(host)
		w.decides(engine.Decision{}, engine.NotDecided(yes.At))
		_, err := w.runs(t, flowOf(asks(engine.Approve{Goes: true})))
		if e := card.AsError(err); e == nil || e.Kind != card.Timeout || e.Message != "nobody decided until 2026-03-08T14:00:00Z" {
			t.Errorf("got %v", err)
		}
	},

	"each record asks by itself": func(t *testing.T, host Host) {
		w := newWorld(host)
		got := w.decides(yes, nil)
		loop := engine.Loop{Each: when(`["a", "b", "c"]`), Width: 2, Do: steps(asks(engine.Approve{Prompt: text("${ record }?")})), Collect: when("steps.ask.by")}
		out, err := w.runs(t, flowOf(step("loop", loop), returns("${ steps.loop.items }")))
		if want := []any{"grace", "grace", "grace"}; err != nil || !cmp.Equal(out.Value, any(want)) || len(got()) != 3 {
			t.Errorf("got %v, %s; asked %v", out.Value, plain(err), got())
		}
	},

	"a dry run passes at once, and shows what it would ask": func(t *testing.T, host Host) {
		w := newWorld(host)
		got := w.decides(no, nil)
		var seen []engine.Event
		w.listen = kept(&seen, engine.Asked, engine.Decided)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			out, err := run(rt, flowOf(asks(engine.Approve{}), returns("${ steps.ask.approved }")), engine.Start{Run: "r1", DryRun: true})
			if err != nil || out.Value != true {
				t.Errorf("got %v, %s", out.Value, plain(err))
			}
		})
		if len(got()) > 0 || len(seen) != 1 || seen[0].Kind != engine.Asked || seen[0].Approval.Prompt != "go on?" {
			t.Errorf("asked %v, seen %+v", got(), seen)
		}
	},

	"what cannot be shown as a whole, or be decided by anybody, is not asked": func(t *testing.T, host Host) {
		empty, number, blank := literal([]any{}), literal(7), text("${ '' }")
		for want, a := range map[string]engine.Approve{
			"the prompt has 1048576 bytes; at most 4 KB are shown": {Prompt: literal(strings.Repeat("a", 1<<20))},
			"`show` has 300002 bytes; at most 256 KB are shown":    {Show: literal(strings.Repeat("a", 300_000))},
			"`by` is empty, so that nobody may decide":             {By: &empty},
			"`by` must be a name or list of names, not an integer": {By: &number},
		} {
			w := newWorld(host)
			got := w.decides(yes, nil)
			if _, err := w.runs(t, flowOf(asks(a))); card.AsError(err) == nil || card.AsError(err).Message != want || len(got()) > 0 {
				t.Errorf("got %v, want %s; asked %v", err, want, got())
			}
		}
		w := newWorld(host)
		w.decides(yes, nil)
		if _, err := w.runs(t, flowOf(asks(engine.Approve{By: &blank}))); card.AsError(err) == nil {
			t.Error("a name that is empty is nobody's")
		}
	},
}
