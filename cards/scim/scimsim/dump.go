package scimsim

import (
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// dump returns the state as a seed. It is canonical: users by userName, groups by displayName, members by userName, and only those ids that the
// seed gave. Servers in the same state have the same dump, and a change that was undone leaves no trace. With allIDs it has all ids: then a thing that was
// deleted and created again is not as it was.
func (s *Server) dump(allIDs bool) []byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	state := struct {
		Users  []map[string]any `yaml:"users"`
		Groups []map[string]any `yaml:"groups"`
	}{s.dumped(s.users, allIDs), s.dumped(s.groups, allIDs)}
	text, _ := yaml.Marshal(state) // it was JSON
	return text
}

func (s *Server) dumped(c *collection, allIDs bool) []map[string]any {
	sorted := slices.SortedStableFunc(slices.Values(c.list), func(a, b *resource) int { return strings.Compare(a.name()+"\x00"+a.id, b.name()+"\x00"+b.id) })
	all := []map[string]any{}
	for _, r := range sorted {
		v := maps.Clone(r.attributes)
		if r.given || allIDs {
			v["id"] = r.id
		}
		var members []string
		for id := range r.members {
			name := id
			if u := s.users.byID[id]; u != nil {
				name = u.name()
			}
			members = append(members, name)
		}
		if slices.Sort(members); members != nil {
			v["members"] = members
		}
		all = append(all, v)
	}
	return all
}
