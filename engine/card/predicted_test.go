package card_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestPredictedShowsWhatACallChanges(t *testing.T) {
	object := func(kv ...any) map[string]any {
		o := map[string]any{}
		for i := 0; i < len(kv); i += 2 {
			o[kv[i].(string)] = kv[i+1]
		}
		return o
	}
	ada := card.State{Fields: object("id", "00u1", "status", "ACTIVE", "profile", object("login", "ada@acme.example", "department", "Sales"))}
	for name, test := range map[string]struct {
		before  card.State
		after   card.Predicted
		want    []card.Difference
		changes bool
		over    card.State
	}{
		"a nested field is set, and its neighbors stay": {
			ada, card.Predicted{Fields: object("profile", object("department", "Revenue"))},
			[]card.Difference{{Path: []string{"profile", "department"}, Old: "Sales", New: "Revenue"}}, true,
			card.State{Fields: object("id", "00u1", "status", "ACTIVE", "profile", object("login", "ada@acme.example", "department", "Revenue"))},
		},
		"a field is cleared": {
			ada, card.Predicted{Fields: object("profile", object("department", nil))},
			[]card.Difference{{Path: []string{"profile", "department"}, Old: "Sales"}}, true,
			card.State{Fields: object("id", "00u1", "status", "ACTIVE", "profile", object("login", "ada@acme.example"))},
		},
		"what has no value is cleared": {ada, card.Predicted{Fields: object("profile", object("title", nil))}, nil, false, ada},
		"it is already so":             {ada, card.Predicted{Fields: object("status", "ACTIVE")}, nil, false, ada},
		"a password changes unseen":    {ada, card.Predicted{Unseen: []string{"password"}}, nil, true, ada},
		"it is created": {
			card.State{Missing: true}, card.Predicted{Fields: object("profile", object("name", "Sales"))},
			[]card.Difference{{Path: []string{"profile", "name"}, New: "Sales"}}, true,
			card.State{Fields: object("profile", object("name", "Sales"))},
		},
		"it is deleted": {
			card.State{Fields: object("id", "00g1", "profile", object("name", "Sales"))}, card.Predicted{Gone: true},
			[]card.Difference{{Path: []string{"id"}, Old: "00g1"}, {Path: []string{"profile", "name"}, Old: "Sales"}}, true,
			card.State{Missing: true},
		},
		"it was gone already": {card.State{Missing: true}, card.Predicted{Gone: true}, nil, false, card.State{Missing: true}},
		"a list is replaced": {
			card.State{Fields: object("members", []any{"a", "b"})}, card.Predicted{Fields: object("members", []any{"b", "c"})},
			[]card.Difference{{Path: []string{"members"}, Old: []any{"a", "b"}, New: []any{"b", "c"}}}, true,
			card.State{Fields: object("members", []any{"b", "c"})},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.after.Differences(test.before)); diff != "" {
				t.Errorf("differences (-want +got)\n%s", diff)
			}
			if got := test.after.Changes(test.before); got != test.changes {
				t.Errorf("changes: %t, want %t", got, test.changes)
			}
			if diff := cmp.Diff(test.over, test.after.Over(test.before)); diff != "" {
				t.Errorf("the state after it (-want +got)\n%s", diff)
			}
		})
	}
}
