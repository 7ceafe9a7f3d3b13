package oktasim

import "strings"

// What expressions about groups may say. Okta's filter knows neither names nor descriptions
// (Groups API, "List all groups": "a limited number of properties: id, type, lastUpdated, and
// lastMembershipUpdated") and refuses them with E0000031 (okta-sdk-java, issue 593).
var (
	groupFilter = vocabulary{attributes: []string{"id", "type"}, operators: []operator{equals}}
	groupSearch = vocabulary{
		attributes: []string{"id", "type", "profile.name", "profile.description"},
		operators:  []operator{equals, startsWith, contains},
	}
)

func (g *group) value(attribute string) (string, bool) {
	switch attribute {
	case "id":
		return g.id, true
	case "type":
		return g.kind.String(), true
	case "profile.name":
		return g.name, true
	case "profile.description":
		return g.description, g.description != ""
	}
	return "", false
}

// listGroups is GET /api/v1/groups. 10,000 is both the default and the most. With q, the beginning
// of a name, there is one page of 300 and no next (Groups API, "List all groups": "You can't page
// a query. The default limit for a query is 300 results").
func listGroups(c *call) answer {
	if a := c.notSimulated("sortBy", "expand"); a != nil {
		return *a
	}
	usual, query := 10_000, c.query.Has("q")
	if query {
		usual = 300
	}
	p, bad := c.page(usual, 10_000)
	if bad != nil {
		return *bad
	}
	conditions, bad := c.conditions(groupSearch, groupFilter)
	if bad != nil {
		return *bad
	}
	prefix := fold(c.query.Get("q"))
	c.org.mu.RLock()
	defer c.org.mu.RUnlock()
	groups := c.org.state.groups
	items, more := p.collect(len(groups), func(i int) bool {
		return strings.HasPrefix(fold(groups[i].name), prefix) && conditions.hold(groups[i].value)
	})
	return c.groups(p, items, more && !query)
}

// getGroup is GET /api/v1/groups/{id}.
func getGroup(c *call) answer {
	c.org.mu.RLock()
	defer c.org.mu.RUnlock()
	g, ok := c.org.state.group(c.r.PathValue("id"))
	if !ok {
		return c.missing(c.r.PathValue("id"), "UserGroup")
	}
	return c.ok(appendGroup(nil, g, c.base))
}

// listGroupUsers is GET /api/v1/groups/{id}/users, whatever the status of the members. 1,000 is
// both the default and the most (Groups API, "List all member users").
func listGroupUsers(c *call) answer {
	if a := c.notSimulated("search", "sortBy", "expand"); a != nil {
		return *a
	}
	p, bad := c.page(1000, 1000)
	if bad != nil {
		return *bad
	}
	c.org.mu.RLock()
	defer c.org.mu.RUnlock()
	g, ok := c.org.state.group(c.r.PathValue("id"))
	if !ok {
		return c.missing(c.r.PathValue("id"), "UserGroup")
	}
	items := g.membersAfter(p.after)
	more := len(items) > p.limit
	return c.users(p, items[:min(len(items), p.limit)], more)
}

// listUserGroups is GET /api/v1/users/{id}/groups. Okta pages it by 200 (okta-sdk-java, issues 1286
// and 1291: 200 groups and a Link header), though its description names another default.
func listUserGroups(c *call) answer {
	p, bad := c.page(200, 200)
	if bad != nil {
		return *bad
	}
	c.org.mu.RLock()
	defer c.org.mu.RUnlock()
	u, ok := c.user()
	if !ok {
		return c.missing(c.r.PathValue("id"), "User")
	}
	ordinal := c.org.state.byID[u.id]
	groups := c.org.state.groups
	items, more := p.collect(len(groups), func(i int) bool { return groups[i].has(ordinal) })
	return c.groups(p, items, more)
}

// groups is the answer with a page of groups. The caller holds the lock.
func (c *call) groups(p page, items []uint32, more bool) answer {
	const size = 900 // bytes of one group, roughly
	return c.array(p, items, more, size, func(b []byte, ordinal uint32) []byte {
		return appendGroup(b, &c.org.state.groups[ordinal], c.base)
	})
}
