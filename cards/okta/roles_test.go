package okta_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

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

func TestUnassigningARoleThatDoesNotExistFails(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, withRoles)
	for _, test := range []struct{ card, inputs, nobody string }{
		{"okta.user.role.unassign", `{"user_id": "00u1", "role_id": "ra11"}`, `{"user_id": "00u9", "role_id": "ra11"}`},
		{"okta.group.role.unassign", `{"group_id": "00g1", "role_id": "ra12"}`, `{"group_id": "00g9", "role_id": "ra12"}`},
	} {
		if out := o.run(test.card, test.inputs); out["changed"] != true {
			t.Errorf("%s: got %v", test.card, out)
		}
		o.refused(test.card, test.inputs, card.NotFound, "Not found")
		o.refused(test.card, test.nobody, card.NotFound, "Not found")
	}
}

func TestARoleThatAUserHasByAGroupIsNotTakenAway(t *testing.T) {
	t.Parallel()
	o := newUserOrg(t, people+"groups:\n  - {id: 00g1, name: Admins, members: [ada@acme.example]}\nroles:\n  - {id: ra12, group: Admins, type: USER_ADMIN}\n")
	e := o.refused("okta.user.role.unassign", `{"user_id": "00u1", "role_id": "ra12"}`, card.Conflict, "00u1 has the role USER_ADMIN by a group")
	if !strings.Contains(e.Hint, "okta.group.role.unassign") {
		t.Errorf("hint %q", e.Hint)
	}
}

// Management API, "Assign a role to a group": an answer 201 has no content.
func TestARoleIsReadAgainIfTheAnswerDoesNotHaveIt(t *testing.T) {
	t.Parallel()
	assigned := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			assigned = true
			w.WriteHeader(http.StatusCreated)
		case assigned:
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `[{"id": "ra1", "type": "ORG_ADMIN", "assignmentType": "GROUP"}]`)
		default:
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `[]`)
		}
	}))
	t.Cleanup(server.Close)
	out, err := card.NewSet(okta.Cards()...)["okta.group.role.assign"].Run(t.Context(),
		card.Call{Conn: connect(t, server.URL), ConnName: "okta"}, map[string]any{"group_id": "00g1", "type": "ORG_ADMIN"})
	role, _ := out.(map[string]any)
	if err != nil || role["id"] != "ra1" || role["changed"] != true {
		t.Errorf("got %v (%v)", out, err)
	}
}
