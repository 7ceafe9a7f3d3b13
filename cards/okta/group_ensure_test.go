package okta_test

import (
	"testing"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestEnsureCreatesAGroupOnceAndThenChangesWhatDiffers(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people+"groups:\n  - {id: 00g1, name: Day shift}\n")
	for _, test := range []struct {
		inputs           string
		created, changed bool
	}{
		{`{"name": "Day", "description": "From eight"}`, true, true}, // the name of another group starts alike
		{`{"name": "Day", "description": "From eight"}`, false, false},
		{`{"name": "Day"}`, false, false}, // what is not given stays
		{`{"name": "Day", "description": "From nine"}`, false, true},
		{`{"name": "DAY", "description": "From nine"}`, false, false}, // Okta compares names without case
	} {
		o.writes()
		out := o.run("okta.group.ensure", test.inputs)
		if wrote := len(o.writes()) == 1; out["created"] != test.created || out["changed"] != test.changed || wrote != test.changed {
			t.Errorf("%s: got %v, and it wrote: %t", test.inputs, out, wrote)
		}
		group, _ := out["group"].(map[string]any)
		if group["id"] == "00g1" || group["changed"] != nil {
			t.Errorf("%s: got the group %v", test.inputs, group)
		}
	}
	group, _ := o.run("okta.group.ensure", `{"name": "Day"}`)["group"].(map[string]any)
	if profile, _ := group["profile"].(map[string]any); profile["description"] != "From nine" {
		t.Errorf("the org has %v", profile)
	}
}

func TestACreatedGroupIsNotTakenBackByAnUpdate(t *testing.T) {
	t.Parallel()
	ensure := card.NewSet(okta.Cards()...)["okta.group.ensure"]
	in := map[string]any{"name": "Day", "description": "From eight"}
	out := map[string]any{"created": true, "changed": true, "ignored": []any{}, "group": map[string]any{"id": "00g9"}}
	if back, err := ensure.Back(in, out, card.State{Missing: true}); back != nil || err != nil {
		t.Errorf("got %v, %v", back, err)
	}
}
