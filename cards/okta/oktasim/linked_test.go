package oktasim

import (
	"net/http"
	"strings"
	"testing"
)

const managed = `
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: Lovelace}
  - {id: 00u2, login: bob@acme.example, firstName: Bob, lastName: Marsh}
  - {id: 00u3, login: cem@acme.example, firstName: Cem, lastName: Ay}
linkedObjects:
  - {primary: {name: manager, title: Manager}, associated: {name: subordinate, title: Subordinate}}
links:
  - {user: bob@acme.example, relationship: manager, primary: ada@acme.example}
`

// linked returns the ids of the linked users, joined by commas.
func (c *client) linked(user, name string) string {
	c.t.Helper()
	var ids []string
	for _, href := range c.get("/api/v1/users/" + user + "/linkedObjects/" + name).column("_links.self.href") {
		ids = append(ids, href[strings.LastIndex(href, "/")+1:])
	}
	return strings.Join(ids, ",")
}

// Management API, "Assign a linked object value for primary": 204, and it replaces the earlier one.
func TestALinkIsReplaced(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, managed, Options{})
	if c.linked("00u2", "manager") != "00u1" || c.linked("00u1", "subordinate") != "00u2" || c.linked("00u1", "manager") != "" {
		t.Errorf("got %q, %q", c.linked("00u2", "manager"), c.linked("00u1", "subordinate"))
	}
	if got := c.do("PUT", "/api/v1/users/bob@acme.example/linkedObjects/manager/00u3"); got.status != http.StatusNoContent {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if c.linked("00u2", "manager") != "00u3" || c.linked("00u1", "subordinate") != "" {
		t.Errorf("got %q, %q", c.linked("00u2", "manager"), c.linked("00u1", "subordinate"))
	}
}

// Management API, "Delete a linked object value": 204, also if there was none; the name is a primary one.
func TestALinkIsRemoved(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, managed, Options{})
	for range 2 {
		if got := c.do("DELETE", "/api/v1/users/00u2/linkedObjects/manager"); got.status != http.StatusNoContent {
			t.Errorf("got %d %s", got.status, got.body)
		}
	}
	if got := c.linked("00u2", "manager"); got != "" {
		t.Errorf("got %q", got)
	}
	c.do("DELETE", "/api/v1/users/00u1/linkedObjects/subordinate").refused(404, "E0000007")
	c.do("PUT", "/api/v1/users/00u1/linkedObjects/friend/00u2").refused(404, "E0000007")
	c.do("PUT", "/api/v1/users/00u1/linkedObjects/manager/00u9").refused(404, "E0000007")
	c.get("/api/v1/users/00u1/linkedObjects/friend").refused(404, "E0000007")
}

func TestALinkDisappearsWithEitherUser(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"00u1", "00u2"} {
		c := serveSeed(t, managed, Options{})
		for range 2 {
			c.do("DELETE", "/api/v1/users/"+user)
		}
		if dump := c.get("/-/dump").body; strings.Contains(dump, "links:") {
			t.Errorf("without %s, the dump is\n%s", user, dump)
		}
	}
}

// Management API, "Create a linked object definition": 201; error code E0000127 (409) for a name in use.
func TestLinkedObjectsAreDefined(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, managed, Options{})
	const path = "/api/v1/meta/schemas/user/linkedObjects"
	body := func(primary, associated string) string {
		return `{"primary":{"name":"` + primary + `","title":"P","type":"USER"},"associated":{"name":"` + associated + `","title":"A","type":"USER"}}`
	}
	if got := c.send("POST", path, body("mentor", "mentee")); got.status != http.StatusCreated {
		t.Errorf("got %d %s", got.status, got.body)
	}
	c.send("POST", path, body("subordinate", "boss")).refused(409, "E0000127")
	c.send("POST", path, body("1st", "second")).refused(400, "E0000001")
	if got := c.get(path).column("primary.name"); strings.Join(got, " ") != "manager mentor" {
		t.Errorf("got %q", got)
	}
}

// Management API, "Retrieve a linked object definition" and "Delete a linked object definition": by either name, with all values.
func TestADefinitionIsReadAndDeletedByEitherName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"manager", "subordinate"} {
		c := serveSeed(t, managed, Options{})
		path := "/api/v1/meta/schemas/user/linkedObjects/" + name
		if got := c.get(path).object(); objectIn(got["primary"])["name"] != "manager" {
			t.Errorf("got %v", got)
		}
		if got := c.do("DELETE", path); got.status != http.StatusNoContent {
			t.Errorf("got %d %s", got.status, got.body)
		}
		c.get(path).refused(404, "E0000007")
		c.do("DELETE", path).refused(404, "E0000007")
		c.get("/api/v1/users/00u2/linkedObjects/manager").refused(404, "E0000007")
		if dump := c.get("/-/dump").body; strings.Contains(dump, "links:") {
			t.Errorf("the values stay:\n%s", dump)
		}
	}
}
