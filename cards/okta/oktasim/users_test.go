package oktasim

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAUserHasTheShapeOfOktas(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, `
now: 2026-03-01T12:00:00Z
users:
  - id: 00uada
    login: ada@acme.example
    firstName: Ada
    lastName: Lovelace
    created: 2024-05-01T08:00:00Z
    lastLogin: 2026-02-27T09:12:00.5Z
    profile: {department: R&D, badge: 9007199254740993, rate: 1.50, tags: [a, ""], sponsor: null, rates: [1.50, 9007199254740993], zip: "01234", day: 2026-01-01}
groups: [{name: Contractors, members: [ada@acme.example]}]
`, Options{})
	want := `{"id":"00uada","status":"ACTIVE","created":"2024-05-01T08:00:00.000Z","activated":"2024-05-01T08:00:00.000Z",` +
		`"statusChanged":"2024-05-01T08:00:00.000Z","lastLogin":"2026-02-27T09:12:00.500Z","lastUpdated":"2024-05-01T08:00:00.000Z",` +
		`"passwordChanged":"2024-05-01T08:00:00.000Z","type":{"id":"oty0000000default5d7"},` +
		`"profile":{"firstName":"Ada","lastName":"Lovelace","mobilePhone":null,"secondEmail":null,"login":"ada@acme.example","email":"ada@acme.example",` +
		`"badge":9007199254740993,"day":"2026-01-01","department":"R&D","rate":1.50,"rates":[1.50,9007199254740993],"sponsor":null,"tags":["a",""],"zip":"01234"},` +
		`"credentials":{"password":{},"provider":{"type":"OKTA","name":"OKTA"}},` +
		`"_links":{"self":{"href":"` + c.url + `/api/v1/users/00uada"}}}`
	if got := c.get("/api/v1/users").body; got != "["+want+"]" {
		t.Errorf("among others:\n got %s\nwant [%s]", got, want)
	}
	links := c.get("/api/v1/users/00uada").object()["_links"].(map[string]any)
	if diff := cmp.Diff(map[string]any{"href": c.url + "/api/v1/users/00uada/lifecycle/suspend", "method": "POST"}, links["suspend"]); diff != "" {
		t.Errorf("alone, the suspend link (-want +got):\n%s", diff)
	}
}

func TestPhoneAndSecondEmailHaveTheirFixedPlace(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, `users: [{login: ada@acme.example, profile: {mobilePhone: "+49 30 1", secondEmail: a@home.example}}]`, Options{})
	if got := c.get("/api/v1/users/ada").body; strings.Count(got, `"mobilePhone":"+49 30 1","secondEmail":"a@home.example","login"`) != 1 {
		t.Errorf("got %s", got)
	}
}

func TestTimesThatHaveNotComeAreNull(t *testing.T) {
	t.Parallel()
	u := serveSeed(t, small, Options{}).get("/api/v1/users/00udot").object()
	for _, key := range []string{"activated", "statusChanged", "lastLogin", "passwordChanged"} {
		if value, there := u[key]; !there || value != nil {
			t.Errorf("%s of somebody STAGED is %v, want null", key, value)
		}
	}
}

func TestOnlyPeopleWithAPasswordShowOne(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for id, want := range map[string]bool{"00uada": true, "00ubob": true, "00ucyd": false, "00udot": false} {
		credentials := c.get("/api/v1/users/" + id).object()["credentials"].(map[string]any)
		if _, got := credentials["password"]; got != want {
			t.Errorf("%s: password shown %v, want %v", id, got, want)
		}
	}
}

func TestAUserIsFoundByIDLoginOrUnambiguousShortLogin(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for path, want := range map[string]string{
		"00uada":             "00uada",
		"ada@acme.example":   "00uada",
		"ADA@acme.example":   "00uada",
		"ada":                "00uada",
		"twin@other.example": "00utw2",
	} {
		if got := c.get("/api/v1/users/" + path).object()["id"]; got != want {
			t.Errorf("%s is %v, want %s", path, got, want)
		}
	}
	// "Logins with a / character can only be fetched by id" (Users API, "Get User with login"); the error code is our
	// guess.
	c.get("/api/v1/users/ops%2Fnight@acme.example").refused(404, "E0000007")
	c.get("/api/v1/users/ops%2Fnight").refused(404, "E0000007")
	c.get("/api/v1/users/twin").refused(404, "E0000007")
	c.get("/api/v1/users/00UADA").refused(404, "E0000007")
}

func TestMeIsTheTokensOwner(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+"tokens: {bobs: {owner: bob@acme.example}, nobodys: }\n", Options{})
	c.auth = "SSWS bobs"
	if got := c.get("/api/v1/users/me").object()["id"]; got != "00ubob" {
		t.Errorf("with an owner, me is %v", got)
	}
	if got := c.get("/api/v1/users/me/groups").column("profile.name"); !cmp.Equal(got, []string{"Everyone", "Contractors"}) {
		t.Errorf("my groups are %v", got)
	}
	c.auth = "SSWS nobodys"
	if got := c.get("/api/v1/users/me").object()["id"]; got != "00uada" {
		t.Errorf("without an owner, me is %v, want the first person", got)
	}
}

func TestMeIsNotFoundInAnEmptyOrg(t *testing.T) {
	t.Parallel()
	e := serveSeed(t, "", Options{}).get("/api/v1/users/me").refused(404, "E0000007")
	if e.ErrorSummary != "Not found: Resource not found: me (User)" {
		t.Errorf("summary %q", e.ErrorSummary)
	}
}

func TestListingUsersLeavesDeprovisionedOut(t *testing.T) {
	t.Parallel()
	got := serveSeed(t, small, Options{}).get("/api/v1/users").column("id")
	if want := []string{"00uada", "00ubob", "00udot", "00usla", "00utw1", "00utw2"}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestFilterAndSearchCanReturnDeprovisioned(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for query, want := range map[string][]string{
		`filter=status eq "DEPROVISIONED"`:                 {"00ucyd"},
		`filter=profile.login eq "cyd@acme.example"`:       {"00ucyd"},
		`search=id eq "00ucyd"`:                            {"00ucyd"},
		`search=profile.lastName sw "l"`:                   {"00uada"},
		`search=profile.login co "example"`:                {"00uada", "00ubob", "00ucyd", "00udot", "00usla", "00utw1", "00utw2"},
		`search=profile.firstName eq ""`:                   {},
		`search=status eq "staged" or id eq "00uada"`:      {"00uada", "00udot"},
		`filter=status eq "ACTIVE" and id eq "00ubob"`:     {},
		`filter=profile.email eq "ops/night@acme.example"`: {"00usla"},
	} {
		name, expression, _ := strings.Cut(query, "=")
		if got := c.get("/api/v1/users?" + name + "=" + find(expression)).column("id"); !cmp.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", query, got, want)
		}
	}
}

func TestFilterOnUsersHasFewAttributesAndOnlyEq(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for _, query := range []string{
		"filter=" + find(`profile.department eq "IT"`),
		"filter=" + find(`profile.login sw "ada"`),
		"filter=" + find(`lastUpdated sw "2026"`),
		"filter=" + find(`status gt "A"`),
		"filter=" + find(`created gt "2026-01-01T00:00:00.000Z"`),
		"search=" + find(`status ne "ACTIVE"`),
		"search=" + find(`lastUpdated gt "yesterday"`),
		"search=" + find(`profile. eq "x"`),
		"sortBy=profile.login",
		"sortBy=surname&search=" + find(`id pr`),
		"expand=blocks",
	} {
		e := c.get("/api/v1/users?"+query).refused(400, "E0000031")
		if e.ErrorSummary != "Invalid search criteria." || len(e.ErrorCauses) != 1 {
			t.Errorf("%s: %+v", query, e)
		}
	}
}

func TestOnlyActiveUsersCanBeSuspended(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	if r := c.do("POST", "/api/v1/users/00uada/lifecycle/suspend"); r.status != 200 || r.body != "{}" {
		t.Errorf("got %d %s", r.status, r.body)
	}
	u := c.get("/api/v1/users/00uada").object()
	if u["status"] != "SUSPENDED" || u["statusChanged"] == "2024-05-01T08:00:00.000Z" || u["lastUpdated"] != u["statusChanged"] {
		t.Errorf("after it: %v", u)
	}
	if got := c.get("/api/v1/users/00uada/groups").column("profile.name"); !cmp.Equal(got, []string{"Everyone", "Contractors"}) {
		t.Errorf("groups after it: %v", got)
	}
	for _, id := range []string{"00uada", "00ubob", "00ucyd", "00udot"} {
		e := c.do("POST", "/api/v1/users/"+id+"/lifecycle/suspend").refused(400, "E0000001")
		if e.ErrorSummary != "Api validation failed: suspendUser" || e.ErrorCauses[0].ErrorSummary != "Cannot suspend a user that is not active" {
			t.Errorf("%s: %+v", id, e)
		}
	}
	c.do("POST", "/api/v1/users/nobody/lifecycle/suspend").refused(404, "E0000007")
}

func TestOnlySuspendedUsersCanBeUnsuspended(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	c.do("POST", "/api/v1/users/bob@acme.example/lifecycle/unsuspend").ok()
	if got := c.get("/api/v1/users/00ubob").object()["status"]; got != "ACTIVE" {
		t.Errorf("status %v", got)
	}
	for _, id := range []string{"00uada", "00ubob", "00ucyd", "00udot"} {
		e := c.do("POST", "/api/v1/users/"+id+"/lifecycle/unsuspend").refused(400, "E0000001")
		if e.ErrorCauses[0].ErrorSummary != "Cannot unsuspend a user that is not suspended" {
			t.Errorf("%s: %+v", id, e)
		}
	}
}

// Management API, "List all user blocks".
func TestAUserHasNoBlocks(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	if got := c.get("/api/v1/users/00uada/blocks").column("type"); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	c.get("/api/v1/users/nobody/blocks").refused(404, "E0000007")
}
