package oktasim

// Okta's search uses an index that is updated after the writes: it may miss a new user, and may have a
// changed one as they were (Users API, "List users with search": "data changes, such as new users,
// might not be returned immediately"). How long is the seed's search_delay; here it is exactly that
// long. Filters, q and reads by id ask the records themselves.

// A version is a record that has been written over, as the index shows it until it catches up.
type version struct {
	until   instant
	ordinal uint32
	record  user
	absent  bool // there was nobody yet
}

// remember keeps a record that the call is about to change. The caller holds the lock for writing.
func (c *call) remember(ordinal uint32) {
	o := c.org
	if o.searchDelay == 0 {
		return
	}
	caughtUp := 0
	for caughtUp < len(o.stale) && o.stale[caughtUp].until <= c.now {
		caughtUp++
	}
	v := version{until: c.now.add(o.searchDelay), ordinal: ordinal, absent: true}
	if int(ordinal) < len(o.state.users) {
		v.record, v.absent = o.state.users[ordinal], false
	}
	o.stale = append(o.stale[caughtUp:], v)
}

// records is the people as one request sees them.
type records struct {
	users []user
	asOf  instant
	stale map[uint32]*version // what to see in place of users
}

// records are the users that the call sees: those of the index, or the current ones. The caller holds the lock.
func (c *call) records(index bool) records {
	o := c.org
	r := records{users: o.state.users, asOf: c.now}
	if !index || len(o.stale) == 0 {
		return r
	}
	r.stale = map[uint32]*version{}
	for i := range o.stale {
		v := &o.stale[i]
		if _, older := r.stale[v.ordinal]; !older && v.until > c.now {
			r.stale[v.ordinal] = v
		}
	}
	return r
}

func (r records) total() int { return len(r.users) }

// at is the record of an ordinal, nil where the request finds nobody.
func (r records) at(ordinal uint32) *user {
	u := &r.users[ordinal]
	if v, old := r.stale[ordinal]; old {
		if v.absent {
			return nil
		}
		u = &v.record
	}
	if u.gone {
		return nil
	}
	return u.at(r.asOf)
}

// now is the record of an ordinal as it is, whether or not the person is gone.
func (r records) now(ordinal uint32) *user { return r.users[ordinal].at(r.asOf) }
