package oktasim

import (
	"net/http"
	"net/url"
	"slices"
)

// A call is one request in progress.
//
// A handler first reads everything that it needs from the request, by flag, page, decode and similar methods. Then it
// returns the result of one of the methods that give access to the state: read, write, changeUser, changeGroup. The
// first mistake in the request becomes the answer, and those methods then do nothing. A handler therefore need not
// check for mistakes.
type call struct {
	org   *Org
	r     *http.Request
	query url.Values
	token token
	base  string // scheme and host, as in the request

	address string // of the caller; "" for a request in memory

	serial uint64
	id     string  // X-Okta-Request-Id
	now    instant // on the data clock; constant for the whole call

	logged []event // by this call, not yet handed to event hooks

	passing bool    // the request is not kept, and the events that it adds end with the process
	again   bool    // the request is replayed, and its secrets are texts of the original length
	refusal *answer // the answer to the first mistake in the request; nil if there is none
}

func requestID(serial uint64) string { return mintID("req", serial, 0) }

// An answer is the response of an operation. It is complete before it is sent, so that no lock is held while a slow
// client reads it.
type answer struct {
	status    int
	body      []byte            // JSON, unless media says otherwise
	media     string            // Content-Type; "" for application/json
	links     []string          // Link headers
	challenge string            // WWW-Authenticate; "" for none
	etag      string            // ETag; "" for none
	header    map[string]string // additional headers
	cut       bool              // close the connection without an answer

	// later makes the answer, without a lock, after an operation that only prepared it; nil for most operations.
	later func() answer
}

// done reports whether the operation succeeded.
func (a answer) done() bool { return a.status >= 200 && a.status <= 299 }

// ok returns a 200 with a body.
func (c *call) ok(body []byte) answer { return answer{status: http.StatusOK, body: body} }

// empty returns a 200 with an empty object.
func (c *call) empty() answer { return c.ok([]byte("{}")) }

// noContent returns a 204.
func (c *call) noContent() answer { return answer{status: http.StatusNoContent} }

// serve returns the answer of a handler, or the refusal.
func (c *call) serve(handler func(*call) answer) answer {
	a := handler(c)
	if c.refusal != nil {
		return *c.refusal
	}
	return a
}

// reject refuses the call, unless it is already refused.
func (c *call) reject(a answer) {
	if c.refusal == nil {
		c.refusal = &a
	}
}

// read runs an operation that reads the state, under the read lock.
func (c *call) read(operation func(*directory) answer) answer {
	if c.refusal != nil {
		return *c.refusal
	}
	c.org.mu.RLock()
	defer c.org.mu.RUnlock()
	return operation(c.org.state)
}

// readUser runs an operation that reads the user of the path.
func (c *call) readUser(operation func(*directory, *user) answer) answer {
	return c.read(func(d *directory) answer {
		u, ok := c.user(d)
		if !ok {
			return c.missing(c.r.PathValue("id"), "User")
		}
		return operation(d, u)
	})
}

// readGroup runs an operation that reads the group of the path.
func (c *call) readGroup(operation func(*directory, *group) answer) answer {
	return c.read(func(d *directory) answer {
		g, ok := d.group(c.r.PathValue("id"))
		if !ok {
			return c.missing(c.r.PathValue("id"), "UserGroup")
		}
		return operation(d, g)
	})
}

// write runs an operation that changes the state, under the lock.
func (c *call) write(operation func(*directory) answer) answer {
	if c.refusal != nil {
		return *c.refusal
	}
	c.org.mu.Lock()
	defer c.org.mu.Unlock()
	a := operation(c.org.state)
	c.deliver()
	return a
}

// changeUser runs an operation that changes the user of the path. A user in transition to another status cannot be
// changed. Okta refuses an update of a user who is being activated with E0000112. That it refuses all other changes
// with this code too, and with E0000038 during the transition to DEPROVISIONED, is our guess.
func (c *call) changeUser(operation func(*directory, *user) answer) answer {
	return c.write(func(d *directory) answer {
		u, ok := c.user(d)
		if !ok {
			return c.missing(c.r.PathValue("id"), "User")
		}
		if u.transition != nil && c.now >= u.transition.ends {
			u.arrive()
		}
		switch {
		case u.transition == nil:
			ordinal := d.byID[u.id]
			c.remember(ordinal)
			a := operation(d, u)
			c.applyRules(d, ordinal)
			return a
		case u.transition.to == deprovisioned:
			return c.notInThisStatus()
		}
		return c.refuse(http.StatusConflict, "E0000112", "Cannot update this user because they are still being activated. Please try again in a few minutes.")
	})
}

// changeGroup runs an operation that changes the group of the path. The group must be of type OKTA_GROUP: "only …
// OKTA_GROUP type" can be changed (Groups API). Okta refuses to add a member to Everyone with "Unsupported
// operation." (terraform-provider-okta, issue 903), which its list of error codes gives as 501 E0000060. That an
// APP_GROUP is refused in the same way is our guess.
func (c *call) changeGroup(operation func(*directory, *group) answer) answer {
	return c.changeGroupOf([]groupType{oktaGroup}, operation)
}

// changeGroupOf is like changeGroup, for groups of the given types.
func (c *call) changeGroupOf(types []groupType, operation func(*directory, *group) answer) answer {
	return c.write(func(d *directory) answer {
		g, ok := d.group(c.r.PathValue("id"))
		if !ok {
			return c.missing(c.r.PathValue("id"), "UserGroup")
		}
		if !slices.Contains(types, g.kind) {
			return c.refuse(http.StatusNotImplemented, "E0000060", "Unsupported operation.")
		}
		return operation(d, g)
	})
}

// user returns the user of the path; "me" is the owner of the token. The caller holds the lock.
func (c *call) user(d *directory) (*user, bool) {
	name := c.r.PathValue("id")
	if name != "me" {
		return d.user(name)
	}
	if int(c.token.owner) >= len(d.users) || d.users[c.token.owner].gone {
		return nil, false
	}
	return &d.users[c.token.owner], true
}
