package oktasim

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// removeMember takes a user out of a group without the API.
func (o *Org) removeMember(groupID, userID string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	g, _ := o.state.group(groupID)
	if !g.remove(o.state.byID[userID]) {
		panic(userID + " is not in " + groupID)
	}
}

// send sends a request with a body.
func (c *client) send(method, path, body string) reply {
	c.t.Helper()
	req, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", c.auth)
	req.Header.Set("Content-Type", "application/json")
	for name, values := range c.header {
		req.Header[name] = values
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return reply{t: c.t, status: res.StatusCode, header: res.Header, body: string(text)}
}

// custom is the seed small with a group that has custom attributes.
const custom = small + `
  - {id: 00gcus, name: Custom, profile: {costCenter: "17", big: 92233720368547758089, owner: null}}
`

func TestACreatedGroupIsAnOktaGroupWithAProfile(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, custom, Options{})
	g := c.send("POST", "/api/v1/groups", `{"profile":{"name":"Night shift","description":null,"costCenter":"9"}}`).object()
	if g["type"] != "OKTA_GROUP" || g["created"] != g["lastUpdated"] || g["created"] != g["lastMembershipUpdated"] {
		t.Errorf("got %v", g)
	}
	want := map[string]any{"name": "Night shift", "description": nil, "costCenter": "9"}
	if diff := cmp.Diff(want, c.get("/api/v1/groups/" + g["id"].(string)).object()["profile"]); diff != "" {
		t.Errorf("profile (-want +got):\n%s", diff)
	}
	if got := c.get("/api/v1/groups?search=" + find(`profile.costCenter eq "9"`)).column("profile.name"); !cmp.Equal(got, []string{"Night shift"}) {
		t.Errorf("found by its attribute: %v", got)
	}
}

func TestGroupNamesAreUnique(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, custom, Options{})
	e := c.send("POST", "/api/v1/groups", `{"profile":{"name":"contractors"}}`).refused(400, "E0000001")
	if got, want := e.ErrorCauses[0].ErrorSummary, "name: An object with this field already exists in the current organization"; got != want {
		t.Errorf("cause %q, want %q", got, want)
	}
	c.send("PUT", "/api/v1/groups/00gcus", `{"profile":{"name":"Contractors"}}`).refused(400, "E0000001")
	c.send("PUT", "/api/v1/groups/00gcus", `{"profile":{"name":"CUSTOM"}}`).ok() // its own name, in capitals
	c.send("POST", "/api/v1/groups", `{"profile":{"name":"AD Users"}}`).ok()     // an APP_GROUP does not reserve its name
	c.send("PUT", "/api/v1/groups/00gcus", `{"profile":{"name":"Bespoke"}}`).ok()
	c.send("POST", "/api/v1/groups", `{"profile":{"name":"custom"}}`).ok() // the name is free again
}

func TestAGroupWithoutANameOrWithUnknownAttributesIsRefused(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, custom, Options{})
	for _, body := range []string{`{}`, `{"profile":{"name":" "}}`, `{"profile":{"name":null}}`, `{"profile":{"name":5}}`,
		`{"profile":{"name":"x","colour":"red"}}`, `{"profile":{"name":"x","costCenter":17}}`, `{"profile":{"name":"` + strings.Repeat("x", 256) + `"}}`} {
		c.send("POST", "/api/v1/groups", body).refused(400, "E0000001")
	}
	for _, body := range []string{``, `{`, `[]`, `{"profile":1}`} {
		c.send("POST", "/api/v1/groups", body).refused(400, "E0000003")
	}
}

func TestPutReplacesTheWholeProfileOfAGroup(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: start}
	c := serveSeed(t, custom, Options{Clock: clock.now})
	clock.at = clock.at.Add(time.Hour)
	g := c.send("PUT", "/api/v1/groups/00gcus", `{"profile":{"name":"Custom","big":1.50}}`).object()
	if got, want := c.get("/api/v1/groups/00gcus").body, `"profile":{"name":"Custom","description":null,"big":1.50}`; !strings.Contains(got, want) {
		t.Errorf("got %s, want it to hold %s", got, want)
	}
	if g["lastUpdated"] != "2026-03-01T13:00:00.000Z" || g["lastMembershipUpdated"] != "2026-03-01T12:00:00.000Z" {
		t.Errorf("times: %v", g)
	}
}

func TestADeletedGroupDisappearsAndOthersStay(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, custom, Options{})
	if r := c.do("DELETE", "/api/v1/groups/00gcon"); r.status != 204 || r.body != "" {
		t.Errorf("got %d %q", r.status, r.body)
	}
	c.do("DELETE", "/api/v1/groups/00gcon").refused(404, "E0000007")
	c.get("/api/v1/groups/00gcon/users").refused(404, "E0000007")
	if got := c.get("/api/v1/users/00uada/groups").column("profile.name"); !cmp.Equal(got, []string{"Everyone"}) {
		t.Errorf("groups of a member: %v", got)
	}
	if got := c.get("/api/v1/groups").column("id")[1:]; !cmp.Equal(got, []string{"00gcom", "00gad", "00gcus"}) {
		t.Errorf("groups left: %v", got)
	}
	if _, err := Load(c.org.state.dump()); err != nil || strings.Contains(string(c.org.state.dump()), "Contractors") {
		t.Errorf("the dump: %v\n%s", err, c.org.state.dump())
	}
}

func TestOnlyOktaGroupsTakeMemberAndNameCalls(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	everyone := c.get("/api/v1/groups?q=everyone").column("id")[0]
	for _, id := range []string{everyone, "00gad"} {
		c.send("PUT", "/api/v1/groups/"+id, `{"profile":{"name":"x"}}`).refused(501, "E0000060")
		c.do("PUT", "/api/v1/groups/"+id+"/users/00uada").refused(501, "E0000060")
		c.do("DELETE", "/api/v1/groups/"+id+"/users/00uada").refused(501, "E0000060")
	}
}

// Source: management API 2026.06, "Delete a group": "Deletes a group of the OKTA_GROUP or APP_GROUP type". That a built-in
// group is refused with E0000060 is our guess.
func TestAnAppGroupCanBeDeletedAndABuiltInOneCannot(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.send("POST", "/api/v1/groups", `{"profile":{"name":"AD users"}}`).ok()
	if r := c.do("DELETE", "/api/v1/groups/00gad"); r.status != 204 {
		t.Errorf("got %d %s", r.status, r.body)
	}
	c.get("/api/v1/groups/00gad").refused(404, "E0000007")
	c.send("POST", "/api/v1/groups", `{"profile":{"name":"AD Users"}}`).refused(400, "E0000001") // another group has the name
	everyone := c.get("/api/v1/groups?q=everyone").column("id")[0]
	c.do("DELETE", "/api/v1/groups/"+everyone).refused(501, "E0000060")
}

func TestMemberCallsAnswer204WhetherOrNotAnythingChanged(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: start}
	c := serveSeed(t, small, Options{Clock: clock.now})
	for _, test := range []struct {
		method  string
		members []string
		updated string // lastMembershipUpdated
		events  int
	}{
		{"PUT", []string{"00uada", "00ubob", "00ucyd", "00udot"}, "2026-03-01T12:01:00.000Z", 1},
		{"PUT", []string{"00uada", "00ubob", "00ucyd", "00udot"}, "2026-03-01T12:01:00.000Z", 1},
		{"DELETE", []string{"00uada", "00ubob", "00ucyd"}, "2026-03-01T12:03:00.000Z", 2},
		{"DELETE", []string{"00uada", "00ubob", "00ucyd"}, "2026-03-01T12:03:00.000Z", 2},
	} {
		clock.at = clock.at.Add(time.Minute)
		if r := c.do(test.method, "/api/v1/groups/00gcon/users/00udot"); r.status != 204 || r.body != "" {
			t.Errorf("%s: %d %q", test.method, r.status, r.body)
		}
		if got := c.get("/api/v1/groups/00gcon/users").column("id"); !cmp.Equal(got, test.members) {
			t.Errorf("%s: members %v, want %v", test.method, got, test.members)
		}
		g := c.get("/api/v1/groups/00gcon").object()
		if g["lastMembershipUpdated"] != test.updated || g["lastUpdated"] != "2026-03-01T12:00:00.000Z" {
			t.Errorf("%s: times %v", test.method, g)
		}
		if got := len(c.get("/api/v1/logs").ok().([]any)); got != test.events {
			t.Errorf("%s: %d events, want %d: only a change writes one", test.method, got, test.events)
		}
	}
	c.do("PUT", "/api/v1/groups/00gcon/users/nobody").refused(404, "E0000007")
	c.do("PUT", "/api/v1/groups/00gnone/users/00uada").refused(404, "E0000007")
}

// Groups API, "Assign a user to a group": userId is "ID of an existing Okta user". That a login is refused is our
// guess.
func TestMemberIsNamedOnlyByID(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for _, name := range []string{"dot@acme.example", "dot", "me"} {
		c.do("PUT", "/api/v1/groups/00gcon/users/"+name).refused(404, "E0000007")
		c.do("DELETE", "/api/v1/groups/00gcon/users/"+name).refused(404, "E0000007")
	}
}

// Management API, schema Group: lastMembershipUpdated is when "the memberships of the group were last updated",
// lastUpdated when "the group's profile was last updated".
func TestTimesOfAGroupAreIndependent(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: start}
	c := serveSeed(t, small, Options{Clock: clock.now})
	times := func() string {
		g := c.get("/api/v1/groups/00gcon").object()
		return g["lastUpdated"].(string)[11:16] + " " + g["lastMembershipUpdated"].(string)[11:16]
	}
	for i, step := range []struct{ method, path, body, want string }{
		{"PUT", "/groups/00gcon", `{"profile":{"name":"Contractors"}}`, "12:01 12:00"},
		{"PUT", "/groups/00gcon/users/00udot", "", "12:01 12:02"},
		{"DELETE", "/groups/00gcon/users/00udot", "", "12:01 12:03"},
		{"POST", "/users/00uada", `{"profile":{"title":"x"}}`, "12:01 12:03"},
		{"DELETE", "/users/00uada", "", "12:01 12:03"}, // deactivates her
		{"DELETE", "/users/00uada", "", "12:01 12:06"},
	} {
		clock.at = start.Add(time.Duration(i+1) * time.Minute)
		if r := c.send(step.method, "/api/v1"+step.path, step.body); r.status > 204 {
			t.Fatalf("%s %s: %d %s", step.method, step.path, r.status, r.body)
		}
		if got := times(); got != step.want {
			t.Errorf("%s %s: %s, want %s", step.method, step.path, got, step.want)
		}
	}
}

func TestGroupsAreFoundByTheTimesOfTheirChanges(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: start}
	c := serveSeed(t, small, Options{Clock: clock.now})
	clock.at = clock.at.Add(time.Hour)
	c.do("PUT", "/api/v1/groups/00gcon/users/00udot")
	c.send("PUT", "/api/v1/groups/00gcom", `{"profile":{"name":"Committee"}}`).ok()
	for expression, want := range map[string][]string{
		`lastMembershipUpdated gt "2026-03-01T12:00:00.000Z"`:                {"00gcon"},
		`lastUpdated gt "2026-03-01T12:00:00Z"`:                              {"00gcom"},
		`lastUpdated ge "2026-03-01T14:00:00+01:00"`:                         {"00gcom"},
		`lastUpdated lt "2026-03-01T13:00:00.000Z" and type eq "OKTA_GROUP"`: {"00gcon"},
		`lastUpdated le "2026-03-01T13:00:00.000Z" and type eq "OKTA_GROUP"`: {"00gcon", "00gcom"},
		`lastUpdated eq "2026-03-01T13:00:00.000Z"`:                          {"00gcom"},
	} {
		for _, parameter := range []string{"filter", "search"} {
			if got := c.get("/api/v1/groups?" + parameter + "=" + find(expression)).column("id"); !cmp.Equal(got, want) {
				t.Errorf("%s=%s: got %v, want %v", parameter, expression, got, want)
			}
		}
	}
	c.get("/api/v1/groups?filter="+find(`created gt "2026-03-01T12:00:00Z"`)).refused(400, "E0000031")
}

func TestASearchOfGroupsIsSortedAndPagedThroughDeletions(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, custom, Options{})
	all := "/api/v1/groups?search=" + find(`id pr`) + "&sortBy=profile.name"
	if got, want := c.get(all).column("profile.name"), []string{"AD Users", `Com"mittee`, "Contractors", "Custom", "Everyone"}; !cmp.Equal(got, want) {
		t.Errorf("ascending: %v, want %v", got, want)
	}
	if got, want := c.get(all+"&sortOrder=desc").column("profile.name"), []string{"Everyone", "Custom", "Contractors", `Com"mittee`, "AD Users"}; !cmp.Equal(got, want) {
		t.Errorf("descending: %v, want %v", got, want)
	}
	ids := c.get("/api/v1/groups").column("id")
	slices.Sort(ids)
	if got := c.get("/api/v1/groups?search=" + find(`id pr`) + "&sortBy=profile.nothing").column("id"); !cmp.Equal(got, ids) {
		t.Errorf("of equal values: %v, want them by id", got)
	}
	first := c.get(all + "&limit=3")
	c.do("DELETE", "/api/v1/groups/00gcon") // the last group of the first page
	if got, want := c.get(first.links()["next"]).column("profile.name"), []string{"Custom", "Everyone"}; !cmp.Equal(got, want) {
		t.Errorf("the next page: %v, want %v", got, want)
	}
	if got := c.get("/api/v1/groups?sortBy=profile.name").column("id"); got[1] != "00gcom" {
		t.Errorf("without search: %v, want the order of the list", got)
	}
}

func TestExpandStatsCountsTheMembersOfAGroup(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	g := c.get("/api/v1/groups?expand=stats&q=contr").ok().([]any)[0].(map[string]any)
	stats := g["_embedded"].(map[string]any)["stats"].(map[string]any)
	if got := jsonOf(t, stats["usersCount"]); got != "3" {
		t.Errorf("usersCount %s, want 3", got)
	}
	c.get("/api/v1/groups?expand=owner").refused(400, "E0000031")
}

// Schemas API, "Group profile base subschema": a description has at most 1024 characters.
func TestTheDescriptionOfAGroupIsBounded(t *testing.T) {
	t.Parallel()
	c := undescribed(t, small, Options{})
	body := func(n int) string {
		return `{"profile":{"name":"Long","description":"` + strings.Repeat("ä", n) + `"}}`
	}
	c.send("POST", "/api/v1/groups", body(1025)).refused(400, "E0000001")
	id, _ := c.send("POST", "/api/v1/groups", body(1024)).object()["id"].(string)
	c.send("PUT", "/api/v1/groups/"+id, body(1025)).refused(400, "E0000001")
}
