package enginetest

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// cuts: some services return the start of a list as if it was the whole.
var cuts = tests{
	"a list that is not whole is truncated, and an error for a step that needs all of it": func(t *testing.T, host Host) {
		for _, test := range []struct {
			result engine.Result
			count  int
			check  func(engine.Value, error) bool
		}{
			{engine.First, 10, func(v engine.Value, err error) bool { return err == nil && v.(map[string]any)["id"] == "n0" }},
			{engine.First, 0, func(v engine.Value, err error) bool { return err == nil && v == nil }},
			{engine.Some, 10, func(v engine.Value, err error) bool { return err == nil && v.(map[string]any)["truncated"] == true }},
			{engine.Some, 9, func(v engine.Value, err error) bool { return err == nil && v.(map[string]any)["truncated"] == false }},
			{engine.All, 10, func(_ engine.Value, err error) bool { return isCut(err) }},
			{engine.All, 9, func(v engine.Value, err error) bool { return err == nil && len(v.([]any)) == 9 }},
		} {
			w := newWorld(host)
			list := w.cutLists()
			use := numbers(list, test.count, 10)
			use.Result, use.Max = test.result, 500
			if out, err := w.runs(t, flowOf(step("list", use)), list); !test.check(out.Value, err) {
				t.Errorf("%s of %d: got %v, %s", test.result, test.count, out.Value, plain(err))
			}
		}
	},

	"a stream of a list that is not whole starts no record of the last page, unless it needs no others": func(t *testing.T, host Host) {
		for _, test := range []struct {
			count, max, started int
			snapshot, fails     bool
		}{
			{count: 9, started: 9},
			{count: 10, fails: true},
			{count: 10, fails: true, snapshot: true},
			{count: 10, max: 11, fails: true},
			{count: 10, max: 10, started: 10},
			{count: 10, max: 3, started: 3},
			{count: 10, max: 3, started: 3, snapshot: true},
		} {
			w := newWorld(host)
			w.keeper = &keeper{w: w}
			list, do := w.cutLists(), w.fakeDo(nothing)
			loop := engine.Loop{Source: numbers(list, test.count, 10), To: flowOf(step("do", calls(do, 1, once))), Width: 2, Max: test.max, Snapshot: test.snapshot}
			_, err := w.runs(t, flowOf(step("sweep", loop)), list, do)
			if isCut(err) != test.fails || err != nil && !test.fails {
				t.Errorf("%+v: got %s", test, plain(err))
			}
			if n := w.count("start"); n != test.started {
				t.Errorf("%+v: %d records started", test, n)
			}
		}
	},
}

// cutLists returns fake.number.list of a service that returns one page, and so perhaps not all numbers if it is full.
func (w *world) cutLists() card.Card {
	c := w.lists(nil)
	c.Cut = func(in card.Value, n int) *card.Error {
		if size, _ := in.(map[string]any)["size"].(int); n < size {
			return nil
		}
		return &card.Error{Kind: card.Invalid, Message: "there may be more", Hint: "ask otherwise"}
	}
	return c
}

// isCut reports whether an error is that of a list of cutLists, at the step and with its hint.
func isCut(err error) bool {
	e, ok := err.(*engine.Error)
	return ok && e.Card == "fake.number.list" && e.Cause.Message == "there may be more" && e.Cause.Hint == "ask otherwise"
}
