package oktasim

import (
	"os"
	"strings"
	"testing"
	"time"
)

func acme(t testing.TB) *client {
	t.Helper()
	src, err := os.ReadFile("../../../flows/orgs/acme.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return serveSeed(t, string(src), Options{})
}

func TestAcmeIsTheOrgThatTheFlowsExpect(t *testing.T) {
	t.Parallel()
	c := acme(t)
	if got := len(c.org.state.users); got != 1200 {
		t.Errorf("%d people, want 1200", got)
	}
	if got := len(c.get("/api/v1/groups").column("id")); got != 20 {
		t.Errorf("%d groups, want 20", got)
	}
	if c.org.latency != 5*time.Millisecond {
		t.Errorf("latency %v", c.org.latency)
	}
	me := c.get("/api/v1/users/me").object()["profile"].(map[string]any)
	if me["login"] != "ada@acme.example" || me["firstName"] != "Ada" || me["lastName"] != "Lovelace" {
		t.Errorf("demo-token is owned by %v", me)
	}
}

func TestAcmesContractorsAreAThousandOfAllStatuses(t *testing.T) {
	t.Parallel()
	c := acme(t)
	id := c.get("/api/v1/groups?search=" + find(`profile.name eq "Contractors"`)).column("id")[0]
	members := c.get("/api/v1/groups/" + id + "/users")
	if got := len(members.column("id")); got != 1000 || members.links()["next"] != "" {
		t.Errorf("%d members on the first page, next %q; want 1000 and none", got, members.links()["next"])
	}
	statuses, dormant, never := map[string]int{}, 0, 0
	for _, item := range members.ok().([]any) {
		u := item.(map[string]any)
		statuses[u["status"].(string)]++
		if u["status"] != "ACTIVE" {
			continue
		}
		if u["lastLogin"] == nil {
			never++
		} else if seen, err := time.Parse(time.RFC3339, u["lastLogin"].(string)); err != nil || time.Since(seen) > 90*24*time.Hour {
			dormant++
		}
	}
	for _, name := range statusNames {
		if statuses[name] == 0 {
			t.Errorf("nobody is %s", name)
		}
	}
	if share := dormant * 100 / statuses["ACTIVE"]; share < 17 || share > 23 || never == 0 {
		t.Errorf("of %d ACTIVE, %d are dormant and %d never signed in", statuses["ACTIVE"], dormant, never)
	}
	for _, want := range []string{`"badgeNumber":9007199254740993`, `"badgeNumber":18446744073709551617`, `"sponsor":null`, `"certifications":["COBOL","Compilers & Co."]`} {
		if strings.Count(members.body, want) != 1 {
			t.Errorf("no contractor has %s", want)
		}
	}
}
