package enginetest

import (
	"context"
	"slices"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
)

type writeOutput struct {
	Changed bool `json:"changed"`
}

// writes returns a card that writes. Its first attempts end with these errors. Later ones succeed, and changes is the
// field changed of their answers.
func (w *world) writes(effect card.Effect, changes bool, errs ...error) card.Card {
	return cardtest.Fake("fake.write", effect, func(context.Context, card.Call, numberInput) (writeOutput, error) {
		w.note("write")
		if n := w.count("write"); n <= len(errs) {
			return writeOutput{}, errs[n-1]
		}
		return writeOutput{Changed: changes}, nil
	})
}

var doubts = tests{
	"a write whose answer was lost is in doubt, unless a later attempt changes something": func(t *testing.T, host Host) {
		var (
			lost    = &card.Error{Kind: card.Unavailable, Status: 504, Message: "gateway timeout"}
			late    = &card.Error{Kind: card.Timeout, Message: "no answer"}
			bug     = &card.Error{Kind: card.Internal, Message: "bug in card"}
			refused = &card.Error{Kind: card.Unavailable, Code: card.CodeRefused, Message: "nobody listens"}
			unread  = &card.Error{Kind: card.Invalid, Code: card.CodeUnread, Message: "the answer is too long"}
			partly  = &card.Error{Kind: card.Unavailable, Code: card.CodePartly, Writes: card.Unanswered, Message: "3 of 9 were done, and one may have been"}
			most    = &card.Error{Kind: card.Unavailable, Code: card.CodePartly, Changed: true, Writes: card.Unanswered, Message: "9 of 10 were done, and one may have been"}
			settled = &card.Error{Kind: card.Forbidden, Code: card.CodePartly, Changed: true, Writes: card.Answered, Message: "4 of 9 were done", Hint: "ask"}
			unsent  = &card.Error{Kind: card.Unavailable, Writes: card.Answered, Message: "the read before the write failed"}
			sent    = &card.Error{Kind: card.NotFound, Writes: card.Unanswered, Message: "the read after the write failed"}
			known   = &card.Error{Kind: card.Forbidden, Changed: true, Hint: "the first of two was done"}
			halfway = &card.Error{Kind: card.Unavailable, Changed: true, Hint: "the first of two was done"}
			wrong   = &card.Error{Kind: card.Invalid, Message: "wrong"}
			gone    = &card.Error{Kind: card.NotFound, Message: "gone"}
		)
		for _, test := range []struct {
			name    string
			effect  card.Effect
			changes bool
			errs    []error
			doubt   int
			wrote   int
		}{
			{"a lost answer to a create", card.Creates, true, []error{lost}, 1, 0},
			{"no answer in time", card.Destroys, true, []error{late}, 1, 0},
			{"a bug after the request", card.Creates, true, []error{bug}, 1, 0},
			{"an answer that cannot be read", card.Idempotent, true, []error{unread}, 1, 0},
			{"a part of the changes, and a lost answer", card.Destroys, true, []error{partly}, 1, 0},
			{"certain changes, and a lost answer to the last request", card.Destroys, true, []error{most}, 1, 1},
			{"a part of the changes, and a refusal", card.Destroys, true, []error{settled}, 0, 1},
			{"a part of the changes, of which a later attempt finds out the rest", card.Idempotent, true, []error{partly, settled}, 0, 1},
			{"a read that fails before anything was sent", card.Creates, true, []error{unsent, unsent, unsent}, 0, 0},
			{"a read that fails before anything was sent, once", card.Creates, true, []error{unsent}, 0, 1},
			{"a read that fails after a lost answer to a write", card.Idempotent, true, []error{sent}, 1, 0},
			{"a refusal after a change that was confirmed", card.Destroys, true, []error{known}, 0, 1},
			{"a lost answer after a change that was confirmed", card.Destroys, true, []error{halfway}, 1, 1},
			{"a later attempt that has only the rest to do", card.Idempotent, false, []error{halfway}, 0, 1},
			{"a later attempt that is refused", card.Idempotent, false, []error{halfway, wrong}, 1, 1},
			{"nobody there", card.Creates, true, []error{refused, refused, refused}, 0, 0},
			{"a refusal", card.Creates, true, []error{wrong}, 0, 0},
			{"a read", card.Reads, true, []error{lost, lost, lost}, 0, 0},
			{"a later attempt that finds nothing to change", card.Idempotent, false, []error{lost}, 1, 1},
			{"a later attempt that changes something", card.Idempotent, true, []error{lost}, 0, 1},
			{"a later attempt that fails for another reason", card.Idempotent, true, []error{lost, gone}, 1, 0},
			{"attempts that are all lost", card.Idempotent, true, []error{lost, late, lost}, 1, 0},
		} {
			w := newWorld(host)
			var got []engine.Event
			w.listen = kept(&got, engine.InDoubt, engine.Wrote)
			do := w.writes(test.effect, test.changes, test.errs...)
			_, err := w.runs(t, flowOf(step("do", calls(do, 1, engine.Retry{Attempts: 3}))), do)
			count := func(kind engine.EventKind) (n int) {
				return len(slices.DeleteFunc(slices.Clone(got), func(e engine.Event) bool { return e.Kind != kind || e.Card != "fake.write" }))
			}
			if count(engine.InDoubt) != test.doubt || count(engine.Wrote) != test.wrote {
				t.Errorf("%s: got %+v, want %d in doubt and %d written", test.name, got, test.doubt, test.wrote)
			}
			if err != nil && card.AsError(err).Changed != (test.wrote > 0) {
				t.Errorf("%s: the error %+v, want changed %t", test.name, card.AsError(err), test.wrote > 0)
			}
			if err != nil && (card.AsError(err).Hint != "") != (test.doubt+test.wrote > 0) {
				t.Errorf("%s: the hint of %+v", test.name, card.AsError(err))
			}
		}
	},

	"a call whose answer names what stays in doubt is in doubt, and counts as a change": func(t *testing.T, host Host) {
		type output struct {
			Changed bool     `json:"changed"`
			InDoubt []string `json:"in_doubt" null:"false"`
		}
		for _, ids := range [][]string{{"u1"}, {}} {
			w := newWorld(host)
			var got []engine.Event
			w.listen = kept(&got, engine.InDoubt, engine.Wrote)
			do := cardtest.Fake("fake.write", card.Idempotent, func(context.Context, card.Call, numberInput) (output, error) {
				if w.note("write"); w.count("write") == 1 {
					return output{}, &card.Error{Kind: card.Unavailable, Code: card.CodePartly, Writes: card.Unanswered, Message: "a part was done"}
				}
				return output{true, ids}, nil
			})
			if _, err := w.runs(t, flowOf(step("do", calls(do, 1, engine.Retry{Attempts: 3}))), do); err != nil {
				t.Fatal(err)
			}
			n := len(slices.DeleteFunc(slices.Clone(got), func(e engine.Event) bool { return e.Kind != engine.InDoubt }))
			if n != len(ids) || len(got) != len(ids)+1 || !got[len(got)-1].Changed {
				t.Errorf("%q: got %+v", ids, got)
			}
		}
	},

	"a write that changed something before it failed counts as a change": func(t *testing.T, host Host) {
		for _, test := range []struct {
			name string
			errs []error
		}{
			{"on its only attempt", []error{&card.Error{Kind: card.Forbidden, Changed: true, Message: "no"}}},
			{"on an attempt after which a later one found nothing to change", []error{&card.Error{Kind: card.Unavailable, Changed: true, Message: "no"}}},
		} {
			w := newWorld(host)
			var got []engine.Event
			w.listen = kept(&got, engine.InDoubt, engine.Wrote)
			do := w.writes(card.Idempotent, false, test.errs...)
			out, err := w.runs(t, flowOf(step("do", calls(do, 1, engine.Retry{Attempts: 3})), returns("${ steps.do }")), do)
			if len(got) != 1 || got[0].Kind != engine.Wrote || !got[0].Changed {
				t.Errorf("%s: got %+v, want one change", test.name, got)
			}
			switch failure := card.AsError(err); {
			case err != nil && !failure.Changed:
				t.Errorf("%s: the error %+v does not report the change", test.name, failure)
			case err == nil && !card.Changed(out.Value):
				t.Errorf("%s: the answer %v does not report the change", test.name, out.Value)
			}
		}
	},

	"a write that is cut off in flight is in doubt": func(t *testing.T, host Host) {
		w := newWorld(host)
		var got []engine.Event
		w.listen = kept(&got, engine.InDoubt)
		do := w.does("fake.do", card.Creates, func(ctx context.Context, _ int) error { return w.hangs(ctx, 1) })
		w.run(t, func(_ *testing.T, rt engine.Runtime) {
			_ = rt.Within(limit(w.units(1)), func(rt engine.Runtime) error {
				_, err := run(rt, flowOf(step("do", calls(do, 1, once))), start)
				return err
			})
		}, do)
		if len(got) != 1 || !engine.IsCanceled(got[0].Err) {
			t.Errorf("got %+v, want one in doubt", got)
		}
	},
}
