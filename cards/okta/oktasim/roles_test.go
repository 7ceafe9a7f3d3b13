package oktasim

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const administered = `
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: Lovelace}
  - {id: 00u2, login: bob@acme.example, firstName: Bob, lastName: Marsh}
groups:
  - {id: 00g1, name: Helpdesk, members: [bob@acme.example]}
  - {id: 00g2, name: From an app, type: APP_GROUP}
roles:
  - {id: r1, user: bob@acme.example, type: USER_ADMIN}
  - {id: r2, group: Helpdesk, type: HELP_DESK_ADMIN}
`

// Management API, "Assign a role to a user" (201), "Assign a role to a group" (200), "Unassign a role" (204).
func TestRolesAreAssignedAndUnassigned(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, administered, Options{})
	for path, want := range map[string]int{"users/00u1": http.StatusCreated, "groups/00g1": http.StatusOK} {
		got := c.send("POST", "/api/v1/"+path+"/roles?disableNotifications=true", `{"type":"ORG_ADMIN"}`)
		if got.status != want {
			t.Fatalf("%s: got %d %s", path, got.status, got.body)
		}
		list := c.get("/api/v1/" + path + "/roles")
		ids, types := list.column("id"), list.column("type")
		if types[len(types)-1] != "ORG_ADMIN" {
			t.Errorf("%s: got %q", path, types)
		}
		role := c.get("/api/v1/" + path + "/roles/" + ids[len(ids)-1]).object()
		if role["label"] != "Organizational Administrator" || role["status"] != "ACTIVE" || role["user"] != nil || role["group"] != nil {
			t.Errorf("%s: got %v", path, role)
		}
		if got := c.do("DELETE", "/api/v1/"+path+"/roles/"+ids[len(ids)-1]); got.status != http.StatusNoContent {
			t.Errorf("%s: got %d %s", path, got.status, got.body)
		}
		c.get("/api/v1/"+path+"/roles/"+ids[len(ids)-1]).refused(404, "E0000007")
	}
}

// Management API, schema RoleAssignmentType: a user has roles of their own and those of their groups.
func TestAUserHasTheRolesOfTheirGroups(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, administered, Options{})
	if diff := cmp.Diff([]string{"USER", "GROUP"}, c.get("/api/v1/users/00u2/roles").column("assignmentType")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := c.get("/api/v1/users/00u1/roles").column("id"); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	c.do("DELETE", "/api/v1/users/00u2/roles/r2").refused(404, "E0000007")
}

// Okta, error codes: E0000090 (409) for a role that is assigned, E0000091 (400) for a wrong type, E0000194 for groups of
// applications, E0000211 for built-in groups. The status of the last two is our guess.
func TestRolesAreRefused(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, administered, Options{})
	everyone := c.get("/api/v1/groups?q=Everyone").column("id")[0]
	for _, test := range []struct {
		path, body string
		status     int
		code       string
	}{
		{"users/00u2", `{"type":"USER_ADMIN"}`, 409, "E0000090"},
		{"groups/00g1", `{"type":"HELP_DESK_ADMIN"}`, 409, "E0000090"},
		{"users/00u2", `{"type":"KING"}`, 400, "E0000091"},
		{"groups/00g2", `{"type":"ORG_ADMIN"}`, 400, "E0000194"},
		{"groups/" + everyone, `{"type":"ORG_ADMIN"}`, 400, "E0000211"},
		{"users/00u9", `{"type":"ORG_ADMIN"}`, 404, "E0000007"},
	} {
		c.send("POST", "/api/v1/"+test.path+"/roles", test.body).refused(test.status, test.code)
	}
}

// The object of a role disappears with its user or group.
func TestARoleDisappearsWithItsGroup(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, administered, Options{})
	c.do("DELETE", "/api/v1/groups/00g1")
	if diff := cmp.Diff([]string{"r1"}, c.get("/api/v1/users/00u2/roles").column("id")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
