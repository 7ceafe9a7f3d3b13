package oktasim

import (
	"net/http"
	"strings"
)

// Activation is asynchronous, and so is a deactivation with the header Prefer: respond-async. During the transition a
// user has the old status, and transitioningToStatus has the new one (Users API, "Activate a user" and "Deactivate a
// user"). The duration is exactly the seed's async_lifecycle; without it, the change is immediate. No timer ends a
// transition: each read of a record checks whether it has ended.

// A transition is a pending change of a user's status. Copies of a record share it, so that it is never modified.
type transition struct {
	to   status
	ends instant
}

// forever is later than the end of every transition.
const forever instant = 1<<63 - 1

// depart starts a transition to a status, or sets the status if the change is immediate.
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

// at returns the user at the given time: the record itself, or a copy in which the transition has ended.
func (u *user) at(now instant) *user {
	if u.transition == nil || now < u.transition.ends {
		return u
	}
	arrived := *u
	arrived.arrive()
	return &arrived
}

// notInThisStatus returns 403 E0000038, which Okta documents for "Reactivate a user".
func (c *call) notInThisStatus() answer {
	return c.refuse(http.StatusForbidden, "E0000038", "This operation is not allowed in the user's current status.")
}

// respondsAsync reports whether the request prefers a response before the change is complete (RFC 7240).
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
