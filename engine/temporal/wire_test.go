package temporal_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/enginetest"
)

func TestAValueThatIsTooLargeForAHistoryIsAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		do := cardtest.Fake("w.thing.set", card.Creates, func(_ context.Context, _ card.Call, in thing) (made, error) {
			calls++
			return made{strings.Repeat("x", 3<<20), true}, nil
		})
		newServer(t, enginetest.Setup{Run: "r1", Cards: card.NewSet(do)}).run(func(t *testing.T, rt engine.Runtime, _ func()) {
			call := func(name string) error {
				_, err := rt.Call(engine.Invocation{Place: engine.Place{}.Step("do"), Attempt: 1, Card: do.Name, In: map[string]any{"name": name}})
				return err
			}
			if e := card.AsError(call(strings.Repeat("x", 3<<20))); e == nil || e.Kind != card.Invalid || e.MayBeDone() || calls > 0 {
				t.Errorf("a large input: got %+v", e)
			}
			if e := card.AsError(call("a")); e == nil || e.Code != card.CodeUnread || !e.MayBeDone() || calls != 1 {
				t.Errorf("a large answer: got %+v", e)
			}
		})
	})
}
