package temporal_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

type thing struct {
	Name string `json:"name"`
}

type made struct {
	Name    string `json:"name"`
	Changed bool   `json:"changed"`
}

// A worker can be lost before it has made a write, or after it.
func TestAWriteWhoseWorkerIsLostIsDoneOnce(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for name, test := range map[string]struct {
		card   string
		lost   []bool // for each worker that is lost, whether it had made the write
		person *bool  // what a person finds out, who must be asked; nil if nobody is
		calls  int
		doubts int // events
		kind   card.Kind
	}{
		"idempotent, not made":                    {card: "w.thing.set", lost: []bool{false}, calls: 1},
		"idempotent, made":                        {card: "w.thing.set", lost: []bool{true}, calls: 2, doubts: 1},
		"idempotent, and every worker is lost":    {card: "w.thing.set", lost: []bool{true, true, true, true}, calls: 4, kind: card.Unavailable},
		"the card knows, not made":                {card: "w.thing.create", lost: []bool{false}, calls: 1},
		"the card knows, made":                    {card: "w.thing.create", lost: []bool{true}, calls: 1},
		"the card knows, not made and then made":  {card: "w.thing.create", lost: []bool{false, true}, calls: 1},
		"a person finds out, not made":            {card: "w.thing.delete", lost: []bool{false}, person: &no, calls: 1},
		"a person finds out, made":                {card: "w.thing.delete", lost: []bool{true}, person: &yes, calls: 1},
		"a person finds out that it was not made": {card: "w.thing.delete", lost: []bool{true}, person: &no, calls: 2, doubts: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				do := func(_ context.Context, _ card.Call, in thing) (made, error) {
					calls++
					return made{in.Name, calls == 1}, nil
				}
				cards := card.NewSet(
					cardtest.Fake("w.thing.set", card.Idempotent, do), cardtest.Fake("w.thing.delete", card.Destroys, do),
					card.NewWrite(card.Spec{Name: "w.thing.create", Effect: card.Creates, Undo: card.Undo{Extent: card.None}}, card.Write[thing, made]{
						Do: do,
						Did: func(_ context.Context, _ card.Call, in thing, _ card.State) (made, bool, error) {
							return made{in.Name, false}, calls > 0, nil
						},
					}))
				doubts := 0
				v := newServer(t, enginetest.Setup{Run: "r1", Cards: cards, Listen: func(e engine.Event) {
					if e.Kind == engine.InDoubt {
						doubts++
					}
				}})
				lost := test.lost
				v.lose = func(name string) (loses, made bool) {
					if name != "flowdeck.Call" || len(lost) == 0 {
						return false, false
					}
					made, lost = lost[0], lost[1:]
					return true, made
				}
				at := engine.Place{}.Step("do")
				if test.person != nil {
					v.env.RegisterDelayedCallback(func() { v.settles(at, *test.person) }, time.Hour)
				}
				v.run(func(t *testing.T, rt engine.Runtime, _ func()) {
					out, err := rt.Call(engine.Invocation{Place: at, Attempt: 1, Card: test.card, In: map[string]any{"name": "a"}})
					if test.kind != "" {
						if e := card.AsError(err); e == nil || e.Kind != test.kind || !e.MayBeDone() {
							t.Errorf("got %v, want an error of kind %s that leaves it open", err, test.kind)
						}
					} else if err != nil || test.doubts == 0 && !card.Changed(out) {
						t.Errorf("got %v, %v", out, err)
					}
				})
				if calls != test.calls || doubts != test.doubts {
					t.Errorf("it was called %d times, and %d times in doubt; want %d and %d", calls, doubts, test.calls, test.doubts)
				}
			})
		})
	}
}

// settles finds the only doubt of the run, and decides about it.
func (v *server) settles(at engine.Place, done bool) {
	answer, err := v.env.QueryWorkflow(temporal.Doubts)
	if err != nil {
		v.Error(err)
		return
	}
	var doubts []temporal.Doubt
	want := []temporal.Doubt{{Place: at, Card: "w.thing.delete", Target: "a", Why: "not known whether it was done: it is a fake"}}
	like := cmp.Options{cmp.Comparer(engine.Place.Equal), cmpopts.IgnoreFields(temporal.Doubt{}, "Began")}
	if err := answer.Get(&doubts); err != nil || !cmp.Equal(doubts, want, like) || doubts[0].Began.IsZero() {
		v.Errorf("got %+v, %v", doubts, err)
	}
	v.env.UpdateWorkflow(temporal.Settle, "other", refused{v.T}, temporal.Settled{Place: at.Step("other"), Done: done})
	v.env.UpdateWorkflow(temporal.Settle, "first", accepted{v.T}, temporal.Settled{Place: at, Done: done})
}

// refused fails the test if an update is accepted.
type refused struct{ *testing.T }

func (r refused) Accept()           { r.Error("the update was accepted") }
func (refused) Reject(error)        {}
func (refused) Complete(any, error) {}
