package okta_test

import "testing"

const withRoles = people + `
groups:
  - {id: 00g1, name: Helpdesk, members: [ada@acme.example]}
roles:
  - {id: ra11, user: ada@acme.example, type: USER_ADMIN}
  - {id: ra12, group: Helpdesk, type: HELP_DESK_ADMIN}
`

func TestARoleIsAssignedOnce(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, withRoles)
	for _, test := range []struct {
		card, inputs string
		changed      bool
	}{
		{"okta.user.role.assign", `{"user_id": "00u1", "type": "USER_ADMIN"}`, false},
		{"okta.user.role.assign", `{"user_id": "00u1", "type": "HELP_DESK_ADMIN"}`, true}, // the user has it only from the group
		{"okta.user.role.assign", `{"user_id": "00u1", "type": "HELP_DESK_ADMIN"}`, false},
		{"okta.group.role.assign", `{"group_id": "00g1", "type": "HELP_DESK_ADMIN"}`, false},
		{"okta.group.role.assign", `{"group_id": "00g1", "type": "ORG_ADMIN", "disable_notifications": true}`, true},
		{"okta.user.role.unassign", `{"user_id": "00u1", "role_id": "ra11"}`, true},
		{"okta.user.role.assign", `{"user_id": "00u1", "type": "USER_ADMIN"}`, true},
	} {
		o.writes()
		out := o.run(test.card, test.inputs)
		if wrote := len(o.writes()) == 1; out["changed"] != test.changed || wrote != test.changed {
			t.Errorf("%s %s: got %v, and it wrote: %t", test.card, test.inputs, out, wrote)
		}
	}
}
