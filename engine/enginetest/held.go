package enginetest

import (
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
)

// heldValues: a stream in a stream holds its values once for each record in flight.
var heldValues = tests{
	"the values of all streams are limited until the record around them ends, or a stream runs again": func(t *testing.T, host Host) {
		value := strings.Repeat("x", 100)
		size := engine.Size(value, 1<<20)
		// Each stream has 10 values, and 25 are the limit.
		inner := func(rt engine.Runtime, place engine.Place, bytes int) engine.Tally {
			window := engine.Window{Place: place, Width: 2, Values: 10, Bytes: bytes, Held: 25 * size}
			tally, err := rt.Stream(window, read(10, 3), func(engine.Runtime, engine.Record) (engine.Outcome, error) {
				return engine.Outcome{Status: engine.Succeeded, Value: value}, nil
			})
			if err != nil {
				t.Errorf("%s: %s", place, plain(err))
			}
			return tally
		}
		w := newWorld(host)
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			_, err := rt.Stream(engine.Window{Place: list, Width: 1}, read(3, 3), func(rt engine.Runtime, r engine.Record) (engine.Outcome, error) {
				for round := range 3 {
					if got := inner(rt, r.Place.Step("a").Round(round), 10*size); got.Full || len(got.Values) != 10 {
						t.Errorf("round %d: got %+v", round, got)
					}
				}
				if got := inner(rt, r.Place.Step("large"), 9*size); got.Full || got.Values != nil || got.OK != 10 {
					t.Errorf("a stream that is too large itself: got %+v", got)
				}
				if got := inner(rt, r.Place.Step("b"), 10*size); got.Full || len(got.Values) != 10 {
					t.Errorf("the second stream: got %+v", got)
				}
				if got := inner(rt, r.Place.Step("c"), 10*size); !got.Full || got.Values != nil || got.Read < 6 || got.Read > 7 || got.OK != got.Read {
					t.Errorf("the third stream: got %+v", got)
				}
				return engine.Outcome{Status: engine.Succeeded}, nil
			})
			if err != nil {
				t.Error(plain(err))
			}
			if got := inner(rt, list, 10*size); got.Full || len(got.Values) != 10 {
				t.Errorf("after the records: got %+v", got)
			}
		}, w.lists(nil))
	},
}
