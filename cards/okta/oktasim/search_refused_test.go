package oktasim

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Sources: Users API, "List users with search", and Groups API, "List all groups", search: co is only for these
// attributes; Okta Identity Engine release notes of 2025, OKTA-846206: three characters or more. Okta does not
// document the error.
func TestContainsIsForAFewAttributesAndThreeCharacters(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for _, name := range []string{"firstName", "lastName", "email", "login"} {
		c.get("/api/v1/users?search=" + find("profile."+name+` co "acm"`)).ok()
		c.get("/api/v1/users?search="+find("profile."+name+` co "ac"`)).refused(400, "E0000031")
	}
	for _, name := range []string{"id", "status", "profile.department", "profile.tags"} {
		c.get("/api/v1/users?search="+find(name+` co "acme"`)).refused(400, "E0000031")
	}
	for _, name := range []string{"name", "description"} {
		c.get("/api/v1/groups?search=" + find("profile."+name+` co "Cön"`)).ok()
		c.get("/api/v1/groups?search="+find("profile."+name+` co "Cö"`)).refused(400, "E0000031")
	}
	for _, name := range []string{"id", "type", "profile.costCenter"} {
		c.get("/api/v1/groups?search="+find(name+` co "acme"`)).refused(400, "E0000031")
	}
}

// Source: Users API, "List users with a filter": "case-sensitive for attribute names and query values, while
// attribute operators are case-insensitive". That the filter of groups does the same is our guess.
func TestAFilterDistinguishesCapitals(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for expression, want := range map[string][]string{
		`profile.login EQ "ada@acme.example"`: {"00uada"},
		`profile.login eq "Ada@acme.example"`: {},
		`status eq "suspended"`:               {},
		`status Eq "SUSPENDED"`:               {"00ubob"},
		`id eq "00UADA"`:                      {},
	} {
		if got := c.get("/api/v1/users?filter=" + find(expression)).column("id"); !cmp.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", expression, got, want)
		}
	}
	c.get("/api/v1/users?filter="+find(`Status eq "ACTIVE"`)).refused(400, "E0000031")
	c.get("/api/v1/users?filter="+find(`profile.Login eq "ada@acme.example"`)).refused(400, "E0000031")
	c.get("/api/v1/groups?filter="+find(`Type eq "OKTA_GROUP"`)).refused(400, "E0000031")
	if got := c.get("/api/v1/groups?filter=" + find(`type eq "okta_group"`)).column("id"); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

// A search may have numbers and booleans without quotes, but a time is a string, as in a filter.
func TestATimeIsNotANumber(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	for _, value := range []string{"5", "true", "2026", "-1"} {
		for _, name := range userSearch.moments {
			c.get("/api/v1/users?search="+find(name+" lt "+value)).refused(400, "E0000031")
		}
		for _, name := range groupSearch.moments {
			c.get("/api/v1/groups?search="+find(name+" lt "+value)).refused(400, "E0000031")
		}
		c.get("/api/v1/users?filter="+find("lastUpdated lt "+value)).refused(400, "E0000031")
	}
	c.get("/api/v1/users?search=" + find("profile.badge lt 5")).ok()
}
