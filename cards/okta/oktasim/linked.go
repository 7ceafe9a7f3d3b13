package oktasim

import (
	"net/http"
	"regexp"
)

// linkedObjects are the definitions of relationships between users, such as {primary: {name: manager, title: Manager},
// associated: {name: subordinate, title: Subordinate}}.
//
// Source: Okta, "Linked Objects", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/LinkedObject/
var linkedObjects = &resource{
	key: "linkedObjects", word: "LinkedObjectDefinition", prefix: "lod", check: checkLinkedObject,
	fields: []string{
		"primary.name", "primary.title", "primary.description", "primary.type",
		"associated.name", "associated.title", "associated.description", "associated.type",
	},
	needs: []string{"primary", "associated"},
}

// links are the values of relationships: {user: bob@acme.example, relationship: manager, primary: ada@acme.example}. A user has one
// primary user at most in each relationship.
var links = &resource{
	key: "links", word: "LinkedObject", prefix: "lov",
	refs:   []ref{{"user", "users"}, {"primary", "users"}},
	fields: []string{"user", "relationship", "primary"}, needs: []string{"user", "relationship", "primary"},
	check: checkLink,
}

var linkedRoutes = []route{
	{"GET", "/api/v1/meta/schemas/user/linkedObjects", "okta.linkedObjects.read", listLinkedObjects},
	{"POST", "/api/v1/meta/schemas/user/linkedObjects", "okta.linkedObjects.manage", createLinkedObject},
	{"GET", "/api/v1/meta/schemas/user/linkedObjects/{name}", "okta.linkedObjects.read", getLinkedObject},
	{"DELETE", "/api/v1/meta/schemas/user/linkedObjects/{name}", "okta.linkedObjects.manage", deleteLinkedObject},
	{"GET", "/api/v1/users/{id}/linkedObjects/{name}", "okta.users.read", listLinks},
	{"PUT", "/api/v1/users/{id}/linkedObjects/{name}/{primary}", "okta.users.manage", setLink},
	{"DELETE", "/api/v1/users/{id}/linkedObjects/{name}", "okta.users.manage", removeLink},
}

// linkName is the form of names of relationships (management API, schema LinkedObjectDetails).
var linkName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// side returns one side of a definition: primary or associated.
func side(fields map[string]any, name string) map[string]any {
	part, _ := fields[name].(map[string]any)
	return part
}

func checkLinkedObject(_ *directory, _ *object, fields map[string]any) string {
	for _, name := range []string{"primary", "associated"} {
		part := side(fields, name)
		switch {
		case !linkName.MatchString(textOf(part["name"])):
			return name + ": the name must have letters, digits and underscores only, and not start with a digit"
		case textOf(part["title"]) == "":
			return name + ": The title cannot be left blank"
		}
		if part["type"] == nil {
			part["type"] = "USER"
		}
	}
	return ""
}

// definition returns the definition with a name on one of its sides; nil if there is none.
func (d *directory) definition(name string) *object {
	return d.find(linkedObjects, func(o *object) bool {
		return side(o.fields, "primary")["name"] == name || side(o.fields, "associated")["name"] == name
	})
}

func checkLink(d *directory, _ *object, fields map[string]any) string {
	name := textOf(fields["relationship"])
	if o := d.definition(name); o == nil || side(o.fields, "primary")["name"] != name {
		return "relationship: " + jsonText(name) + " is not the primary name of a linked object"
	}
	return ""
}

// shownDefinition returns a definition as Okta shows it: without an id.
func (c *call) shownDefinition(o *object) map[string]any {
	self := c.base + "/api/v1/meta/schemas/user/linkedObjects/" + textOf(side(o.fields, "primary")["name"])
	return map[string]any{
		"primary": o.fields["primary"], "associated": o.fields["associated"],
		"_links": map[string]any{"self": map[string]any{"href": self}},
	}
}

func listLinkedObjects(c *call) answer {
	return c.read(func(d *directory) answer {
		list := []any{}
		for _, o := range d.collection(linkedObjects).objects {
			list = append(list, c.shownDefinition(o))
		}
		return c.ok(encoded(list))
	})
}

// createLinkedObject handles POST /api/v1/meta/schemas/user/linkedObjects, which answers 201. A name in use is refused with 409 E0000127
// (Okta, error codes); the text is our guess.
func createLinkedObject(c *call) answer {
	body := c.body()
	return c.write(func(d *directory) answer {
		for _, name := range []string{"primary", "associated"} {
			if d.definition(textOf(side(body, name)["name"])) != nil {
				return c.refuse(http.StatusConflict, "E0000127", "Linked object definition is not valid", "The "+name+" name is in use")
			}
		}
		o := &object{created: c.now, lastUpdated: c.now}
		if a := c.store(linkedObjects, d, o, linkedObjects.settable(body), "create"); !a.done() {
			return a
		}
		c.logDefinition("create", o)
		return answer{status: http.StatusCreated, body: encoded(c.shownDefinition(o))}
	})
}

func getLinkedObject(c *call) answer {
	return c.read(func(d *directory) answer {
		name := c.r.PathValue("name")
		if o := d.definition(name); o != nil {
			return c.ok(encoded(c.shownDefinition(o)))
		}
		return c.missing(name, linkedObjects.word)
	})
}

// deleteLinkedObject handles DELETE /api/v1/meta/schemas/user/linkedObjects/{name}, with the primary or the associated name: "The entire
// definition is removed, regardless of which name that you specify." The values go with it.
func deleteLinkedObject(c *call) answer {
	return c.write(func(d *directory) answer {
		name := c.r.PathValue("name")
		definition := d.definition(name)
		if definition == nil {
			return c.missing(name, linkedObjects.word)
		}
		for _, o := range d.collection(links).live() {
			if o.fields["relationship"] == side(definition.fields, "primary")["name"] {
				d.remove(links, o)
			}
		}
		c.logDefinition("delete", definition)
		d.remove(linkedObjects, definition)
		return c.noContent()
	})
}

// logDefinition adds an event about a definition. The type of its target is our guess.
func (c *call) logDefinition(what string, o *object) {
	c.log("directory.linked_object."+what, target{id: o.id, kind: linkedObjects.word, alternate: "unknown", display: textOf(side(o.fields, "primary")["name"])})
}

// listLinks handles GET /api/v1/users/{id}/linkedObjects/{name}: by the primary name the one primary user, by the associated name all
// associated users; an empty list if there are none (management API, "List the primary or all of the associated linked object
// values"). That an unknown name is not found is our guess.
func listLinks(c *call) answer {
	return c.readUser(func(d *directory, u *user) answer {
		name := c.r.PathValue("name")
		definition := d.definition(name)
		if definition == nil {
			return c.missing(name, linkedObjects.word)
		}
		primary := side(definition.fields, "primary")["name"]
		from, to := "user", "primary"
		if name != primary {
			from, to = "primary", "user"
		}
		list := []any{}
		for _, o := range d.collection(links).objects {
			if !o.gone && o.fields["relationship"] == primary && o.fields[from] == u.id {
				href := c.base + "/api/v1/users/" + textOf(o.fields[to])
				list = append(list, map[string]any{"_links": map[string]any{"self": map[string]any{"href": href}}})
			}
		}
		return c.ok(encoded(list))
	})
}

// setLink handles PUT /api/v1/users/{id}/linkedObjects/{name}/{primary}. It replaces an earlier primary user, and answers 204 (management API,
// "Assign a linked object value for primary").
func setLink(c *call) answer {
	return c.changeUser(func(d *directory, u *user) answer {
		primary, ok := d.byID[c.r.PathValue("primary")]
		if !ok {
			return c.missing(c.r.PathValue("primary"), "User")
		}
		fields := map[string]any{"user": u.id, "relationship": c.r.PathValue("name"), "primary": d.users[primary].id}
		if checkLink(d, nil, fields) != "" {
			return c.missing(c.r.PathValue("name"), linkedObjects.word)
		}
		d.unlink(u, c.r.PathValue("name"))
		if a := c.store(links, d, &object{created: c.now, lastUpdated: c.now}, fields, "create"); !a.done() {
			return a
		}
		return c.noContent()
	})
}

// removeLink handles DELETE /api/v1/users/{id}/linkedObjects/{name}, where the name is a primary one. It answers 204 whether or not there
// was a primary user (management API, "Delete a linked object value").
func removeLink(c *call) answer {
	return c.changeUser(func(d *directory, u *user) answer {
		if checkLink(d, nil, map[string]any{"relationship": c.r.PathValue("name")}) != "" {
			return c.missing(c.r.PathValue("name"), linkedObjects.word)
		}
		d.unlink(u, c.r.PathValue("name"))
		return c.noContent()
	})
}

// unlink removes the primary user of a user.
func (d *directory) unlink(u *user, relationship string) {
	for _, o := range d.collection(links).objects {
		if !o.gone && ofUser(u)(o) && o.fields["relationship"] == relationship {
			d.remove(links, o)
		}
	}
}
