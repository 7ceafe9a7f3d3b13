package temporal_test

import (
	"testing"
	"testing/synctest"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

func TestAWriteThatThePlanDoesNotHaveIsNotMade(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		attempts int
		lost     []bool // for each worker that is lost, whether it had made the write
		fits     int    // how often the write is as in the plan, before somebody changes what it changes
		compared int
		made     int
		ends     string // the code of the error of the last attempt; empty: it succeeded
		open     bool   // whether it may have been made
		notMade  int
	}{
		"and leaves nothing open":                       {attempts: 1, compared: 1, ends: "stale", notMade: 1},
		"also if only the first attempt fits":           {attempts: 2, fits: 1, compared: 2, made: 1, ends: "stale", notMade: 1},
		"but each attempt that fits is":                 {attempts: 2, fits: 2, compared: 2, made: 2},
		"also if a worker is lost that had not made it": {attempts: 1, lost: []bool{false}, fits: 1, compared: 1, made: 1},
		"again after a worker that may have made it":    {attempts: 1, lost: []bool{true}, fits: 1, compared: 2, made: 1, ends: "stale", open: true, notMade: 1},
		"and is made again if it still fits":            {attempts: 1, lost: []bool{true}, fits: 2, compared: 2, made: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				is, made, compared := "a", 0, 0
				v := newServer(t, enginetest.Setup{Run: "r1", Cards: card.NewSet(renamed(&is, func() error {
					if made++; made < test.attempts {
						return &card.Error{Kind: card.Unavailable, Message: "it broke"}
					}
					return nil
				}))})
				v.whole, v.asOf = true, &engine.AsOf{Run: "p1"}
				v.hold = func(c engine.Invocation, planned engine.AsOf, now card.State) *card.Error {
					if planned.Run != "p1" || c.Card != "w.thing.rename" || now.Fields["name"] == nil || now.Fields["about"] == nil {
						t.Errorf("compared: %+v of %+v, before it %+v", c, planned, now)
					}
					if compared++; compared > test.fits {
						return &card.Error{Kind: card.Conflict, Code: "stale", Message: "not as planned"}
					}
					return nil
				}
				v.loses(test.lost)
				v.run(func(t *testing.T, rt engine.Runtime, _ func()) {
					var err error
					for i := range test.attempts {
						_, err = rt.Call(engine.Invocation{
							Place: engine.Place{}.Step("do"), Attempt: i + 1, Card: "w.thing.rename", In: map[string]any{"name": "b"},
						})
					}
					code := ""
					if err != nil {
						code = card.AsError(err).Code
					}
					if code != test.ends || err != nil && card.AsError(err).MayBeDone() != test.open {
						t.Errorf("got %v", err)
					}
					if not := temporal.NotMadeBy(rt); len(not) != test.notMade || len(not) > 0 && not[0].Target != "b" {
						t.Errorf("not made: %+v", not)
					}
					if wrote := temporal.WrittenBy(rt); (len(wrote) > 0) != (made > 0) {
						t.Errorf("made %d times, and got %+v", made, wrote)
					}
				})
				if compared != test.compared || made != test.made {
					t.Errorf("it was compared %d times and made %d times", compared, made)
				}
			})
		})
	}
}
