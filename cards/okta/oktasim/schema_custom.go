package oktasim

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// schemaAttributes are the custom attributes that clients add to a schema: {of: user, name: badge, attribute: {title: Badge, type:
// string}}, where the schema is that of a user type (type), of an application (app), or the default one of users or groups (of).
// A schema also has the attributes that its seed declares or uses.
//
// Source: Okta, "Schemas", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Schema/
var schemaAttributes = &resource{
	key: "schema_attributes", word: "SchemaAttribute", prefix: "sca", name: "name",
	refs: []ref{{"app", "apps"}, {"type", "user_types"}}, check: checkSchemaAttribute,
	fields: []string{"app", "type", "of", "name", "attribute"}, needs: []string{"attribute"},
}

// ofUsers and ofGroups are the default schemas of users and groups. Other schemas have the id of their application or user type.
const ofUsers, ofGroups = "user", "group"

// schemaOf returns the schema of an attribute.
func schemaOf(fields map[string]any) string {
	for _, field := range []string{"app", "type", "of"} {
		if owner := textOf(fields[field]); owner != "" {
			return owner
		}
	}
	return ""
}

// attributeName is the form of variable names of attributes. That it is the one of linked objects is our guess.
var attributeName = linkName

// reservedAttributes cannot be custom attributes (help.okta.com, "About profiles", usgp-about-profiles).
var reservedAttributes = []string{
	"id", "profile", "status", "transitioningToStatus", "created", "activated", "statusChanged", "lastLogin", "lastUpdated",
	"passwordChanged", "type", "realm", "realmId", "password", "credentials", "_links", "_embedded", "class", "classLoader",
}

func checkSchemaAttribute(_ *directory, _ *object, fields map[string]any) string {
	owner, name := schemaOf(fields), textOf(fields["name"])
	switch {
	case owner == "", textOf(fields["app"]) == "" && textOf(fields["type"]) == "" && owner != ofUsers && owner != ofGroups:
		return "of: must be user or group, without an app or a type"
	case !attributeName.MatchString(name):
		return "name: the name of an attribute must have letters, digits and underscores only, and not start with a digit"
	case slices.Contains(reservedAttributes, name):
		return "name: the attribute name " + name + " is reserved"
	}
	_, why := propertyOf(objectIn(fields["attribute"]))
	if why != "" {
		return name + ": " + why
	}
	return ""
}

// propertyOf returns the rule of an attribute, and why Okta refuses it; "" if it does not (management API, schema UserSchemaAttribute).
// The texts are not documented.
func propertyOf(attribute map[string]any) (p property, why string) {
	p = property{kind: kind(textOf(attribute["type"])), stated: attribute, required: attribute["required"] == true}
	if !slices.Contains(kinds, p.kind) {
		return p, "the type must be one of " + joinKinds()
	}
	if textOf(attribute["title"]) == "" {
		return p, "The title cannot be left blank"
	}
	var least, most bool
	p.least, least = countIn(attribute["minLength"])
	p.most, most = countIn(attribute["maxLength"])
	if !least || !most || p.most > 0 && p.least > p.most {
		return p, "minLength and maxLength must be numbers, and minLength must not be greater"
	}
	if text := textOf(attribute["pattern"]); text != "" {
		pattern, err := regexp.Compile(text)
		if err != nil {
			return p, "the pattern is not a regular expression"
		}
		p.pattern = pattern
	}
	if attribute["format"] == "email" { // schema UserSchemaAttributeFormat
		p.form = addressForm
	}
	items := objectIn(attribute["items"])
	if p.item = kind(textOf(items["type"])); p.kind == arrayKind && !slices.Contains([]kind{stringKind, numberKind, integerKind}, p.item) {
		return p, "the type of items must be one of string, number, integer"
	}
	listed, of := attribute["enum"], p.kind
	if p.kind == arrayKind {
		listed, of = items["enum"], p.item
	}
	values, _ := listed.([]any)
	for _, value := range values {
		text := string(encoded(value))
		if !of.holds(text) {
			return p, "a value of enum must be " + of.article()
		}
		if slices.Contains(p.values, text) {
			return p, "the values of enum must be unique"
		}
		p.values = append(p.values, text)
	}
	return p, ""
}

// countIn returns a number that is not negative; 0 for nil.
func countIn(value any) (n int, ok bool) {
	if value == nil {
		return 0, true
	}
	_, err := fmt.Sscan(fmt.Sprint(value), &n)
	return n, err == nil && n >= 0
}

// custom returns the custom attributes of a schema. The caller holds the lock.
func (d *directory) custom(owner string) schema {
	found := schema{}
	maps.Copy(found, d.learned[owner])
	for _, o := range d.collection(schemaAttributes).objects {
		if !o.gone && schemaOf(o.fields) == owner {
			found[textOf(o.fields["name"])], _ = propertyOf(objectIn(o.fields["attribute"]))
		}
	}
	return found
}

// learnFor adds the attributes of a seed's profile to a schema. It returns the mistakes of their values.
func (d *directory) learnFor(owner string, profile map[string]any) (causes []string) {
	if d.learned[owner] == nil {
		d.learned[owner] = schema{}
	}
	stated := d.custom(owner)
	for _, name := range slices.Sorted(maps.Keys(profile)) {
		if value := string(encoded(profile[name])); !stated.has(name) || d.learned[owner].has(name) {
			causes = append(causes, d.learned[owner].learn(name, value)...)
		}
	}
	return causes
}

func (s schema) has(name string) bool { _, has := s[name]; return has }

// forgetAttribute removes an attribute from a schema, and from all profiles.
func (d *directory) forgetAttribute(owner, name string) {
	delete(d.learned[owner], name)
	if o := d.find(schemaAttributes, func(o *object) bool { return schemaOf(o.fields) == owner && o.fields["name"] == name }); o != nil {
		d.remove(schemaAttributes, o)
	}
	switch owner {
	case ofUsers:
		for i := range d.users {
			d.users[i].attributes = slices.Clone(d.users[i].attributes)
			d.users[i].setAttribute(name, []byte("null"))
		}
	case ofGroups:
		for i := range d.groups {
			d.groups[i].attributes = slices.DeleteFunc(slices.Clone(d.groups[i].attributes), func(a attribute) bool { return a.name == name })
		}
	default:
		for _, r := range []*resource{appUsers, appGroups} {
			for _, o := range d.collection(r).objects {
				if o.fields["app"] == owner {
					o.fields = maps.Clone(o.fields)
					setIn(o.fields, "profile", name, nil)
				}
			}
		}
	}
}
