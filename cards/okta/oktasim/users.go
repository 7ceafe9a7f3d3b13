package oktasim

var userRoutes = []route{
	{"GET", "/api/v1/users", "okta.users.read", listUsers},
	{"GET", "/api/v1/users/{id}", "okta.users.read", getUser},
}

// listUsers is GET /api/v1/users. Without search and filter it leaves out the DEPROVISIONED (Users
// API, "List all users": those "that do not have a status of 'DEPROVISIONED' (by default)"); with
// either it gives whoever matches. 200 is both the default and the most.
//
// q is the beginning of firstName, lastName or email; its default is 10, and it has no second page
// (Users API, "Find users": it "doesn't support pagination"). sortBy is for search alone; what Okta
// does with it elsewhere is not documented, and this org refuses it.
func listUsers(c *call) answer {
	if a := c.notSimulated("expand", "fields"); a != nil {
		return *a
	}
	usual, query := 200, c.query.Has("q")
	if query {
		usual = 10
	}
	p, bad := c.page(usual, 200)
	if bad != nil {
		return *bad
	}
	conditions, bad := c.conditions(userSearch, userFilter)
	if bad != nil {
		return *bad
	}
	sorted, bad := c.sorting(userSearch)
	if bad != nil {
		return *bad
	}
	prefix := fold(c.query.Get("q"))
	c.org.mu.RLock()
	defer c.org.mu.RUnlock()
	records := c.records(c.query.Has("search"))
	matches := func(i int) bool {
		u := records.at(uint32(i))
		return u != nil && u.begins(prefix) && conditions.hold(u.value) && (len(conditions) > 0 || u.status != deprovisioned)
	}
	items, more := p.collect(records.total(), matches)
	if sorted != nil {
		items, more = sorted.collect(p, records, matches)
	}
	const size = 900 // bytes of one person, roughly
	return c.array(p, items, more && !query, size, func(b []byte, ordinal uint32) []byte {
		return appendUser(b, records.at(ordinal), c.base, false)
	})
}

// getUser is GET /api/v1/users/{id}. The id "me" is the person whose token it is.
func getUser(c *call) answer {
	c.org.mu.RLock()
	defer c.org.mu.RUnlock()
	u, ok := c.user()
	if !ok {
		return c.missing(c.r.PathValue("id"), "User")
	}
	body := appendUser(nil, u.at(c.now), c.base, true)
	if c.query.Get("expand") == "blocks" {
		// Nobody here is blocked from unknown devices, which is what a block is.
		body = append(body[:len(body)-1], `,"_embedded":{"blocks":[]}}`...)
	}
	return c.ok(body)
}

// user is the person that the path names. The caller holds the lock.
func (c *call) user() (*user, bool) {
	name, state := c.r.PathValue("id"), c.org.state
	if name != "me" {
		return state.user(name)
	}
	if int(c.token.owner) >= len(state.users) || state.users[c.token.owner].gone {
		return nil, false
	}
	return &state.users[c.token.owner], true
}

// users is the answer with a page of people. The caller holds the lock.
func (c *call) users(p page, items []uint32, more bool) answer {
	now := c.now
	const size = 900 // bytes of one person, roughly
	return c.array(p, items, more, size, func(b []byte, ordinal uint32) []byte {
		return appendUser(b, c.org.state.users[ordinal].at(now), c.base, false)
	})
}
