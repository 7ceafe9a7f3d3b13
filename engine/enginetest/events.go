package enginetest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// kept are the events of some kinds, in the order in which they were told.
func kept(into *[]engine.Event, kinds ...engine.EventKind) func(engine.Event) {
	return func(e engine.Event) {
		if slices.Contains(kinds, e.Kind) {
			*into = append(*into, e)
		}
	}
}

var events = map[string]func(*testing.T, Host){
	"a step's begin and end say its verb and its card": func(t *testing.T, host Host) {
		w := &world{}
		list, do := w.lists(nil), w.does("fake.do", card.Reads, sleeps(0))
		plan := flowOf(
			engine.Step{Name: "card-1", Verb: "card", Card: "fake.do", Do: calls(do, engine.Retry{Attempts: 1})},
			engine.Step{Name: "sweep", Verb: "stream", Card: "fake.number.list", Do: engine.Loop{
				Source: engine.Card{Card: list, With: literal(map[string]any{"count": 0, "size": 1})}, Width: 1,
			}},
			engine.Step{Name: "set-1", Verb: "set", If: when("false"), Do: engine.Set{}},
			engine.Step{Name: "wait-1", Verb: "wait", Do: engine.Wait{For: literal("1h")}},
		)
		var got []engine.Event
		host(t, card.NewSet(list, do), kept(&got, engine.StepStarted, engine.StepEnded), func(t *testing.T, rt engine.Runtime, cancel func()) {
			go func() { time.Sleep(time.Minute); cancel() }()
			_, _ = engine.Run(rt, plan, engine.Start{Run: "r1"})
		})
		for i := range got {
			got[i].Err = nil
		}
		if want := []engine.Event{
			{Kind: engine.StepStarted, Place: engine.Place{}.Step("card-1"), Verb: "card", Card: "fake.do"},
			{Kind: engine.StepEnded, Place: engine.Place{}.Step("card-1"), Verb: "card", Card: "fake.do", Status: engine.Succeeded},
			{Kind: engine.StepStarted, Place: engine.Place{}.Step("sweep"), Verb: "stream", Card: "fake.number.list"},
			{Kind: engine.StepEnded, Place: engine.Place{}.Step("sweep"), Verb: "stream", Card: "fake.number.list", Status: engine.Succeeded},
			{Kind: engine.StepEnded, Place: engine.Place{}.Step("set-1"), Verb: "set", Status: engine.Skipped},
			{Kind: engine.StepStarted, Place: engine.Place{}.Step("wait-1"), Verb: "wait"},
			{Kind: engine.StepEnded, Place: engine.Place{}.Step("wait-1"), Verb: "wait", Status: engine.Canceled},
		}; !cmp.Equal(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	},

	"how many records will begin is told once, as soon as the pages say so": func(t *testing.T, host Host) {
		for _, test := range []struct {
			name      string
			count     int
			loop      engine.Loop
			want      int
			remaining bool // whether records are still to begin when it is told
		}{
			{"the last page", 120, engine.Loop{}, 120, true},
			{"a list without records", 0, engine.Loop{}, 0, false},
			{"as many as max takes", 1000, engine.Loop{Max: 10}, 10, true},
			{"max, and a shorter list", 3, engine.Loop{Max: 10}, 3, true},
			{"a list that is there", 0, engine.Loop{Each: when("1..7")}, 7, true},
		} {
			w := &world{}
			list, do := w.lists(nil), w.does("fake.do", card.Reads, sleeps(0))
			test.loop.Source = engine.Card{Card: list, With: literal(map[string]any{"count": test.count, "size": 50}), Retry: engine.Retry{Attempts: 1}}
			test.loop.Do, test.loop.Width = []engine.Step{callOf(do, 1)}, 1
			var got []engine.Event
			host(t, card.NewSet(list, do), kept(&got, engine.Counted, engine.RecordStarted), func(t *testing.T, rt engine.Runtime, _ func()) {
				if _, err := engine.Run(rt, flowOf(step("sweep", test.loop)), engine.Start{Run: "r1"}); err != nil {
					t.Errorf("%s: %v", test.name, err)
				}
			})
			at := slices.IndexFunc(got, func(e engine.Event) bool { return e.Kind == engine.Counted })
			if at < 0 || !cmp.Equal(got[at], engine.Event{Kind: engine.Counted, Place: engine.Place{}.Step("sweep"), Total: test.want}) {
				t.Errorf("%s: got %+v, want Counted with %d", test.name, got, test.want)
				continue
			}
			if rest := got[at+1:]; (len(rest) > 0) != test.remaining || slices.ContainsFunc(rest, func(e engine.Event) bool { return e.Kind == engine.Counted }) {
				t.Errorf("%s: after it came %+v", test.name, rest)
			}
		}
	},
}
