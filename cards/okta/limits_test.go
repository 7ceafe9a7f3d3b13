package okta_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

func limits(t *testing.T, s *simulated) (known []string, refused map[string]string) {
	t.Helper()
	asked, err := s.conn.(card.Limiter).Limits(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	refused = map[string]string{}
	for _, l := range asked {
		switch {
		case l.Err != nil:
			refused[l.Name] = l.Err.Hint
		case l.PerMinute == 600 && l.Remaining < 600 && l.ResetsIn > 0 && l.ResetsIn <= time.Minute:
			known = append(known, l.Name)
		default:
			t.Errorf("%s: %+v", l.Name, l)
		}
	}
	return known, refused
}

func TestLimitsAreReadBySmallReads(t *testing.T) {
	t.Parallel()
	s := simulate(t, company+"limits: {/api/v1: 600, token: 100%}\n")
	groups, _ := s.list("okta.group.list", map[string]any{}, 1)
	group := fmt.Sprint(groups[0]["id"])
	s.forget()
	known, refused := limits(t, s)
	want := []string{
		"GET /api/v1/users", "GET /api/v1/users/{id}", "GET /api/v1/users/{id}/groups",
		"GET /api/v1/groups", "GET /api/v1/groups/{id}", "GET /api/v1/groups/{id}/users", "GET /api/v1/logs",
	}
	if diff := cmp.Diff(want, known); diff != "" || len(refused) > 0 {
		t.Errorf("refused %v; known (-want +got):\n%s", refused, diff)
	}
	asked := []string{
		"GET /api/v1/users?limit=1", "GET /api/v1/users/00u1", "GET /api/v1/users/00u1/groups?limit=1",
		"GET /api/v1/groups?limit=1", "GET /api/v1/groups/" + group, "GET /api/v1/groups/" + group + "/users?limit=1", "GET /api/v1/logs?limit=1",
	}
	if diff := cmp.Diff(asked, s.forget()); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestALimitThatIsForbiddenNamesTheScope(t *testing.T) {
	t.Parallel()
	for scope, want := range map[string]map[string]string{
		"okta.users.read":  {"GET /api/v1/groups": "this needs okta.groups.read", "GET /api/v1/logs": "this needs okta.logs.read"},
		"okta.groups.read": {"GET /api/v1/users": "this needs okta.users.read", "GET /api/v1/logs": "this needs okta.logs.read"},
		"okta.logs.read":   {"GET /api/v1/users": "this needs okta.users.read", "GET /api/v1/groups": "this needs okta.groups.read"},
	} {
		s := simulate(t, company+"limits: {/api/v1: 600, token: 100%}\ntokens: {demo-token: {owner: ada@acme.example, scopes: ["+scope+"]}}\n")
		known, refused := limits(t, s)
		if diff := cmp.Diff(want, refused); diff != "" || len(known) == 0 {
			t.Errorf("%s: known %v; refused (-want +got):\n%s", scope, known, diff)
		}
	}
}
