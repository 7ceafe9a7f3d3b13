package oktasim

import "testing"

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
