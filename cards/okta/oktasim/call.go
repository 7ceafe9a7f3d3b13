package oktasim

import (
	"net/http"
	"net/url"
	"slices"
)

// A call is one request on its way through the org.
//
// A handler first reads all that the request has, by flag, page, decode and the like. Then it returns what one of the
// doors to the state returns: read, write, changeUser, changeGroup. The first thing that is wrong with the request is
// the answer, and the doors stay closed: a handler need not look.
type call struct {
	org   *Org
	r     *http.Request
	query url.Values
	token token
	base  string // scheme and host, as the caller wrote them

	address string // of the caller; "" in memory

	serial uint64
	id     string  // X-Okta-Request-Id
	now    instant // on the data clock; it does not move while the call is served

	again   bool    // the request is made again, and its secrets are only as long as they were
	refusal *answer // what is wrong with the request
}

func requestID(serial uint64) string { return mintID("req", serial, 0) }

// An answer is the response of an operation. It is made whole before it is sent, so that no lock is held
// while a slow client reads.
type answer struct {
	status    int
	body      []byte   // JSON
	links     []string // Link headers
	challenge string   // WWW-Authenticate, "" for none
	etag      string   // ETag, "" for none
	cut       bool     // no answer at all: the connection ends
}

// done reports whether the operation did what it was asked to.
func (a answer) done() bool { return a.status >= 200 && a.status <= 299 }

// ok is a 200 with a body.
func (c *call) ok(body []byte) answer { return answer{status: http.StatusOK, body: body} }

// empty is a 200 with an empty object.
func (c *call) empty() answer { return c.ok([]byte("{}")) }

// noContent is a 204.
func (c *call) noContent() answer { return answer{status: http.StatusNoContent} }

// serve has a handler answer the call.
func (c *call) serve(handler func(*call) answer) answer {
	a := handler(c)
	if c.refusal != nil {
		return *c.refusal
	}
	return a
}

// reject refuses the call, unless it is refused already.
func (c *call) reject(a answer) {
	if c.refusal == nil {
		c.refusal = &a
	}
}

// read lets an operation see the state, under the lock.
func (c *call) read(operation func(*directory) answer) answer {
	if c.refusal != nil {
		return *c.refusal
	}
	c.org.mu.RLock()
	defer c.org.mu.RUnlock()
	return operation(c.org.state)
}

// readUser lets an operation see the user that the path names.
func (c *call) readUser(operation func(*directory, *user) answer) answer {
	return c.read(func(d *directory) answer {
		u, ok := c.user(d)
		if !ok {
			return c.missing(c.r.PathValue("id"), "User")
		}
		return operation(d, u)
	})
}

// readGroup lets an operation see the group that the path names.
func (c *call) readGroup(operation func(*directory, *group) answer) answer {
	return c.read(func(d *directory) answer {
		g, ok := d.group(c.r.PathValue("id"))
		if !ok {
			return c.missing(c.r.PathValue("id"), "UserGroup")
		}
		return operation(d, g)
	})
}

// write lets an operation change the state, under the lock.
func (c *call) write(operation func(*directory) answer) answer {
	if c.refusal != nil {
		return *c.refusal
	}
	c.org.mu.Lock()
	defer c.org.mu.Unlock()
	return operation(c.org.state)
}

// changeUser lets an operation change the user that the path names. Nobody is changed on the way to another status:
// E0000112 is Okta's answer to an update of somebody who is being activated. That every other change is refused with it
// too, and with E0000038 on the way to DEPROVISIONED, is our guess.
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
			c.remember(d.byID[u.id])
			return operation(d, u)
		case u.transition.to == deprovisioned:
			return c.notInThisStatus()
		}
		return c.refuse(http.StatusConflict, "E0000112", "Cannot update this user because they are still being activated. Please try again in a few minutes.")
	})
}

// changeGroup lets an operation change the group that the path names, if it is the org's own: "only …
// OKTA_GROUP type" takes writes (Groups API). Okta refuses a member of Everyone with "Unsupported operation."
// (terraform-provider-okta, issue 903), which its list of error codes gives as 501 E0000060; that an
// APP_GROUP is refused likewise is our guess.
func (c *call) changeGroup(operation func(*directory, *group) answer) answer {
	return c.changeGroupOf([]groupType{oktaGroup}, operation)
}

// changeGroupOf is changeGroup for groups of some types.
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

// user is the user that the path names; "me" is the owner of the token. The caller holds the lock.
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
