package scim

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/chance"
)

// A model has the people and groups that a target must have, as random tests want them.
type model struct {
	people map[string]map[string]any // inputs of scim.user.update, by user name in lower case
	gone   map[string]bool           // names of people who are deactivated
	groups map[string][]string       // names of members, by the name of the group
}

// names of people and groups, with all that a filter or a path must escape.
var (
	someNames  = []string{"ada", "Bo", `c"d`, `e\f`, "g h", "Ĩdö", "j]k", "l(m)", "n/o", "p%41"}
	someGroups = []string{"Sales", `R&D "x"`, "Élan"}
)

// random chooses a new state.
func (m *model) random(c *chance.Choices) {
	for _, name := range someNames {
		key := strings.ToLower(name)
		switch c.Pick(4) {
		case 0:
			if m.people[key] != nil {
				m.gone[key] = true
			}
			continue
		case 1:
			continue
		}
		in := map[string]any{"user_name": name, "given_name": chance.OneOf(c, someNames), "email": chance.OneOf(c, someNames) + "@x", "active": true}
		if c.Pick(2) == 0 {
			in["external_id"] = chance.OneOf(c, someNames)
		}
		if c.Pick(2) == 0 {
			in["attributes"] = map[string]any{
				"title": chance.OneOf(c, []any{"Boss", `"`, nil}), "phoneNumbers": chance.OneOf(c, []any{[]any{}, []any{map[string]any{"value": "1", "type": "work"}}, []any{map[string]any{"value": "2", "type": "work"}, map[string]any{"value": `"]`, "type": "home"}}}),
				enterpriseSchema: map[string]any{"department": chance.OneOf(c, []any{"R", "S", nil}), "costCenter": chance.OneOf(c, []any{"1", nil})},
			}
		}
		m.people[key] = in
		delete(m.gone, key)
	}
	for _, name := range someGroups {
		if c.Pick(3) == 0 {
			continue
		}
		var members []string
		for _, person := range slices.Sorted(maps.Keys(m.people)) {
			if c.Pick(2) == 0 {
				members = append(members, person)
			}
		}
		m.groups[name] = members
	}
}

// sync makes a target as the model wants it, and returns how many requests to write it may need at most.
func (m *model) sync(f *far) (most int) {
	for _, key := range slices.Sorted(maps.Keys(m.people)) {
		in := maps.Clone(m.people[key])
		found := f.do("scim.user.find", map[string]any{"user_name": in["user_name"]})
		if most++; found == nil {
			f.do("scim.user.create", in)
			continue
		}
		if in["user_id"] = found["id"]; m.gone[key] {
			f.do("scim.user.deactivate", map[string]any{"user_id": found["id"]})
			continue
		}
		f.do("scim.user.update", in)
	}
	for _, name := range slices.Sorted(maps.Keys(m.groups)) {
		members := []any{}
		for _, person := range m.groups[name] {
			members = append(members, m.people[person]["user_name"])
		}
		f.do("scim.group.push", map[string]any{"display_name": name, "user_names": members, "max_removals": len(m.people)})
		most++
	}
	return most
}

// state returns the people and groups of a target, as far as the model is about them.
func state(f *far) map[string]any {
	all := map[string]any{}
	byID := map[string]string{}
	for _, u := range f.do("scim.user.list", map[string]any{})["records"].([]any) {
		u := u.(map[string]any)
		key := strings.ToLower(text(u, "userName"))
		byID[text(u, "id")] = key
		name, _ := u["name"].(map[string]any)
		emails := objects(u["emails"])
		all["user "+key] = []any{u["active"], name["givenName"], text(emails[0], "value"), len(emails)}
		for _, attribute := range []string{"externalId", "title", "phoneNumbers", enterpriseSchema} {
			if !isEmpty(u[attribute]) {
				all["user "+key+" "+attribute] = u[attribute]
			}
		}
	}
	for _, g := range f.do("scim.group.list", map[string]any{"with_members": true})["records"].([]any) {
		var members []string
		for _, m := range objects(g.(map[string]any)["members"]) {
			members = append(members, byID[text(m, "value")])
		}
		slices.Sort(members)
		all["group "+text(g.(map[string]any), "displayName")] = members
	}
	return all
}

// expected is the state that the model wants. was is the state before, which has what an update does not mention.
func (m *model) expected(was map[string]any) map[string]any {
	all := maps.Clone(was)
	for key, in := range m.people {
		before, _ := was["user "+key].([]any)
		if m.gone[key] && before != nil {
			all["user "+key] = append([]any{false}, before[1:]...)
			continue
		}
		all["user "+key] = []any{true, in["given_name"], in["email"], 1}
		if before != nil && strings.EqualFold(before[2].(string), in["email"].(string)) {
			all["user "+key].([]any)[2] = before[2]
		}
		set := func(attribute string, v any) {
			if all["user "+key+" "+attribute] = v; isEmpty(v) {
				delete(all, "user "+key+" "+attribute)
			}
		}
		if in["external_id"] != nil {
			set("externalId", in["external_id"])
		}
		attributes, _ := in["attributes"].(map[string]any)
		for name, v := range attributes {
			if object, ok := v.(map[string]any); ok {
				old, _ := was["user "+key+" "+name].(map[string]any)
				v = withoutEmpty(merged(object, old))
			}
			set(name, v)
		}
	}
	for name, members := range m.groups {
		all["group "+name] = slices.Clone(members)
	}
	return all
}

// Random states are synced into targets with all peculiarities: the result is as the model wants it, each person and each group needs one
// request at most, and a second time nothing is written.
func TestRandomStatesAreSyncedInTheFewestRequests(t *testing.T) {
	t.Parallel()
	quirks := []string{
		"no_config: true", "no_patch: true", "no_filter: refuse", "no_filter: ignore", "simple_filter: true", "no_escapes: true", "no_etag: true", "no_totals: true", "no_scim_type: true",
		"patch_no_content: true", "narrow_patch: true", "lower_case_names: true", "unique_groups: true", "page_size: 3",
	}
	for seed := range 30 {
		c := chance.Seeded([]byte(fmt.Sprint("scim ", seed)))
		var chosen []string
		for _, q := range quirks {
			taken := slices.ContainsFunc(chosen, func(other string) bool { return strings.HasPrefix(other, q[:strings.Index(q, ":")]) })
			if c.Pick(4) == 0 && !taken {
				chosen = append(chosen, q)
			}
		}
		f, _ := simulated(t, "quirks: {"+strings.Join(chosen, ", ")+"}")
		err := syncRandomly(f, &c, slices.Contains(chosen, "no_patch: true"))
		if err != nil {
			t.Fatalf("seed %d, %v, %v", seed, chosen, err)
		}
	}
}

// syncRandomly makes a target as random models want it, four times. refusesPatch: it answers each PATCH with a refusal.
func syncRandomly(f *far, c *chance.Choices, refusesPatch bool) error {
	f.t.Helper()
	m := &model{map[string]map[string]any{}, map[string]bool{}, map[string][]string{}}
	for round := range 4 {
		m.random(c)
		want := m.expected(state(f))
		f.writes()
		most := m.sync(f)
		writes := slices.DeleteFunc(f.writes(), func(s sent) bool { return s.method == http.MethodPatch && refusesPatch })
		if len(writes) > most {
			return fmt.Errorf("round %d: %d writes for %d people and groups", round, len(writes), most)
		}
		if diff := cmp.Diff(want, state(f)); diff != "" {
			return fmt.Errorf("round %d (-want +got)\n%s", round, diff)
		}
		f.writes()
		if m.sync(f); len(f.writes()) > 0 {
			return fmt.Errorf("round %d: a second time something is written", round)
		}
	}
	return nil
}
