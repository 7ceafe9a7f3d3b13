package oktasim

import (
	"net/http"
	"strings"
)

// Activation is an asynchronous operation, and so is a deactivation that asks for it with the header
// Prefer: respond-async: meanwhile a person has the old status, and transitioningToStatus is
// the next one (Users API, "Activate a user" and "Deactivate a user"). How long it takes is the seed's
// async_lifecycle; here it is exactly that long, and no time at all without it.
// Nothing happens when it is over: each read of a record works out what it is by then.

// A transition is the way to another status. Copies of a record share it: it is never changed.
type transition struct {
	to   status
	ends instant
}

// forever is after the end of every transition.
const forever instant = 1<<63 - 1

// depart sends a person to a status, or puts them there where that takes no time.
func (c *call) depart(u *user, to status, asynchronous bool) {
	now := c.now
	if !asynchronous || c.org.asyncLifecycle == 0 {
		u.enter(to, now)
		return
	}
	u.transition = &transition{to: to, ends: now.add(c.org.asyncLifecycle)}
}

// arrive ends a transition.
func (u *user) arrive() {
	t := u.transition
	u.transition = nil
	u.enter(t.to, t.ends)
}

// at is the person as of a moment: the record, or a copy of it that has arrived meanwhile.
func (u *user) at(now instant) *user {
	if u.transition == nil || now < u.transition.ends {
		return u
	}
	arrived := *u
	arrived.arrive()
	return &arrived
}

// notInThisStatus is 403 E0000038, which Okta documents for "Reactivate a user".
func (c *call) notInThisStatus() answer {
	return c.refuse(http.StatusForbidden, "E0000038", "This operation is not allowed in the user's current status.")
}

// respondsAsync reports whether the request prefers an answer before the work is done (RFC 7240).
func (c *call) respondsAsync() bool {
	for _, header := range c.r.Header.Values("Prefer") {
		for preference := range strings.SplitSeq(header, ",") {
			if strings.EqualFold(strings.TrimSpace(preference), "respond-async") {
				return true
			}
		}
	}
	return false
}
