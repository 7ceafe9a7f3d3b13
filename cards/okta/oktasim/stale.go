package oktasim

// Okta's search uses an index that is updated after a write: it may lack new users, and may return an old version of
// a user (Users API, "List users with search": "data changes, such as new users, might not be returned immediately").
// Here the delay is exactly the seed's search_delay. Filters, q and reads by id use the current records.

// A version is a replaced record, which the index shows until it is updated.
type version struct {
	until   instant
	ordinal uint32
	record  user
	absent  bool // the user did not exist yet
}

// remember stores the record that the call is about to change. The caller holds the lock for writing.
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

// records are the users as one request sees them.
type records struct {
	users []user
	asOf  instant
	stale map[uint32]*version // replaces records of users
}

// records returns the users that the call sees: those of the index, or the current ones. The caller holds the lock.
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

// at returns the record of an ordinal; nil if the request does not find the user.
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

// now returns the current record of an ordinal, even if the user was deleted.
func (r records) now(ordinal uint32) *user { return r.users[ordinal].at(r.asOf) }
