package card

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type keptInput struct {
	Title  string `json:"title,omitempty"`
	Delete bool   `json:"delete,omitempty"`
	Twice  bool   `json:"twice,omitempty"`
}

func TestAHistoryKeepsOnlyThePartOfAStateThatAWriteChanges(t *testing.T) {
	t.Parallel()
	type out struct {
		Changed bool `json:"changed"`
	}
	c := NewWrite(Spec{Name: "fake.set", Title: "Set", Summary: "set", Effect: Idempotent, Undo: Undo{Extent: Exact, Card: "fake.set", NeedsBefore: true}, NoConnection: true, Example: "card: fake.set"},
		Write[keptInput, out]{
			Do:     func(context.Context, Call, keptInput) (out, error) { return out{}, nil },
			Before: func(context.Context, Call, keptInput) (State, error) { return State{}, nil },
			After: func(in keptInput, before State) Predicted {
				p := Predicted{Gone: in.Delete, Fields: map[string]any{"profile": map[string]any{"title": in.Title, "note": nil}}, Unseen: []string{"status"}}
				if in.Twice {
					p.Fields["seen"] = before.Fields["secondEmail"]
				}
				return p
			},
			Back:  func(keptInput, out, State) any { return nil },
			Keeps: func(keptInput) []string { return []string{"NAME"} },
		})
	whole := State{Names: map[string]string{"user_id": "ada"}, Fields: map[string]any{
		"id": "00u1", "status": "ACTIVE", "name": map[string]any{"first": "Ada", "last": "King"}, "secondEmail": "ada@home.example",
		"profile": map[string]any{"title": "Countess", "mobilePhone": "+44", "note": "n"},
	}}
	part := State{Names: whole.Names, Fields: map[string]any{
		"id": "00u1", "status": "ACTIVE", "name": map[string]any{"first": "Ada", "last": "King"}, "profile": map[string]any{"title": "Countess", "note": "n"},
	}}
	for name, test := range map[string]struct {
		in   map[string]any
		want State
	}{
		"of a change":  {map[string]any{"title": "Lady"}, part},
		"of a removal": {map[string]any{"delete": true}, whole},
		"of a change that depends on another field": {map[string]any{"twice": true}, whole},
	} {
		got := c.Kept(test.in, whole)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(got, c.Kept(test.in, got)); diff != "" {
			t.Errorf("%s, kept again (-want +got):\n%s", name, diff)
		}
	}
	for _, state := range []State{{}, {Missing: true}} {
		if got := c.Kept(map[string]any{"title": "Lady"}, state); !cmp.Equal(got, state) {
			t.Errorf("of %+v: %+v", state, got)
		}
	}
}
