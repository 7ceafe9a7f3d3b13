package oktasim

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const appSeed = `
now: 2026-03-01T12:00:00Z
users:
  - {id: 00uada, login: ada@acme.example, email: ada@mail.example, firstName: Ada, lastName: Lovelace}
  - {id: 00ubob, login: bob@acme.example, firstName: Bob, lastName: Marsh}
  - {id: 00ucyd, login: cyd@acme.example, status: DEPROVISIONED}
  - {id: 00udot, login: dot@acme.example}
groups:
  - {id: 00gcon, name: Contractors, members: [bob@acme.example, cyd@acme.example]}
  - {id: 00gnig, name: Night shift, members: [bob@acme.example]}
  - {id: 00gemp, name: Empty}
apps:
  - {id: 0oawik, label: Wiki, signOnMode: SAML_2_0}
  - {id: 0oabkm, label: Handbook, signOnMode: BOOKMARK, settings: {app: {url: "https://handbook.example"}}, status: INACTIVE}
  - {id: 0oaoid, label: Reports, signOnMode: OPENID_CONNECT}
  - {id: 0oacrm, label: CRM, signOnMode: SAML_2_0, features: [PUSH_NEW_USERS, PROFILE_MASTERING]}
  - {id: 0oaswa, label: Shared, signOnMode: BROWSER_PLUGIN, credentials: {scheme: SHARED_USERNAME_AND_PASSWORD}}
app_users:
  - {app: Wiki, user: ada@acme.example, profile: {team: Search}}
app_groups:
  - {app: Wiki, group: Contractors, priority: 1, profile: {team: Guests}}
  - {app: Wiki, group: Night shift, priority: 0, profile: {team: Night}}
schema_attributes:
  - {app: Wiki, name: floor, attribute: {title: Floor, type: integer}}
app_grants:
  - {id: oag1, app: Reports, scopeId: okta.users.read}
`

// Management API, "List all applications": q is the start of the name or the label; the filter has these attributes. okta-cli,
// issue 270: inactive applications are listed too.
func TestApplicationsAreFound(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	for query, want := range map[string]string{
		"":                                       "0oawik 0oabkm 0oaoid 0oacrm 0oaswa",
		"q=wi":                                   "0oawik",
		"q=bookm":                                "0oabkm",
		"q=iki":                                  "",
		"filter=" + find(`status eq "INACTIVE"`): "0oabkm",
		"filter=" + find(`name eq "oidc_client"`):                       "0oaoid",
		"filter=" + find(`id eq "0oacrm"`):                              "0oacrm",
		"filter=" + find(`user.id eq "00ubob"`):                         "0oawik",
		"filter=" + find(`user.id eq "00ucyd"`):                         "",
		"filter=" + find(`group.id eq "00gcon"`):                        "0oawik",
		"filter=" + find(`user.id eq "00ubob" or group.id eq "00gemp"`): "0oawik",
	} {
		if got := strings.Join(c.get("/api/v1/apps?"+query).column("id"), " "); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	if got := c.walk("/api/v1/apps?limit=2", "id"); len(got) != 5 {
		t.Errorf("pages have %q", got)
	}
	c.get("/api/v1/apps?filter="+find(`label eq "Wiki"`)).refused(400, "E0000031")
}

// Management API, "List all applications", parameter expand: "must be used with the user.id eq filter query for the same user".
func TestTheAssignmentOfAUserIsEmbeddedInAnApplication(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	got := c.get("/api/v1/apps?expand=user/00uada&filter=" + find(`user.id eq "00uada"`)).column("_embedded.user.scope")
	if !slices.Equal(got, []string{"USER"}) {
		t.Errorf("got %q", got)
	}
	c.get("/api/v1/apps?expand=user/00uada").refused(400, "E0000031")
	c.get("/api/v1/apps?expand=group").refused(400, "E0000031")
	if app := c.get("/api/v1/apps/0oawik?expand=user/00ubob").object(); app["_embedded"] == nil {
		t.Errorf("got %v", app)
	}
}

// Okta's list of error codes: E0000040.
func TestNoTwoApplicationsHaveTheSameLabel(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	c.send("POST", "/api/v1/apps", `{"label":"Wiki","signOnMode":"SAML_2_0"}`).refused(400, "E0000040")
	c.send("POST", "/api/v1/apps", `{"label":"WIKI","signOnMode":"SAML_2_0"}`).refused(400, "E0000040")
	c.send("PUT", "/api/v1/apps/0oaoid", `{"label":"Wiki","name":"oidc_client","signOnMode":"OPENID_CONNECT"}`).refused(400, "E0000040")
}

func TestApplicationsAreValidated(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	for _, test := range []struct{ method, path, body, want string }{
		{"POST", "/api/v1/apps", `{"signOnMode":"SAML_2_0"}`, "label: The field cannot be left blank"},
		{"POST", "/api/v1/apps", `{"label":"` + strings.Repeat("l", 101) + `","signOnMode":"SAML_2_0"}`, "label: The field is too long"},
		{"POST", "/api/v1/apps", `{"label":"New","signOnMode":"MAGIC"}`, "signOnMode: must be one of"},
		{"POST", "/api/v1/apps", `{"label":"New","name":"bookmark","signOnMode":"OPENID_CONNECT"}`, "name: an application with the name bookmark has the sign-on mode BOOKMARK"},
		{"PUT", "/api/v1/apps/0oawik", `{"label":"Wiki","signOnMode":"BOOKMARK"}`, "signOnMode: The sign-on mode"},
		{"PUT", "/api/v1/apps/0oabkm", `{"label":"Handbook","signOnMode":"BOOKMARK","name":"other"}`, "name: The name"},
	} {
		if got := c.send(test.method, test.path, test.body); got.status != http.StatusBadRequest || !strings.Contains(got.body, test.want) {
			t.Errorf("%s %s %.60s: got %d %s, want %s", test.method, test.path, test.body, got.status, got.body, test.want)
		}
	}
}

// Management API, "Create an application", parameter activate.
func TestAnApplicationIsCreatedActiveUnlessAskedOtherwise(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	const body = `"name":"oidc_client","signOnMode":"OPENID_CONNECT","credentials":{"oauthClient":{"client_secret":"s3cret-s3cret"}},"settings":{}}`
	app := c.send("POST", "/api/v1/apps", `{"label":"One",`+body).object()
	client := app["credentials"].(map[string]any)["oauthClient"].(map[string]any)
	if app["status"] != "ACTIVE" || client["client_id"] != app["id"] || client["client_secret"] != "s3cret-s3cret" {
		t.Errorf("got %v", app)
	}
	if app := c.send("POST", "/api/v1/apps?activate=false", `{"label":"Two",`+body).object(); app["status"] != "INACTIVE" {
		t.Errorf("got %v", app)
	}
}

// Management API, "Delete an application": "Deletes an inactive application". Assignments and grants go with it.
func TestOnlyAnInactiveApplicationIsDeleted(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	c.do("DELETE", "/api/v1/apps/0oawik").refused(403, "E0000056")
	c.do("POST", "/api/v1/apps/0oawik/lifecycle/deactivate").ok()
	c.do("DELETE", "/api/v1/apps/0oawik")
	c.get("/api/v1/apps/0oawik").refused(404, "E0000007")
	if dump := string(c.org.state.dump()); strings.Contains(dump, "app_users") || strings.Contains(dump, "app_groups") {
		t.Errorf("dump has\n%s", dump)
	}
}

// Management API, "Deactivate an application": it removes the assignments by groups.
func TestGroupsDoNotAssignAnInactiveApplication(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	c.do("POST", "/api/v1/apps/0oawik/lifecycle/deactivate").ok()
	if got := c.walk("/api/v1/apps/0oawik/users", "id"); !slices.Equal(got, []string{"00uada"}) {
		t.Errorf("got %q", got)
	}
	c.do("POST", "/api/v1/apps/0oawik/lifecycle/activate").ok()
	if got := c.walk("/api/v1/apps/0oawik/users", "id"); len(got) != 2 {
		t.Errorf("got %q", got)
	}
}

// Management API, "List all groups", expand=stats; "List all assigned applications" of a group.
func TestApplicationsOfAGroupAreListedAndCounted(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	if got := c.get("/api/v1/groups/00gcon/apps").column("label"); !slices.Equal(got, []string{"Wiki"}) {
		t.Errorf("got %q", got)
	}
	c.send("PUT", "/api/v1/apps/0oacrm/groups/00gcon", "{}").ok()
	if got := c.get("/api/v1/groups?expand=stats&q=Contractors").body; !strings.Contains(got, `"appsCount":2`) {
		t.Errorf("got %s", got)
	}
}

// Management API, "List all groups", expand=app.
func TestTheApplicationOfAGroupIsEmbedded(t *testing.T) {
	t.Parallel()
	seed := strings.Replace(appSeed, "groups:\n", "groups:\n  - {name: CRM users, type: APP_GROUP, source: 0oacrm}\n", 1)
	c := serveSeed(t, seed, Options{})
	got := c.get("/api/v1/groups?expand=app&filter=" + find(`type eq "APP_GROUP"`)).column("_embedded.app.label")
	if !slices.Equal(got, []string{"CRM"}) {
		t.Errorf("got %q", got)
	}
}

// Management API, "List all assigned app links": direct and indirect assignments.
func TestAppLinksAreThoseOfAllApplicationsOfAUser(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	for login, want := range map[string][]string{"ada@acme.example": {"Wiki"}, "00ubob": {"Wiki"}, "00udot": {}} {
		if got := c.get("/api/v1/users/" + login + "/appLinks").column("label"); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", login, got, want)
		}
	}
}

// Management API, schemas AppUserStatus and AppUserSyncState.
func TestAUserIsStagedUntilTheApplicationHasThem(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	c := serveSeed(t, appSeed+"async_lifecycle: 1m\n", Options{Clock: clock.now})
	staged := c.send("POST", "/api/v1/apps/0oacrm/users", `{"id":"00uada"}`).object()
	if staged["status"] != "STAGED" || staged["externalId"] != nil || staged["syncState"] != "OUT_OF_SYNC" {
		t.Errorf("got %v", staged)
	}
	clock.at = clock.at.Add(time.Minute)
	done := c.get("/api/v1/apps/0oacrm/users/00uada").object()
	if done["status"] != "PROVISIONED" || done["externalId"] == nil || done["syncState"] != "SYNCHRONIZED" {
		t.Errorf("got %v", done)
	}
	sso := c.get("/api/v1/apps/0oawik/users/00uada").object()
	if sso["status"] != "ACTIVE" || sso["externalId"] != nil || sso["syncState"] != "DISABLED" {
		t.Errorf("got %v", sso)
	}
}

// okta-blog-archive, pull request 601: "The client_secret is only shown on the initial creation of a client application (and only if the
// token_endpoint_auth_method is one that requires a client secret). It is never returned in a GET call."
func TestTheSecretOfANewOAuthClientIsShownOnce(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	secretIn := func(app map[string]any) string {
		return textOf(objectIn(objectIn(app["credentials"])["oauthClient"])["client_secret"])
	}
	create := func(label, credentials string) map[string]any {
		return c.send("POST", "/api/v1/apps", `{"label":"`+label+`","name":"oidc_client","signOnMode":"OPENID_CONNECT",`+credentials+`"settings":{}}`).object()
	}
	app := create("One", `"credentials":{"oauthClient":{}},`)
	if got := secretIn(app); len(got) != 40 {
		t.Errorf("got %q", got)
	}
	if got := secretIn(c.get("/api/v1/apps/" + textOf(app["id"])).object()); got != "" {
		t.Errorf("a GET shows %q", got)
	}
	for _, method := range []string{"none", "private_key_jwt"} {
		if got := secretIn(create(method, `"credentials":{"oauthClient":{"token_endpoint_auth_method":"`+method+`"}},`)); got != "" {
			t.Errorf("%s: got %q", method, got)
		}
	}
}

// Management API, schemas ApplicationVisibility and ApplicationVisibilityHide. That an unknown property is ignored is our guess.
func TestTheVisibilityOfAnApplicationIsOfBooleans(t *testing.T) {
	t.Parallel()
	c := undescribed(t, appSeed, Options{})
	for _, visibility := range []string{`{"autoLaunch":1}`, `{"autoSubmitToolbar":"no"}`, `{"hide":{"iOS":"yes"}}`, `{"hide":{"web":[]}}`} {
		e := c.send("POST", "/api/v1/apps", `{"label":"New","signOnMode":"SAML_2_0","visibility":`+visibility+`}`).refused(400, "E0000001")
		if !strings.HasSuffix(e.causes(), ": must be a boolean") {
			t.Errorf("%s: %s", visibility, e.causes())
		}
	}
	if app := c.send("POST", "/api/v1/apps", `{"label":"New","signOnMode":"SAML_2_0","shoe":1}`).object(); app["shoe"] != nil {
		t.Errorf("got %v", app)
	}
}
