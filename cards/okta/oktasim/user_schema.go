package oktasim

import (
	"maps"
	"slices"
	"unicode"
)

// userSchemaOf returns the schema of the path: that of a user type. The id of the default type's schema is also "default" (management
// API, "Retrieve a user schema").
func userSchemaOf(c *call, d *directory) (profileSchema, *answer) {
	id := c.r.PathValue("id")
	if id == "default" {
		id = userSchemaID
	}
	p := profileSchema{
		owner: ofUsers, field: "of", path: "meta/schemas/user/" + id, shown: map[string]any{"name": "user", "title": "User"},
		created: d.groups[0].created, base: baseSchema.shown(true), required: requiredAttributes,
	}
	if id == userSchemaID {
		return p, nil
	}
	o := d.find(userTypes, func(o *object) bool { return schemaOfType(o.id) == id })
	if o == nil {
		refusal := c.missing(id, "UserSchema")
		return p, &refusal
	}
	p.owner, p.field, p.created = o.id, "type", o.created
	p.shown = map[string]any{"name": o.fields["name"], "title": o.fields["displayName"]}
	return p, nil
}

// groupSchemaOf returns the schema of groups (management API, "Retrieve the default group schema", and Schemas API, "Group profile
// base subschema").
func groupSchemaOf(_ *call, d *directory) (profileSchema, *answer) {
	base := schema{"name": {kind: stringKind, least: 1, most: 255, required: true}, "description": {kind: stringKind, most: 1024}}
	return profileSchema{
		owner: ofGroups, field: "of", path: "meta/schemas/group/default", created: d.groups[0].created,
		shown: map[string]any{"name": "group", "title": "Okta group", "description": "Okta group profile template"},
		base:  base.shown(true), required: []string{"name"},
	}, nil
}

// shown returns the properties of a schema as Okta shows them. Those of an application's schema show no permissions and mutability
// (the recorded answer of appBase). Titles of attributes that a seed declares are our guess.
func (s schema) shown(permissions bool) map[string]any {
	shown := map[string]any{}
	for name, p := range s {
		attribute := maps.Clone(p.stated)
		if attribute == nil {
			attribute = p.asAttribute(name)
		}
		if attribute["required"] == false { // neither is shown: terraform-provider-okta, TestAccAppUserSchemas_crud
			delete(attribute, "required")
		}
		if attribute["union"] == "DISABLE" {
			delete(attribute, "union")
		}
		attribute = withDefaults(attribute, map[string]any{"scope": "NONE", "master": map[string]any{"type": "PROFILE_MASTER"}})
		if permissions {
			attribute = withDefaults(attribute, map[string]any{
				"mutability": "READ_WRITE", "permissions": []any{map[string]any{"principal": "SELF", "action": "READ_ONLY"}},
			})
		} else {
			delete(attribute, "permissions")
		}
		shown[name] = attribute
	}
	return shown
}

// asAttribute returns a rule in the form of an attribute.
func (p property) asAttribute(name string) map[string]any {
	attribute := map[string]any{"title": titleOf(name), "type": string(p.kind)}
	if p.kind == arrayKind {
		attribute["items"] = map[string]any{"type": string(p.item)}
	}
	if p.least > 0 {
		attribute["minLength"] = p.least
	}
	if p.most > 0 {
		attribute["maxLength"] = p.most
	}
	if p.required || slices.Contains(requiredAttributes, name) {
		attribute["required"] = true
	}
	return attribute
}

// titleOf returns the name of an attribute in words: "First name" for firstName.
func titleOf(name string) string {
	var title []rune
	for i, r := range name {
		switch {
		case i == 0:
			r = unicode.ToUpper(r)
		case unicode.IsUpper(r):
			title, r = append(title, ' '), unicode.ToLower(r)
		}
		title = append(title, r)
	}
	return string(title)
}
