package card_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

type paintInput struct {
	DoorID string `json:"door_id"`
	Color  string `json:"color,omitempty" default:"white"`
	Code   string `json:"code,omitempty" secret:"true"`
	Times  int    `json:"times,omitempty"`
}

type painted struct {
	Changed bool   `json:"changed"`
	Key     string `json:"key,omitempty"`
}

var paintSpec = card.Spec{
	Name: "test.door.paint", Effect: card.Idempotent, Scopes: []string{"doors.manage"}, Target: "{door_id} → {color}",
	Undo: card.Undo{Extent: card.Exact, Card: "test.door.paint", NeedsBefore: true},
}

// paint is a write with all functions except Did. It changes doors, whose colors are kept in a map.
func paint(doors map[string]string) card.Write[paintInput, painted] {
	return card.Write[paintInput, painted]{
		Do: func(_ context.Context, _ card.Call, in paintInput) (painted, error) {
			was := doors[in.DoorID]
			doors[in.DoorID] = in.Color
			return painted{Changed: was != in.Color, Key: "k"}, nil
		},
		Before: func(_ context.Context, _ card.Call, in paintInput) (card.State, error) {
			color, there := doors[in.DoorID]
			if !there {
				return card.State{Missing: true}, nil
			}
			return card.State{Names: map[string]string{"door_id": "front door"}, Fields: map[string]card.Value{"color": color}}, nil
		},
		After: func(in paintInput, _ card.State) card.Predicted {
			return card.Predicted{Fields: map[string]card.Value{"color": in.Color}}
		},
		Back: func(in paintInput, out painted, before card.State) any {
			color, _ := before.Fields["color"].(string)
			if out.Key != "k" || color == "" {
				return nil
			}
			return paintInput{DoorID: in.DoorID, Color: color}
		},
	}
}

func TestBackUsesInputAnswerAndStateBefore(t *testing.T) {
	t.Parallel()
	doors := map[string]string{"d1": "red"}
	c := card.NewWrite(paintSpec, paint(doors))
	in := map[string]any{"door_id": "d1", "color": "blue"}
	before, err := c.Before(t.Context(), card.Call{}, in)
	if err != nil || before.Fields["color"] != "red" || !c.HasBefore() {
		t.Fatalf("got %v (%v), want the color red", before, err)
	}
	out, err := c.Run(t.Context(), card.Call{}, in)
	if err != nil || doors["d1"] != "blue" {
		t.Fatalf("got %v (%v), and the doors are %v", out, err, doors)
	}
	back, err := c.Back(in, out, before)
	if want := map[string]any{"door_id": "d1", "color": "red"}; err != nil || !cmp.Equal(back, any(want)) {
		t.Fatalf("got %v (%v), want %v", back, err, want)
	}
	if _, err := c.Run(t.Context(), card.Call{}, back); err != nil || doors["d1"] != "red" {
		t.Errorf("after the undo (%v), the doors are %v", err, doors)
	}
}

func TestBackIsNilForCallsThatDidNotChangeOrCannotBeUndone(t *testing.T) {
	t.Parallel()
	c := card.NewWrite(paintSpec, paint(map[string]string{}))
	in, red := map[string]any{"door_id": "d1"}, card.State{Fields: map[string]card.Value{"color": "red"}}
	for name, test := range map[string]struct {
		out    card.Value
		before card.State
	}{
		"it changed nothing":                  {map[string]any{"changed": false, "key": "k"}, red},
		"the state before is not known":       {map[string]any{"changed": true, "key": "k"}, card.State{}},
		"the answer is not one to take back":  {map[string]any{"changed": true}, red},
		"there was nothing before, on record": {map[string]any{"changed": true, "key": "k"}, card.State{Missing: true}},
	} {
		if back, err := c.Back(in, test.out, test.before); err != nil || back != nil {
			t.Errorf("%s: got %v (%v), want nil", name, back, err)
		}
	}
	if _, err := c.Back(in, map[string]any{"changed": true, "kez": 1}, red); err == nil {
		t.Error("an answer that is not the card's: want an error")
	}
	if back, err := greet.Back(map[string]any{}, map[string]any{}, red); err != nil || back != nil {
		t.Errorf("a read: got %v (%v), want nil", back, err)
	}
}

func TestAReadHasNoStateBefore(t *testing.T) {
	t.Parallel()
	state, err := greet.Before(t.Context(), card.Call{}, map[string]any{"name": "Ada"})
	if err != nil || !state.IsZero() || greet.HasBefore() {
		t.Errorf("got %v (%v)", state, err)
	}
}

func TestDidReturnsTheAnswerOfACallThatWasDone(t *testing.T) {
	t.Parallel()
	var done bool
	var asked error
	c := card.NewWrite(
		card.Spec{Name: "test.door.make", Effect: card.Creates, Undo: card.Undo{Extent: card.None}, Scopes: []string{"doors.manage"}},
		card.Write[paintInput, painted]{
			Do: func(context.Context, card.Call, paintInput) (painted, error) { return painted{}, nil },
			Did: func(_ context.Context, _ card.Call, in paintInput, before card.State) (painted, bool, error) {
				return painted{Changed: before.Missing, Key: in.DoorID}, done, asked
			},
		})
	in := map[string]any{"door_id": "d1"}
	if out, did, err := c.Did(t.Context(), card.Call{}, in, card.State{}); out != nil || did || err != nil {
		t.Errorf("not done: got %v, %t (%v)", out, did, err)
	}
	done = true
	out, did, err := c.Did(t.Context(), card.Call{}, in, card.State{Missing: true})
	if want := map[string]any{"changed": true, "key": "d1"}; !cmp.Equal(out, any(want)) || !did || err != nil {
		t.Errorf("done: got %v, %t (%v), want %v", out, did, err, want)
	}
	asked = &card.Error{Kind: card.Forbidden, Message: "no"}
	if _, did, err := c.Did(t.Context(), card.Call{ConnName: "prod"}, in, card.State{}); did || card.AsError(err).Hint == "" {
		t.Errorf("forbidden: got %t (%v), want an error with a hint", did, err)
	}
}

func TestDidFailsForACardWithoutDid(t *testing.T) {
	t.Parallel()
	c := card.NewWrite(
		card.Spec{Name: "test.mail.send", Effect: card.Creates, Undo: card.Undo{Extent: card.None}, InDoubt: "mail leaves no trace"},
		card.Write[paintInput, painted]{Do: paint(nil).Do})
	_, did, err := c.Did(t.Context(), card.Call{}, map[string]any{"door_id": "d1"}, card.State{})
	if want := "not known whether it was done: mail leaves no trace"; did || err == nil || err.Error() != want || c.HasDid() {
		t.Errorf("got %t, %v, want %q", did, err, want)
	}
}

func TestTargetNamesTheThingThatACallActsOn(t *testing.T) {
	t.Parallel()
	c := card.NewWrite(paintSpec, paint(nil))
	plain := paintSpec
	plain.Target = ""
	first := card.NewWrite(plain, paint(nil))
	plain.Target = "{times} times"
	counted := card.NewWrite(plain, paint(nil))
	named := card.State{Names: map[string]string{"door_id": "front door"}}
	for name, test := range map[string]struct {
		card   card.Card
		in     map[string]any
		before card.State
		want   string
	}{
		"with names":            {c, map[string]any{"door_id": "d1", "color": "blue"}, named, "front door → blue"},
		"without a state":       {c, map[string]any{"door_id": "d1", "color": "blue"}, card.State{}, "d1 → blue"},
		"with a default":        {c, map[string]any{"door_id": "d1"}, card.State{}, "d1 → white"},
		"without a template":    {first, map[string]any{"color": "blue", "door_id": "d1"}, named, "front door"},
		"of a number":           {counted, map[string]any{"times": 2}, card.State{}, "2 times"},
		"of a list of strings":  {counted, map[string]any{"times": []any{"a", "b"}}, card.State{}, "a, b times"},
		"of another list":       {counted, map[string]any{"times": []any{"a", 1}}, card.State{}, `["a",1] times`},
		"of no input given":     {counted, map[string]any{"color": "blue"}, card.State{}, "blue"},
		"of a secret only":      {counted, map[string]any{"code": "4711"}, card.State{}, card.Hidden},
		"of nothing":            {counted, map[string]any{}, card.State{}, ""},
		"of a host's own value": {c, map[string]any{"door_id": unknown("made")}, card.State{}, "«made» → white"},
	} {
		if got := test.card.Target(test.in, test.before); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// unknown is a placeholder for a value that is not known yet.
type unknown string

func (u unknown) String() string { return "«" + string(u) + "»" }

// Each mistake changes one thing in a correct spec with correct functions.
func TestNewWritePanicsOnFunctionsThatContradictTheSpec(t *testing.T) {
	t.Parallel()
	did := func(context.Context, card.Call, paintInput, card.State) (painted, bool, error) {
		return painted{}, false, nil
	}
	mistakes := map[string]func(*card.Spec, *card.Write[paintInput, painted]){
		"it reads":                   func(s *card.Spec, _ *card.Write[paintInput, painted]) { s.Effect = card.Reads },
		"no Do":                      func(_ *card.Spec, w *card.Write[paintInput, painted]) { w.Do = nil },
		"no extent":                  func(s *card.Spec, _ *card.Write[paintInput, painted]) { s.Undo.Extent = 0 },
		"exact without a card":       func(s *card.Spec, _ *card.Write[paintInput, painted]) { s.Undo.Card = "" },
		"none with a card":           func(s *card.Spec, _ *card.Write[paintInput, painted]) { s.Undo.Extent = card.None },
		"exact with a rest":          func(s *card.Spec, _ *card.Write[paintInput, painted]) { s.Undo.Rest = "the smell" },
		"partial without a rest":     func(s *card.Spec, _ *card.Write[paintInput, painted]) { s.Undo.Extent = card.Partial },
		"exact without Back":         func(_ *card.Spec, w *card.Write[paintInput, painted]) { w.Back = nil },
		"Back of none":               func(s *card.Spec, _ *card.Write[paintInput, painted]) { s.Undo = card.Undo{Extent: card.None} },
		"NeedsBefore without Before": func(_ *card.Spec, w *card.Write[paintInput, painted]) { w.Before = nil },
		"After without Before": func(s *card.Spec, w *card.Write[paintInput, painted]) {
			s.Undo.NeedsBefore, w.Before = false, nil
		},
		"an undo without After":   func(_ *card.Spec, w *card.Write[paintInput, painted]) { w.After = nil },
		"idempotent with Did":     func(_ *card.Spec, w *card.Write[paintInput, painted]) { w.Did = did },
		"idempotent with InDoubt": func(s *card.Spec, _ *card.Write[paintInput, painted]) { s.InDoubt = "it dries" },
		"creates without Did":     func(s *card.Spec, _ *card.Write[paintInput, painted]) { s.Effect = card.Creates },
		"destroys with Did and InDoubt": func(s *card.Spec, w *card.Write[paintInput, painted]) {
			s.Effect, s.InDoubt, w.Did = card.Destroys, "x", did
		},
		"a target that is not an input": func(s *card.Spec, _ *card.Write[paintInput, painted]) { s.Target = "{window}" },
		"a target that is secret":       func(s *card.Spec, _ *card.Write[paintInput, painted]) { s.Target = "{code}" },
		"none that needs a state before": func(s *card.Spec, w *card.Write[paintInput, painted]) {
			s.Undo, w.Back = card.Undo{Extent: card.None, NeedsBefore: true}, nil
		},
	}
	for name, mistake := range mistakes {
		spec, write := paintSpec, paint(nil)
		mistake(&spec, &write)
		if !panics(func() { card.NewWrite(spec, write) }) {
			t.Errorf("%s: want a panic", name)
		}
	}
}

func TestNewReadAndNewListPanicOnTheSpecOfAWrite(t *testing.T) {
	t.Parallel()
	for _, spec := range []card.Spec{
		{Name: "test.door.open", Effect: card.Idempotent},
		{Name: "test.door.open", Effect: card.Reads, Undo: card.Undo{Extent: card.None}},
		{Name: "test.door.open", Effect: card.Reads, InDoubt: "it is a read"},
		{Name: "test.door.open", Effect: card.Reads, ByInput: func(card.Value) card.Effect { return card.Creates }},
	} {
		read := func() {
			card.NewRead(spec, func(context.Context, card.Call, struct{}) (struct{}, error) { return struct{}{}, nil })
		}
		list := func() {
			card.NewList(spec, func(context.Context, card.Call, struct{}, card.Cursor) ([]struct{}, card.Cursor, error) {
				return nil, "", nil
			})
		}
		if !panics(read) || !panics(list) {
			t.Errorf("%+v: want a panic of both", spec)
		}
	}
}

func panics(do func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	do()
	return false
}

func TestAnAnswerWithoutTheFieldChangedCountsAsAChange(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		out  card.Value
		want bool
	}{{map[string]any{"changed": false}, false}, {map[string]any{"changed": true}, true}, {map[string]any{}, true}, {nil, true}} {
		t.Run(fmt.Sprint(test.out), func(t *testing.T) {
			if got := card.Changed(test.out); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}
