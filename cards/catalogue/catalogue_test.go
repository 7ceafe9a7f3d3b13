package catalogue

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/flowdeck/flowdeck/engine/card"
)

type bakeInput struct {
	Loaf   string    `json:"loaf" jsonschema:"which loaf"`
	Heat   int       `json:"heat,omitempty" jsonschema:"how hot" minimum:"1" maximum:"9" default:"5"`
	Crust  string    `json:"crust,omitempty" jsonschema:"how dark" enum:"pale,dark" default:"dark"`
	Seeds  []string  `json:"seeds,omitempty" jsonschema:"which seeds to eat"`
	Recipe *struct { // a nested object
		Flour string `json:"flour" jsonschema:"which flour" secret:"true"`
	} `json:"recipe,omitempty" jsonschema:"the recipe"`
	More map[string]any `json:"more,omitempty" jsonschema:"anything else"`
}

type loaf struct {
	Weight *float64 `json:"weight" jsonschema:"in grams"`
	Slices []struct {
		Thick int `json:"thick" jsonschema:"in millimetres"`
	} `json:"slices" jsonschema:"as cut"`
}

func write(spec card.Spec) card.Card {
	w := card.Write[bakeInput, loaf]{
		Do:     func(context.Context, card.Call, bakeInput) (loaf, error) { return loaf{}, nil },
		Before: func(context.Context, card.Call, bakeInput) (card.State, error) { return card.State{}, nil },
	}
	if spec.Undo.Card != "" {
		w.After = func(bakeInput, card.State) card.Predicted { return card.Predicted{} }
		w.Back = func(bakeInput, loaf, card.State) any { return nil }
	}
	if spec.Effect != card.Idempotent {
		spec.InDoubt = "loaves look alike"
	}
	return card.NewWrite(spec, w)
}

func list(spec card.Spec) card.Card {
	return card.NewList(spec, func(context.Context, card.Call, struct{}, card.Cursor) ([]loaf, card.Cursor, error) {
		return nil, "", nil
	})
}

// bakery returns the entries of cards with two resources, and one card without a resource.
func bakery() []Entry {
	return Of(card.NewSet(
		write(card.Spec{Name: "shop.loaf.bake", Title: "Bake Loaf", Also: []string{"Make some bread"}, Summary: "put a loaf into the oven", Effect: card.Creates, Scopes: []string{"oven"},
			Undo: card.Undo{Extent: card.Partial, Card: "shop.loaf.eat", Rest: "the oven is hot"}, Example: "card: shop.loaf.bake\nwith: {loaf: rye}\n"}),
		write(card.Spec{Name: "shop.loaf.eat", Title: "Eat Loaf", Summary: "eat a loaf that was sliced", NoScopes: true, Effect: card.Destroys, Undo: card.Undo{Extent: card.None}}),
		write(card.Spec{Name: "shop.loaf.rename", Title: "Rename Loaf", Summary: "give it another name", Effect: card.Idempotent, Undo: card.Undo{Extent: card.Exact, Card: "shop.loaf.rename", NeedsBefore: true}}),
		list(card.Spec{Name: "shop.loaf.list", Title: "List Loaves", Summary: "list the loaves on the shelf", Effect: card.Reads, Key: "weight", NoConnection: true}),
		list(card.Spec{Name: "shop.loaf.slice.list", Title: "List Slices of a Loaf", Summary: "list slices", Effect: card.Reads}),
		write(card.Spec{Name: "shop.call", Title: "Call", Summary: "say something else to the shop", Effect: card.Destroys, Undo: card.Undo{Extent: card.None}, ByInput: func(card.Value) card.Effect { return card.Reads }}),
	))
}

func named(t *testing.T, name string) Entry {
	t.Helper()
	for _, e := range bakery() {
		if e.Name == name {
			return e
		}
	}
	t.Fatalf("there is no %s", name)
	return Entry{}
}

func namesOf(entries []Entry) []string {
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return names
}

func TestCardsAreGroupedByResourceWithReadsFirst(t *testing.T) {
	t.Parallel()
	want := []string{"shop.call", "shop.loaf.list", "shop.loaf.rename", "shop.loaf.bake", "shop.loaf.eat", "shop.loaf.slice.list"}
	if diff := cmp.Diff(want, namesOf(bakery())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestFieldsAreInSchemaOrderWithNestedFieldsBelow(t *testing.T) {
	t.Parallel()
	e := named(t, "shop.loaf.bake")
	if diff := cmp.Diff([]Field{
		{Name: "loaf", Type: "string", Required: true, About: "which loaf"},
		{Name: "heat", Type: "integer 1–9", Default: "5", About: "how hot"},
		{Name: "crust", Type: "string", Default: "dark", About: "how dark; values: pale, dark"},
		{Name: "seeds", Type: "list of strings", Nullable: true, About: "which seeds to eat"},
		{Name: "recipe", Type: "object", Nullable: true, About: "the recipe"},
		{Name: "recipe.flour", Type: "string", Required: true, About: "which flour; secret"},
		{Name: "more", Type: "object", About: "anything else"},
	}, e.Inputs); diff != "" {
		t.Errorf("inputs (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]Field{
		{Name: "weight", Type: "number", Nullable: true, Required: true, About: "in grams"},
		{Name: "slices", Type: "list of objects", Nullable: true, Required: true, About: "as cut"},
		{Name: "slices[].thick", Type: "integer", Required: true, About: "in millimetres"},
	}, e.Outputs); diff != "" {
		t.Errorf("outputs (-want +got)\n%s", diff)
	}
	if got := []string{e.Outputs[0].TypeOrNull(), e.Outputs[2].TypeOrNull()}; !cmp.Equal(got, []string{"number or null", "integer"}) {
		t.Errorf("with null, the types are %q", got)
	}
}

func TestAnEntryDescribesItsCardInWords(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ card, mark, effect, undo, list, scopes string }{
		{"shop.loaf.list", "reads", "reads: changes nothing", "", "page by page, for a stream, or with `result: first` or `all`; a record's key is weight", "none: it needs no connection"},
		{"shop.loaf.slice.list", "reads", "reads: changes nothing", "", "page by page, for a stream, or with `result: first` or `all`", "depend on the inputs"},
		{"shop.loaf.rename", "writes", "writes: a second call changes nothing more", "exact, with shop.loaf.rename and the values from before the call", "", "depend on the inputs"},
		{"shop.loaf.bake", "creates", "creates: a second call creates another thing, sends another email, or fails", "partial, with shop.loaf.eat: the oven is hot", "", "oven"},
		{"shop.loaf.eat", "destroys", "destroys: removes something that cannot be fully restored", "none: it cannot be taken back", "", "none: the account of the connection decides"},
		{"shop.call", "any", "depends on the inputs, at most: destroys: removes something that cannot be fully restored", "none: it cannot be taken back", "", "depend on the inputs"},
	} {
		e := named(t, test.card)
		got := []string{e.Mark(), e.EffectInWords(), e.UndoInWords(), e.ListInWords(), e.ScopesInWords()}
		if diff := cmp.Diff([]string{test.mark, test.effect, test.undo, test.list, test.scopes}, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.card, diff)
		}
	}
	if got, want := named(t, "shop.loaf.bake").Step(), "- card: shop.loaf.bake\n  with: {loaf: rye}"; got != want {
		t.Errorf("the step is %q, want %q", got, want)
	}
}

// Programs depend on this JSON: keys may be added, but not removed or changed.
func TestTheJSONOfAnEntryAlwaysHasAllKeys(t *testing.T) {
	t.Parallel()
	decoded := func(name string) (got map[string]any) {
		text, err := json.Marshal(named(t, name))
		if err == nil {
			err = json.Unmarshal(text, &got)
		}
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	schemas := cmpopts.IgnoreMapEntries(func(key string, _ any) bool { return key == "input" || key == "output" })
	written := decoded("shop.loaf.bake")
	if diff := cmp.Diff(map[string]any{
		"name": "shop.loaf.bake", "title": "Bake Loaf", "also": []any{"Make some bread"}, "summary": "put a loaf into the oven",
		"resource": "shop.loaf", "effect": "creates", "effect_by_input": false,
		"undo":          map[string]any{"extent": "partial", "card": "shop.loaf.eat", "rest": "the oven is hot", "needs_before": false},
		"no_connection": false, "scopes": []any{"oven"}, "register_scopes": []any{}, "list": false, "key": "", "example": "card: shop.loaf.bake\nwith: {loaf: rye}", "trigger": "", "types": []any{},
	}, written, schemas); diff != "" {
		t.Errorf("a write (-want +got)\n%s", diff)
	}
	if required := written["input"].(map[string]any)["required"]; !cmp.Equal(required, []any{"loaf"}) {
		t.Errorf("the schema of its inputs requires %v", required)
	}
	if _, ok := written["output"].(map[string]any)["properties"].(map[string]any)["slices"]; !ok {
		t.Errorf("the schema of its output is %v", written["output"])
	}
	if diff := cmp.Diff(map[string]any{
		"name": "shop.loaf.list", "title": "List Loaves", "also": []any{}, "summary": "list the loaves on the shelf",
		"resource": "shop.loaf", "effect": "reads", "effect_by_input": false, "undo": nil,
		"no_connection": true, "scopes": []any{}, "register_scopes": []any{}, "list": true, "key": "weight", "example": "", "trigger": "", "types": []any{},
	}, decoded("shop.loaf.list"), schemas); diff != "" {
		t.Errorf("a list (-want +got)\n%s", diff)
	}
}

func TestATriggerIsDescribedLikeACard(t *testing.T) {
	t.Parallel()
	all := Triggers(card.NewTriggers(
		card.Trigger{Name: "shop.loaf.burned", Title: "Loaf Burned", Kind: card.Poll, Summary: "start for each black loaf", In: card.SchemaFor[bakeInput](), Out: card.SchemaFor[loaf]()},
		card.Trigger{Name: "shop.loaf.baked", Title: "Loaf Baked", Kind: card.Event, Summary: "start for each loaf", Types: []string{"loaf.done"}, Scopes: []string{"oven"}, KeeperScopes: []string{"bell"}, Example: "event: shop.loaf.baked\n",
			In: card.SchemaFor[struct{}](), Out: card.SchemaFor[loaf]()},
	))
	if diff := cmp.Diff([]string{"shop.loaf.baked", "shop.loaf.burned"}, namesOf(all)); diff != "" {
		t.Fatalf("(-want +got)\n%s", diff)
	}
	e := all[0]
	got := []string{e.Mark(), e.EffectInWords(), e.UndoInWords(), e.ListInWords(), e.ScopesInWords(), e.Step(), e.Types[0], all[1].Mark()}
	if diff := cmp.Diff([]string{"event", "event: the service sends each event", "", "", "oven; with register: true also bell", "- event: shop.loaf.baked", "loaf.done", "poll"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if found := Search(append(bakery(), all...), "eat loaf"); found[0].Name != "shop.loaf.eat" {
		t.Errorf("the first card found is %s", found[0].Name)
	}
}
