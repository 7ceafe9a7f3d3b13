package oktasim

import (
	"slices"
	"unicode"
)

var userTypeRoutes = []route{
	{"GET", "/api/v1/meta/types/user", "okta.userTypes.read", listUserTypes},
	{"GET", "/api/v1/meta/schemas/user/{id}", "okta.schemas.read", getUserSchema},
}

// listUserTypes handles GET /api/v1/meta/types/user, which has no pages. This org has only the default type. Its names are those of
// the description's example; that it was created with the org, by its system, is our guess.
func listUserTypes(c *call) answer {
	return c.read(func(d *directory) answer {
		began := d.groups[0].created.text()
		return c.ok(encoded([]any{map[string]any{
			"id": userTypeID, "name": "user", "displayName": "User", "default": true,
			"description": "Okta user profile template with default permission settings",
			"created":     began, "lastUpdated": began, "createdBy": "sprdefault", "lastUpdatedBy": "sprdefault",
			"_links": map[string]any{
				"self":   link(c.base+"/api/v1/meta/types/user/"+userTypeID, "GET"),
				"schema": link(c.base+"/api/v1/meta/schemas/user/"+userSchemaID, "GET"),
			},
		}}))
	})
}

// getUserSchema handles GET /api/v1/meta/schemas/user/{id}. The id of the default type's schema is also "default" (management API,
// "Retrieve a user schema").
//
// Source of the form: Okta, Schemas API, https://developer.okta.com/docs/reference/api/schemas/
func getUserSchema(c *call) answer {
	return c.read(func(d *directory) answer {
		id := c.r.PathValue("id")
		if id != "default" && id != userSchemaID {
			return c.missing(id, "UserSchema")
		}
		began, self := d.groups[0].created.text(), c.base+"/api/v1/meta/schemas/user/"+userSchemaID
		return c.ok(encoded(map[string]any{
			"id": self, "$schema": "http://json-schema.org/draft-04/schema#", "name": "user", "title": "User", "type": "object",
			"created": began, "lastUpdated": began,
			"definitions": map[string]any{
				"base":   map[string]any{"id": "#base", "type": "object", "properties": baseSchema.shown(), "required": requiredAttributes},
				"custom": map[string]any{"id": "#custom", "type": "object", "properties": c.org.schema.shown(), "required": []string{}},
			},
			"properties": map[string]any{"profile": map[string]any{"allOf": []any{
				map[string]any{"$ref": "#/definitions/custom"}, map[string]any{"$ref": "#/definitions/base"},
			}}},
			"_links": map[string]any{"self": link(self, "GET")},
		}))
	})
}

// shown returns the properties of a schema as Okta shows them. Titles are our guess.
func (s schema) shown() map[string]any {
	shown := map[string]any{}
	for name, p := range s {
		attribute := map[string]any{
			"title": titleOf(name), "mutability": "READ_WRITE", "scope": "NONE", "master": map[string]any{"type": "PROFILE_MASTER"},
			"permissions": []any{map[string]any{"principal": "SELF", "action": "READ_ONLY"}},
		}
		if p.kind != anyKind { // a seed can use an attribute without declaring its type
			attribute["type"] = string(p.kind)
		}
		if p.kind == arrayKind {
			attribute["items"] = map[string]any{"type": "string"}
		}
		if p.least > 0 {
			attribute["minLength"] = p.least
		}
		if p.most > 0 {
			attribute["maxLength"] = p.most
		}
		if slices.Contains(requiredAttributes, name) {
			attribute["required"] = true
		}
		shown[name] = attribute
	}
	return shown
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
