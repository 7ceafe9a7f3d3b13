package oktasim

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

var groupRoutes = []route{
	{"GET", "/api/v1/groups", "okta.groups.read", listGroups},
	{"GET", "/api/v1/groups/{id}", "okta.groups.read", getGroup},
	{"GET", "/api/v1/groups/{id}/users", "okta.groups.read", listGroupUsers},
	{"GET", "/api/v1/users/{id}/groups", "okta.users.read", listUserGroups},
}

// These are the vocabularies of expressions about groups. Okta's filter does not support names and descriptions
// (Groups API, "List all groups": "a limited number of properties: id, type, lastUpdated, and lastMembershipUpdated")
// and refuses them with E0000031 (okta-sdk-java, issue 593). Search supports "all attributes except for _embedded,
// _links, and objectClass", and co only for name and description. That case matters as for users is our guess.
var (
	groupFilter = vocabulary{
		attributes: []string{"id", "type"},
		operators:  []operator{equals},
		moments:    []string{"lastUpdated", "lastMembershipUpdated"},
		exact:      true,
		cased:      true,
	}
	groupSearch = vocabulary{
		attributes: []string{"id", "type", "source.id", "profile.name", "profile.description"},
		operators:  []operator{equals, startsWith, contains, present},
		moments:    []string{"created", "lastUpdated", "lastMembershipUpdated"},
		open:       []string{"profile."},
		contained:  []string{"profile.name", "profile.description"},
		exact:      true,
	}
)

func (g *group) value(attribute string) (string, bool) {
	switch attribute {
	case "id":
		return g.id, true
	case "type":
		return g.kind.String(), true
	case "source.id":
		return g.sourceID(), g.kind == appGroup
	case "created":
		return g.created.text(), true
	case "lastUpdated":
		return g.lastUpdated.text(), true
	case "lastMembershipUpdated":
		return g.lastMembershipUpdated.text(), true
	case "profile.name":
		return g.name, true
	case "profile.description":
		return g.description, g.description != ""
	}
	for _, a := range g.attributes {
		if "profile."+a.name != attribute || a.json == "null" {
			continue
		}
		var text string
		if json.Unmarshal([]byte(a.json), &text) != nil {
			text = a.json // a number or a boolean is compared in its JSON form
		}
		return text, true
	}
	return "", false
}

// listGroups handles GET /api/v1/groups. 10,000 is both the default and the maximum. With q, the prefix of a name, there
// is one page of 300 and no next page (Groups API, "List all groups": "You can't page a query. The default limit for
// a query is 300 results").
func listGroups(c *call) answer {
	for _, e := range c.expansions() {
		if e != "stats" && e != "app" {
			c.reject(c.badSearch("expand: groups have no " + jsonText(e)))
		}
	}
	usual, query := 10_000, c.query.Has("q")
	if query {
		usual = 300
	}
	p, conditions := c.page(usual, 10_000), c.conditions(groupSearch, groupFilter)
	prefix := fold(c.query.Get("q"))
	return c.read(func(d *directory) answer {
		matches := func(i int) bool {
			g := &d.groups[i]
			return !g.deleted && strings.HasPrefix(fold(g.name), prefix) && conditions.hold(g.value)
		}
		if by := c.query.Get("sortBy"); by != "" && c.query.Has("search") { // "for search queries only"
			return c.sortedGroups(p, by, matches)
		}
		items, more := p.collect(len(d.groups), matches)
		return c.groups(p, items, more && !query)
	})
}

// sortedGroups returns a page in the order of an attribute: ignoring case, nulls first, and by id for equal values
// (Groups API, "List all groups", sortBy). A deleted group keeps its values, so that a cursor to it still has a place
// in the order. The caller holds the lock.
func (c *call) sortedGroups(p page, by string, matches func(int) bool) answer {
	name, _, ok := groupSearch.find(by)
	if !ok {
		return c.badSearch("sortBy: groups have no attribute " + jsonText(by))
	}
	groups, direction := c.org.state.groups, 1
	if strings.EqualFold(c.query.Get("sortOrder"), "desc") {
		direction = -1
	}
	compare := func(a, b uint32) int {
		left, _ := groups[a].value(name)
		right, _ := groups[b].value(name)
		if order := strings.Compare(fold(left), fold(right)); order != 0 {
			return order * direction
		}
		return cmp.Compare(groups[a].id, groups[b].id)
	}
	var items []uint32
	for i := range groups {
		if matches(i) && (p.after < 0 || compare(uint32(i), uint32(p.after)) > 0) {
			items = append(items, uint32(i))
		}
	}
	slices.SortFunc(items, compare)
	return c.groups(p, items[:min(len(items), p.limit)], len(items) > p.limit)
}

// getGroup handles GET /api/v1/groups/{id}.
func getGroup(c *call) answer {
	return c.readGroup(func(_ *directory, g *group) answer {
		return c.ok(appendGroup(nil, g, c.base, groupExtra{}))
	})
}

// listGroupUsers handles GET /api/v1/groups/{id}/users. It returns members of every status. 1,000 is both the default and
// the maximum (Groups API, "List all member users").
func listGroupUsers(c *call) answer {
	c.notSimulated("search", "sortBy", "expand")
	p := c.page(1000, 1000)
	return c.readGroup(func(d *directory, g *group) answer {
		items := g.membersAfter(p.after)
		more := len(items) > p.limit
		return c.users(p, items[:min(len(items), p.limit)], more, nil, func(ordinal uint32) *user { return d.users[ordinal].at(c.now) })
	})
}

// listUserGroups handles GET /api/v1/users/{id}/groups. Okta returns pages of 200 (okta-sdk-java, issues 1286 and 1291:
// 200 groups and a Link header), although its description names another default.
func listUserGroups(c *call) answer {
	p := c.page(200, 200)
	return c.readUser(func(d *directory, u *user) answer {
		ordinal := d.byID[u.id]
		items, more := p.collect(len(d.groups), func(i int) bool { return d.groups[i].has(ordinal) })
		return c.groups(p, items, more)
	})
}

// expansions returns the parts of the parameter expand.
func (c *call) expansions() []string {
	return strings.FieldsFunc(c.query.Get("expand"), func(r rune) bool { return r == ',' })
}

// groups returns an answer with a page of groups. The caller holds the lock.
func (c *call) groups(p page, items []uint32, more bool) answer {
	const size = 900 // approximate size of one group in bytes
	expand := c.expansions()
	stats, app := slices.Contains(expand, "stats"), slices.Contains(expand, "app")
	return c.array(p, items, more, size, func(b []byte, ordinal uint32) []byte {
		g := &c.org.state.groups[ordinal]
		with := groupExtra{app: app}
		if source := c.org.state.collection(apps).byID[g.sourceID()]; app && source != nil {
			with.known = encoded(c.shown(apps, source))
		}
		if stats {
			with.stats = &groupStats{users: len(g.members), apps: c.org.state.countApps(g.id)}
		}
		return appendGroup(b, g, c.base, with)
	})
}
