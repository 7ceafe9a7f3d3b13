package oktasim

import (
	"net/http"
	"strings"
	"testing"
)

const ownerSeed = `
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: King}
  - {id: 00u2, login: bob@acme.example, firstName: Bob, lastName: Marsh}
groups:
  - {id: 00g1, name: Sales}
  - {id: 00g2, name: Managers}
group_owners:
  - {group: Sales, user: ada@acme.example}
  - {group: Sales, owner: Managers}
`

// Management API, "List all group owners": search by type; schema GroupOwner.
func TestOwnersOfAGroupAreUsersAndGroups(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, ownerSeed, Options{})
	if got := c.walk("/api/v1/groups/00g1/owners?limit=1", "id"); strings.Join(got, " ") != "00u1 00g2" {
		t.Errorf("got %q", got)
	}
	got := c.get("/api/v1/groups/00g1/owners?search=" + find(`type eq "GROUP"`)).body
	for _, want := range []string{`"displayName":"Managers"`, `"originType":"OKTA_DIRECTORY"`, `"originId":null`, `"resolved":true`} {
		if !strings.Contains(got, want) || strings.Contains(got, "00u1") {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	c.get("/api/v1/groups/00g1/owners?search="+find(`id eq "00u1"`)).refused(400, "E0000031")
}

// Management API, "Assign a group owner", answers 201; "Delete a group owner" answers 204.
func TestOwnersOfAGroupAreAddedAndRemoved(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, ownerSeed, Options{})
	if got := c.send("POST", "/api/v1/groups/00g2/owners", `{"id":"00u2","type":"USER"}`); got.status != http.StatusCreated || !strings.Contains(got.body, `"displayName":"Bob Marsh"`) {
		t.Errorf("got %d %s", got.status, got.body)
	}
	for _, test := range []struct {
		body   string
		status int
		code   string
	}{
		{`{"id":"00u2","type":"USER"}`, 400, "E0000001"},
		{`{"id":"00u2","type":"GROUP"}`, 404, "E0000007"},
		{`{"id":"00g1","type":"USER"}`, 404, "E0000007"},
		{`{"id":"00u1","type":"APP"}`, 400, "E0000001"},
	} {
		c.send("POST", "/api/v1/groups/00g2/owners", test.body).refused(test.status, test.code)
	}
	if got := c.do("DELETE", "/api/v1/groups/00g2/owners/00u2"); got.status != http.StatusNoContent {
		t.Errorf("got %d %s", got.status, got.body)
	}
	c.do("DELETE", "/api/v1/groups/00g2/owners/00u2").refused(404, "E0000007")
}

func TestADeletedUserOrGroupOwnsNothing(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, ownerSeed, Options{})
	c.do("DELETE", "/api/v1/groups/00g2")
	c.do("DELETE", "/api/v1/users/00u1")
	c.do("DELETE", "/api/v1/users/00u1") // deactivated, then deleted
	if got := c.get("/api/v1/groups/00g1/owners").body; got != "[]" {
		t.Errorf("got %s", got)
	}
}
