package oktasim

import (
	"maps"
	"slices"

	"gopkg.in/yaml.v3"
)

// ruleMembers reads the members of a group that rules added: {Name of a rule: [logins]}.
func (l *loader) ruleMembers(n *yaml.Node, where string, people roster, g seedGroup) map[string][]uint32 {
	if n == nil {
		return nil
	}
	by := map[string][]uint32{}
	for _, e := range l.entries(n, where) {
		l.refers(e.at, where, groupRules, e.key)
		by[e.key] = l.members(e.value, where+"."+e.key, people)
		for _, ordinal := range by[e.key] {
			if !slices.Contains(g.members, ordinal) {
				l.problem(e.at, "list them in members too", "%s.%s has users who are not members of %q", where, e.key, g.name)
				break
			}
		}
	}
	return by
}

// settleRules records the members that rules added, and applies the active rules. A member who is listed only in members stays when no
// rule applies to them.
func (d *directory) settleRules(seed Seed) {
	for _, s := range seed.groups {
		if !s.matching && len(s.ruleMembers) == 0 {
			continue
		}
		at := slices.IndexFunc(d.groups, func(g group) bool {
			return g.id == s.id || s.id == "" && g.kind == s.kind && fold(g.name) == fold(s.name)
		})
		if s.matching {
			d.keepMatching(&d.groups[at])
		}
		for _, name := range slices.Sorted(maps.Keys(s.ruleMembers)) {
			id, _ := d.idOf(groupRules.key, name)
			for _, ordinal := range s.ruleMembers[name] {
				d.groups[at].keep(ordinal, id)
			}
		}
	}
	d.applyRules(ordinals(len(d.users)), func(g *group, ordinal uint32, add bool) {
		if add {
			g.add(ordinal)
		} else {
			g.remove(ordinal)
		}
	})
}

// keepMatching records the members of a group to whom an active rule applies as added by it.
func (d *directory) keepMatching(g *group) {
	active, conditions := d.activeRules()
	for i, o := range active {
		for _, ordinal := range g.members {
			if slices.Contains(targetsOf(o.fields), g.id) && d.applies(o, conditions[i], ordinal) {
				g.keep(ordinal, o.id)
			}
		}
	}
}

// appendRuleMembers appends the members of a group that rules added. members are all members, in the order of the dump.
func (d *directory) appendRuleMembers(b []byte, g *group, members []uint32) []byte {
	by := map[string][]string{}
	for _, ordinal := range members {
		for _, rule := range g.byRule[ordinal] {
			name := d.nameOf("group_rules", rule)
			by[name] = append(by[name], d.users[ordinal].login)
		}
	}
	if len(by) == 0 {
		return b
	}
	return append(append(append(b, "    rule_members: "...), encoded(by)...), '\n')
}
