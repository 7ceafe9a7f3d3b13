package temporal_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// renamed is a card whose undo needs the state before, of a thing whose name is kept in a variable.
func renamed(is *string, do func() error) card.Card {
	return card.NewWrite(card.Spec{
		Name: "w.thing.rename", Effect: card.Idempotent, Undo: card.Undo{Extent: card.Exact, Card: "w.thing.rename", NeedsBefore: true},
	}, card.Write[thing, made]{
		Do: func(_ context.Context, _ card.Call, in thing) (made, error) {
			changed := *is != in.Name
			*is = in.Name
			return made{in.Name, changed}, do()
		},
		Before: func(context.Context, card.Call, thing) (card.State, error) {
			if *is == "" {
				return card.State{}, &card.Error{Kind: card.Unavailable, Message: "not now"}
			}
			return card.State{Fields: map[string]any{"name": *is, "about": "what the call leaves"}}, nil
		},
		After: func(in thing, _ card.State) card.Predicted {
			return card.Predicted{Fields: map[string]any{"name": in.Name}}
		},
		Back: func(_ thing, _ made, before card.State) any { return before.Fields },
	})
}

func TestAWriteIsKeptWithTheStateBefore(t *testing.T) {
	t.Parallel()
	type kept struct {
		Before any // the name; nil: it is not known
		Times  int
		Doubt  bool
		Failed bool
	}
	for name, test := range map[string]struct {
		was      string
		attempts int
		fails    bool   // the call, after its change
		lost     []bool // for each worker that is lost, whether it had made the write
		silent   bool   // what lost workers reported did not arrive
		want     []kept
	}{
		"and its answer": {was: "a", attempts: 1, want: []kept{{Before: "a", Times: 1}}},
		"also if it fails": {
			was: "a", attempts: 2, fails: true, want: []kept{{Before: "a", Times: 1, Failed: true}, {Before: "a", Times: 1, Failed: true}},
		},
		"not if that cannot be read":             {attempts: 2},
		"that a lost worker reported":            {was: "a", attempts: 1, lost: []bool{true}, want: []kept{{Before: "a", Times: 2, Doubt: true}}},
		"unless a lost worker did not report it": {was: "a", attempts: 1, lost: []bool{true}, silent: true, want: []kept{{Times: 2, Doubt: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				is, calls := test.was, 0
				cards := card.NewSet(renamed(&is, func() error {
					calls++
					if test.fails {
						return &card.Error{Kind: card.Unavailable, Message: "it broke"}
					}
					return nil
				}))
				v := newServer(t, enginetest.Setup{Run: "r1", Cards: cards})
				v.mute, v.whole = test.silent, true
				v.loses(test.lost)
				var got []kept
				v.run(func(t *testing.T, rt engine.Runtime, _ func()) {
					for i := range test.attempts {
						_, err := rt.Call(engine.Invocation{
							Place: engine.Place{}.Step("do"), Attempt: i + 1, Card: "w.thing.rename", In: map[string]any{"name": "b"},
						})
						if failed := test.was == "" || test.fails; (err != nil) != failed {
							t.Errorf("attempt %d: got %v", i+1, err)
						}
						if test.was == "" && card.AsError(err).MayBeDone() {
							t.Errorf("got %v, which leaves it open", err)
						}
					}
					for _, w := range temporal.WrittenBy(rt) {
						before, failed := w.Intent.Before, w.Effect.Err != nil
						if len(before.Fields) > 1 || w.Began.IsZero() || w.Ended.Before(w.Began) || w.Intent.Target != "b" {
							t.Errorf("got %+v", w)
						}
						got = append(got, kept{before.Fields["name"], w.Times, w.Effect.Doubt, failed})
					}
				})
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("writes (- want, + got):\n%s", diff)
				}
				if test.was == "" && calls > 0 {
					t.Error("it was called")
				}
			})
		})
	}
}
