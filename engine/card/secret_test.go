package card_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

type vault struct {
	Name   string            `json:"name"`
	Token  *string           `json:"token" secret:"true"`
	PIN    int               `json:"pin,omitempty" secret:"true" filter:"true"`
	Keys   []key             `json:"keys,omitempty"`
	Owners map[string]key    `json:"owners,omitempty"`
	Whole  map[string]any    `json:"whole,omitempty" secret:"true"`
	Labels map[string]string `json:"labels,omitempty" secret:"true"`
	Inside struct {
		Answer any `json:"answer" secret:"true"`
	} `json:"inside" open:"true"`
}

type key struct {
	ID    string `json:"id"`
	Value string `json:"value" secret:"true"`
}

func filledVault() map[string]any {
	return map[string]any{
		"name": "main", "token": "t-1", "pin": 4711, "unknown": "seen",
		"keys":   []any{map[string]any{"id": "k1", "value": "v-1"}, "garbled", nil},
		"owners": map[string]any{"bob": map[string]any{"id": "k3", "value": "v-3"}, "ada": map[string]any{"id": "k2", "value": "v-2"}},
		"whole":  map[string]any{"a": []any{"w-1", true, json.Number("1e400"), nil}, "": 2.5},
		"inside": map[string]any{"answer": true, "more": "seen"},
	}
}

func TestShownHidesSecretFieldsAndNothingElse(t *testing.T) {
	t.Parallel()
	in := filledVault()
	got := card.Shown(card.SchemaFor[vault](), in)
	want := map[string]any{
		"name": "main", "token": card.Hidden, "pin": card.Hidden, "unknown": "seen",
		"keys":   []any{map[string]any{"id": "k1", "value": card.Hidden}, "garbled", nil},
		"owners": map[string]any{"bob": map[string]any{"id": "k3", "value": card.Hidden}, "ada": map[string]any{"id": "k2", "value": card.Hidden}},
		"whole":  card.Hidden,
		"inside": map[string]any{"answer": card.Hidden, "more": "seen"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(filledVault(), in); diff != "" {
		t.Errorf("the value itself changed (-want +got)\n%s", diff)
	}
	if got := card.Shown(card.SchemaFor[vault](), map[string]any{"token": nil}); !cmp.Equal(got, any(map[string]any{"token": nil})) {
		t.Errorf("got %v, want nil where there is no secret", got)
	}
	if got := card.Shown(nil, filledVault()); !cmp.Equal(got, any(filledVault())) {
		t.Errorf("without a schema: got %v, want the value", got)
	}
}

func TestSecretsReturnsStringsAndNumbersAtSecretFields(t *testing.T) {
	t.Parallel()
	got := card.Secrets(card.SchemaFor[vault](), filledVault())
	want := []string{"v-1", "v-2", "v-3", "4711", "t-1", "2.5", "w-1", "1e400"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := card.Secrets(card.SchemaFor[greeting](), map[string]any{"text": "hello"}); got != nil {
		t.Errorf("a schema without secrets: got %q", got)
	}
}

func TestHasSecretsLooksIntoEverySchemaThatSchemaForMakes(t *testing.T) {
	t.Parallel()
	type inList struct {
		Keys []key `json:"keys"`
	}
	type inMap struct {
		Keys map[string]*key `json:"keys"`
	}
	for name, test := range map[string]struct {
		got, want bool
	}{
		"a field":                    {card.HasSecrets(card.SchemaFor[key]()), true},
		"a field of the items":       {card.HasSecrets(card.SchemaFor[inList]()), true},
		"a field of the values":      {card.HasSecrets(card.SchemaFor[inMap]()), true},
		"a raw answer":               {card.HasSecrets(card.SchemaFor[card.Raw[key]]()), true},
		"a schema without secrets":   {card.HasSecrets(card.SchemaFor[greeting]()), false},
		"a schema of no fields":      {card.HasSecrets(card.SchemaFor[map[string]any]()), false},
		"a schema that is not there": {card.HasSecrets(nil), false},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %t, want %t", name, test.got, test.want)
		}
	}
}

func TestACardKnowsTheSecretsOfItsAnswers(t *testing.T) {
	t.Parallel()
	read := func(context.Context, card.Call, struct{}) (card.Raw[key], error) { return card.Raw[key]{}, nil }
	byCode := func(out card.Value) []string { return []string{"by code"} }
	secret := map[string]any{"value": "1234-5678"}
	for name, test := range map[string]struct {
		card card.Card
		want []string
	}{
		"a schema that marks a field": {card.NewRead(card.Spec{Name: "test.vault.open", Effect: card.Reads}, read), card.Secrets(card.SchemaFor[key](), secret)},
		"a function":                  {card.NewRead(card.Spec{Name: "test.vault.ask", Effect: card.Reads, SecretsIn: byCode}, func(context.Context, card.Call, struct{}) (greeting, error) { return greeting{}, nil }), []string{"by code"}},
		"neither":                     {greet, nil},
	} {
		if got := test.card.Secrets(secret); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
	if want := card.Secrets(card.SchemaFor[key](), secret); len(want) == 0 {
		t.Error("the schema marks nothing, so the test proves nothing")
	}
}

func TestAFieldKeepsAllItsMarks(t *testing.T) {
	t.Parallel()
	pin := card.SchemaFor[vault]().Properties["pin"]
	if want := map[string]any{"secret": true, "filter": true}; !cmp.Equal(pin.Extra, want) {
		t.Errorf("got %v, want %v", pin.Extra, want)
	}
}
