package local_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
	"github.com/flowdeck/flowdeck/engine/local"
)

func TestTheConcurrencyOfAStreamChangesWhileItRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inFlight := make(chan int, 1)
		inFlight <- 0
		wait := cardtest.Fake("fake.wait", card.Idempotent, func(context.Context, card.Call, struct{}) (struct{}, error) {
			inFlight <- <-inFlight + 1
			time.Sleep(time.Second)
			inFlight <- <-inFlight - 1
			return struct{}{}, nil
		})
		var widths local.Widths
		rt := local.New(t.Context(), local.Config{Cards: card.NewSet(wait), Widths: &widths})
		at := engine.Place{}.Step("s")
		now := func() int { n := <-inFlight; inFlight <- n; return n }
		go func() {
			for _, width := range []int{2, 5, 1} {
				if width != 2 {
					widths.Set("s", width)
				}
				time.Sleep(2500 * time.Millisecond) // in the middle of the calls of the third second
				if got := now(); got != width {
					t.Errorf("%d calls are in flight, want %d", got, width)
				}
				time.Sleep(500 * time.Millisecond)
			}
		}()
		tally, err := rt.Stream(engine.Window{Place: at, Width: 2}, func(engine.Runtime, card.Cursor) (engine.Batch, error) {
			var b engine.Batch
			for i := range 30 {
				b.Records = append(b.Records, engine.Record{Place: at.Record(0, string(rune('a'+i)), 0), Index: i})
			}
			return b, nil
		}, func(rt engine.Runtime, r engine.Record) (engine.Outcome, error) {
			_, err := rt.Call(engine.Invocation{Place: r.Place.Step("w"), Attempt: 1, Card: "fake.wait", In: map[string]any{}})
			return engine.Outcome{Status: engine.Succeeded}, err
		})
		if err != nil || tally.OK != 30 {
			t.Errorf("got %+v, %v", tally, err)
		}
	})
}
