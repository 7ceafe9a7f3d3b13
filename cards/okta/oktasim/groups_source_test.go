package oktasim

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Sources: management API 2026.06, schema Group, source: "the application that the group comes from"; Groups API, "List all
// groups", search: source.id.
func TestAnAppGroupHasASource(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+"  - {id: 00gldap, name: LDAP, type: APP_GROUP, source: 0oaldap}\n", Options{})
	if got := c.get("/api/v1/groups/00gldap").object()["source"]; !cmp.Equal(got, map[string]any{"id": "0oaldap"}) {
		t.Errorf("got %v", got)
	}
	made, _ := c.get("/api/v1/groups/00gad").object()["source"].(map[string]any)
	if id, _ := made["id"].(string); len(id) != 20 || !strings.HasPrefix(id, "0oa") {
		t.Errorf("without one in the seed: %v", made)
	}
	if _, there := c.get("/api/v1/groups/00gcon").object()["source"]; there {
		t.Error("an OKTA_GROUP has a source")
	}
	if got := c.get("/api/v1/groups?search=" + find(`source.id eq "0oaldap"`)).column("id"); !cmp.Equal(got, []string{"00gldap"}) {
		t.Errorf("found by source: %v", got)
	}
	if dump := c.get("/-/dump").body; strings.Count(dump, `source: "0oaldap"`) != 1 || strings.Count(dump, "source:") != 1 {
		t.Errorf("the dump has sources that the seed does not give:\n%s", dump)
	}
	if _, err := Load([]byte("groups: [{name: A, source: 0oa1}]")); err == nil {
		t.Error("a seed gives an OKTA_GROUP a source")
	}
}

// Source: Groups API, "List all groups", expand: stats and app. What is in app is our guess.
func TestGroupsAreExpandedWithStatsAndApp(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, small+"  - {id: 00gldap, name: LDAP, type: APP_GROUP, source: 0oaldap}\n", Options{})
	list := func(expand, name string) map[string]any {
		group := c.get("/api/v1/groups?expand=" + expand + "&q=" + name).ok().([]any)[0].(map[string]any)
		embedded, _ := group["_embedded"].(map[string]any)
		return embedded
	}
	if got := list("app", "LDAP"); !cmp.Equal(got, map[string]any{"app": map[string]any{"id": "0oaldap", "status": "ACTIVE"}}) {
		t.Errorf("app: %v", got)
	}
	if got := list("app", "Contractors"); got != nil {
		t.Errorf("the app of an OKTA_GROUP: %v", got)
	}
	if got := list("stats,app", "LDAP"); len(got) != 2 || got["stats"] == nil {
		t.Errorf("both: %v", got)
	}
	c.get("/api/v1/groups?expand=owners").refused(400, "E0000031")
}
