package oktasim

import (
	"fmt"
	"strings"
	"testing"
)

// Management API, "Retrieve the default app user schema for an app"; terraform-provider-okta, TestAccAppUserSchemas_crud (oie): the
// attribute, and what the answer leaves out.
func TestAnApplicationHasASchemaForItsUsers(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	path := "/api/v1/meta/schemas/apps/0oaoid/default"
	schema := c.send("POST", path, attributes(`"size":{"description":"d","enum":["S","M"],"master":{"type":"PROFILE_MASTER"},"maxLength":50,"minLength":1,
		"oneOf":[{"const":"S","title":"Small"},{"const":"M","title":"Medium"}],"permissions":[{"action":"READ_ONLY","principal":"SELF"}],
		"required":false,"scope":"NONE","title":"Size","type":"string","union":"DISABLE"}`)).object()
	size := objectIn(customOf(schema)["size"])
	for _, name := range []string{"permissions", "required", "union"} {
		if has(size, name) {
			t.Errorf("%s is in %v", name, size)
		}
	}
	base := objectIn(objectIn(objectIn(schema["definitions"])["base"])["properties"])
	if objectIn(base["userName"])["required"] != true || base["given_name"] == nil || schema["title"] != "Reports User" || len(size["oneOf"].([]any)) != 2 {
		t.Errorf("got %v", schema)
	}
	if base := objectIn(objectIn(objectIn(c.get("/api/v1/meta/schemas/apps/0oawik/default").object()["definitions"])["base"])["properties"]); len(base) != 1 {
		t.Errorf("an application without claims has %v", base)
	}
	c.get("/api/v1/meta/schemas/apps/0oanone/default").refused(404, "E0000007")
}

// okta-blog-archive, issue 2167: the cause. Values are validated for users and groups alike.
func TestAProfileOfAnApplicationFitsItsSchema(t *testing.T) {
	t.Parallel()
	c := undescribed(t, appSeed, Options{}) // the description has no null that removes an attribute
	c.send("POST", "/api/v1/meta/schemas/apps/0oawik/default", attributes(`"size":{"title":"Size","type":"string","enum":["S","M"]},
		"tags":{"title":"Tags","type":"array","items":{"type":"string","enum":["a","b"]}}`)).ok()
	for profile, cause := range map[string]string{
		`{"role":"x"}`:    "Property 'role' not found",
		`{"size":"XL"}`:   `size: must be one of "S", "M"`,
		`{"size":1}`:      "size: must be a string",
		`{"tags":["c"]}`:  `tags: must be one of "a", "b"`,
		`{"tags":[1]}`:    "tags: an item must be a string",
		`{"floor":"two"}`: "floor: must be an integer",
		`{"userName":1}`:  "userName: must be a string",
	} {
		for method, path := range map[string]string{"POST": "/api/v1/apps/0oawik/users/00uada", "PUT": "/api/v1/apps/0oawik/groups/00gemp"} {
			e := c.send(method, path, `{"profile":`+profile+`}`).refused(400, "E0000001")
			if got := e.ErrorCauses[0].ErrorSummary; got != cause {
				t.Errorf("%s %s:\n got %s\nwant %s", path, profile, got, cause)
			}
		}
	}
	c.send("POST", "/api/v1/apps/0oawik/users/00uada", `{"profile":{"size":"S","tags":["a"],"team":"x"}}`).ok()
	c.send("POST", "/api/v1/meta/schemas/apps/0oawik/default", attributes(`"size":null,"team":null`)).ok()
	profile := objectIn(c.get("/api/v1/apps/0oawik/users/00uada").object()["profile"])
	if profile["size"] != nil || profile["team"] != nil || profile["tags"] == nil {
		t.Errorf("got %v", profile)
	}
	c.do("POST", "/api/v1/apps/0oawik/lifecycle/deactivate").ok()
	c.do("DELETE", "/api/v1/apps/0oawik")
	if dump := c.get("/-/dump").body; strings.Contains(dump, "schema_attributes:") {
		t.Errorf("the attributes of a deleted application stay: %s", dump)
	}
}

// Management API, "Update an app group", with its example. That other operations are refused is our guess.
func TestAGroupAssignmentIsPatched(t *testing.T) {
	t.Parallel()
	c := undescribed(t, appSeed, Options{}) // the description has an object as the value, its example a text
	path := "/api/v1/apps/0oawik/groups/00gcon"
	got := c.send("PATCH", path, `[{"op":"replace","path":"/profile/team","value":"Visitors"},{"op":"add","path":"/priority","value":2}]`).object()
	if objectIn(got["profile"])["team"] != "Visitors" || fmt.Sprint(got["priority"]) != "2" {
		t.Errorf("got %v", got)
	}
	c.send("PATCH", path, `[{"op":"remove","path":"/profile/team"}]`).ok()
	if got := c.get(path).object(); len(objectIn(got["profile"])) != 0 || fmt.Sprint(got["priority"]) != "2" {
		t.Errorf("got %v", got)
	}
	for _, patch := range []string{`{"op":"test","path":"/priority","value":2}`, `{"op":"remove","path":"/id"}`, `{"op":"add","path":"/profile/role","value":"x"}`} {
		c.send("PATCH", path, "["+patch+"]").refused(400, "E0000001")
	}
	c.send("PATCH", path, `{}`).refused(400, "E0000003")
	c.send("PATCH", "/api/v1/apps/0oawik/groups/00gemp", "[]").refused(404, "E0000007")
}
