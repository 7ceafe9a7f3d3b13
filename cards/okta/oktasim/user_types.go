package oktasim

import (
	"cmp"
	"net/http"
	"regexp"
	"unicode/utf8"
)

// userTypes are the user types besides the default one, which every org has.
//
// Source: Okta, "User Types", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserType/. The word and the ids
// of schemas are those of answers to terraform-provider-okta (test/fixtures/vcr, TestAccResourceOktaUserType_crud, oie).
var userTypes = &resource{
	key: "user_types", word: "CVDType", prefix: "oty", name: "name", unique: true, check: checkUserType, view: viewUserType,
	fields: []string{"name", "displayName", "description"},
}

var userTypeRoutes = []route{
	{"GET", "/api/v1/meta/types/user", "okta.userTypes.read", listUserTypes},
	{"POST", "/api/v1/meta/types/user", "okta.userTypes.manage", createUserType},
	{"GET", "/api/v1/meta/types/user/{id}", "okta.userTypes.read", getUserType},
	{"POST", "/api/v1/meta/types/user/{id}", "okta.userTypes.manage", updateUserType},
	{"PUT", "/api/v1/meta/types/user/{id}", "okta.userTypes.manage", replaceUserType},
	{"DELETE", "/api/v1/meta/types/user/{id}", "okta.userTypes.manage", deleteUserType},
}

// maxUserTypes is the maximum number of types besides the default one ("You may add up to nine additional User Types").
const maxUserTypes = 9

// typeName is the form of names of types. That it has letters, digits and underscores only is our guess.
var typeName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

func checkUserType(d *directory, o *object, fields map[string]any) string {
	switch name := textOf(fields["name"]); {
	case !typeName.MatchString(name) || name == defaultTypeName || utf8.RuneCountInString(name) > 100:
		return "name: must start with a letter, have letters, digits and underscores only, and not be " + defaultTypeName
	case textOf(fields["displayName"]) == "":
		return "displayName: The field cannot be left blank"
	case o.id == "" && len(d.objects["user_types"].live()) >= maxUserTypes:
		return "name: an org has at most ten user types"
	case o.id != "" && fields["name"] != o.fields["name"]:
		return "name: The name of a user type cannot be changed"
	}
	return ""
}

const defaultTypeName = "user"

// schemaOfType returns the id of the schema of a type.
func schemaOfType(id string) string { return "osc" + id[len("oty"):] }

func viewUserType(c *call, _ *directory, o *object, shown map[string]any) {
	shown["default"], shown["createdBy"], shown["lastUpdatedBy"] = o.id == userTypeID, "sprdefault", "sprdefault"
	shown["_links"] = map[string]any{
		"self":   link(c.base+"/api/v1/meta/types/user/"+o.id, "GET", "PUT", "DELETE"),
		"schema": link(c.base+"/api/v1/meta/schemas/user/"+schemaOfType(o.id), "GET"),
	}
}

// defaultType returns the default type. Its names are those of the description's example; that it was created with the org, by its
// system, is our guess.
func (d *directory) defaultType() *object {
	began := d.groups[0].created
	return &object{id: userTypeID, created: began, lastUpdated: began, fields: map[string]any{
		"name": defaultTypeName, "displayName": "User", "description": "Okta user profile template with default permission settings",
	}}
}

// listUserTypes handles GET /api/v1/meta/types/user, which has no pages.
func listUserTypes(c *call) answer {
	return c.read(func(d *directory) answer {
		list := []any{c.shown(userTypes, d.defaultType())}
		for _, o := range d.collection(userTypes).live() {
			list = append(list, c.shown(userTypes, o))
		}
		return c.ok(encoded(list))
	})
}

// userType returns the type of the path, which is "default" for the default type.
func (c *call) userType(d *directory) *object {
	if id := c.r.PathValue("id"); id != "default" && id != userTypeID {
		return d.collection(userTypes).byID[id]
	}
	return d.defaultType()
}

func getUserType(c *call) answer {
	return c.read(func(d *directory) answer {
		if o := c.userType(d); o != nil {
			return c.objectAnswer(userTypes, o)
		}
		return c.missing(c.r.PathValue("id"), userTypes.word)
	})
}

// createUserType handles POST /api/v1/meta/types/user. "New User Types are based on the current default schema template.
// Modifications to this schema do not automatically propagate to previously created User Types."
func createUserType(c *call) answer {
	body := c.body()
	return c.write(func(d *directory) answer {
		o := &object{created: c.now, lastUpdated: c.now}
		a := c.store(userTypes, d, o, onlyIn(body, "name", "displayName", "description"), "create")
		if !a.done() {
			return a
		}
		for name, p := range d.custom(ofUsers) {
			attribute := p.stated
			if attribute == nil {
				attribute = p.asAttribute(name)
			}
			copied := &object{created: c.now, lastUpdated: c.now, fields: map[string]any{"type": o.id, "name": name, "attribute": attribute}}
			if err := d.add(schemaAttributes, copied); err != nil {
				return c.refuse(http.StatusInternalServerError, "E0000009", "Internal Server Error", err.Error())
			}
		}
		c.log("directory.non_default_user_profile.create", target{id: o.id, kind: userTypes.word, alternate: "unknown", display: textOf(o.fields["name"])})
		return a
	})
}

// onlyIn returns the properties of an object that have one of the names, without those that are null.
func onlyIn(object map[string]any, names ...string) map[string]any {
	found := map[string]any{}
	for _, name := range names {
		if object[name] != nil {
			found[name] = object[name]
		}
	}
	return found
}

// updateUserType handles POST /api/v1/meta/types/user/{id}, a partial update, and replaceUserType the PUT, a full one, which needs
// the name. "You can only update the displayName and description elements."
func updateUserType(c *call) answer {
	return c.writeUserType(func(o *object, fields map[string]any) map[string]any { return withDefaults(fields, o.fields) })
}

func replaceUserType(c *call) answer {
	return c.writeUserType(func(_ *object, fields map[string]any) map[string]any { return fields })
}

// writeUserType sets the names of the type of the path. That those of the default type cannot be changed here is a limit of this org.
func (c *call) writeUserType(complete func(o *object, fields map[string]any) map[string]any) answer {
	fields := onlyIn(c.body(), "name", "displayName", "description")
	return c.write(func(d *directory) answer {
		o := c.userType(d)
		switch {
		case o == nil:
			return c.missing(c.r.PathValue("id"), userTypes.word)
		case o.id == userTypeID:
			return c.invalid("name", "name: this simulated org cannot change the default user type")
		}
		return c.store(userTypes, d, o, complete(o, fields), "update")
	})
}

// deleteUserType handles DELETE /api/v1/meta/types/user/{id}: "You can't delete the default User Type or a User Type that is currently
// assigned to users". The code is our guess.
func deleteUserType(c *call) answer {
	return c.write(func(d *directory) answer {
		o := c.userType(d)
		switch {
		case o == nil:
			return c.missing(c.r.PathValue("id"), userTypes.word)
		case o.id == userTypeID || d.typeIsUsed(o.id):
			return c.refuse(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action",
				"the user type is the default one, or assigned to users")
		}
		d.remove(userTypes, o)
		return c.noContent()
	})
}

// typeID returns the id of the type of a user.
func (u *user) typeID() string { return cmp.Or(u.known().typeID, userTypeID) }

// schemaOwner returns the schema of a user.
func (u *user) schemaOwner() string { return cmp.Or(u.known().typeID, ofUsers) }

// typed returns the account with the type of a body. "After a user has been created, the user can only be assigned a different user
// type … through a full replacement (PUT)" (management API, schema CreateUserRequest). The text is not documented.
func (b userBody) typed(d *directory, a account) (account, string) {
	if b.Type == nil || b.Type.ID == "" || b.Type.ID == cmp.Or(a.typeID, userTypeID) {
		return a, ""
	}
	o := d.collection(userTypes).byID[b.Type.ID]
	switch {
	case !b.whole || o == nil && b.Type.ID != userTypeID:
		return a, "type: the user type cannot be " + jsonText(b.Type.ID)
	case o == nil:
		a.typeID, a.typeName = "", ""
	default:
		a.typeID, a.typeName = o.id, textOf(o.fields["name"])
	}
	return a, ""
}

// typeIsUsed reports whether a user has the type.
func (d *directory) typeIsUsed(id string) bool {
	for i := range d.users {
		if !d.users[i].gone && d.users[i].typeID() == id {
			return true
		}
	}
	return false
}
