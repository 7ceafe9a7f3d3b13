package oktasim

import (
	"strings"
	"testing"
)

// customOf returns the custom attributes of a schema.
func customOf(schema any) map[string]any {
	return objectIn(objectIn(objectIn(objectIn(schema)["definitions"])["custom"])["properties"])
}

// attributes returns the body of a request that changes the custom attributes of a schema.
func attributes(properties string) string {
	return `{"definitions":{"custom":{"id":"#custom","type":"object","properties":{` + properties + `},"required":[]}}}`
}

// Management API, "Update a user schema": properties are added, changed, and removed by null; others stay. The attribute is its example.
func TestACustomAttributeIsAddedAndRemoved(t *testing.T) {
	t.Parallel()
	c := undescribed(t, "attributes: {badge: integer}\nusers: [{id: 00uada, login: ada@acme.example, firstName: Ada, lastName: L, profile: {badge: 7}}]\n", Options{}) // the description has no null that removes an attribute
	path := "/api/v1/meta/schemas/user/default"
	twitter := `"twitterUserName":{"title":"Twitter username","description":"Twitter Username","type":"string","required":false,"minLength":1,"maxLength":20,
		"permissions":[{"principal":"SELF","action":"READ_WRITE"}]}`
	custom := customOf(c.send("POST", path, attributes(twitter)).object())
	added := objectIn(custom["twitterUserName"])
	if custom["badge"] == nil || added["scope"] != "NONE" || added["mutability"] != "READ_WRITE" || added["required"] != nil ||
		objectIn(added["permissions"].([]any)[0])["action"] != "READ_WRITE" {
		t.Errorf("got %v", custom)
	}
	c.send("POST", "/api/v1/users/00uada", `{"profile":{"twitterUserName":"@ada"}}`).ok()
	c.send("POST", "/api/v1/users/00uada", `{"profile":{"twitterUserName":"`+strings.Repeat("a", 21)+`"}}`).refused(400, "E0000001")
	c.send("POST", path, attributes(`"twitterUserName":{"title":"Twitter","type":"string","maxLength":30}`)).ok()
	c.send("POST", "/api/v1/users/00uada", `{"profile":{"twitterUserName":"`+strings.Repeat("a", 21)+`"}}`).ok()
	if dump := c.get("/-/dump").body; string(mustNew(t, dump, Options{}).state.dump()) != dump || !strings.Contains(dump, "schema_attributes:") {
		t.Errorf("the dump is\n%s", dump)
	}
	if custom := customOf(c.send("POST", path, attributes(`"twitterUserName":null,"badge":null`)).object()); len(custom) != 0 {
		t.Errorf("got %v", custom)
	}
	if profile := objectIn(c.get("/api/v1/users/00uada").object()["profile"]); profile["badge"] != nil || profile["twitterUserName"] != nil {
		t.Errorf("got %v", profile)
	}
	c.send("POST", "/api/v1/users/00uada", `{"profile":{"badge":7}}`).refused(400, "E0000001")
}

// Management API, "Retrieve the default group schema" and "Update the default group schema".
func TestTheGroupSchemaHasCustomAttributes(t *testing.T) {
	t.Parallel()
	c := undescribed(t, small, Options{}) // the description has no null that removes an attribute
	path := "/api/v1/meta/schemas/group/default"
	c.send("PUT", "/api/v1/groups/00gcon", `{"profile":{"name":"Contractors","groupContact":"ada"}}`).refused(400, "E0000001")
	c.send("POST", path, attributes(`"groupContact":{"title":"Group administrative contact","type":"string"}`)).ok()
	if custom := customOf(c.get(path).object()); custom["groupContact"] == nil {
		t.Errorf("got %v", custom)
	}
	c.send("PUT", "/api/v1/groups/00gcon", `{"profile":{"name":"Contractors","groupContact":"ada"}}`).ok()
	c.send("POST", path, attributes(`"groupContact":null`)).ok()
	if profile := objectIn(c.get("/api/v1/groups/00gcon").object()["profile"]); profile["groupContact"] != nil {
		t.Errorf("got %v", profile)
	}
}

// Management API, schema UserSchemaAttribute, and help.okta.com, "About profiles", for the reserved names. Okta does not document the
// causes.
func TestAnAttributeThatASchemaCannotHaveIsRefused(t *testing.T) {
	t.Parallel()
	c := undescribed(t, "attributes: {badge: integer}\nusers: [{login: ada@acme.example}]\n", Options{})
	before := c.get("/-/dump").body
	for properties, cause := range map[string]string{
		`"a":{"title":"A","type":"text"}`:                               "a: the type must be one of string, number, integer, boolean, array",
		`"a":{"type":"string"}`:                                         "a: The title cannot be left blank",
		`"a":{"title":"A","type":"string","minLength":3,"maxLength":2}`: "a: minLength and maxLength must be numbers, and minLength must not be greater",
		`"a":{"title":"A","type":"string","maxLength":"x"}`:             "a: minLength and maxLength must be numbers, and minLength must not be greater",
		`"a":{"title":"A","type":"string","pattern":"("}`:               "a: the pattern is not a regular expression",
		`"a":{"title":"A","type":"array"}`:                              "a: the type of items must be one of string, number, integer",
		`"a":{"title":"A","type":"string","enum":[1]}`:                  "a: a value of enum must be a string",
		`"a":{"title":"A","type":"integer","enum":[1,1]}`:               "a: the values of enum must be unique",
		`"1a":{"title":"A","type":"string"}`:                            "name: the name of an attribute must have letters, digits and underscores only, and not start with a digit",
		`"status":{"title":"A","type":"string"}`:                        "name: the attribute name status is reserved",
		`"title":{"title":"A","type":"string"}`:                         "title: the attribute is a base attribute of the schema",
		`"badge":{"title":"A","type":"string"}`:                         "badge: the type of an attribute cannot be changed",
		`"a":{"title":"A","type":"string"},"other":null`:                "other: the schema has no such attribute",
	} {
		e := c.send("POST", "/api/v1/meta/schemas/user/default", attributes(properties)).refused(400, "E0000001")
		if got := e.ErrorCauses[0].ErrorSummary; got != cause {
			t.Errorf("%s:\n got %s\nwant %s", properties, got, cause)
		}
	}
	base := `{"definitions":{"base":{"properties":{"title":{"title":"Function","type":"string"}}}}}`
	c.send("POST", "/api/v1/meta/schemas/user/default", base).refused(400, "E0000001")
	c.send("POST", "/api/v1/meta/schemas/user/default", c.get("/api/v1/meta/schemas/user/default").body).ok() // as it is
	if after := strings.Replace(c.get("/-/dump").body, "schema_attributes:\n  - {\"attribute\":{\"master\":{\"type\":\"PROFILE_MASTER\"},\"mutability\":\"READ_WRITE\",\"permissions\":[{\"action\":\"READ_ONLY\",\"principal\":\"SELF\"}],\"scope\":\"NONE\",\"title\":\"Badge\",\"type\":\"integer\"},\"name\":\"badge\",\"of\":\"user\"}\n", "", 1); after != before {
		t.Errorf("the org is\n%s\nbefore:\n%s", after, before)
	}
}

// Management API, schema UserSchemaAttributeFormat: email.
func TestAnAttributeOfTheFormatEmailHasAddresses(t *testing.T) {
	t.Parallel()
	c := undescribed(t, "users: [{id: 00uada, login: ada@acme.example, firstName: Ada, lastName: L}]\n", Options{})
	c.send("POST", "/api/v1/meta/schemas/user/default", attributes(`"other":{"title":"Other","type":"string","format":"email","pattern":"^a.*"}`)).ok()
	for _, value := range []string{`"ada"`, `"a b@acme.example"`, `"@"`, `"bob@acme.example"`} {
		c.send("POST", "/api/v1/users/00uada", `{"profile":{"other":`+value+`}}`).refused(400, "E0000001")
	}
	c.send("POST", "/api/v1/users/00uada", `{"profile":{"other":"ada@acme.example"}}`).ok()
	c.send("POST", "/api/v1/users/00uada", `{"profile":{"other":""}}`).ok()
}
