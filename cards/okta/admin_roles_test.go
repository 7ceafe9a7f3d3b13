package okta

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestARoleIsMissingOnlyIfOktaDocumentsIt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		held  []string
		scope string
		want  []string
	}{
		"the role":                             {[]string{"APP_ADMIN"}, "okta.apps.manage", nil},
		"the super administrator":              {[]string{"SUPER_ADMIN"}, "okta.roles.manage", nil},
		"no role":                              {nil, "okta.apps.manage", []string{"APP_ADMIN", "SUPER_ADMIN"}},
		"another role":                         {[]string{"READ_ONLY_ADMIN", "ORG_ADMIN"}, "okta.apps.manage", []string{"APP_ADMIN", "SUPER_ADMIN"}},
		"one of two":                           {[]string{"READ_ONLY_ADMIN", "APP_ADMIN"}, "okta.apps.manage", nil},
		"only the super administrator":         {[]string{"ORG_ADMIN", "APP_ADMIN"}, "okta.appGrants.manage", []string{"SUPER_ADMIN"}},
		"a role about which nothing is said":   {[]string{"MOBILE_ADMIN"}, "okta.users.read", nil},
		"a custom role":                        {[]string{"Night shift"}, "okta.apps.manage", nil},
		"a scope about which nothing is known": {[]string{"REPORT_ADMIN"}, "okta.realms.manage", nil},
	} {
		if diff := cmp.Diff(test.want, lacksRole(test.held, test.scope)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func TestTheDocsHaveTheRolesOfEachScope(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/connections.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, " | "); len(cells) == 2 {
			rows[strings.TrimPrefix(cells[0], "| ")] = strings.TrimSuffix(strings.TrimSpace(cells[1]), " |")
		}
	}
	for scope, of := range permitted {
		want := strings.Join(of.roles, ", ")
		if want == "" {
			want = "SUPER_ADMIN only"
		}
		if rows[scope] != want {
			t.Errorf("%s: docs/connections.md has %q, want %q", scope, rows[scope], want)
		}
	}
}

func TestTheRolesOfScopesAreThoseOfCards(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	assignable := []any{}
	for _, c := range Cards() {
		for _, scope := range c.Scopes {
			used[scope] = true
		}
		if c.Name == "okta.user.role.assign" {
			assignable = c.In.Properties["type"].Enum
		}
	}
	for scope, of := range permitted {
		if !used[scope] {
			t.Errorf("no card needs %s", scope)
		}
		for _, role := range slices.Concat(of.roles, of.perhaps) {
			if !slices.Contains(standardRoles, role) || role == superAdmin {
				t.Errorf("%s: %s is not one of the other standard roles", scope, role)
			}
		}
	}
	want, got := map[any]bool{}, map[any]bool{}
	for _, role := range assignable {
		want[role] = true
	}
	for _, role := range standardRoles {
		got[role] = true
	}
	if !maps.Equal(want, got) || len(want) == 0 {
		t.Errorf("the standard roles are %v, and the card that assigns roles has %v", standardRoles, assignable)
	}
}
