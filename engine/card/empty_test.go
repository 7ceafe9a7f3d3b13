package card_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

type emptyInput struct {
	Name   string         `json:"name"`
	Label  string         `json:"label,omitempty"`
	Mode   string         `json:"mode,omitempty" enum:"a,b"`
	About  *string        `json:"about,omitempty"`
	Shades []string       `json:"shades,omitzero"`
	Query  map[string]any `json:"query,omitempty" filter:"filter" narrows:"q,since"`
	Inside *struct {
		Note string `json:"note,omitempty"`
	} `json:"inside,omitempty"`
}

func nothing(context.Context, card.Call, emptyInput) (painted, error) { return painted{}, nil }

func TestOptionalStringsOfAWriteMustNotBeEmpty(t *testing.T) {
	t.Parallel()
	empty := func(c card.Card) (names []string) {
		for _, name := range c.In.PropertyOrder {
			if c.In.Properties[name].MinLength != nil {
				names = append(names, name)
			}
		}
		if c.In.Properties["inside"].Properties["note"].MinLength != nil {
			names = append(names, "inside.note")
		}
		return names
	}
	if diff := cmp.Diff([]string{"label", "inside.note"}, empty(writing(nothing))); diff != "" {
		t.Errorf("a write (-want +got):\n%s", diff)
	}
	if names := empty(card.NewRead(card.Spec{Name: "fake.read", Effect: card.Reads}, nothing)); len(names) > 0 {
		t.Errorf("a read: %v", names)
	}
}

func TestNamedFieldsOfAMapNarrow(t *testing.T) {
	t.Parallel()
	c := card.NewRead(card.Spec{Name: "fake.read", Effect: card.Reads}, nothing)
	for _, name := range []string{"filter", "q", "since"} {
		if found, empty := c.EmptyNarrowing(map[string]any{"query": map[string]any{name: ""}}); !empty || found != "query."+name {
			t.Errorf("%s: got %q, %t", name, found, empty)
		}
	}
	if found, empty := c.EmptyNarrowing(map[string]any{"query": map[string]any{"other": ""}}); empty {
		t.Errorf("got %q", found)
	}
}

func TestTheNameOfAFieldThatNarrowsIsExact(t *testing.T) {
	t.Parallel()
	c := card.NewRead(card.Spec{Name: "fake.read", Effect: card.Reads}, nothing)
	for given, want := range map[string]string{
		"Filter": "filter", "FILTER": "filter", " filter": "filter", "Q": "q", "Since": "since",
		"filter": "", "q": "", "filters": "", "other": "", "": "",
	} {
		path, name, found := c.MisspelledNarrowing(map[string]any{"query": map[string]any{given: "x"}})
		if name != want || found != (want != "") || found && path != "query."+given {
			t.Errorf("%q: got %q for %q, %t", given, name, path, found)
		}
	}
}

func TestAServiceMayDecideWhetherTheCaseOfAFieldThatNarrowsMatters(t *testing.T) {
	t.Parallel()
	c := card.NewRead(card.Spec{Name: "fake.read", Effect: card.Reads, AnyCase: true}, nothing)
	for _, name := range []string{"q", "Q", "Filter", "FILTER", "sInce"} {
		if path, _, found := c.MisspelledNarrowing(map[string]any{"query": map[string]any{name: "x"}}); found {
			t.Errorf("%s is misspelled", path)
		}
		if found, empty := c.EmptyNarrowing(map[string]any{"query": map[string]any{"a": "x", name: " "}}); !empty || found != "query."+name {
			t.Errorf("%s: got %q, %t", name, found, empty)
		}
		if found, empty := c.EmptyNarrowing(map[string]any{"query": map[string]any{name: "x"}}); empty {
			t.Errorf("%s: got %q", name, found)
		}
	}
}

// The input of an undo must not empty a list that was not given.
func TestAListThatIsNotGivenIsNotWritten(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		shades []string
		want   map[string]any
	}{
		{nil, map[string]any{"name": "x"}},
		{[]string{}, map[string]any{"name": "x", "shades": []any{}}},
	} {
		c := card.NewWrite(card.Spec{Name: "fake.write", Effect: card.Idempotent, Undo: card.Undo{Extent: card.Exact, Card: "fake.write"}}, card.Write[emptyInput, painted]{
			Do:     nothing,
			Before: func(context.Context, card.Call, emptyInput) (card.State, error) { return card.State{}, nil },
			After:  func(emptyInput, card.State) card.Predicted { return card.Predicted{} },
			Back:   func(emptyInput, painted, card.State) any { return emptyInput{Name: "x", Shades: test.shades} },
		})
		back, err := c.Back(map[string]any{"name": "y"}, map[string]any{"changed": true}, card.State{})
		if diff := cmp.Diff(any(test.want), back); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}

func TestAnAttemptGoesThroughWhatIsAroundIt(t *testing.T) {
	t.Parallel()
	var order []string
	c := writing(func(context.Context, card.Call, emptyInput) (painted, error) {
		order = append(order, "do")
		return painted{Key: "k"}, nil
	}).Around(func(_ context.Context, _ card.Call, in card.Value, next func() (card.Value, error)) (card.Value, error) {
		order = append(order, "before "+in.(map[string]any)["name"].(string))
		defer func() { order = append(order, "after") }()
		return next()
	})
	out, err := c.Run(t.Context(), card.Call{}, map[string]any{"name": "x"})
	if diff := cmp.Diff([]string{"before x", "do", "after"}, order); err != nil || diff != "" || out.(map[string]any)["key"] != "k" {
		t.Errorf("got %v, %v (-want +got):\n%s", out, err, diff)
	}
}
