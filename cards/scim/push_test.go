package scim

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// ids returns n ids of generated users, from the given one on.
func ids(from, n int) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = fmt.Sprintf("user-%06d", from+i)
	}
	return all
}

// membersOf returns the ids of the members of a group, sorted.
func (f *far) membersOf(id string) (all []string) {
	f.t.Helper()
	for _, m := range objects(f.do("scim.group.get", map[string]any{"group_id": id, "with_members": true})["members"]) {
		all = append(all, text(m, "value"))
	}
	slices.Sort(all)
	return all
}

func TestAPushMakesTheFewestRequests(t *testing.T) {
	t.Parallel()
	const seed = "generate: {users: 60}\ngroups: [{id: g1, displayName: Sales, members: [user-000001, user-000002, user-000003, user-000004]}]"
	for name, row := range map[string]struct {
		in         map[string]any
		operations []int // of each request
	}{
		"nothing":                   {map[string]any{"members": ids(1, 4)}, nil},
		"one more":                  {map[string]any{"members": ids(1, 5)}, []int{1}},
		"many more":                 {map[string]any{"members": ids(1, 30)}, []int{1}},
		"one less":                  {map[string]any{"members": ids(1, 3)}, []int{1}},
		"two less":                  {map[string]any{"members": ids(1, 2)}, []int{1}},
		"others":                    {map[string]any{"members": ids(3, 4)}, []int{1}},
		"none":                      {map[string]any{"members": []any{}, "max_removals": 4}, []int{1}},
		"one more, in chunks":       {map[string]any{"members": ids(1, 12), "chunk": 3}, []int{1, 1, 1}},
		"others, in chunks":         {map[string]any{"members": ids(3, 5), "chunk": 2}, []int{1, 1, 2}},
		"other attributes":          {map[string]any{"members": ids(1, 4), "external_id": "00g1"}, []int{1}},
		"other attributes and more": {map[string]any{"members": ids(1, 6), "external_id": "00g1", "chunk": 1}, []int{2, 1}},
		"another name":              {map[string]any{"display_name": "Sellers", "group_id": "g1", "members": ids(1, 4)}, []int{1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, _ := simulated(t, seed)
			if row.in["display_name"] == nil {
				row.in["display_name"] = "SALES"
			}
			out := f.do("scim.group.push", row.in)
			var operations []int
			for _, w := range f.writes() {
				operations = append(operations, len(w.operations()))
			}
			if !slices.Equal(operations, row.operations) || out["changed"] != (row.operations != nil) {
				t.Errorf("requests with %v operations, want %v; it answers %v", operations, row.operations, out)
			}
			want := fmt.Sprint(row.in["members"])
			if got := f.membersOf("g1"); fmt.Sprint(got) != want || out["members"] != len(got) {
				t.Errorf("the members are %v, want %v; it answers %v", got, want, out)
			}
			f.writes()
			if again := f.do("scim.group.push", row.in); again["changed"] != false || len(f.writes()) > 0 {
				t.Errorf("a second time it answers %v", again)
			}
		})
	}
}

func TestAPushCreatesTheGroup(t *testing.T) {
	t.Parallel()
	for _, quirks := range []string{"{}", "{no_patch: true}", "{no_patch: true, no_config: true}", "{patch_no_content: true, no_etag: true}", "{no_filter: refuse, page_size: 20}"} {
		f, _ := simulated(t, "generate: {users: 60}\nquirks: "+quirks)
		in := map[string]any{"display_name": "Sales", "external_id": "00g1", "members": ids(1, 55), "chunk": 20}
		out := f.do("scim.group.push", in)
		if out["created"] != true || out["added"] != 55 || len(f.membersOf(out["id"].(string))) != 55 {
			t.Errorf("%s: %v", quirks, out)
		}
		if again := f.do("scim.group.push", in); again["changed"] != false || again["id"] != out["id"] {
			t.Errorf("%s: a second time it answers %v", quirks, again)
		}
		in["members"], in["max_removals"] = ids(50, 11), 49
		if out := f.do("scim.group.push", in); out["added"] != 5 || out["removed"] != 49 || len(f.membersOf(out["id"].(string))) != 11 {
			t.Errorf("%s: %v", quirks, out)
		}
	}
}

func TestAPushFindsUsersByName(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, mostLookups + 20} {
		f, _ := simulated(t, "generate: {users: 100}\nquirks: {page_size: 30}")
		var people []any
		for i := range n {
			people = append(people, fmt.Sprintf("PERSON%06d@acme.example", i+1))
		}
		in := map[string]any{"display_name": "Sales", "user_names": append(people, "nobody", "nobody", people[0])}
		_, err := f.try("scim.group.push", in)
		if failure := card.AsError(err); failure.Kind != card.NotFound || !strings.Contains(failure.Message, `"nobody"`) || len(f.writes()) > 0 {
			t.Errorf("%d: got %v", n, err)
		}
		in["missing"] = "skip"
		out := f.do("scim.group.push", in)
		if got := f.membersOf(out["id"].(string)); len(got) != n || fmt.Sprint(out["skipped"]) != "[nobody]" {
			t.Errorf("%d: %v, members %v", n, out, got)
		}
	}
}

func TestAPushThatRemovesTooManyChangesNothing(t *testing.T) {
	t.Parallel()
	f, _ := simulated(t, "generate: {users: 40, groups: 1, members: 30}")
	for _, in := range []map[string]any{
		{"members": ids(12, 20)}, {"members": []any{}}, {"user_names": []any{}}, {"members": ids(1, 29), "max_removals": 0}, {"members": ids(6, 10), "max_removals": 19},
	} {
		in["display_name"] = "Team 1"
		if _, err := f.try("scim.group.push", in); card.AsError(err).Kind != card.Invalid || !strings.Contains(card.AsError(err).Hint, "max_removals") {
			t.Errorf("%v: got %v", in, err)
		}
	}
	if w := f.writes(); len(w) > 0 {
		t.Errorf("it wrote %v", w)
	}
	if out := f.do("scim.group.push", map[string]any{"display_name": "Team 1", "members": ids(11, 20)}); out["removed"] != 10 {
		t.Errorf("got %v", out)
	}
}

func TestAPushThatFailsGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	f, _ := simulated(t, "generate: {users: 40}\nfaults: [{match: PATCH /Groups/*, nth: 2, status: 502}]\ngroups: [{id: g1, displayName: Sales}]")
	in := map[string]any{"display_name": "Sales", "members": ids(1, 30), "chunk": 10}
	_, err := f.try("scim.group.push", in)
	if !errors.As(err, &f.last) || !f.last.Changed || !f.last.MayBeDone() {
		t.Fatalf("got %+v", err)
	}
	out := f.do("scim.group.push", in)
	if out["resumed"] != true || out["changed"] != true || out["added"] != 20 || len(f.membersOf("g1")) != 30 {
		t.Errorf("got %v", out)
	}
	if out := f.do("scim.group.push", in); out["changed"] != true { // all was done by the attempt whose answer was lost
		t.Errorf("got %v", out)
	}
}

// 50,000 new members of a group of 100,000 need 50 requests. The target does not answer each with all members.
func TestAHugeGroupIsPushedInChunks(t *testing.T) {
	t.Parallel()
	const n = 100_000
	f, _ := simulated(t, fmt.Sprintf("generate: {users: %d, groups: 1, members: %d}\nquirks: {patch_no_content: true}", n, n/2))
	in := map[string]any{"display_name": "Team 1", "members": ids(1, n)}
	f.do("scim.group.push", in)
	if w := f.writes(); len(w) != n/2/defaultChunk {
		t.Errorf("%d requests", len(w))
	}
	if out := f.do("scim.group.push", in); out["changed"] != false || out["unchanged"] != n {
		t.Errorf("got %v", out)
	}
}

func TestARosterOfAnotherGroupIsAnError(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"id": "g2"}`, `{}`, `null`, `[]`, `{"id": "g1", "members": "x"}`, `{"id": "g1", "members": [{"value": ""}]}`, `{"id": "g1", "members": ["u1"]}`} {
		f := connectTo(t, answering(http.StatusOK, body), nil)
		_, err := f.try("scim.group.push", map[string]any{"display_name": "x", "group_id": "g1", "members": []any{"u1"}})
		if card.AsError(err).Code != card.CodeUnread || len(f.writes()) > 0 {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestAPushKnowsAGroupByItsExternalID(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		group      string // at first
		in         map[string]any
		want       string // name, external id
		operations int
	}{
		"renamed":           {"displayName: Sales, externalId: 00g1", map[string]any{"display_name": "Sellers"}, "Sellers 00g1", 1},
		"in another case":   {"displayName: sales, externalId: 00g1", map[string]any{"display_name": "Sales"}, "sales 00g1", 0},
		"without one":       {"displayName: Sales", map[string]any{"display_name": "Sales"}, "Sales 00g1", 1},
		"that of another":   {"displayName: Sales, externalId: 00g2", map[string]any{"display_name": "Sales"}, "Sales 00g2", -1},
		"taken over by id":  {"displayName: Sales, externalId: 00g2", map[string]any{"display_name": "Sales", "group_id": "g1"}, "Sales 00g1", 1},
		"one that is there": {"displayName: Sales, externalId: 00g1", map[string]any{"display_name": "Sales"}, "Sales 00g1", 0},
	} {
		for _, quirk := range []string{"", "no_patch: true", "no_etag: true", "no_filter: ignore"} {
			f, _ := simulated(t, "users: [{id: u1, userName: ada}]\ngroups: [{id: g1, members: [ada], "+row.group+"}]\nquirks: {"+quirk+"}")
			row.in["external_id"], row.in["members"] = "00g1", []any{"u1"}
			out, err := f.try("scim.group.push", row.in)
			wrote := len(f.writes())
			if (row.operations < 0) != (card.AsError(err) != nil && card.AsError(err).Kind == card.Conflict) || wrote != max(row.operations, 0) {
				t.Errorf("%s, %s: %d requests, %v, %v", name, quirk, wrote, out, err)
			}
			g := f.do("scim.group.get", map[string]any{"group_id": "g1"})
			if got := fmt.Sprint(g["displayName"], " ", g["externalId"]); got != row.want {
				t.Errorf("%s, %s: it is %s, want %s", name, quirk, got, row.want)
			}
			if _, err := f.try("scim.group.push", row.in); (err != nil) != (row.operations < 0) || len(f.writes()) > 0 {
				t.Errorf("%s, %s: a second time it writes, or answers %v", name, quirk, err)
			}
		}
	}
}

func TestATargetThatKeepsNoExternalIDIsReported(t *testing.T) {
	t.Parallel()
	f, _ := simulated(t, "users: [{id: u1, userName: ada}]\nquirks: {no_external_id: true}")
	in := map[string]any{"display_name": "Sales", "external_id": "00g1", "members": []any{"u1"}}
	for _, created := range []bool{true, false} {
		if out := f.do("scim.group.push", in); out["created"] != created || out["changed"] != created || fmt.Sprint(out["ignored"]) != "[externalId]" {
			t.Errorf("got %v", out)
		}
	}
	if all := f.do("scim.group.list", map[string]any{}); len(names(all, "displayName")) != 1 {
		t.Errorf("got %v", all)
	}
}
