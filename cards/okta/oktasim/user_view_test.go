package oktasim

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// with returns a copy of the client that sends another header.
func (c client) with(name, value string) *client {
	c.header = http.Header{name: {value}}
	return &c
}

// undescribed returns an org whose answers are not checked against Okta's description of 2024, because they use newer
// features.
func undescribed(t *testing.T, seed string, options Options) *client {
	t.Helper()
	server := httptest.NewServer(mustNew(t, seed, options))
	t.Cleanup(server.Close)
	return &client{t: t, url: server.URL, auth: "SSWS demo-token"}
}

func keys(object any) []string {
	list := []string{}
	for key := range object.(map[string]any) {
		list = append(list, key)
	}
	return list
}

func has(object map[string]any, key string) bool { _, there := object[key]; return there }

// Source: management API, "List all users" and "Retrieve a user", header Content-Type: the values of okta-response.
func TestOktaResponseLeavesOutPartsOfAUser(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+"async_lifecycle: 1h\n", Options{Clock: (&fakeClock{at: start}).now})
	c.do("POST", "/api/v1/users/00udot/lifecycle/activate").ok()
	for header, want := range map[string][3]bool{ // whether the answer has credentials, a link to reset the password, transitioningToStatus
		"application/json": {true, true, true},
		"application/json; okta-response=omitCredentials":                                                       {false, true, true},
		"application/json;okta-response=omitCredentials,omitCredentialsLinks":                                   {false, false, true},
		`application/json; okta-response="omitCredentials, omitCredentialsLinks,omitTransitioningToStatus"`:     {false, false, false},
		"application/json; charset=utf-8; okta-response=omitTransitioningToStatus,omitCredentialsLinks,omitAll": {true, false, false},
	} {
		c := c.with("Content-Type", header)
		ada, dot := c.get("/api/v1/users/00uada").object(), c.get("/api/v1/users/00udot").object()
		links := ada["_links"].(map[string]any)
		if got := [3]bool{has(ada, "credentials"), has(links, "resetPassword"), has(dot, "transitioningToStatus")}; got != want {
			t.Errorf("%s: %v, want %v", header, got, want)
		}
		if !has(links, "suspend") || !has(links, "self") {
			t.Errorf("%s: links %v", header, keys(links))
		}
		for _, u := range c.get("/api/v1/users").ok().([]any) {
			if u := u.(map[string]any); has(u, "credentials") != want[0] {
				t.Errorf("%s: in a list %v", header, keys(u))
			}
		}
	}
	if u := c.with("Content-Type", "application/json; okta-response=omitCredentials").updated(`{"title":"x"}`).object(); !has(u, "credentials") {
		t.Error("a write leaves the credentials out")
	}
}

// Source: management API 2026.06, "List all users", fields: "Any other properties will be filtered out"; "The id field is
// always included"; profile:(firstName, city).
func TestFieldsChooseTheProperties(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for fields, want := range map[string]string{
		"id,status,profile:(login,email)":     `{"id":"00ubob","status":"SUSPENDED","profile":{"login":"bob@acme.example","email":"bob@acme.example"}}`,
		"profile:(firstName, city),lastLogin": `{"id":"00ubob","lastLogin":null,"profile":{"firstName":"Bob"}}`,
		"type, nothing":                       `{"id":"00ubob","type":{"id":"` + userTypeID + `"}}`,
		"profile":                             `{"id":"00ubob","profile":{"firstName":"Bob","lastName":"Marsh","mobilePhone":null,"secondEmail":null,"login":"bob@acme.example","email":"bob@acme.example"}}`,
	} {
		if got := c.get("/api/v1/users?fields=" + find(fields) + "&filter=" + find(`id eq "00ubob"`)).body; got != "["+want+"]" {
			t.Errorf("%s:\n got %s\nwant [%s]", fields, got, want)
		}
	}
	for _, fields := range []string{"profile:(login", "profile(login)", "status:(x)", "profile:(login)x"} {
		c.get("/api/v1/users?fields="+find(fields)).refused(400, "E0000001")
	}
	r := c.get("/api/v1/users?limit=1&fields=id")
	if next := c.get(r.links()["next"]).body; next != `[{"id":"00ubob"}]` {
		t.Errorf("the second page: %s", next)
	}
}

// Source: management API 2026.06, "List all users" and "Retrieve a user", expand: classification, in _embedded; schema
// ClassificationType: LITE or STANDARD. The rest of its form is our guess.
func TestUsersAreExpandedWithTheirClassification(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	want := map[string]any{"classification": map[string]any{"type": "STANDARD", "lastUpdated": "2024-05-01T08:00:00.000Z"}}
	if got := c.get("/api/v1/users/00uada?expand=classification").object()["_embedded"]; !cmp.Equal(got, any(want)) {
		t.Errorf("alone: %v", got)
	}
	list := c.get("/api/v1/users?expand=classification&fields=status&filter=" + find(`id eq "00uada"`)).ok().([]any)
	if got := list[0].(map[string]any)["_embedded"]; !cmp.Equal(got, any(want)) {
		t.Errorf("in a list: %v", got)
	}
}

// Source: management API 2026.06, "Update a user" and "Replace a user": If-Match, 412 E0000231, and error code
// E0000242. By RFC 9110, section 13.1.1, * matches any record.
func TestIfMatchIsComparedWithTheETag(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: start}
	c := undescribed(t, small, Options{Clock: clock.now})
	old := c.get("/api/v1/users/00uada").header.Get("ETag")
	if again := c.get("/api/v1/users/ada").header.Get("ETag"); old == "" || again != old {
		t.Fatalf("the tags %q and %q", old, again)
	}
	clock.at = clock.at.Add(1e9)
	r := c.with("If-Match", old).updated(`{"title":"x"}`)
	r.ok()
	tag := r.header.Get("ETag")
	if tag == old || c.get("/api/v1/users/00uada").header.Get("ETag") != tag {
		t.Errorf("the tag %q became %q", old, tag)
	}
	if e := c.with("If-Match", old).updated(`{"title":"y"}`).refused(412, "E0000231"); e.ErrorSummary != "ETag value doesn't match." {
		t.Errorf("summary %q", e.ErrorSummary)
	}
	c.with("If-Match", old).send("PUT", "/api/v1/users/00uada", person("ada@acme.example", "")).refused(412, "E0000231")
	for _, bad := range []string{"x", `"open`, `W/`, ""} {
		c.with("If-Match", bad).updated(`{"title":"y"}`).refused(400, "E0000242")
	}
	if got := c.get("/api/v1/users/00uada").object()["profile"].(map[string]any)["title"]; got != "x" {
		t.Errorf("the title is %v", got)
	}
	c.with("If-Match", `"other", `+tag).updated(`{"title":"y"}`).ok()
	c.with("If-Match", "*").updated(`{"title":"z"}`).ok()
}

// Source: management API, schema CreateUserRequest, type: "After a user has been created, the user can only be
// assigned a different user type … through a full replacement (PUT)". Okta does not document the error.
func TestATypeThatDiffersIsRefused(t *testing.T) {
	t.Parallel()
	c := undescribed(t, small, Options{})
	c.send("POST", "/api/v1/users/00uada", `{"profile":{"title":"x"},"type":{"id":"oty1"}}`).refused(400, "E0000001")
	c.send("PUT", "/api/v1/users/00uada", person("ada@acme.example", `,"type":{"id":"oty1"}`)).refused(400, "E0000001") // this type does not exist either
	c.send("POST", "/api/v1/users", person("eve@acme.example", `,"type":{"id":"oty1"}`)).refused(400, "E0000001")
	c.send("POST", "/api/v1/users/00uada", `{"profile":{"title":"x"},"type":{"id":"`+userTypeID+`"}}`).ok()
}
