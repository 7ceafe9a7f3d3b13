package okta_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Users API, "Find users": q has 10 users by default, and no pages; Groups API, "List all groups": 300 groups.
func TestAListByQWhosePageIsFullMayHaveMore(t *testing.T) {
	t.Parallel()
	seed := strings.Builder{}
	seed.WriteString("users:\n  - {id: 00u0, login: zoe@acme.example}\n")
	for i := range 12 {
		fmt.Fprintf(&seed, "  - {id: 00u%d, login: ada%d@acme.example}\n", i+1, i)
	}
	seed.WriteString("groups:\n")
	for i := range 301 {
		fmt.Fprintf(&seed, "  - {id: 00g%d, name: Team %d}\n", i+1, i)
	}
	seed.WriteString("apps:\n  - {id: 0oa1, label: Team one, signOnMode: BOOKMARK}\n  - {id: 0oa2, label: Team two, signOnMode: BOOKMARK}\n")
	s := simulate(t, seed.String())
	for name, test := range map[string]struct {
		card    string
		in      map[string]any
		records int
		cut     string // in the message; empty if the list is whole
		hint    string
	}{
		"users":                    {"okta.user.list", map[string]any{"q": "ada"}, 10, "10 records", "`limit` up to 200"},
		"users up to a limit":      {"okta.user.list", map[string]any{"q": "ada", "limit": 11}, 11, "11 records", "`limit` up to 200"},
		"users within a limit":     {"okta.user.list", map[string]any{"q": "ada", "limit": 13}, 12, "", ""},
		"one user":                 {"okta.user.list", map[string]any{"q": "zoe"}, 1, "", ""},
		"one user of one":          {"okta.user.list", map[string]any{"q": "zoe", "limit": 1}, 1, "1 records", "`search`"},
		"users by another input":   {"okta.user.list", map[string]any{"extra_parameters": map[string]any{"q": "ada", "limit": "12"}}, 12, "12 records", ""},
		"users by search":          {"okta.user.list", map[string]any{"search": `profile.login sw "ada"`, "limit": 12}, 12, "", ""},
		"groups":                   {"okta.group.list", map[string]any{"q": "Team"}, 300, "300 records", "`limit` up to 10000"},
		"groups by another input":  {"okta.group.list", map[string]any{"extra_parameters": map[string]any{"q": "Team", "limit": 7}}, 7, "7 records", ""},
		"groups within a limit":    {"okta.group.list", map[string]any{"q": "Team", "limit": 400}, 301, "", ""},
		"a raw list of users":      {"okta.request.list", map[string]any{"path": "/users", "query": map[string]any{"q": "ada"}}, 10, "10 records", "`search`"},
		"a raw list of groups":     {"okta.request.list", map[string]any{"path": "/api/v1/groups", "query": map[string]any{"q": []any{"Team"}, "limit": "7"}}, 7, "7 records", ""},
		"a raw list by search":     {"okta.request.list", map[string]any{"path": "/groups", "query": map[string]any{"search": `profile.name eq "Team 7"`, "limit": 1}}, 1, "", ""},
		"a raw list of other data": {"okta.request.list", map[string]any{"path": "/apps", "query": map[string]any{"q": "Team", "limit": 2}}, 2, "", ""},
	} {
		page, err := s.cards[test.card].Page(t.Context(), s.call(), test.in, "")
		if err != nil || len(page.Items) != test.records || (page.Cut != nil) != (test.cut != "") {
			t.Errorf("%s: %d records, cut %v (%v)", name, len(page.Items), page.Cut, err)
			continue
		}
		if cut := page.Cut; cut != nil && (cut.Kind != card.Invalid || !strings.Contains(cut.Message, test.cut) || !strings.Contains(cut.Hint, test.hint)) {
			t.Errorf("%s: %+v", name, cut)
		}
	}
	escaped := map[string]any{"path": "/api/v1/%75sers", "query": map[string]any{"q": "ada"}}
	if cut := s.cards["okta.request.list"].Cut(escaped, 10); cut == nil {
		t.Error("an escaped path is taken for another list")
	}
	most := map[string]any{"q": "Team", "limit": 20000}
	if cut := s.cards["okta.group.list"].Cut(most, 10_000); cut == nil || strings.Contains(cut.Hint, "limit") {
		t.Errorf("the largest page: %+v", cut)
	}
	if cut := s.cards["okta.group.list"].Cut(most, 9_999); cut != nil {
		t.Errorf("a page that is not full: %+v", cut)
	}
}
