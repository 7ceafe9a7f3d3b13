package oktasim

import (
	"maps"
	"net/http"
	"slices"
)

var schemaRoutes = []route{
	{"GET", "/api/v1/meta/schemas/user/{id}", "okta.schemas.read", getSchema(userSchemaOf)},
	{"POST", "/api/v1/meta/schemas/user/{id}", "okta.schemas.manage", updateSchema(userSchemaOf)},
	{"GET", "/api/v1/meta/schemas/group/default", "okta.schemas.read", getSchema(groupSchemaOf)},
	{"POST", "/api/v1/meta/schemas/group/default", "okta.schemas.manage", updateSchema(groupSchemaOf)},
	{"GET", "/api/v1/meta/schemas/apps/{id}/default", "okta.schemas.read", getSchema(appSchemaOf)},
	{"POST", "/api/v1/meta/schemas/apps/{id}/default", "okta.schemas.manage", updateSchema(appSchemaOf)},
}

// A profileSchema is what a schema has besides its custom attributes.
type profileSchema struct {
	owner    string         // for directory.custom
	field    string         // of a schema attribute that names the owner
	path     string         // below /api/v1
	shown    map[string]any // name, title and the like
	created  instant
	base     map[string]any // the base attributes as Okta shows them
	required []string       // of the base attributes
}

func getSchema(of func(*call, *directory) (profileSchema, *answer)) func(*call) answer {
	return func(c *call) answer {
		return c.read(func(d *directory) answer {
			p, refusal := of(c, d)
			if refusal != nil {
				return *refusal
			}
			return c.ok(encoded(c.shownSchema(d, p)))
		})
	}
}

// updateSchema returns the handler of a POST of a schema: "updates, adds, or removes one or more custom profile properties". An
// attribute that is null is removed, with its values, and one that the body leaves out stays. Base attributes cannot be changed here;
// Okta lets some be.
func updateSchema(of func(*call, *directory) (profileSchema, *answer)) func(*call) answer {
	return func(c *call) answer {
		body := c.body()
		return c.write(func(d *directory) answer {
			p, refusal := of(c, d)
			if refusal != nil {
				return *refusal
			}
			definitions := objectIn(body["definitions"])
			base := objectIn(objectIn(definitions["base"])["properties"])
			for _, name := range slices.Sorted(maps.Keys(base)) {
				if string(encoded(base[name])) != string(encoded(p.base[name])) {
					return c.invalid(name, name+": this simulated org cannot change the base attributes of a schema")
				}
			}
			attributes := objectIn(objectIn(definitions["custom"])["properties"])
			if cause := d.attributeFaults(p, attributes); cause != "" {
				return c.invalid("properties", cause)
			}
			return c.setAttributes(d, p, attributes)
		})
	}
}

// attributeFaults returns why attributes cannot be added to a schema; "" if they can.
func (d *directory) attributeFaults(p profileSchema, attributes map[string]any) string {
	present := d.custom(p.owner)
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		stored, known := present[name]
		switch {
		case p.base[name] != nil:
			return name + ": the attribute is a base attribute of the schema"
		case attributes[name] == nil && !known:
			return name + ": the schema has no such attribute"
		case attributes[name] == nil:
			continue
		}
		if why := checkSchemaAttribute(d, nil, map[string]any{p.field: p.owner, "name": name, "attribute": attributes[name]}); why != "" {
			return why
		}
		if of := textOf(objectIn(attributes[name])["type"]); known && of != string(stored.kind) {
			return name + ": the type of an attribute cannot be changed"
		}
	}
	return ""
}

// setAttributes sets the attributes of a schema, which attributeFaults has accepted, and answers with the schema.
func (c *call) setAttributes(d *directory, p profileSchema, attributes map[string]any) answer {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if attributes[name] == nil {
			d.forgetAttribute(p.owner, name)
			continue
		}
		fields := map[string]any{p.field: p.owner, "name": name, "attribute": attributes[name]}
		o := d.find(schemaAttributes, func(o *object) bool { return schemaOf(o.fields) == p.owner && o.fields["name"] == name })
		if o != nil {
			o.fields, o.lastUpdated = fields, c.now
			continue
		}
		if err := d.add(schemaAttributes, &object{created: c.now, lastUpdated: c.now, fields: fields}); err != nil {
			return c.refuse(http.StatusInternalServerError, "E0000009", "Internal Server Error", err.Error())
		}
	}
	c.logSchema(p)
	return c.ok(encoded(c.shownSchema(d, p)))
}

// logSchema adds an event about a schema of users or of an application. Okta's catalogue has no type for those of groups. The target is our
// guess.
func (c *call) logSchema(p profileSchema) {
	kind := "directory.user_profile.update"
	switch {
	case p.owner == ofGroups:
		return
	case p.field == "app":
		kind = "directory.app_user_profile.update"
	}
	c.log(kind, target{id: p.owner, kind: "Schema", alternate: "unknown", display: textOf(p.shown["title"])})
}

// shownSchema returns a schema as Okta shows it. lastUpdated is the time of the last attribute that was added or changed.
//
// Source of the form: Okta, Schemas API, https://developer.okta.com/docs/reference/api/schemas/
func (c *call) shownSchema(d *directory, p profileSchema) map[string]any {
	updated, custom := p.created, d.custom(p.owner)
	for _, o := range d.collection(schemaAttributes).objects {
		if schemaOf(o.fields) == p.owner {
			updated = max(updated, o.lastUpdated)
		}
	}
	required := []string{}
	for _, name := range slices.Sorted(maps.Keys(custom)) {
		if custom[name].required {
			required = append(required, name)
		}
	}
	self := c.base + "/api/v1/" + p.path
	shown := maps.Clone(p.shown)
	maps.Copy(shown, map[string]any{
		"id": self, "$schema": "http://json-schema.org/draft-04/schema#", "type": "object",
		"created": p.created.text(), "lastUpdated": updated.text(),
		"definitions": map[string]any{
			"base":   map[string]any{"id": "#base", "type": "object", "properties": p.base, "required": p.required},
			"custom": map[string]any{"id": "#custom", "type": "object", "properties": custom.shown(p.field != "app"), "required": required},
		},
		"properties": map[string]any{"profile": map[string]any{"allOf": []any{
			map[string]any{"$ref": "#/definitions/custom"}, map[string]any{"$ref": "#/definitions/base"},
		}}},
		"_links": map[string]any{"self": link(self, "GET", "POST")},
	})
	return shown
}
