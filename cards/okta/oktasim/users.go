package oktasim

// What expressions about people may say. Okta's filter knows these attributes, lastUpdated and eq
// alone (Users API, "List users with a filter"); its search knows far more than this org's.
var (
	userFilter = vocabulary{
		attributes: []string{"id", "status", "profile.login", "profile.email", "profile.firstName", "profile.lastName"},
		operators:  []operator{equals},
	}
	userSearch = vocabulary{attributes: userFilter.attributes, operators: []operator{equals, startsWith, contains}}
)

func (u *user) value(attribute string) (string, bool) {
	switch attribute {
	case "id":
		return u.id, true
	case "status":
		return u.status.String(), true
	case "profile.login":
		return u.login, true
	case "profile.email":
		return u.email, true
	case "profile.firstName":
		return u.first, u.first != ""
	case "profile.lastName":
		return u.last, u.last != ""
	}
	return "", false
}

// listUsers is GET /api/v1/users. Without search and filter it leaves out the DEPROVISIONED (Users
// API, "List all users": those "that do not have a status of 'DEPROVISIONED' (by default)"); with
// either it gives whoever matches. 200 is both the default and the most.
func listUsers(c *call) answer {
	if a := c.notSimulated("q", "sortBy"); a != nil {
		return *a
	}
	p, bad := c.page(200, 200)
	if bad != nil {
		return *bad
	}
	conditions, bad := c.conditions(userSearch, userFilter)
	if bad != nil {
		return *bad
	}
	c.org.mu.RLock()
	defer c.org.mu.RUnlock()
	users := c.org.state.users
	items, more := p.collect(len(users), func(i int) bool {
		u := &users[i]
		if len(conditions) == 0 {
			return u.status != deprovisioned
		}
		return conditions.hold(u.value)
	})
	return c.users(p, items, more)
}

// getUser is GET /api/v1/users/{id}. The id "me" is the person whose token it is.
func getUser(c *call) answer {
	c.org.mu.RLock()
	defer c.org.mu.RUnlock()
	u, ok := c.user()
	if !ok {
		return c.missing(c.r.PathValue("id"), "User")
	}
	return c.ok(appendUser(nil, u, c.base, true))
}

// user is the person that the path names. The caller holds the lock.
func (c *call) user() (*user, bool) {
	name, state := c.r.PathValue("id"), c.org.state
	if name != "me" {
		return state.user(name)
	}
	if int(c.token.owner) >= len(state.users) {
		return nil, false
	}
	return &state.users[c.token.owner], true
}

// users is the answer with a page of people. The caller holds the lock.
func (c *call) users(p page, items []uint32, more bool) answer {
	const size = 900 // bytes of one person, roughly
	return c.array(p, items, more, size, func(b []byte, ordinal uint32) []byte {
		return appendUser(b, &c.org.state.users[ordinal], c.base, false)
	})
}

// suspendUser is POST /api/v1/users/{id}/lifecycle/suspend: from ACTIVE to SUSPENDED, and from no
// other status (Users API, "Suspend a user"; error code E0000001 names this very case). Groups and
// apps are kept.
func suspendUser(c *call) answer {
	return c.move(active, suspended, "suspendUser", "user.lifecycle.suspend", "Cannot suspend a user that is not active")
}

// unsuspendUser is POST /api/v1/users/{id}/lifecycle/unsuspend: from SUSPENDED to ACTIVE, and from
// no other status (Users API, "Unsuspend a user").
func unsuspendUser(c *call) answer {
	return c.move(suspended, active, "unsuspendUser", "user.lifecycle.unsuspend", "Cannot unsuspend a user that is not suspended")
}

// move puts the person that the path names from one status into another; anybody in a third one is
// refused. The answer is an empty object.
func (c *call) move(from, to status, operation, event, refusal string) answer {
	c.org.mu.Lock()
	defer c.org.mu.Unlock()
	u, ok := c.user()
	if !ok {
		return c.missing(c.r.PathValue("id"), "User")
	}
	if u.status != from {
		return c.invalid(operation, refusal)
	}
	u.enter(to, c.org.now())
	c.log(event, userTarget(u))
	return c.ok([]byte("{}"))
}
