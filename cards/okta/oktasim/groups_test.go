package oktasim

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAGroupHasTheShapeOfOktas(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	want := `{"id":"00gcom","created":"2026-03-01T12:00:00.000Z","lastUpdated":"2026-03-01T12:00:00.000Z","lastMembershipUpdated":"2026-03-01T12:00:00.000Z",` +
		`"objectClass":["okta:user_group"],"type":"OKTA_GROUP","profile":{"name":"Com\"mittee","description":null},"_links":{` +
		`"logo":[{"name":"medium","href":"` + c.url + `/assets/img/logos/groups/odyssey/okta-medium.png","type":"image/png"},` +
		`{"name":"large","href":"` + c.url + `/assets/img/logos/groups/odyssey/okta-large.png","type":"image/png"}],` +
		`"users":{"href":"` + c.url + `/api/v1/groups/00gcom/users"},"apps":{"href":"` + c.url + `/api/v1/groups/00gcom/apps"}}}`
	if got := c.get("/api/v1/groups/00gcom").body; got != want {
		t.Errorf("alone:\n got %s\nwant %s", got, want)
	}
	if got := c.get("/api/v1/groups?search=" + find(`id eq "00gcom"`)).body; got != "["+want+"]" {
		t.Errorf("among others:\n got %s\nwant [%s]", got, want)
	}
}

func TestEveryoneIsBuiltInAndHasEverybody(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+"generate: {users: 12, groups: {Everyone: all}}\n", Options{})
	everyone := c.get("/api/v1/groups?q=everyone").ok().([]any)[0].(map[string]any)
	if everyone["type"] != "BUILT_IN" {
		t.Errorf("type %v", everyone["type"])
	}
	if got := c.get("/api/v1/groups/" + everyone["id"].(string) + "/users").column("id"); len(got) != 19 {
		t.Errorf("%d members, want 19", len(got))
	}
	if got := c.get("/api/v1/users/00udot/groups").column("profile.name"); !cmp.Equal(got, []string{"Everyone"}) {
		t.Errorf("groups of somebody in no other: %v", got)
	}
}

func TestASeedMayListEveryone(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, "users: [{login: a@b.example}]\ngroups: [{name: Staff}, {id: 00gall, name: everyone, description: All of us}]\n", Options{})
	want := []string{"Everyone", "Staff"}
	if got := c.get("/api/v1/groups").column("profile.name"); !cmp.Equal(got, want) {
		t.Errorf("groups %v, want %v", got, want)
	}
	if got := c.get("/api/v1/groups/00gall/users").column("profile.login"); !cmp.Equal(got, []string{"a@b.example"}) {
		t.Errorf("members %v", got)
	}
}

func TestMembersAreListedWhateverTheirStatus(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	if got, want := c.get("/api/v1/groups/00gcon/users").column("id"), []string{"00uada", "00ubob", "00ucyd"}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if r := c.get("/api/v1/groups/00gcom/users"); r.body != "[]" || len(r.links()) != 1 {
		t.Errorf("an empty group: %s, links %v", r.body, r.links())
	}
	c.get("/api/v1/groups/00gnone/users").refused(404, "E0000007")
	c.get("/api/v1/users/00unone/groups").refused(404, "E0000007")
}

func TestGroupsAreSearchedWithoutCase(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for query, want := range map[string][]string{
		`q=con`:                                     {"Contractors"},
		`q=CO`:                                      {"Contractors", `Com"mittee`},
		`q=actors`:                                  {},
		`search=profile.name eq "contractors"`:      {"Contractors"},
		`search=profile.name eq "Contractor"`:       {},
		`search=profile.name sw "co"`:               {"Contractors", `Com"mittee`},
		`search=profile.name co "TRACT"`:            {"Contractors"},
		`search=profile.name eq "com\"mittee"`:      {`Com"mittee`},
		`search=profile.description eq "C:\\Users"`: {"AD Users"},
		`search=profile.description co "OUT"`:       {"Contractors"},
		`search=type eq "APP_GROUP"`:                {"AD Users"},
		`search=(type eq "built_in" or id eq "00gad") and profile.name sw "A"`: {"AD Users"},
		`search=type eq "BUILT_IN" or id eq "00gad" and profile.name sw "x"`:   {"Everyone"},
		`filter=id eq "00gcon"`:       {"Contractors"},
		`filter=type eq "OKTA_GROUP"`: {"Contractors", `Com"mittee`},
	} {
		name, expression, _ := strings.Cut(query, "=")
		if got := c.get("/api/v1/groups?" + name + "=" + find(expression)).column("profile.name"); !cmp.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", query, got, want)
		}
	}
}

func TestFilterOnGroupsDoesNotKnowNames(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	e := c.get("/api/v1/groups?filter="+find(`profile.name eq "Contractors"`)).refused(400, "E0000031")
	if got, want := e.ErrorCauses[0].ErrorSummary, `filter: at character 1: expected one of id, type, lastUpdated, lastMembershipUpdated, found "profile.name"`; got != want {
		t.Errorf("cause %q, want %q", got, want)
	}
}

func TestInvalidSearchIs400WithThePlace(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	e := c.get("/api/v1/groups?search="+find(`profile.name eq Contractors`)).refused(400, "E0000031")
	if got, want := e.ErrorCauses[0].ErrorSummary, `search: at character 17: expected a string in "quotes", found "Contractors"`; got != want {
		t.Errorf("cause %q, want %q", got, want)
	}
	c.get("/api/v1/groups?search=").refused(400, "E0000031")
	c.get("/api/v1/groups?search="+find(`type eq "OKTA_GROUP"`)+"&sortBy=members").refused(400, "E0000031")
}
