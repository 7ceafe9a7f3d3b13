package oktasim

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const policySeed = `
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: King}
groups:
  - {id: 00g1, name: Admins, members: [ada@acme.example]}
policies:
  - {id: 00p1, name: Strict, type: PASSWORD, conditions: {people: {groups: {include: [Admins]}}}}
  - {id: 00p2, name: Old, type: PASSWORD, status: INACTIVE, priority: 9, conditions: {people: {groups: {include: [Admins]}}}}
  - {id: 00p3, name: Legacy, type: PASSWORD, priority: 3}
policy_rules:
  - {id: 0pq1, policy: Strict, name: Second, priority: 2}
  - {id: 0pq2, policy: Strict, name: First, priority: 1, conditions: {people: {users: {exclude: [ada@acme.example]}}}}
`

// Management API, "List all policies": type, status, q, sortBy. Okta, "Policies", concepts: the default policy is the last one.
func TestPoliciesAreListedByTypeStatusAndName(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, policySeed, Options{})
	for query, want := range map[string]string{
		"type=PASSWORD":                        "Strict Legacy Old Default Policy",
		"type=PASSWORD&limit=1":                "Strict Legacy Old Default Policy",
		"type=PASSWORD&status=ACTIVE":          "Strict Legacy Default Policy",
		"type=PASSWORD&sortBy=name&limit=3":    "Default Policy Legacy Old Strict",
		"type=PASSWORD&q=str":                  "Strict",
		"type=MFA_ENROLL":                      "Default Policy",
		"type=PASSWORD&resourceId=aus1":        "",
		"type=OKTA_SIGN_ON&status=INACTIVE":    "",
		"type=PASSWORD&status=ACTIVE&q=Legacy": "Legacy",
	} {
		if got := strings.Join(c.walk("/api/v1/policies?"+query, "name"), " "); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	c.get("/api/v1/policies/00p1").ok()
}

func TestPoliciesWithoutATypeAreRefused(t *testing.T) {
	t.Parallel()
	org := mustNew(t, policySeed, Options{}) // without Okta's description, which the requests contradict
	for _, query := range []string{"", "?type=NONE", "?type=PASSWORD&sortBy=status"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/policies"+query, nil)
		r.Header.Set("Authorization", "SSWS demo-token")
		w := httptest.NewRecorder()
		if org.ServeHTTP(w, r); w.Code != http.StatusBadRequest {
			t.Errorf("%q: got %d", query, w.Code)
		}
	}
}

// Management API, "List all policy rules"; "Policies", policy evaluation: by priority. expand=rules is in its examples.
func TestRulesOfAPolicyAreListedByPriority(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, policySeed, Options{})
	if got := strings.Join(c.walk("/api/v1/policies/00p1/rules", "name"), " "); got != "First Second" {
		t.Errorf("got %s", got)
	}
	if got := c.get("/api/v1/policies?type=PASSWORD&expand=rules").body; !strings.Contains(got, `"_embedded":{"rules":[{`) {
		t.Errorf("got %s", got)
	}
	c.get("/api/v1/policies/00p9/rules").refused(404, "E0000007")
}

// Okta, "Policies", concepts: "A default policy is automatically created for each type of policy", with a rule.
func TestEveryOrgHasDefaultPolicies(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small, Options{})
	id := c.walk("/api/v1/policies?type=PASSWORD", "id")[0]
	got := c.get("/api/v1/policies/" + id).body
	for _, want := range []string{`"system":true`, `"minLength":8`, `"provider":"OKTA"`, `"groups":{"include":["00g`} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := c.walk("/api/v1/policies/"+id+"/rules", "name"); len(got) != 1 || got[0] != "Default Rule" {
		t.Errorf("got %q", got)
	}
	if dump := c.get("/-/dump").body; strings.Contains(dump, "policies") {
		t.Errorf("a dump has what every org has: %s", dump)
	}
	own := serveSeed(t, "policies: [{id: 00p1, name: Default Policy, type: PASSWORD, system: true}]\n", Options{})
	if got := own.walk("/api/v1/policies?type=PASSWORD", "id"); len(got) != 1 {
		t.Errorf("a seed with a default policy: got %q", got)
	}
}
