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
			partly  = &card.Error{Kind: card.Forbidden, Code: card.CodePartly, Message: "3 of 9 were done"}
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
			{"a refusal after a part of the changes", card.Idempotent, true, []error{partly}, 1, 0},
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
			if err != nil && (card.AsError(err).Hint != "") != (test.doubt > 0) {
				t.Errorf("%s: the hint of %+v", test.name, card.AsError(err))
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
				_, err := engine.Run(rt, flowOf(step("do", calls(do, 1, once))), start)
				return err
			})
		}, do)
		if len(got) != 1 || !engine.IsCanceled(got[0].Err) {
			t.Errorf("got %+v, want one in doubt", got)
		}
	},
}
