package oktasim

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Management API, schema AppUser, scope. Of several groups, the one with the highest priority gives the profile (schema
// ApplicationGroupAssignment, priority).
func TestAUserIsAssignedDirectlyOrByAGroup(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	for id, want := range map[string]string{"00uada": "USER Search", "00ubob": "GROUP Night"} {
		user := c.get("/api/v1/apps/0oawik/users/" + id).object()
		if got := user["scope"].(string) + " " + user["profile"].(map[string]any)["team"].(string); got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
	c.get("/api/v1/apps/0oawik/users/00udot").refused(404, "E0000007")
	c.get("/api/v1/apps/0oawik/users/ada@acme.example").refused(404, "E0000007")
	c.do("DELETE", "/api/v1/groups/00gnig/users/00ubob")
	if got := c.get("/api/v1/apps/0oawik/users/00ubob").object()["profile"].(map[string]any)["team"]; got != "Guests" {
		t.Errorf("got %v", got)
	}
	c.do("DELETE", "/api/v1/groups/00gcon/users/00ubob")
	c.get("/api/v1/apps/0oawik/users/00ubob").refused(404, "E0000007")
}

// Management API, "List all application users": q matches the start of userName, firstName, lastName and email.
func TestApplicationUsersAreFoundByTheStartOfTheirNames(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	c.send("POST", "/api/v1/apps/0oacrm/users", `{"id":"00uada"}`).ok()
	c.send("POST", "/api/v1/apps/0oacrm/users", `{"id":"00ubob","credentials":{"userName":"robert"}}`).ok()
	for q, want := range map[string]string{"": "00uada 00ubob", "rob": "00ubob", "lov": "00uada", "ada@m": "00uada", "xyz": ""} {
		if got := strings.Join(c.get("/api/v1/apps/0oacrm/users?expand=user&q="+q).column("id"), " "); got != want {
			t.Errorf("%s: got %q, want %q", q, got, want)
		}
	}
	if got := c.walk("/api/v1/apps/0oacrm/users?limit=1", "id"); len(got) != 2 {
		t.Errorf("pages have %q", got)
	}
}

// terraform-provider-okta, issue 120; teleport, issue 53947.
func TestAUserKeepsAnApplicationThatAGroupGrants(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	e := c.do("DELETE", "/api/v1/apps/0oawik/users/00ubob").refused(403, "E0000046")
	if want := "The application cannot be unassigned from the user while their group memberships grant them access."; e.ErrorCauses[0].ErrorSummary != want {
		t.Errorf("got %q, want %q", e.ErrorCauses[0].ErrorSummary, want)
	}
	if got := c.do("DELETE", "/api/v1/apps/0oawik/users/00uada?sendEmail=true"); got.status != http.StatusNoContent {
		t.Errorf("got %d %s", got.status, got.body)
	}
	c.do("DELETE", "/api/v1/apps/0oawik/users/00uada").refused(404, "E0000007")
}

// Teleport, issue 53947: no request turns a direct assignment into one by a group while the group grants the application.
func TestAnAssignmentByAGroupBecomesADirectOneButNotBack(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	for _, test := range []struct{ sent, scope string }{{"GROUP", "GROUP"}, {"USER", "USER"}, {"GROUP", "USER"}} {
		c.send("POST", "/api/v1/apps/0oawik/users", `{"id":"00ubob","scope":"`+test.sent+`"}`).ok()
		if got := c.get("/api/v1/apps/0oawik/users/00ubob").object()["scope"]; got != test.scope {
			t.Errorf("%s: got %v, want %s", test.sent, got, test.scope)
		}
	}
	c.send("POST", "/api/v1/apps/0oawik/users", `{"id":"00udot","scope":"GROUP"}`).refused(400, "E0000001")
}

// Management API, "Update an application user", its errors, and its two kinds of request.
func TestAnAssignmentIsUpdatedAsItsApplicationAllows(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	c.send("POST", "/api/v1/apps/0oaswa/users", `{"id":"00uada","credentials":{"userName":"a"}}`).refused(400, "E0000041")
	c.send("POST", "/api/v1/apps/0oacrm/users", `{"id":"00uada","profile":{"firstName":"Augusta"}}`).refused(403, "E0000075")
	c.send("POST", "/api/v1/apps/0oacrm/users", `{"id":"00uada","profile":{"firstName":"Ada"}}`).ok()
	c.send("POST", "/api/v1/apps/0oawik/users/00uada", `{"credentials":{"userName":"`+strings.Repeat("u", 101)+`"}}`).refused(400, "E0000001")
	c.send("POST", "/api/v1/apps/0oawik/users/00uada", `{"profile":{"floor":2}}`).ok()
	c.send("POST", "/api/v1/apps/0oawik/users/00uada", `{"profile":{"team":null}}`).ok()
	user := c.send("POST", "/api/v1/apps/0oawik/users/00uada", `{"credentials":{"userName":"ada","password":{"value":"Correct-Horse-1"}}}`).object()
	credentials, profile := user["credentials"].(map[string]any), user["profile"].(map[string]any)
	if credentials["userName"] != "ada" || len(credentials["password"].(map[string]any)) != 0 || user["passwordChanged"] == nil {
		t.Errorf("got credentials %v", user)
	}
	if _, kept := profile["team"]; kept || profile["floor"] == nil {
		t.Errorf("got profile %v", profile)
	}
}

// Our guess: schema AppUserUpdateRequest is either of the two.
func TestOneRequestUpdatesCredentialsAndProfile(t *testing.T) {
	t.Parallel()
	c := undescribed(t, appSeed, Options{})
	user := c.send("POST", "/api/v1/apps/0oawik/users/00uada", `{"credentials":{"userName":"ada"},"profile":{"floor":7}}`).object()
	if objectIn(user["credentials"])["userName"] != "ada" || objectIn(user["profile"])["floor"] == nil {
		t.Errorf("got %v", user)
	}
}

// terraform-provider-okta, test/fixtures/vcr, TestAccResourceOktaAppUser_crud (oie): it sends an empty password for none.
func TestAnEmptyPasswordIsNoPassword(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	user := c.send("POST", "/api/v1/apps/0oaoid/users", `{"credentials":{"password":{},"userName":"ada"},"id":"00uada"}`).object()
	if has(objectIn(user["credentials"]), "password") || user["passwordChanged"] != nil {
		t.Errorf("got %v", user)
	}
}

// Users API, "Deactivate a user": the user loses all assignments.
func TestADeactivatedUserHasNoApplications(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	for _, id := range []string{"00uada", "00ubob"} {
		c.do("POST", "/api/v1/users/"+id+"/lifecycle/deactivate").ok()
	}
	if got := c.walk("/api/v1/apps/0oawik/users", "id"); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	c.send("POST", "/api/v1/apps/0oawik/users", `{"id":"00uada"}`).refused(403, "E0000038")
	c.do("POST", "/api/v1/users/00uada/lifecycle/activate").ok()
	c.get("/api/v1/apps/0oawik/users/00uada").refused(404, "E0000007")
}

// Okta's catalogue of event types.
func TestChangesOfAssignmentsAreLogged(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	c.send("POST", "/api/v1/apps/0oawik/users", `{"id":"00udot"}`).ok()
	c.send("POST", "/api/v1/apps/0oawik/users/00udot", `{"profile":{"team":"X"}}`).ok()
	c.do("DELETE", "/api/v1/apps/0oawik/users/00udot")
	c.send("PUT", "/api/v1/apps/0oawik/groups/00gemp", "").ok()
	c.send("PUT", "/api/v1/apps/0oawik/groups/00gemp", `{"priority":7}`).ok()
	c.do("DELETE", "/api/v1/apps/0oawik/groups/00gemp")
	c.do("DELETE", "/api/v1/apps/0oaoid/grants/oag1")
	want := []string{
		"application.user_membership.add", "application.user_membership.update", "application.user_membership.remove",
		"group.application_assignment.add", "group.application_assignment.update", "group.application_assignment.remove", "app.oauth2.admin.consent.revoke",
	}
	if got := c.get("/api/v1/logs").column("eventType"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Okta's catalogue of event types: application.user_membership.add and .remove, each with a user.
func TestAGroupsChangesAreLoggedForEachUserWhoGetsOrLosesTheApplication(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	for _, change := range []struct{ method, path, want string }{
		{"DELETE", "/api/v1/groups/00gnig/users/00ubob", ""}, // the other group grants it too
		{"DELETE", "/api/v1/groups/00gcon/users/00ubob", "remove bob@acme.example"},
		{"PUT", "/api/v1/groups/00gcon/users/00ubob", "add bob@acme.example"},
		{"PUT", "/api/v1/groups/00gcon/users/00uada", ""}, // ada has it directly
		{"PUT", "/api/v1/apps/0oaoid/groups/00gcon", "add ada@acme.example add bob@acme.example"},
		{"DELETE", "/api/v1/apps/0oaoid/groups/00gcon", "remove ada@acme.example remove bob@acme.example"},
		{"DELETE", "/api/v1/groups/00gcon", "remove bob@acme.example"},
		{"POST", "/api/v1/users/00uada/lifecycle/deactivate", "remove ada@acme.example"},
	} {
		before := len(c.get("/api/v1/logs?limit=1000").ok().([]any))
		if got := c.do(change.method, change.path); got.status > 299 {
			t.Fatalf("%s %s: %d %s", change.method, change.path, got.status, got.body)
		}
		var got []string
		for _, event := range c.get("/api/v1/logs?limit=1000").ok().([]any)[before:] {
			kind, is := strings.CutPrefix(event.(map[string]any)["eventType"].(string), "application.user_membership.")
			if is {
				user := event.(map[string]any)["target"].([]any)[2].(map[string]any)
				got = append(got, kind+" "+user["alternateId"].(string))
			}
		}
		if strings.Join(got, " ") != change.want {
			t.Errorf("%s %s: got %q, want %q", change.method, change.path, got, change.want)
		}
	}
}

// Management API, "List all application groups" and schema ApplicationGroupAssignment.
func TestApplicationGroupsHavePriorities(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	if got := c.send("PUT", "/api/v1/apps/0oawik/groups/00gemp", `{"profile":{"team":"X"}}`).body; !strings.Contains(got, `"priority":2`) {
		t.Errorf("the next priority is not 2: %s", got)
	}
	if got := c.get("/api/v1/apps/0oawik/groups?q=night&expand=group").column("_embedded.group.profile.name"); !slices.Equal(got, []string{"Night shift"}) {
		t.Errorf("got %q", got)
	}
	if got := c.get("/api/v1/apps/0oawik/groups?limit=20&expand=metadata").column("id"); len(got) != 3 {
		t.Errorf("got %q", got)
	}
	c.do("DELETE", "/api/v1/groups/00gemp")
	c.get("/api/v1/apps/0oawik/groups/00gemp").refused(404, "E0000007")
	c.do("DELETE", "/api/v1/apps/0oacrm/groups/00gcon").refused(404, "E0000007")
}

// Management API, "Grant consent to scope": 201, issuer and scopeId are required, and 404 for an app that is not an OAuth client.
func TestScopesAreGrantedToOAuthClients(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	grant := func(app, body string) reply { return c.send("POST", "/api/v1/apps/"+app+"/grants", body) }
	grant("0oawik", `{"issuer":"`+c.url+`","scopeId":"okta.apps.read"}`).refused(404, "E0000007")
	grant("0oaoid", `{"issuer":"`+c.url+`"}`).refused(400, "E0000001")
	grant("0oaoid", `{"scopeId":"okta.apps.read"}`).refused(400, "E0000001")
	grant("0oaoid", `{"issuer":"https://other.example","scopeId":"okta.apps.read"}`).refused(400, "E0000001")
	grant("0oaoid", `{"issuer":"`+c.url+`","scopeId":"okta.users.read"}`).refused(400, "E0000001")
	if got := grant("0oaoid", `{"issuer":"`+c.url+`","scopeId":"okta.apps.read"}`); got.status != http.StatusCreated {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if got := c.get("/api/v1/apps/0oaoid/grants?expand=scope").column("_embedded.scope.id"); !slices.Equal(got, []string{"okta.users.read", "okta.apps.read"}) {
		t.Errorf("got %q", got)
	}
	c.get("/api/v1/apps/0oaoid/grants/oag1").ok()
	c.get("/api/v1/apps/0oawik/grants/oag1").refused(404, "E0000007")
}

func TestADumpWithApplicationsIsASeedOfTheSameOrg(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	c.send("POST", "/api/v1/apps/0oacrm/users", `{"id":"00uada","credentials":{"password":{"value":"Correct-Horse-1"}}}`).ok()
	dump := string(c.org.state.dump())
	if again := string(mustNew(t, dump, Options{}).state.dump()); again != dump {
		t.Errorf("got\n%s\nwant\n%s", again, dump)
	}
}
