package oktasim

import "net/http"

// roles are the standard admin roles that are assigned to users, groups and OAuth clients. A seed has them as
// {user: ada@acme.example, type: USER_ADMIN}, {group: Helpdesk, type: HELP_DESK_ADMIN} or {client: Automation, type: ORG_ADMIN}. This org has no custom roles and no targets.
//
// Source: Okta, "Role Assignments", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleAssignmentAUser/
var roles = &resource{
	key: "roles", word: "Role", prefix: "ra1", name: "type", statuses: []string{"ACTIVE"},
	refs:   []ref{{"user", "users"}, {"group", "groups"}, {"client", "apps"}},
	fields: []string{"user", "group", "client", "type"},
	check:  checkRole, view: viewRole,
}

var roleRoutes = []route{
	{"GET", "/api/v1/users/{id}/roles", "okta.roles.read", listUserRoles},
	{"POST", "/api/v1/users/{id}/roles", "okta.roles.manage", assignUserRole},
	{"GET", "/api/v1/users/{id}/roles/{role}", "okta.roles.read", getUserRole},
	{"DELETE", "/api/v1/users/{id}/roles/{role}", "okta.roles.manage", unassignUserRole},
	{"GET", "/api/v1/groups/{id}/roles", "okta.roles.read", listGroupRoles},
	{"POST", "/api/v1/groups/{id}/roles", "okta.roles.manage", assignGroupRole},
	{"GET", "/api/v1/groups/{id}/roles/{role}", "okta.roles.read", getGroupRole},
	{"DELETE", "/api/v1/groups/{id}/roles/{role}", "okta.roles.manage", unassignGroupRole},
	{"GET", "/oauth2/v1/clients/{id}/roles", "okta.roles.read", listClientRoles},
	{"POST", "/oauth2/v1/clients/{id}/roles", "okta.roles.manage", assignClientRole},
	{"GET", "/oauth2/v1/clients/{id}/roles/{role}", "okta.roles.read", getClientRole},
	{"DELETE", "/oauth2/v1/clients/{id}/roles/{role}", "okta.roles.manage", unassignClientRole},
}

// roleLabels are the standard roles (management API, schema RoleType).
var roleLabels = map[string]string{
	"API_ACCESS_MANAGEMENT_ADMIN": "API Access Management Administrator", "API_ADMIN": "API Access Management Administrator",
	"APP_ADMIN": "Application Administrator", "GROUP_MEMBERSHIP_ADMIN": "Group Membership Administrator",
	"HELP_DESK_ADMIN": "Help Desk Administrator", "MOBILE_ADMIN": "Mobile Administrator", "ORG_ADMIN": "Organizational Administrator",
	"READ_ONLY_ADMIN": "Read-Only Administrator", "REPORT_ADMIN": "Report Administrator", "SUPER_ADMIN": "Super Administrator",
	"USER_ADMIN": "Group Administrator",
}

func checkRole(d *directory, _ *object, fields map[string]any) string {
	owners := 0
	for _, name := range []string{"user", "group", "client"} {
		if textOf(fields[name]) != "" {
			owners++
		}
	}
	switch app := d.collection(apps).byID[textOf(fields["client"])]; {
	case roleLabels[textOf(fields["type"])] == "":
		return "type: there is no such standard role"
	case owners != 1:
		return "user: a role has either a user, a group or a client"
	case app != nil && !isOAuthClient(app):
		return "client: it is not an OAuth client"
	}
	return ""
}

func viewRole(c *call, _ *directory, o *object, shown map[string]any) {
	self := "/api/v1/users/" + textOf(o.fields["user"])
	shown["assignmentType"] = "USER"
	if group := textOf(o.fields["group"]); group != "" {
		shown["assignmentType"] = "GROUP"
		self = "/api/v1/groups/" + group
	}
	if client := textOf(o.fields["client"]); client != "" {
		shown["assignmentType"] = "CLIENT"
		self = "/oauth2/v1/clients/" + clientID(c.org.state.collection(apps).byID[client])
	}
	delete(shown, "user")
	delete(shown, "group")
	delete(shown, "client")
	shown["label"] = roleLabels[textOf(o.fields["type"])]
	shown["_links"] = map[string]any{"self": link(c.base+self+"/roles/"+o.id, "GET", "DELETE")}
}

// ofGroup returns the condition that an object belongs to a group.
func ofGroup(g *group) func(*object) bool {
	return func(o *object) bool { return o.fields["group"] == g.id }
}

// listUserRoles handles GET /api/v1/users/{id}/roles. It also lists the roles of the user's groups, whose assignmentType is GROUP
// (management API, schema RoleAssignmentType).
func listUserRoles(c *call) answer {
	return c.readUser(func(d *directory, u *user) answer {
		ordinal := d.byID[u.id]
		return c.every(roles, func(o *object) bool {
			g, ok := d.group(textOf(o.fields["group"]))
			return ofUser(u)(o) || ok && g.has(ordinal)
		})
	})
}

func listGroupRoles(c *call) answer {
	return c.readGroup(func(_ *directory, g *group) answer { return c.every(roles, ofGroup(g)) })
}

func getUserRole(c *call) answer {
	return c.readUser(func(d *directory, u *user) answer { return c.roleAnswer(d, ofUser(u)) })
}

func getGroupRole(c *call) answer {
	return c.readGroup(func(d *directory, g *group) answer { return c.roleAnswer(d, ofGroup(g)) })
}

func (c *call) roleAnswer(d *directory, belongs func(*object) bool) answer {
	o := c.part(d, roles, "role", belongs)
	if o == nil {
		return c.missing(c.r.PathValue("role"), roles.word)
	}
	return c.objectAnswer(roles, o)
}

// assignUserRole handles POST /api/v1/users/{id}/roles, which answers 201.
func assignUserRole(c *call) answer {
	kind := c.roleType()
	return c.changeUser(func(d *directory, u *user) answer {
		a := c.assignRole(d, kind, map[string]any{"user": u.id}, ofUser(u))
		if a.done() {
			a.status = http.StatusCreated
			c.log("user.account.privilege.grant", userTarget(u))
		}
		return a
	})
}

// assignGroupRole handles POST /api/v1/groups/{id}/roles, which answers 200. Okta refuses it for groups of applications and for built-in
// groups; only the codes are documented, so that statuses and texts are our guess.
func assignGroupRole(c *call) answer {
	kind := c.roleType()
	return c.changeGroupOf([]groupType{oktaGroup, appGroup, builtIn}, func(d *directory, g *group) answer {
		switch {
		case g.kind == appGroup:
			return c.refuse(http.StatusBadRequest, "E0000194", "Roles can only be assigned to groups of Okta, Active Directory and LDAP.")
		case g.kind == builtIn:
			return c.refuse(http.StatusBadRequest, "E0000211", "Roles cannot be assigned to a built-in group.")
		case d.hasRule(g):
			return c.refuse(http.StatusBadRequest, "E0000192", "Roles cannot be assigned to a group that a group rule assigns.")
		}
		a := c.assignRole(d, kind, map[string]any{"group": g.id}, ofGroup(g))
		if a.done() {
			c.log("group.privilege.grant", groupTarget(g))
		}
		return a
	})
}

// roleType reads the type of a role from the body. The codes of this refusal and the next one are from Okta's list of error codes; the
// texts are our guess.
func (c *call) roleType() string {
	c.flag("disableNotifications", false)
	kind := textOf(c.body()["type"])
	if roleLabels[kind] == "" {
		c.reject(c.refuse(http.StatusBadRequest, "E0000091", "The provided role type was not the same as required role type."))
	}
	return kind
}

func (c *call) assignRole(d *directory, kind string, fields map[string]any, belongs func(*object) bool) answer {
	if d.find(roles, func(o *object) bool { return belongs(o) && o.fields["type"] == kind }) != nil {
		return c.refuse(http.StatusConflict, "E0000090", "Duplicate role assignment exception.")
	}
	fields["type"] = kind
	return c.store(roles, d, &object{created: c.now, lastUpdated: c.now}, fields, "create")
}

func unassignUserRole(c *call) answer {
	return c.changeUser(func(d *directory, u *user) answer {
		a := c.unassignRole(d, ofUser(u))
		if a.done() {
			c.log("user.account.privilege.revoke", userTarget(u))
		}
		return a
	})
}

func unassignGroupRole(c *call) answer {
	return c.changeGroupOf([]groupType{oktaGroup, appGroup, builtIn}, func(d *directory, g *group) answer {
		a := c.unassignRole(d, ofGroup(g))
		if a.done() {
			c.log("group.privilege.revoke", groupTarget(g))
		}
		return a
	})
}

func (c *call) unassignRole(d *directory, belongs func(*object) bool) answer {
	o := c.part(d, roles, "role", belongs)
	if o == nil {
		return c.missing(c.r.PathValue("role"), roles.word)
	}
	d.remove(roles, o)
	return c.noContent()
}
