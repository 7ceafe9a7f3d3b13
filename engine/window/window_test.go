package window_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/window"
)

var list = engine.Place{}.Step("list")

// ended starts and ends a record.
func ended(w *window.Window, index int, v engine.Value, err error) bool {
	if !w.Start() {
		return false
	}
	w.End(engine.Record{Place: list.Record(0, "r", index), Index: index}, engine.Outcome{Status: engine.Succeeded, Value: v}, err, true)
	return true
}

func TestAWindowClosesWhenItIsStopped(t *testing.T) {
	t.Parallel()
	failed := func(t engine.Tally) bool { return t.Failed > 0 }
	w := window.Open(engine.Window{Place: list, Max: 3, Stop: failed, Values: 5}, 10, window.NewHeld())
	ended(w, 1, "b", nil)
	ended(w, 0, "a", nil)
	if w.Closed() {
		t.Error("it closed early")
	}
	ended(w, 2, nil, &card.Error{Kind: card.Failed, Message: "no"})
	if !w.Closed() || ended(w, 3, "d", nil) {
		t.Error("a record started after the window was stopped")
	}
	got := w.Sum()
	if got.Read != 3 || got.OK != 2 || got.Failed != 1 || got.Total != 3 || !cmp.Equal(got.Values, []any{"a", "b"}) {
		t.Errorf("got %+v, want the values in the order of the list", got)
	}
}

func TestAHaltIsNotAFailureAndAResultThatIsNotKeptClosesTheWindow(t *testing.T) {
	t.Parallel()
	stop := func(t engine.Tally) bool { return t.Finished() > 1 }
	w := window.Open(engine.Window{Place: list, Stop: stop}, 0, window.NewHeld())
	ended(w, 0, nil, engine.ErrCutOff)
	if !errors.Is(w.Cut(), engine.ErrCutOff) || w.Closed() {
		t.Errorf("got %v, closed %t", w.Cut(), w.Closed())
	}
	w.Start()
	w.End(engine.Record{Place: list.Record(0, "r", 1), Index: 1}, engine.Outcome{Status: engine.Succeeded}, nil, false)
	if got := w.Sum(); !w.Closed() || len(got.NotKept) != 1 || got.Canceled != 1 {
		t.Errorf("got %+v, closed %t", got, w.Closed())
	}
}

func TestTheValuesOfARecordAreHeldUntilItEnds(t *testing.T) {
	t.Parallel()
	run := window.NewHeld()
	size := engine.Size("value", 1<<20)
	fills := func(held *window.Held) engine.Tally {
		w := window.Open(engine.Window{Place: list, Values: 10, Held: 2 * size}, 0, held)
		for i := range 2 {
			ended(w, i, "value", nil)
		}
		return w.Sum()
	}
	one := run.Record()
	if got := fills(one); got.Full || len(got.Values) != 2 {
		t.Errorf("the first record: %+v", got)
	}
	if got := fills(run.Record()); !got.Full || got.Values != nil {
		t.Errorf("the second record, while the first one goes on: %+v", got)
	}
	one.End()
	if got := fills(run.Record()); got.Full {
		t.Errorf("after the first record: %+v", got)
	}
}
