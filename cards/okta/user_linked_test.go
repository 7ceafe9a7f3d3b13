package okta_test

import "testing"

const withLinks = people + `
linkedObjects:
  - {primary: {name: manager, title: Manager}, associated: {name: subordinate, title: Subordinate}}
links:
  - {user: staged@acme.example, relationship: manager, primary: ada@acme.example}
`

func TestALinkedUserIsSetOnce(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, withLinks)
	for _, test := range []struct {
		card, inputs string
		changed      bool
	}{
		{"okta.user.linked.set", `{"user_id": "staged@acme.example", "relationship": "manager", "primary_user_id": "00u1"}`, false},
		{"okta.user.linked.set", `{"user_id": "00u2", "relationship": "manager", "primary_user_id": "00u3"}`, true},
		{"okta.user.linked.set", `{"user_id": "00u2", "relationship": "manager", "primary_user_id": null}`, true},
		{"okta.user.linked.remove", `{"user_id": "00u2", "relationship": "manager"}`, false},
	} {
		o.writes()
		out := o.run(test.card, test.inputs)
		if wrote := len(o.writes()) == 1; out["changed"] != test.changed || wrote != test.changed {
			t.Errorf("%s %s: got %v, and it wrote: %t", test.card, test.inputs, out, wrote)
		}
	}
}
