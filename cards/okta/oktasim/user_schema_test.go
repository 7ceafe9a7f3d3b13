package oktasim

import (
	"slices"
	"strings"
	"testing"
)

// Management API, schema UserType.
func TestAnOrgHasTheDefaultUserType(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	r := c.get("/api/v1/meta/types/user")
	if names := r.column("name"); len(names) != 1 || names[0] != "user" || r.column("id")[0] != userTypeID {
		t.Errorf("got %s", r.body)
	}
}

// Management API, "Retrieve a user schema": base and custom properties.
func TestTheUserSchemaHasBaseAndCustomAttributes(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, "attributes: {badge: integer, tags: array}\nusers: [{login: ada@acme.example}]\n", Options{})
	definitions := c.get("/api/v1/meta/schemas/user/default").object()["definitions"].(map[string]any)
	attribute := func(part, name string) map[string]any {
		properties := definitions[part].(map[string]any)["properties"].(map[string]any)
		found, _ := properties[name].(map[string]any)
		return found
	}
	if login := attribute("base", "login"); login["type"] != "string" || login["required"] != true || login["maxLength"] == nil {
		t.Errorf("login is %v", login)
	}
	if name := attribute("base", "firstName"); name["title"] != "First name" {
		t.Errorf("firstName is %v", name)
	}
	if badge, tags := attribute("custom", "badge"), attribute("custom", "tags"); badge["type"] != "integer" || tags["type"] != "array" || tags["items"] == nil {
		t.Errorf("badge is %v, tags is %v", badge, tags)
	}
	if n := len(definitions["base"].(map[string]any)["properties"].(map[string]any)); n != 31 {
		t.Errorf("%d base attributes, want 31", n)
	}
	c.get("/api/v1/meta/schemas/user/" + userSchemaID).ok()
	c.get("/api/v1/meta/schemas/user/oscOther").refused(404, "E0000007")
}

// Management API, schema UserSchemaAttribute: type is one of these. That an attribute of a seed has the type of its values, and otherwise
// is a string, is this org's rule.
func TestEveryCustomAttributeHasAType(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, `
attributes: [shoe, tags, size]
users:
  - {id: 00uada, login: ada@acme.example, firstName: Ada, lastName: L, profile: {size: 42, rates: [1.5], lists: [], remote: true, nobody: null}}
groups: [{name: A, profile: {cost: 7}}]
apps: [{id: 0oa1, label: Wiki, signOnMode: BOOKMARK}]
app_users: [{app: 0oa1, user: 00uada, profile: {floor: 3}}]
`, Options{})
	types := func(path string) string {
		custom := objectIn(objectIn(c.get(path).object()["definitions"])["custom"])
		var all []string
		for name, attribute := range objectIn(custom["properties"]) {
			shown := objectIn(attribute)
			all = append(all, strings.TrimSpace(name+" "+textOf(shown["type"])+" "+textOf(objectIn(shown["items"])["type"])))
		}
		slices.Sort(all)
		return strings.Join(all, ", ")
	}
	for path, want := range map[string]string{
		"/api/v1/meta/schemas/user/default":      "lists array string, nobody string, rates array number, remote boolean, shoe string, size number, tags string",
		"/api/v1/meta/schemas/group/default":     "cost number",
		"/api/v1/meta/schemas/apps/0oa1/default": "floor number",
	} {
		if got := types(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	c.updated(`{"shoe":"42","size":42}`).ok()
	for _, profile := range []string{`{"shoe":42}`, `{"shoe":["a"]}`, `{"shoe":true}`, `{"size":"42"}`} {
		c.updated(profile).refused(400, "E0000001")
	}
}
