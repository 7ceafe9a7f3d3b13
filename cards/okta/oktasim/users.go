package oktasim

var userRoutes = []route{
	{"GET", "/api/v1/users", "okta.users.read", listUsers},
	{"GET", "/api/v1/users/{id}", "okta.users.read", getUser},
	{"GET", "/api/v1/users/{id}/blocks", "okta.users.read", listUserBlocks},
}

// listUsers handles GET /api/v1/users. Without search and filter it leaves out DEPROVISIONED users (Users API, "List all
// users": those "that do not have a status of 'DEPROVISIONED' (by default)"); with either it lists all matching
// users. 200 is both the default and the maximum.
//
// q is the prefix of firstName, lastName or email. Its default limit is 10, and it has no second page (Users API,
// "Find users": it "doesn't support pagination"). sortBy is only for search. Okta does not document its effect
// without search; this org refuses it.
func listUsers(c *call) answer {
	if e := c.query.Get("expand"); e != "" && e != "classification" {
		c.reject(c.badSearch("expand: users have no " + jsonText(e)))
	}
	usual, query := 200, c.query.Has("q")
	if query {
		usual = 10
	}
	p, conditions, sorted := c.page(usual, 200), c.conditions(userSearch, userFilter), c.sorting(userSearch)
	prefix, fields := fold(c.query.Get("q")), c.selection()
	return c.read(func(*directory) answer {
		records := c.records(c.query.Has("search"))
		matches := func(i int) bool {
			u := records.at(uint32(i))
			return u != nil && u.startsWith(prefix) && conditions.hold(u.value) && (len(conditions) > 0 || u.status != deprovisioned)
		}
		items, more := p.collect(records.total(), matches)
		if sorted != nil {
			items, more = sorted.collect(p, records, matches)
		}
		return c.users(p, items, more && !query, fields, records.at)
	})
}

// getUser handles GET /api/v1/users/{id}. The id "me" is the owner of the token.
func getUser(c *call) answer {
	return c.readUser(func(_ *directory, u *user) answer {
		a := c.userAnswer(u.at(c.now))
		if c.query.Get("expand") == "blocks" {
			a.body = append(a.body[:len(a.body)-1], `,"_embedded":{"blocks":[]}}`...)
		}
		return a
	})
}

// listUserBlocks handles GET /api/v1/users/{id}/blocks. This org does not simulate blocks of devices.
func listUserBlocks(c *call) answer {
	return c.readUser(func(*directory, *user) answer { return c.ok([]byte("[]")) })
}

// users returns the answer with a page of users.
func (c *call) users(p page, items []uint32, more bool, fields *selection, at func(ordinal uint32) *user) answer {
	const size = 900 // approximate size of one user in bytes
	view := c.userView(false)
	view.fields = fields
	return c.array(p, items, more, size, func(b []byte, ordinal uint32) []byte {
		return view.append(b, at(ordinal))
	})
}
