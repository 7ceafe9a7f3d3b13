package oktaspec

import (
	"slices"
	"testing"
)

func TestScopesAreThoseOfTheOperation(t *testing.T) {
	t.Parallel()
	for request, want := range map[[2]string][]string{
		{"GET", "/api/v1/users/00u1/groups"}:      {"okta.users.read"},
		{"PUT", "/api/v1/groups/00g1/users/00u1"}: {"okta.groups.manage"},
		{"POST", "/api/v1/sessions"}:              nil, // only API tokens
	} {
		if got := Scopes(t, request[0], request[1]); !slices.Equal(got, want) {
			t.Errorf("%v: got %q, want %q", request, got, want)
		}
	}
}

func TestAManageScopeIncludesReadAndNothingElse(t *testing.T) {
	t.Parallel()
	all := []string{"okta.groups.manage", "okta.users.read", "okta.users.manage"}
	for request, want := range map[[2]string]string{
		{"GET", "/api/v1/groups"}:     "okta.groups.manage",
		{"GET", "/api/v1/users"}:      "okta.users.read",
		{"POST", "/api/v1/users"}:     "okta.users.manage",
		{"GET", "/api/v1/logs"}:       "",
		{"DELETE", "/api/v1/zones/z"}: "",
	} {
		if got := Allowing(t, all, request[0], request[1]); got != want {
			t.Errorf("%v: got %q, want %q", request, got, want)
		}
	}
	if got := Allowing(t, []string{"okta.users.read"}, "POST", "/api/v1/users"); got != "" {
		t.Errorf("a read scope allows a write: %q", got)
	}
}
