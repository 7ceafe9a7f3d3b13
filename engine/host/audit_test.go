package host

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

type memberInput struct {
	GroupID string   `json:"group_id"`
	UserID  string   `json:"user_id"`
	Users   []string `json:"users,omitempty"`
	Color   string   `json:"color,omitempty"`
	PIN     string   `json:"pin,omitempty" secret:"true"`
}

type memberOutput struct {
	Changed bool `json:"changed"`
}

func audited(after func(memberInput, card.State) card.Predicted) *Workspace {
	c := card.NewWrite(card.Spec{Name: "w.set", Effect: card.Idempotent, Undo: card.Undo{Extent: card.None}}, card.Write[memberInput, memberOutput]{
		Do:     func(context.Context, card.Call, memberInput) (out memberOutput, err error) { return out, nil },
		Before: func(context.Context, card.Call, memberInput) (card.State, error) { return card.State{}, nil },
		After:  after,
	})
	return &Workspace{config: Config{Cards: card.NewSet(c)}}
}

func TestAChangeHasTheFieldsThatDifferFromTheStateBefore(t *testing.T) {
	t.Parallel()
	w := audited(func(in memberInput, _ card.State) card.Predicted {
		users := []any{}
		for _, user := range in.Users {
			users = append(users, user)
		}
		return card.Predicted{Fields: map[string]card.Value{"members": users, "profile": map[string]any{"color": in.Color}}, Unseen: []string{"pin"}}
	})
	at := engine.Intent{
		Place: engine.Place{}.Step("set"), Attempt: 1, Card: "w.set", Target: "00g1 ← 00u1",
		In:     map[string]any{"group_id": "00g1", "user_id": "00u1", "users": []any{"b", "c"}, "color": "red", "pin": "1234"},
		Before: card.State{Names: map[string]string{"group_id": "Staff"}, Fields: map[string]any{"members": []any{"a", "b"}, "profile": map[string]any{"color": "blue"}}},
	}
	changed := map[string]any{"changed": true}
	for name, test := range map[string]struct {
		write store.Write
		want  Change
	}{
		"changed": {store.Write{Intent: at, Changed: true, Result: changed}, Change{
			Known: true, Unseen: []string{"pin"},
			Changes: []FieldChange{{Field: "members", Added: []any{"c"}, Removed: []any{"a"}}, {Field: "profile.color", Old: "blue", New: "red"}},
		}},
		"failed half-way": {store.Write{
			Intent: at, Changed: true, Err: &card.Error{Kind: card.Forbidden, Details: map[string]any{"added": []any{"c"}, "removed": []any{}, "in_doubt": []any{"d"}}},
		}, Change{
			Known: true, Unseen: []string{"pin"},
			Changes: []FieldChange{
				{Field: "profile.color", Old: "blue", New: "red"}, {Field: "members", Added: []any{"c"}, Removed: []any{}}, {Field: "members, in doubt", New: []any{"d"}},
			},
		}},
		"already so": {store.Write{Intent: at, Result: map[string]any{"changed": false}}, Change{Known: true}},
		"failed": {store.Write{Intent: at, Err: errors.New("no")}, Change{
			Known: true, Unseen: []string{"pin"},
			Changes: []FieldChange{{Field: "members", Added: []any{"c"}, Removed: []any{"a"}}, {Field: "profile.color", Old: "blue", New: "red"}},
		}},
	} {
		got := w.changeOf(test.write, store.Run{}, map[string]string{"00u1": "ada@acme.example"})
		if got.Target != "Staff (00g1) ← ada@acme.example (00u1)" {
			t.Errorf("%s: target %q", name, got.Target)
		}
		got.Act = Act{}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	unread := at
	unread.Before = card.State{}
	got := w.changeOf(store.Write{Intent: unread, Changed: true, Result: changed}, store.Run{}, nil)
	if got.Known || len(got.Changes) != 2 || got.Changes[1].Old != nil || got.Target != "00g1 ← 00u1" {
		t.Errorf("a state that is not known: got %+v", got)
	}
}

func TestAChangeOfACardThatDoesNotSayWhatItMakesHasItsInput(t *testing.T) {
	t.Parallel()
	write := store.Write{
		Intent:  engine.Intent{Place: engine.Place{}.Step("set"), Card: "w.set", In: map[string]any{"group_id": "00g1", "pin": "1234"}},
		Changed: true, Result: map[string]any{"changed": true, "added": []any{"ada"}, "removed": []any{"bob"}},
	}
	got := audited(nil).changeOf(write, store.Run{}, nil)
	got.Act = Act{}
	want := Change{Input: map[string]any{"group_id": "00g1", "pin": card.Hidden}, Changes: []FieldChange{{Field: "members", Added: []any{"ada"}, Removed: []any{"bob"}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	write.Card = "gone.card"
	if got := audited(nil).changeOf(write, store.Run{}, nil); got.Input == nil || got.Result != ActChanged {
		t.Errorf("an unknown card: got %+v", got)
	}
}
