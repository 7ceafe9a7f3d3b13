package oktasim

import "net/http"

// groupOwners are users and groups that own a group. A seed has them as {group: Sales, user: ada@acme.example} or {group: Sales, owner:
// Managers}. Changes are not logged: which event they cause is not documented.
//
// Source: Okta, "Group owners", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/GroupOwner/
var groupOwners = &resource{
	key: "group_owners", word: "GroupOwner", prefix: "own",
	fields: []string{"group", "user", "owner"}, needs: []string{"group"},
	refs:  []ref{{"group", "groups"}, {"user", "users"}, {"owner", "groups"}},
	check: checkGroupOwner, view: viewGroupOwner,
}

var groupOwnerRoutes = []route{
	{"GET", "/api/v1/groups/{id}/owners", "okta.groups.read", listGroupOwners},
	{"POST", "/api/v1/groups/{id}/owners", "okta.groups.manage", assignGroupOwner},
	{"DELETE", "/api/v1/groups/{id}/owners/{owner}", "okta.groups.manage", deleteGroupOwner},
}

// ownerFilter is the vocabulary of search: "Allows to filter owners by type" ("List all group owners"). Which operators it has is our guess.
var ownerFilter = vocabulary{attributes: []string{"type"}, operators: []operator{equals}, exact: true, cased: true}

func checkGroupOwner(_ *directory, _ *object, fields map[string]any) string {
	switch {
	case textOf(fields["group"]) == "":
		return "group: The field cannot be left blank"
	case (textOf(fields["user"]) == "") == (textOf(fields["owner"]) == ""):
		return "user: an owner is either a user or a group"
	}
	return ""
}

// ownerID returns the id of the user or group that is an owner, and its type.
func (o *object) ownerID() (id, kind string) {
	if user := textOf(o.fields["user"]); user != "" {
		return user, "USER"
	}
	return textOf(o.fields["owner"]), "GROUP"
}

// viewGroupOwner shows an owner with the id of the user or group. Okta's examples have two forms of lastUpdated; this one fits the pattern
// of its description.
func viewGroupOwner(_ *call, d *directory, o *object, shown map[string]any) {
	for _, name := range []string{"group", "user", "owner", "created"} {
		delete(shown, name)
	}
	id, kind := o.ownerID()
	shown["id"], shown["type"], shown["displayName"] = id, kind, d.nameOf("groups", id)
	if u, ok := d.user(id); ok && kind == "USER" {
		shown["displayName"] = userTarget(u).display
	}
	shown["resolved"], shown["originType"], shown["originId"] = true, "OKTA_DIRECTORY", nil
	shown["lastUpdated"] = o.lastUpdated.time().Format("Mon Jan 02 15:04:05 MST 2006")
}

// ownerOf returns the condition that an object is the owner of a group with an id.
func ownerOf(g *group, id string) func(*object) bool {
	return func(o *object) bool {
		owner, _ := o.ownerID()
		return o.fields["group"] == g.id && owner == id
	}
}

// listGroupOwners handles GET /api/v1/groups/{id}/owners. 1,000 is the default of limit; that it is the maximum is our guess.
func listGroupOwners(c *call) answer {
	conditions, p := c.conditions(ownerFilter, vocabulary{}), c.page(1000, 1000)
	return c.readGroup(func(_ *directory, g *group) answer {
		return c.objects(groupOwners, p, func(o *object) bool {
			_, kind := o.ownerID()
			return o.fields["group"] == g.id && conditions.hold(func(string) (string, bool) { return kind, true })
		})
	})
}

// assignGroupOwner handles POST /api/v1/groups/{id}/owners, which answers 201. Okta does not document its answer for an owner that the
// group has already, or for one that does not exist.
func assignGroupOwner(c *call) answer {
	body := c.body()
	id, kind := textOf(body["id"]), textOf(body["type"])
	if kind != "USER" && kind != "GROUP" {
		c.reject(c.invalid("type", "type: must be one of GROUP, USER"))
	}
	return c.changeGroupOf([]groupType{oktaGroup, appGroup, builtIn}, func(d *directory, g *group) answer {
		fields := map[string]any{"group": g.id}
		_, isUser := d.byID[id]
		_, isGroup := d.group(id)
		switch {
		case kind == "USER" && isUser:
			fields["user"] = id
		case kind == "GROUP" && isGroup:
			fields["owner"] = id
		case kind == "USER":
			return c.missing(id, "User")
		default:
			return c.missing(id, "UserGroup")
		}
		if d.find(groupOwners, ownerOf(g, id)) != nil {
			return c.invalid("id", "id: the group has this owner already")
		}
		a := c.store(groupOwners, d, &object{created: c.now}, fields, "add")
		if a.done() {
			a.status = http.StatusCreated
		}
		return a
	})
}

func deleteGroupOwner(c *call) answer {
	return c.changeGroupOf([]groupType{oktaGroup, appGroup, builtIn}, func(d *directory, g *group) answer {
		id := c.r.PathValue("owner")
		o := d.find(groupOwners, ownerOf(g, id))
		if o == nil {
			return c.missing(id, groupOwners.word)
		}
		d.remove(groupOwners, o)
		return c.noContent()
	})
}
