package oktasim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

var groupWriteRoutes = []route{
	{"POST", "/api/v1/groups", "okta.groups.manage", createGroup},
	{"PUT", "/api/v1/groups/{id}", "okta.groups.manage", updateGroup},
	{"DELETE", "/api/v1/groups/{id}", "okta.groups.manage", deleteGroup},
	{"PUT", "/api/v1/groups/{id}/users/{user}", "okta.groups.manage", addMember},
	{"DELETE", "/api/v1/groups/{id}/users/{user}", "okta.groups.manage", removeMember},
}

// groupProfile reads the profile of a body: {"profile": {…}}.
func (c *call) groupProfile() map[string]json.RawMessage {
	var sent struct {
		Profile map[string]json.RawMessage `json:"profile"`
	}
	c.decode(&sent)
	return sent.Profile
}

// fillGroup replaces the profile of a group by that of a body. Attributes that the body leaves out are removed. The
// caller holds the lock.
func (c *call) fillGroup(g *group, profile map[string]json.RawMessage) *answer {
	refuse := func(cause string) *answer {
		a := c.invalid(strings.SplitN(cause, ":", 2)[0], cause)
		return &a
	}
	filled, custom := *g, c.org.state.custom(ofGroups)
	filled.name, filled.description, filled.attributes = "", "", nil
	for name, value := range profile {
		switch name {
		case "name", "description":
			var text *string
			if json.Unmarshal(value, &text) != nil {
				return refuse(name + ": must be a string")
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
			p, known := custom[name]
			if !known { // the text is Okta's: okta-sdk-java, issue 1609
				a := c.invalid("profile", "Property name '"+name+"' is not defined in profile")
				return &a
			}
			if causes := p.faults(name, string(value)); len(causes) > 0 {
				return refuse(causes[0])
			}
			filled.attributes = append(filled.attributes, attribute{name: name, json: ownJSON(value)})
		}
	}
	slices.SortFunc(filled.attributes, func(a, b attribute) int { return strings.Compare(a.name, b.name) })
	switch at, taken := c.org.state.groupByName[fold(filled.name)]; {
	case strings.TrimSpace(filled.name) == "":
		return refuse("name: The field cannot be left blank")
	case utf8.RuneCountInString(filled.name) > 255:
		return refuse("name: The field is too long")
	case utf8.RuneCountInString(filled.description) > 1024: // Schemas API, "Group profile base subschema"
		return refuse("description: The field is too long")
	case taken && c.org.state.groups[at].id != g.id:
		return refuse("name: An object with this field already exists in the current organization")
	}
	*g = filled
	return nil
}

// createGroup handles POST /api/v1/groups. The new group is an OKTA_GROUP.
func createGroup(c *call) answer {
	profile := c.groupProfile()
	return c.write(func(d *directory) answer {
		g := group{kind: oktaGroup, created: c.now, lastUpdated: c.now, lastMembershipUpdated: c.now}
		if refusal := c.fillGroup(&g, profile); refusal != nil {
			return *refusal
		}
		g.id = mintID("00g", uint64(len(d.groups)), 0)
		if err := d.addGroup(g); err != nil {
			return c.refuse(http.StatusInternalServerError, "E0000009", "Internal Server Error", err.Error())
		}
		c.log("group.lifecycle.create", groupTarget(&g))
		return c.ok(appendGroup(nil, &g, c.base, groupExtra{}))
	})
}

// updateGroup handles PUT /api/v1/groups/{id}. It replaces the profile: attributes that the body leaves out are removed
// (Groups API, "Replace a group").
func updateGroup(c *call) answer {
	profile := c.groupProfile()
	return c.changeGroup(func(d *directory, g *group) answer {
		filled := *g
		if refusal := c.fillGroup(&filled, profile); refusal != nil {
			return *refusal
		}
		d.rename(g, filled.name)
		*g = filled
		g.lastUpdated = c.now
		c.log("group.profile.update", groupTarget(g))
		c.applyRules(d, slices.Clone(g.members)...)
		return c.ok(appendGroup(nil, g, c.base, groupExtra{}))
	})
}

// deleteGroup handles DELETE /api/v1/groups/{id}. It deletes an OKTA_GROUP or an APP_GROUP (management API 2026.06,
// "Delete a group").
func deleteGroup(c *call) answer {
	return c.changeGroupOf([]groupType{oktaGroup, appGroup}, func(d *directory, g *group) answer {
		c.log("group.lifecycle.delete", groupTarget(g))
		members := slices.Clone(g.members)
		c.invalidate(d, g)
		c.reassign(d, d.appsOf(g), members, func() { d.deleteGroup(g) })
		c.applyRules(d, members...)
		return c.noContent()
	})
}

// addMember handles PUT /api/v1/groups/{id}/users/{user}. It answers 204 whether or not anything changed. The path has the
// id of the user; that a login is refused is our guess.
func addMember(c *call) answer {
	return c.changeMember("group.user_membership.add", (*group).add)
}

// removeMember handles DELETE /api/v1/groups/{id}/users/{user}. It answers 204 whether or not anything changed.
func removeMember(c *call) answer {
	return c.changeMember("group.user_membership.remove", (*group).remove)
}

func (c *call) changeMember(event string, change func(*group, uint32) bool) answer {
	return c.changeGroup(func(d *directory, g *group) answer {
		ordinal, ok := d.byID[c.r.PathValue("user")]
		if !ok {
			return c.missing(c.r.PathValue("user"), "User")
		}
		c.reassign(d, d.appsOf(g), []uint32{ordinal}, func() {
			if change(g, ordinal) {
				g.lastMembershipUpdated = c.now
				c.log(event, userTarget(&d.users[ordinal]), groupTarget(g))
			}
		})
		if !g.has(ordinal) {
			c.removedByHand(d, g, ordinal)
		}
		c.applyRules(d, ordinal)
		return c.noContent()
	})
}
