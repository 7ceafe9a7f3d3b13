package card_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

type greetInput struct {
	Name   string         `json:"name" jsonschema:"who is greeted"`
	Times  int            `json:"times,omitempty" jsonschema:"how often" default:"1" minimum:"1" maximum:"9"`
	Tone   string         `json:"tone,omitempty" enum:"warm,cool" default:"warm"`
	Key    string         `json:"key,omitempty" secret:"true"`
	Extras map[string]any `json:"extras,omitempty"`
}

type greeting struct {
	Text    string  `json:"text"`
	Reply   *string `json:"reply"`
	Profile struct {
		Lang string `json:"lang"`
	} `json:"profile" open:"true"`
}

var greet = card.NewRead(card.Spec{Name: "test.person.greet", Effect: card.Reads},
	func(_ context.Context, _ card.Call, in greetInput) (greeting, error) {
		return greeting{Text: strings.Repeat("hello "+in.Name, max(1, in.Times))}, nil
	})

func TestSchemasComeFromStructs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		schema any
		want   string
	}{
		"inputs": {greet.In, `{"type":"object","properties":{
			"name":{"type":"string","description":"who is greeted"},
			"times":{"type":"integer","description":"how often","default":1,"minimum":1,"maximum":9},
			"tone":{"type":"string","default":"warm","enum":["warm","cool"]},
			"key":{"type":"string","secret":true},
			"extras":{"type":"object","additionalProperties":true}},
			"required":["name"],"additionalProperties":false}`},
		"answer": {greet.Out, `{"type":"object","properties":{
			"text":{"type":"string"},"reply":{"type":["null","string"]},
			"profile":{"type":"object","properties":{"lang":{"type":"string"}},"required":["lang"],"additionalProperties":true}},
			"required":["text","reply","profile"],"additionalProperties":false}`},
	} {
		data, err := json.Marshal(test.schema)
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		if err := errors.Join(json.Unmarshal(data, &got), json.Unmarshal([]byte(test.want), &want)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if want := []string{"name", "times", "tone", "key", "extras"}; !cmp.Equal(greet.In.PropertyOrder, want) {
		t.Errorf("the order of the inputs is %v, want the struct's: %v", greet.In.PropertyOrder, want)
	}
}

func TestAListMayBeNullUnlessItsTagDeniesIt(t *testing.T) {
	t.Parallel()
	s := card.SchemaFor[struct {
		Perhaps []string `json:"perhaps"`
		Always  []string `json:"always" null:"false"`
	}]()
	if perhaps, always := s.Properties["perhaps"], s.Properties["always"]; !slices.Contains(perhaps.Types, "null") || always.Type != "array" || always.Types != nil {
		t.Errorf("got %v and %v", perhaps, always)
	}
}

func TestRunConvertsValuesToStructsAndBack(t *testing.T) {
	t.Parallel()
	got, err := greet.Run(t.Context(), card.Call{}, map[string]any{"name": "Ada", "times": 2.0})
	want := map[string]any{"text": "hello Adahello Ada", "reply": nil, "profile": map[string]any{"lang": ""}}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("got %v (%v), want %v", got, err, want)
	}
}

func TestAnInputOfTheWrongTypeIsInvalid(t *testing.T) {
	t.Parallel()
	for message, in := range map[string]map[string]any{
		`there is no input "nam"`:                        {"nam": "Ada"},
		`input "name" must be a string, not an integer`:  {"name": 7},
		`input "times" must be an integer, not a number`: {"name": "Ada", "times": 1.5},
		`input "extras" must be an object, not a list`:   {"name": "Ada", "extras": []any{}},
	} {
		_, err := greet.Run(t.Context(), card.Call{}, in)
		if e := card.AsError(err); e == nil || e.Kind != card.Invalid || e.Message != message {
			t.Errorf("%v: got %v, want an error of kind invalid: %s", in, err, message)
		}
	}
}

func TestARawAnswerIsPassedOnUnchanged(t *testing.T) {
	t.Parallel()
	came := map[string]any{"text": "hi", "unknown": []any{nil, json.Number("1e400")}}
	list := card.NewList(card.Spec{Name: "test.greeting.list", Effect: card.Reads},
		func(context.Context, card.Call, struct{}, card.Cursor) ([]card.Raw[greeting], card.Cursor, error) {
			return []card.Raw[greeting]{{Value: came}}, "2", nil
		})
	page, err := list.Page(t.Context(), card.Call{}, map[string]any{}, "")
	if err != nil || page.Next != "2" || len(page.Items) != 1 || !cmp.Equal(page.Items[0], any(came)) {
		t.Errorf("got %v (%v), want %v as it came", page, err, came)
	}
	if list.Out.Properties["text"] == nil || !list.IsList() || greet.IsList() {
		t.Error("a raw answer must be described by its type, and a list must report that it is one")
	}
}

func TestForbiddenNamesTheScopesAndTheConnection(t *testing.T) {
	t.Parallel()
	c := card.NewRead(card.Spec{Name: "test.door.look", Effect: card.Reads, Scopes: []string{"doors.manage"}},
		func(context.Context, card.Call, struct{}) (struct{}, error) {
			return struct{}{}, &card.Error{Kind: card.Forbidden, Message: "no"}
		})
	_, err := c.Run(t.Context(), card.Call{ConnName: "prod"}, map[string]any{})
	e := card.AsError(err)
	if e.Kind != card.Forbidden || !strings.Contains(e.Hint, "doors.manage") || !strings.Contains(e.Hint, `"prod"`) {
		t.Errorf("got %v, hint %q; want the scope and the connection in the hint", e, e.Hint)
	}
}

func TestACardWithoutNameOrEffectOrWithAFilterThatIsNoInputPanics(t *testing.T) {
	t.Parallel()
	run := func(context.Context, card.Call, struct{}) (struct{}, error) { return struct{}{}, nil }
	stray := card.Spec{Name: "okta.user.get", Effect: card.Reads, Filters: map[string]func(string) *card.FilterMistake{"search": nil}}
	for _, spec := range []card.Spec{{Name: "Okta.User"}, {Name: "okta"}, {Name: "okta.user.get"}, stray} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v: want a panic", spec)
				}
			}()
			card.NewRead(spec, run)
		}()
	}
}

func TestEveryErrorHasAKind(t *testing.T) {
	t.Parallel()
	wrapped := &card.Error{Kind: card.Conflict}
	for _, test := range []struct {
		err  error
		want card.Kind
	}{
		{errors.New("what"), card.Internal},
		{context.DeadlineExceeded, card.Timeout},
		{errors.Join(errors.New("outer"), wrapped), card.Conflict},
	} {
		if got := card.AsError(test.err); got.Kind != test.want {
			t.Errorf("%v: got %q, want %q", test.err, got.Kind, test.want)
		}
	}
	if card.AsError(nil) != nil {
		t.Error("AsError(nil) must be nil")
	}
}
