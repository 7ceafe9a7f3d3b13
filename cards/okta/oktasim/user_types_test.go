package oktasim

import (
	"fmt"
	"strings"
	"testing"
)

const contractors = `
users:
  - {id: 00uada, login: ada@acme.example, firstName: Ada, lastName: Lovelace}
  - {id: 00ubob, login: bob@acme.example, firstName: Bob, lastName: Marsh, type: contractor, profile: {agency: Acme}}
attributes: {badge: integer}
user_types:
  - {id: oty1, name: contractor, displayName: Contractor, description: People of agencies}
schema_attributes:
  - {type: contractor, name: agency, attribute: {title: Agency, type: string, required: true, enum: [Acme, Initech]}}
`

// Management API, user types: GET, POST and PUT of one; "The name of an existing User Type can't be changed".
func TestAUserTypeIsUpdatedAndReplaced(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, contractors, Options{})
	path := "/api/v1/meta/types/user/oty1"
	c.send("POST", path, `{"displayName":"Freelancer"}`).ok()
	if got := c.get(path).object(); got["displayName"] != "Freelancer" || got["description"] != "People of agencies" || got["default"] != false {
		t.Errorf("after an update: %v", got)
	}
	c.send("PUT", path, `{"name":"contractor","displayName":"Contractor","description":"Other people"}`).ok()
	if got := c.get(path).object(); got["displayName"] != "Contractor" || got["description"] != "Other people" {
		t.Errorf("after a replacement: %v", got)
	}
	c.send("PUT", path, `{"name":"other","displayName":"Other","description":"x"}`).refused(400, "E0000001")
	for _, id := range []string{"default", userTypeID} {
		if got := c.get("/api/v1/meta/types/user/" + id).object(); got["id"] != userTypeID || got["default"] != true {
			t.Errorf("%s: got %v", id, got)
		}
	}
	if got := c.get("/api/v1/meta/types/user").column("name"); strings.Join(got, " ") != "user contractor" {
		t.Errorf("got %q", got)
	}
}

// Management API, "Create a user type": nine besides the default one, "based on the current default schema template".
func TestAUserTypeIsCreatedWithTheAttributesOfTheDefaultOne(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, contractors, Options{})
	body := `{"name":"guest%d","displayName":"Guest","description":"g"}`
	created := c.send("POST", "/api/v1/meta/types/user", fmt.Sprintf(body, 1)).object()
	schema := c.get(objectIn(objectIn(created["_links"])["schema"])["href"].(string)).object()
	if custom := customOf(schema); custom["badge"] == nil || schema["name"] != "guest1" {
		t.Errorf("got %v", schema)
	}
	c.send("POST", "/api/v1/meta/types/user", fmt.Sprintf(body, 1)).refused(400, "E0000001")
	for i := range 7 {
		c.send("POST", "/api/v1/meta/types/user", fmt.Sprintf(body, i+2)).ok()
	}
	c.send("POST", "/api/v1/meta/types/user", fmt.Sprintf(body, 9)).refused(400, "E0000001")
	for _, name := range []string{"9guest", "user", "a b"} {
		c.send("POST", "/api/v1/meta/types/user", `{"name":"`+name+`","displayName":"x","description":"x"}`).refused(400, "E0000001")
	}
}

// Management API, "Delete a user type": not the default one, nor one that is assigned to users.
func TestAUserTypeInUseIsNotDeleted(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, contractors, Options{})
	c.do("DELETE", "/api/v1/meta/types/user/oty1").refused(403, "E0000006")
	c.do("DELETE", "/api/v1/meta/types/user/"+userTypeID).refused(403, "E0000006")
	c.send("PUT", "/api/v1/users/00ubob", person("bob@acme.example", `,"type":{"id":"`+userTypeID+`"}`)).ok()
	if got := c.do("DELETE", "/api/v1/meta/types/user/oty1"); got.status != 204 {
		t.Errorf("got %d %s", got.status, got.body)
	}
	c.get("/api/v1/meta/types/user/oty1").refused(404, "E0000007")
	c.get("/api/v1/meta/schemas/user/osc1").refused(404, "E0000007")
}

// Management API, schema CreateUserRequest, type: only a new user and a full replacement can set it. The schema of the type applies.
func TestAUserHasATypeAndItsSchema(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, contractors, Options{})
	bob := c.get("/api/v1/users/00ubob").object()
	if objectIn(bob["type"])["id"] != "oty1" || !strings.HasSuffix(objectIn(objectIn(bob["_links"])["schema"])["href"].(string), "/osc1") {
		t.Errorf("got %v", bob)
	}
	if got := c.get("/api/v1/users?search=" + find(`type.id eq "oty1"`)).column("id"); len(got) != 1 || got[0] != "00ubob" {
		t.Errorf("got %q", got)
	}
	eve := func(profile string) string {
		return `{"profile":{"login":"eve@acme.example","email":"eve@acme.example","firstName":"Eve","lastName":"Stone"` + profile + `},"type":{"id":"oty1"}}`
	}
	c.send("POST", "/api/v1/users", eve("")).refused(400, "E0000001") // agency is required
	c.send("POST", "/api/v1/users", eve(`,"agency":"Hooli"`)).refused(400, "E0000001")
	c.send("POST", "/api/v1/users", eve(`,"agency":"Acme","badge":1`)).refused(400, "E0000001") // badge is of the default type
	if got := c.send("POST", "/api/v1/users", eve(`,"agency":"Initech"`)).object(); objectIn(got["type"])["id"] != "oty1" {
		t.Errorf("got %v", got)
	}
	c.send("POST", "/api/v1/users/00uada", `{"type":{"id":"oty1"}}`).refused(400, "E0000001")
	c.send("POST", "/api/v1/users/00ubob", `{"profile":{"title":"x"}}`).ok()
	dump := c.get("/-/dump").body
	if again := string(mustNew(t, dump, Options{}).state.dump()); again != dump || !strings.Contains(dump, "type: contractor") {
		t.Errorf("the dump is\n%s\nafter reading it\n%s", dump, again)
	}
}

func TestAnAttributeOfASeedHasATypeInTheSchemaOfEachUserType(t *testing.T) {
	t.Parallel()
	const seed = `
user_types: [{id: oty1, name: contractor, displayName: Contractor}]
users:
  - {id: 00uada, login: ada@acme.example, firstName: Ada, lastName: L, profile: {badge: 7}}
  - {id: 00ubob, login: bob@acme.example, firstName: Bob, lastName: M, type: contractor, profile: {badge: B7}}
`
	c := serveSeed(t, seed, Options{})
	c.updated(`{"badge":8}`).ok()
	c.send("POST", "/api/v1/users/00ubob", `{"profile":{"badge":"B8"}}`).ok()
	c.send("POST", "/api/v1/users/00ubob", `{"profile":{"badge":8}}`).refused(400, "E0000001")
	dump := c.get("/-/dump").body
	if again := string(mustNew(t, dump, Options{}).state.dump()); again != dump {
		t.Errorf("got %s, want %s", again, dump)
	}
	for wrong, want := range map[string]string{
		"  - {login: cy@acme.example, type: contractor, profile: {badge: 9}}\n": "badge: must be a string",
		"  - {login: cy@acme.example, profile: {badge: B9}}\n":                  "badge: must be a number",
	} {
		if _, err := Load([]byte(seed + wrong)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
