package enginetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/card/cardtest"
)

type searchInput struct {
	Search string         `json:"search,omitempty" filter:"true"`
	Q      string         `json:"q,omitempty" narrows:"true"`
	Query  map[string]any `json:"query,omitempty" filter:"filter"`
}

// searchable returns a list card, and a card that reads, with the same inputs. Both log each call.
func (w *world) searchable() (list, read card.Card) {
	list = card.NewList(card.Spec{Name: "fake.person.list", Effect: card.Reads},
		func(context.Context, card.Call, searchInput, card.Cursor) ([]number, card.Cursor, error) {
			w.note("list")
			return []number{{ID: "n0"}}, "", nil
		})
	read = card.NewRead(card.Spec{Name: "fake.person.read", Effect: card.Reads},
		func(context.Context, card.Call, searchInput) (number, error) {
			w.note("read")
			return number{}, nil
		})
	return list, read
}

// narrowing: an empty filter would find everybody.
var narrowing = tests{
	"an input that narrows a list and is empty is an error before anything is sent": func(t *testing.T, host Host) {
		for name, with := range map[string]engine.Template{
			"a filter that is nil":                 object(field("search", text("${ vars.none }"))),
			"a filter that is an empty text":       object(field("search", text(`${ trim(" ") }`))),
			"a filter of blanks":                   object(field("search", text(`${ "  " }`))),
			"a literal":                            object(field("search", literal(""))),
			"an input that is not a filter":        object(field("q", text("${ vars.none }"))),
			"a filter in a map":                    object(field("query", object(field("filter", text("${ vars.none }"))))),
			"a filter in a map of one value":       object(field("query", text("${ {filter: nil} }"))),
			"a filter whose name has another case": object(field("query", text(`${ {Filter: "a pr"} }`))),
			"a field whose name has another case":  object(field("query", object(field("FILTER", text(`${ "a pr" }`))))),
			"an empty list of filters":             object(field("query", text("${ {filter: []} }"))),
			"an empty filter in a list":            object(field("query", text(`${ {filter: ["a pr", ""]} }`))),
		} {
			w := newWorld(host)
			list, read := w.searchable()
			for verb, do := range map[string]engine.Verb{
				"a list":   engine.CallCard{Card: list, With: with, Retry: once, Result: engine.All, Max: 10},
				"a stream": engine.Loop{Source: engine.CallCard{Card: list, With: with, Retry: once}, Width: 1},
				"a read":   engine.CallCard{Card: read, With: with, Retry: once},
			} {
				for _, dry := range []bool{false, true} {
					w.run(t, func(t *testing.T, rt engine.Runtime) {
						_, err := run(rt, flowOf(set("none", "${ nil }"), step("all", do)), engine.Start{Run: "r1", DryRun: dry})
						if e := card.AsError(err); err == nil || e.Kind != card.Invalid || e.Hint == "" {
							t.Errorf("%s of %s, dry run %t: got %s", name, verb, dry, plain(err))
						}
					}, list, read)
				}
			}
			if seen := w.seen(); len(seen) > 0 {
				t.Errorf("%s: %q were sent", name, seen)
			}
		}
	},

	"an input that narrows a list and is left out lists everything": func(t *testing.T, host Host) {
		for i, with := range []engine.Template{
			object(), object(field("query", text("${ nil }"))), object(field("query", text("${ {other: nil} }"))), object(field("search", text(`${ "a pr" }`))),
		} {
			w := newWorld(host)
			list, _ := w.searchable()
			do := engine.CallCard{Card: list, With: with, Retry: once, Result: engine.All, Max: 10}
			if _, err := w.runs(t, flowOf(step("all", do)), list); err != nil || fmt.Sprint(w.seen()) != "[list]" {
				t.Errorf("%d: got %s, %q", i, plain(err), w.seen())
			}
		}
	},

	"an unknown filter is not empty in a dry run": func(t *testing.T, host Host) {
		w := newWorld(host)
		list, _ := w.searchable()
		create := cardtest.Fake("fake.do", card.Idempotent, func(context.Context, card.Call, numberInput) (number, error) { return number{}, nil })
		do := engine.CallCard{Card: list, With: object(field("search", text("${ steps.made.id }"))), Retry: once, Result: engine.All, Max: 10}
		w.run(t, func(t *testing.T, rt engine.Runtime) {
			p := flowOf(step("made", calls(create, 1, once)), step("all", do))
			if _, err := run(rt, p, engine.Start{Run: "r1", DryRun: true}); err != nil || len(w.seen()) > 0 {
				t.Errorf("got %s, %q", plain(err), w.seen())
			}
		}, list, create)
	},
}
