package cardstest_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards/cardstest"
	"github.com/flowdeck/flowdeck/engine/card"
)

// recorder is a testing.TB that records errors instead of failing. Fatal ends the goroutine.
type recorder struct {
	testing.TB
	mistakes []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mistakes = append(r.mistakes, fmt.Sprintf(format, args...))
}
func (r *recorder) Error(args ...any) { r.mistakes = append(r.mistakes, fmt.Sprint(args...)) }
func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}
func (r *recorder) Fatal(args ...any) {
	r.Error(args...)
	runtime.Goexit()
}

// mistakes returns all errors that the suite reports for the last card of a bench.
func mistakes(t *testing.T, b cardstest.Bench) string {
	t.Helper()
	var all []string
	for _, hold := range cardstest.Rules() {
		r := &recorder{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			hold(r, b, b.Cards[len(b.Cards)-1])
		}()
		<-done
		all = append(all, r.mistakes...)
	}
	return strings.Join(all, "\n")
}

// with returns the bench of the shop with a card replaced.
func with(spoiled card.Card) cardstest.Bench {
	b := shopBench()
	var kept []card.Card
	for _, c := range b.Cards {
		if c.Name != spoiled.Name {
			kept = append(kept, c)
		}
	}
	b.Cards = append(kept, spoiled)
	return b
}

// reads returns a card with inputs that the suite judges.
func reads[In any]() card.Card {
	return card.NewRead(card.Spec{
		Name: "shop.item.take", Title: "Take", Summary: "take it", Effect: card.Reads, Scopes: []string{"shop.read"}, Example: "card: shop.item.take\nwith: {}",
	}, func(context.Context, card.Call, In) (item, error) { return item{}, nil })
}

// Each row breaks one thing of a correct card, and the suite must report it.
func TestTheSuiteFindsEachMistake(t *testing.T) {
	t.Parallel()
	type (
		rename = card.Write[renameInput, writtenItem]
		add    = card.Write[addInput, writtenItem]
		remove = card.Write[itemInput, writtenItem]
	)
	renamed := func(spoil func(*card.Spec, *rename)) card.Card {
		spec, write := renameSpec, renameWrite
		spoil(&spec, &write)
		return card.NewWrite(spec, write)
	}
	added := func(spoil func(*card.Spec, *add)) card.Card {
		spec, write := addSpec, addWrite
		spoil(&spec, &write)
		return card.NewWrite(spec, write)
	}
	removed := func(spoil func(*card.Spec, *remove)) card.Card {
		spec, write := removeSpec, removeWrite
		spoil(&spec, &write)
		return card.NewWrite(spec, write)
	}
	listed := func(spoil func(*card.Spec)) card.Card {
		spec := listItems.Spec
		spoil(&spec)
		return card.NewList(spec, func(ctx context.Context, call card.Call, _ struct{}, _ card.Cursor) ([]item, card.Cursor, error) {
			items, err := allItems(ctx, call)
			return items, "", err
		})
	}
	type (
		lostNull struct {
			Note *string `json:"note,omitempty" jsonschema:"a note" attribute:"more.note"`
		}
		quietNull struct {
			Note *string        `json:"note,omitempty" jsonschema:"a note"`
			More map[string]any `json:"more,omitempty" jsonschema:"more fields" clears:"true"`
		}
	)
	for name, test := range map[string]struct {
		spoiled card.Card
		want    string
	}{
		"an attribute that a null cannot empty": {reads[lostNull](), `input "note" is the attribute "more.note", which is not in an input with clears`},
		"a null that counts as not given":       {reads[quietNull](), `input "note" may be null, but a null does not empty it`},
		"a title with a full stop":              {listed(func(s *card.Spec) { s.Title = "List Items." }), "the title is"},
		"a summary in upper case":               {listed(func(s *card.Spec) { s.Summary = "List" }), "the summary is"},
		"no scopes":                             {listed(func(s *card.Spec) { s.Scopes = nil }), "the declared scopes are []"},
		"a scope too many":                      {listed(func(s *card.Spec) { s.Scopes = []string{"shop.read", "shop.write"} }), "without shop.write: got <nil>"},
		"a scope too few":                       {renamed(func(s *card.Spec, _ *rename) { s.Scopes = []string{"shop.read"} }), "PUT /items/i1 needs a scope"},
		"an example that does not check":        {listed(func(s *card.Spec) { s.Example = "card: shop.item.list\nwith: {limit: 3}" }), "the example has problems"},
		"an undo by a card that is missing":     {renamed(func(s *card.Spec, _ *rename) { s.Undo.Card = "shop.item.restore" }), `"shop.item.restore", which does not exist`},
		"a write without Before":                {removed(func(_ *card.Spec, w *remove) { w.Before, w.After = nil, nil }), "must have Before"},
		"a write without After":                 {removed(func(_ *card.Spec, w *remove) { w.After = nil }), "it has After: false"},
		"a prediction of another value": {renamed(func(_ *card.Spec, w *rename) {
			w.After = func(in renameInput, _ card.State) card.Predicted {
				return card.Predicted{Fields: map[string]any{"name": in.Name + "s"}}
			}
		}), "it predicts stools for name, which is stool"},
		"a prediction of nothing": {renamed(func(_ *card.Spec, w *rename) {
			w.After = func(renameInput, card.State) card.Predicted { return card.Predicted{} }
		}), "it predicts a change: false"},
		"a prediction that misses a field": {renamed(func(_ *card.Spec, w *rename) {
			w.After = func(renameInput, card.State) card.Predicted { return card.Predicted{Unseen: []string{"price"}} }
		}), "name is changed, chair → stool"},
		"a prediction of a change that is none": {renamed(func(_ *card.Spec, w *rename) {
			w.After = func(in renameInput, _ card.State) card.Predicted {
				return card.Predicted{Fields: map[string]any{"name": in.Name}, Unseen: []string{"price"}}
			}
		}), "a second time: it predicts"},
		"a prediction that only holds with the state": {renamed(func(_ *card.Spec, w *rename) {
			w.After = func(in renameInput, before card.State) card.Predicted {
				if before.IsZero() {
					return card.Predicted{Gone: true}
				}
				return card.Predicted{Fields: map[string]any{"name": in.Name}}
			}
		}), "it predicts that the thing is gone"},
		"a prediction that the thing stays": {removed(func(_ *card.Spec, w *remove) {
			w.After = func(itemInput, card.State) card.Predicted {
				return card.Predicted{Fields: map[string]any{"name": "lamp"}}
			}
		}), "it predicts"},
		"a read that writes": {card.NewRead(card.Spec{
			Name: "shop.item.take", Title: "Take", Summary: "take it", Effect: card.Reads, Scopes: []string{"shop.write"}, Example: "card: shop.item.take\nwith: {item_id: i1}",
		}, func(ctx context.Context, call card.Call, in itemInput) (item, error) {
			return item{}, call.Conn.(shop).do(ctx, http.MethodDelete, "/items/"+in.ItemID, nil, nil)
		}), "it reads, and changed"},
		"an idempotent card that always changes": {renamed(func(_ *card.Spec, w *rename) {
			do := w.Do
			w.Do = func(ctx context.Context, call card.Call, in renameInput) (writtenItem, error) {
				out, err := do(ctx, call, in)
				out.Changed = true
				return out, err
			}
		}), "a second time it changed"},
		"a state before that is wrong": {renamed(func(_ *card.Spec, w *rename) {
			w.Before = func(ctx context.Context, call card.Call, in renameInput) (card.State, error) {
				state, err := beforeItem(ctx, call, in.ItemID)
				state.Fields["name"] = "sofa"
				return state, err
			}
		}), "is not the server's"},
		"a state before that does not see the change": {added(func(_ *card.Spec, w *add) {
			w.Before = func(context.Context, card.Call, addInput) (card.State, error) { return card.State{Missing: true}, nil }
		}), "it reads nothing that the call changes"},
		"a state before of two requests": {renamed(func(_ *card.Spec, w *rename) {
			w.Before = func(ctx context.Context, call card.Call, in renameInput) (card.State, error) {
				if _, err := allItems(ctx, call); err != nil {
					return card.State{}, err
				}
				return beforeItem(ctx, call, in.ItemID)
			}
		}), "Before made 2 requests"},
		"a state before that writes": {renamed(func(_ *card.Spec, w *rename) {
			w.Before = func(ctx context.Context, call card.Call, in renameInput) (card.State, error) {
				_, err := renameWrite.Do(ctx, call, renameInput{in.ItemID, "spoiled"})
				return card.State{}, err
			}
		}), "Before changed"},
		"a target without a name": {renamed(func(_ *card.Spec, w *rename) {
			w.Before = func(ctx context.Context, call card.Call, in renameInput) (card.State, error) {
				state, err := beforeItem(ctx, call, in.ItemID)
				state.Names = nil
				return state, err
			}
		}), `the target "i1" has no name for "item_id"`},
		"a Did that is always sure": {removed(func(_ *card.Spec, w *remove) {
			w.Did = func(context.Context, card.Call, itemInput, card.State) (writtenItem, bool, error) {
				return writtenItem{Changed: true}, true, nil
			}
		}), "Did reports the call as done before it was made"},
		"a Did that never is": {removed(func(_ *card.Spec, w *remove) {
			w.Did = func(context.Context, card.Call, itemInput, card.State) (writtenItem, bool, error) {
				return writtenItem{}, false, nil
			}
		}), "Did reports false"},
		"a Did that takes what was there for done": {added(func(_ *card.Spec, w *add) {
			w.Did = func(ctx context.Context, call card.Call, in addInput, _ card.State) (writtenItem, bool, error) {
				return addWrite.Did(ctx, call, in, card.State{Missing: true})
			}
		}), "Did reports a change although the state was as wanted before the call"},
		"a Did of another answer": {added(func(_ *card.Spec, w *add) {
			w.Did = func(ctx context.Context, call card.Call, in addInput, before card.State) (writtenItem, bool, error) {
				out, done, err := addWrite.Did(ctx, call, in, before)
				out.ID = "i0"
				return out, done, err
			}
		}), "i0"},
		"a Back to another state": {renamed(func(_ *card.Spec, w *rename) {
			w.Back = func(in renameInput, _ writtenItem, before card.State) any {
				if before.IsZero() {
					return nil
				}
				return renameInput{in.ItemID, "sofa"}
			}
		}), "this stays"},
		"a Back of another thing": {added(func(_ *card.Spec, w *add) {
			w.Back = func(addInput, writtenItem, card.State) any { return itemInput{"i1"} }
		}), "this stays"},
		"a Back that is not there": {added(func(_ *card.Spec, w *add) {
			w.Back = func(addInput, writtenItem, card.State) any { return nil }
		}), "cannot be taken back"},
		"a Back that guesses": {renamed(func(_ *card.Spec, w *rename) {
			w.Back = func(in renameInput, _ writtenItem, before card.State) any {
				name, _ := before.Fields["name"].(string)
				return renameInput{in.ItemID, name}
			}
		}), "without it the call back is"},
		"an exact undo called partial": {added(func(s *card.Spec, _ *add) {
			s.Undo = card.Undo{Extent: card.Partial, Card: s.Undo.Card, Rest: "nothing, in truth"}
		}), "partial, and nothing stays"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := mistakes(t, with(test.spoiled)); !strings.Contains(got, test.want) {
				t.Errorf("the suite finds %q, want %q among it", got, test.want)
			}
		})
	}
}

func TestTheSuiteComparesPartialUndosWithTheBench(t *testing.T) {
	t.Parallel()
	spec := addSpec
	spec.Undo = card.Undo{Extent: card.Partial, Card: "shop.item.remove", Rest: "the lamp is gone"}
	write := addWrite
	write.Back = func(addInput, writtenItem, card.State) any { return itemInput{"i3"} }
	b := with(card.NewWrite(spec, write))
	b.Rest = map[string]cardstest.Diff{"shop.item.add": {"item lamp": "for sale → ∅", "item rug": "∅ → for sale"}}
	if got := mistakes(t, b); got != "" {
		t.Errorf("with the differences of the bench: got %q", got)
	}
	delete(b.Rest["shop.item.add"], "item rug")
	if got := mistakes(t, b); !strings.Contains(got, "item rug") {
		t.Errorf("with a difference that the bench does not have: got %q", got)
	}
}

func TestTheCardsOfABenchWithoutAServiceNeedNoConnection(t *testing.T) {
	t.Parallel()
	spec := shout.Spec
	spec.NoConnection = false
	needy := card.NewRead(spec, func(context.Context, card.Call, shoutInput) (shouted, error) { return shouted{}, nil })
	if got := mistakes(t, cardstest.Bench{Cards: []card.Card{needy}}); !strings.Contains(got, "it needs a connection") {
		t.Errorf("got %q", got)
	}
}
