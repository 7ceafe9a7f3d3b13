package oktasim

import (
	"net/http"
	"strings"
	"testing"
)

const realmSeed = `
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: King, realm: guor1}
realms:
  - {id: guor1, profile: {name: Car Co, realmType: PARTNER}}
  - {id: guor2, profile: {name: Bike Co}}
authenticators:
  - {id: aut1, key: okta_verify, name: Okta Verify}
`

// Management API, "List all realms": search, sortBy and sortOrder, limit. Example DefaultRealmResponse.
func TestRealmsAreSearchedAndSorted(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, realmSeed, Options{})
	for query, want := range map[string]string{
		"":         "Car Co, Bike Co, Default Realm",
		"?limit=1": "Car Co, Bike Co, Default Realm",
		"?search=" + find(`profile.name co "Bike"`):                                                                "Bike Co",
		"?search=" + find(`profile.realmType eq "PARTNER"`):                                                        "Car Co",
		"?sortBy=profile.name&search=" + find(`profile.name co "Car" or profile.name sw "B"`):                      "Bike Co, Car Co",
		"?sortBy=profile.name&sortOrder=desc&limit=1&search=" + find(`profile.name sw "C" or profile.name sw "B"`): "Car Co, Bike Co",
	} {
		var names []string
		for _, id := range c.walk("/api/v1/realms"+query, "id") {
			name, _, _ := strings.Cut(strings.SplitAfter(c.get("/api/v1/realms/"+id).body, `"name":"`)[1], `"`)
			names = append(names, name)
		}
		if got := strings.Join(names, ", "); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	c.get("/api/v1/realms?search="+find(`profile.realmType co "PART"`)).refused(400, "E0000031")
	c.get("/api/v1/realms?sortBy=profile.size&search="+find(`id eq "x"`)).refused(400, "E0000031")
}

// Management API, schema RealmProfile; "Replace the realm profile"; "Delete a realm": only after its users have left it.
func TestRealmsAreCreatedReplacedAndDeleted(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, realmSeed, Options{})
	c.send("POST", "/api/v1/realms", `{"profile":{"name":"Car Co"}}`).refused(400, "E0000001")
	c.send("POST", "/api/v1/realms", `{"profile":{"name":" "}}`).refused(400, "E0000001")
	if got := c.send("POST", "/api/v1/realms", `{"profile":{"name":"New"}}`); !strings.Contains(got.body, `"isDefault":false`) {
		t.Errorf("got %s", got.body)
	}
	if got := c.send("PUT", "/api/v1/realms/guor1", `{"profile":{"name":"Cars"}}`).body; strings.Contains(got, "realmType") {
		t.Errorf("an attribute that was left out stays: %s", got)
	}
	c.do("DELETE", "/api/v1/realms/guor1").refused(400, "E0000001")
	if got := c.do("DELETE", "/api/v1/realms/guor2"); got.status != http.StatusNoContent {
		t.Errorf("got %d %s", got.status, got.body)
	}
	c.get("/api/v1/realms/guor2").refused(404, "E0000007")
	if got := c.get("/api/v1/logs").body; !strings.Contains(got, "directory.realm.lifecycle.update") || !strings.Contains(got, `"displayName":"Cars"`) {
		t.Errorf("the log has %s", got)
	}
}

// Management API, example AuthenticatorsResponse: the list has no pages. Every org has email and password.
func TestAuthenticatorsAreListed(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, realmSeed, Options{})
	if got := strings.Join(c.walk("/api/v1/authenticators", "type"), " "); got != "app email password" {
		t.Errorf("got %s", got)
	}
	if _, err := New(mustLoad(t, "authenticators: [{name: Stamp, key: stamp}]\n"), Options{}); err == nil || !strings.Contains(err.Error(), "key: must be one of custom_app") {
		t.Errorf("got %v", err)
	}
}

// Management API, schema RealmProfile. That other attributes are refused is our guess.
func TestTheProfileOfARealmHasTheTypesOfItsSchema(t *testing.T) {
	t.Parallel()
	c := undescribed(t, realmSeed, Options{})
	for _, profile := range []string{
		`{"name":5}`, `{"name":["A"]}`, `{"name":"A","realmType":5}`, `{"name":"A","realmType":"OTHER"}`, `{"name":"A","domains":"a.example"}`,
		`{"name":"A","domains":[5]}`, `{"name":"A","domains":[""]}`, `{"name":"A","nope":1}`, `"A"`, `[]`,
	} {
		c.send("POST", "/api/v1/realms", `{"profile":`+profile+`}`).refused(400, "E0000001")
		c.send("PUT", "/api/v1/realms/guor2", `{"profile":`+profile+`}`).refused(400, "E0000001")
	}
	c.send("POST", "/api/v1/realms", `{"profile":{"name":"A","realmType":"PARTNER","domains":["a.example"]}}`).ok()
}
