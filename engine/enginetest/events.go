package enginetest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// kept returns a listener that stores the events of some kinds.
func kept(into *[]engine.Event, kinds ...engine.EventKind) func(engine.Event) {
	return func(e engine.Event) {
		if slices.Contains(kinds, e.Kind) {
			*into = append(*into, e)
		}
	}
}

var events = tests{
	"the start and the end of a step have its verb and its card": func(t *testing.T, host Host) {
		w := newWorld(host)
		list, do := w.lists(nil), w.does("fake.do", card.Reads, nothing)
		var got []engine.Event
		keep := kept(&got, engine.StepStarted, engine.StepEnded)
		w.listen = func(e engine.Event) {
			if keep(e); e.Kind == engine.StepStarted && e.Verb == "wait" {
				w.cancelAfter(1)
			}
		}
		_, _ = w.lasts(t, 1, flowOf(
			engine.Step{Name: "card-1", Verb: "card", Card: "fake.do", Do: calls(do, 1, once)},
			engine.Step{Name: "sweep", Verb: "stream", Card: "fake.number.list", Do: engine.Loop{Source: numbers(list, 0, 1), Width: 1}},
			engine.Step{Name: "set-1", Verb: "set", If: when("false"), Do: engine.Set{}},
			engine.Step{Name: "wait-1", Verb: "wait", Do: waits(w.long())},
		), list, do)
		for i := range got {
			got[i].Err = nil
		}
		place := engine.Place{}.Step
		if want := []engine.Event{
			{Kind: engine.StepStarted, Place: place("card-1"), Verb: "card", Card: "fake.do"},
			{Kind: engine.StepEnded, Place: place("card-1"), Verb: "card", Card: "fake.do", Status: engine.Succeeded},
			{Kind: engine.StepStarted, Place: place("sweep"), Verb: "stream", Card: "fake.number.list"},
			{Kind: engine.StepEnded, Place: place("sweep"), Verb: "stream", Card: "fake.number.list", Status: engine.Succeeded},
			{Kind: engine.StepEnded, Place: place("set-1"), Verb: "set", Status: engine.Skipped},
			{Kind: engine.StepStarted, Place: place("wait-1"), Verb: "wait"},
			{Kind: engine.StepEnded, Place: place("wait-1"), Verb: "wait", Status: engine.Canceled},
		}; !cmp.Equal(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	},

	"the events of a strand arrive in order and without loss": func(t *testing.T, host Host) {
		w := newWorld(host)
		var got []engine.Event
		w.listen = func(e engine.Event) { got = append(got, e) }
		want := []engine.Event{
			{Kind: engine.Wrote, Place: spot.Record(1, "]", 2), Card: "fake.do", Changed: true},
			{Kind: engine.Retrying, Place: spot, Card: "fake.do", Attempt: 2, Wait: w.Unit, Err: &card.Error{Kind: card.Conflict, Message: "busy"}},
			{Kind: engine.Counted, Place: spot, Total: 7},
			{Kind: engine.LoopEnded, Place: spot, Results: "spot", NotKept: []engine.Place{spot.Record(1, "]", 2)}},
			{Kind: engine.Withheld, Place: spot, Write: &engine.Write{Card: "fake.do", Connection: "fake", Effect: card.Creates, Target: "t", In: map[string]any{"n": 1, "f": 1.0}}},
			{Kind: engine.Learned, Place: spot, Secrets: []string{"sw0rdfish"}},
			{Kind: engine.RecordEnded, Place: spot, Status: engine.Skipped},
		}
		w.run(t, func(_ *testing.T, rt engine.Runtime) {
			for _, e := range want {
				rt.Emit(e)
			}
		})
		if !cmp.Equal(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	},

	"the number of records that will start is reported once, as soon as it is known": func(t *testing.T, host Host) {
		for _, test := range []struct {
			name      string
			count     int
			loop      engine.Loop
			want      int
			remaining bool // whether more records will start after the event
		}{
			{"the last page", 120, engine.Loop{}, 120, true},
			{"a list without records", 0, engine.Loop{}, 0, false},
			{"as many as max takes", 1000, engine.Loop{Max: 10}, 10, true},
			{"max, and a shorter list", 3, engine.Loop{Max: 10}, 3, true},
			{"a list that is there", 0, engine.Loop{Each: when("1..7")}, 7, true},
		} {
			w := newWorld(host)
			list, do := w.lists(nil), w.does("fake.do", card.Reads, nothing)
			test.loop.Source = numbers(list, test.count, 50)
			test.loop.Do, test.loop.Width = steps(callOf(do, 1)), 1
			var got []engine.Event
			w.listen = kept(&got, engine.Counted, engine.RecordStarted)
			if _, err := w.runs(t, flowOf(step("sweep", test.loop)), list, do); err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			at := slices.IndexFunc(got, func(e engine.Event) bool { return e.Kind == engine.Counted })
			if at < 0 || !cmp.Equal(got[at], engine.Event{Kind: engine.Counted, Place: engine.Place{}.Step("sweep"), Total: test.want}) {
				t.Errorf("%s: got %+v, want Counted with %d", test.name, got, test.want)
				continue
			}
			if rest := got[at+1:]; (len(rest) > 0) != test.remaining || slices.ContainsFunc(rest, func(e engine.Event) bool { return e.Kind == engine.Counted }) {
				t.Errorf("%s: the next event is %+v", test.name, rest)
			}
		}
	},
}
