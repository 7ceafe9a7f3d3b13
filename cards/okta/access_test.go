package okta_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

func accessOf(t *testing.T, s card.Settings) card.Access {
	t.Helper()
	conn := openSim(t, s)
	defer conn.Close()
	access, err := conn.(card.Accessor).Access(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return access
}

func TestTheAccessOfAnAppHasItsAdminRoles(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]struct {
		roles   []string
		warning string
		unknown string
	}{
		`[{"type": "USER_ADMIN"}, {"type": "CUSTOM", "label": "Mailers"}, {"type": "USER_ADMIN"}]`: {[]string{"Mailers", "USER_ADMIN"}, "", ""},
		`[]`: {[]string{}, "the app has no admin role", ""},
		``:   {nil, "", "this needs okta.roles.read"},
	} {
		org := tokens(t, "okta.users.read okta.roles.read", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if r.URL.Path != "/oauth2/v1/clients/0oa1/roles" || body == "" {
				w.WriteHeader(http.StatusForbidden)
				fmt.Fprint(w, `{"errorCode": "E0000006", "errorSummary": "You do not have permission to perform the requested action"}`)
				return
			}
			fmt.Fprint(w, body)
		})
		got := accessOf(t, appSettings(org, nil))
		if diff := cmp.Diff(want.roles, got.Roles); diff != "" || !strings.Contains(strings.Join(got.Warnings, ";"), want.warning) || (want.warning == "") != (len(got.Warnings) == 0) {
			t.Errorf("%s: %+v %s", body, got, diff)
		}
		if (got.RolesErr == nil) != (want.unknown == "") || got.RolesErr != nil && got.RolesErr.Hint != want.unknown {
			t.Errorf("%s: %+v", body, got.RolesErr)
		}
	}
}

func TestTheAccessOfAPersonShowsWhetherTheyMayUseTheApp(t *testing.T) {
	t.Parallel()
	const me, roles, assigned = "/api/v1/users/me", "/api/v1/users/00u1/roles", "/api/v1/apps/0oa1/users/00u1"
	ada := `{"id": "00u1", "profile": {"login": "ada@acme.example"}}`
	missing := func(what string) string {
		return `{"errorCode": "E0000007", "errorSummary": "Not found: Resource not found: 00u1 (` + what + `)"}`
	}
	for name, test := range map[string]struct {
		answers  map[string]string
		roles    []string
		warnings string
	}{
		"all is well":      {map[string]string{me: ada, roles: `[{"type": "SUPER_ADMIN"}]`, assigned: `{"id": "00u1"}`}, []string{"SUPER_ADMIN"}, ""},
		"not assigned":     {map[string]string{me: ada, roles: `[{"type": "SUPER_ADMIN"}]`, assigned: missing("AppUser")}, []string{"SUPER_ADMIN"}, "the person is not assigned to the app, so that the connection stops working when its token expires: assign them on its tab Assignments"},
		"another app id":   {map[string]string{me: ada, roles: `[{"type": "SUPER_ADMIN"}]`, assigned: missing("AppInstance")}, []string{"SUPER_ADMIN"}, ""},
		"nobody may look":  {map[string]string{me: ada}, nil, ""},
		"without a role":   {map[string]string{me: ada, roles: `[]`, assigned: `{"id": "00u1"}`}, []string{}, "the person has no admin role: Okta refuses most calls"},
		"not even oneself": {nil, nil, ""},
	} {
		org, _ := orgWith(t, test.answers)
		got := accessOf(t, personSettings(org, []string{"okta.users.read"}, nil))
		if diff := cmp.Diff(test.roles, got.Roles); diff != "" || strings.Join(got.Warnings, "; ") != test.warnings || !got.Consent || (got.RolesErr == nil) != (test.roles != nil) {
			t.Errorf("%s: %+v %s", name, got, diff)
		}
	}
}
