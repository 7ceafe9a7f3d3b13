package oktasim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

var groupWriteRoutes = []route{
	{"POST", "/api/v1/groups", "okta.groups.manage", createGroup},
	{"PUT", "/api/v1/groups/{id}", "okta.groups.manage", updateGroup},
	{"DELETE", "/api/v1/groups/{id}", "okta.groups.manage", deleteGroup},
	{"PUT", "/api/v1/groups/{id}/users/{user}", "okta.groups.manage", addMember},
	{"DELETE", "/api/v1/groups/{id}/users/{user}", "okta.groups.manage", removeMember},
}

// maxBody is more than any body of the management API needs.
const maxBody = 1 << 20

// groupProfile is the profile of a request's body: {"profile": {…}}.
func (c *call) groupProfile() (map[string]json.RawMessage, *answer) {
	var sent struct {
		Profile map[string]json.RawMessage `json:"profile"`
	}
	if bad := c.decode(&sent); bad != nil {
		return nil, bad
	}
	return sent.Profile, nil
}

// fillGroup gives a group the profile of a body, and nothing that the body leaves out. The caller
// holds the lock.
func (c *call) fillGroup(g *group, profile map[string]json.RawMessage) *answer {
	refuse := func(cause string) *answer {
		a := c.invalid(strings.SplitN(cause, ":", 2)[0], cause)
		return &a
	}
	filled := *g
	filled.name, filled.description, filled.attributes = "", "", nil
	for name, value := range profile {
		switch name {
		case "name", "description":
			var text *string
			if json.Unmarshal(value, &text) != nil {
				return refuse(name + ": must be text")
			}
			if text == nil {
				continue
			}
			if name == "name" {
				filled.name = *text
			} else {
				filled.description = *text
			}
		default:
			if !c.org.state.groupAttributes[name] {
				return refuse(name + ": the group schema of this org has no such attribute")
			}
			filled.attributes = append(filled.attributes, attribute{name: name, json: string(value)})
		}
	}
	slices.SortFunc(filled.attributes, func(a, b attribute) int { return strings.Compare(a.name, b.name) })
	switch at, taken := c.org.state.groupByName[fold(filled.name)]; {
	case strings.TrimSpace(filled.name) == "":
		return refuse("name: The field cannot be left blank")
	case len(filled.name) > 255:
		return refuse("name: The field is too long")
	case taken && c.org.state.groups[at].id != g.id:
		return refuse("name: An object with this field already exists in the current organization")
	}
	*g = filled
	return nil
}

// createGroup is POST /api/v1/groups, which makes an OKTA_GROUP.
func createGroup(c *call) answer {
	profile, bad := c.groupProfile()
	if bad != nil {
		return *bad
	}
	c.org.mu.Lock()
	defer c.org.mu.Unlock()
	now, d := c.now, c.org.state
	g := group{kind: oktaGroup, created: now, lastUpdated: now, lastMembershipUpdated: now}
	if bad := c.fillGroup(&g, profile); bad != nil {
		return *bad
	}
	g.id = mintID("00g", uint64(len(d.groups)), 0)
	if err := d.addGroup(g); err != nil {
		return c.refuse(http.StatusInternalServerError, "E0000009", "Internal Server Error", err.Error())
	}
	c.log("group.lifecycle.create", groupTarget(&g))
	return c.ok(appendGroup(nil, &g, c.base, nil))
}

// updateGroup is PUT /api/v1/groups/{id}: the profile is replaced, and what the body leaves out is
// gone (Groups API, "Replace a group").
func updateGroup(c *call) answer {
	profile, bad := c.groupProfile()
	if bad != nil {
		return *bad
	}
	return c.changeGroup(func(g *group) answer {
		filled := *g
		if bad := c.fillGroup(&filled, profile); bad != nil {
			return *bad
		}
		c.org.state.rename(g, filled.name)
		*g = filled
		g.lastUpdated = c.now
		c.log("group.profile.update", groupTarget(g))
		return c.ok(appendGroup(nil, g, c.base, nil))
	})
}

// deleteGroup is DELETE /api/v1/groups/{id}.
func deleteGroup(c *call) answer {
	return c.changeGroup(func(g *group) answer {
		c.log("group.lifecycle.delete", groupTarget(g))
		c.org.state.deleteGroup(g)
		return answer{status: http.StatusNoContent}
	})
}

// changeGroup lets an operation change the group of the path, under the lock, if it is the org's own: "only …
// OKTA_GROUP type" takes writes (Groups API). Okta refuses a member of Everyone with "Unsupported operation."
// (terraform-provider-okta, issue 903), which its list of error codes gives as 501 E0000060; that an
// APP_GROUP is refused likewise is our guess.
func (c *call) changeGroup(operation func(*group) answer) answer {
	c.org.mu.Lock()
	defer c.org.mu.Unlock()
	g, ok := c.org.state.group(c.r.PathValue("id"))
	if !ok {
		return c.missing(c.r.PathValue("id"), "UserGroup")
	}
	if g.kind != oktaGroup {
		return c.refuse(http.StatusNotImplemented, "E0000060", "Unsupported operation.")
	}
	return operation(g)
}

// addMember is PUT /api/v1/groups/{id}/users/{user}: 204, whether or not anything changed. The
// person is named by id; that a login is refused here is our guess.
func addMember(c *call) answer {
	return c.changeMember("group.user_membership.add", (*group).add)
}

// removeMember is DELETE /api/v1/groups/{id}/users/{user}: 204, whether or not anything changed.
func removeMember(c *call) answer {
	return c.changeMember("group.user_membership.remove", (*group).remove)
}

func (c *call) changeMember(event string, change func(*group, uint32) bool) answer {
	return c.changeGroup(func(g *group) answer {
		ordinal, ok := c.org.state.byID[c.r.PathValue("user")]
		if !ok {
			return c.missing(c.r.PathValue("user"), "User")
		}
		if change(g, ordinal) {
			g.lastMembershipUpdated = c.now
			c.log(event, userTarget(&c.org.state.users[ordinal]), groupTarget(g))
		}
		return answer{status: http.StatusNoContent}
	})
}
