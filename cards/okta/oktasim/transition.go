package oktasim

import (
	"net/http"
	"strings"
)

// Activation is an asynchronous operation, and so is a deactivation that asks for it with the header
// Prefer: respond-async: meanwhile a person has the old status, and transitioningToStatus says which
// one comes (Users API, "Activate a user" and "Deactivate a user"). How long it takes is the seed's
// async_lifecycle; here it is exactly that long, and no time at all where the seed does not say.
// Nothing happens when it is over: whoever reads a record works out what it is by then.

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

// change lets an operation change the person that the path names, under the lock. Nobody is changed on the way to
// another status: E0000112 is Okta's answer to an update of somebody who is being activated. That every other
// change is refused with it too, and with E0000038 on the way to DEPROVISIONED, is our guess.
func (c *call) change(operation func(*user) answer) answer {
	c.org.mu.Lock()
	defer c.org.mu.Unlock()
	u, ok := c.user()
	if !ok {
		return c.missing(c.r.PathValue("id"), "User")
	}
	if u.transition != nil && c.now >= u.transition.ends {
		u.arrive()
	}
	switch {
	case u.transition == nil:
		return operation(u)
	case u.transition.to == deprovisioned:
		return c.notInThisStatus()
	}
	return c.refuse(http.StatusConflict, "E0000112", "Cannot update this user because they are still being activated. Please try again in a few minutes.")
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
