package orgcopy

import (
	"context"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"strings"
)

// schemas reads the custom attributes of users, user types and groups.
func (r *reader) schemas(ctx context.Context) error {
	all := []list{
		r.schema("of", "user", "/meta/schemas/user/default"), r.schema("of", "group", "/meta/schemas/group/default"),
	}
	if err := each(r.spools["types"], "", func(t record) error {
		if schema := textIn(t, "schema"); schema != "" {
			all = append(all, r.schema("type", textIn(t, "id"), "/meta/schemas/user/"+url.PathEscape(schema)))
		}
		return nil
	}); err != nil {
		return err
	}
	return r.lists(ctx, Schemas, false, all)
}

// appSchemas reads the custom attributes of the users of applications.
func (r *reader) appSchemas(ctx context.Context) error {
	var all []list
	if err := each(r.spools["apps"], "", func(app record) error {
		id := textIn(app, "id")
		of := r.schema("app", id, "/meta/schemas/apps/"+url.PathEscape(id)+"/default")
		of.owner = pathOf("apps", id)
		all = append(all, of)
		return nil
	}); err != nil || len(all) == 0 {
		return err
	}
	return r.lists(ctx, Schemas, false, all)
}

// schema returns the list of the custom attributes of a schema, whose owner is in field.
func (r *reader) schema(field, owner, path string) list {
	return list{name: field + " " + owner, path: path, into: r.spools["schemas"], one: true, shape: func(s record) (any, error) {
		var attributes, names []any
		custom := objectIn(objectIn(objectIn(s, "definitions"), "custom"), "properties")
		for _, name := range sortedKeys(custom) {
			attribute, ok := custom[name].(record)
			if !ok {
				continue
			}
			var left []string
			kept := r.hide.schemaAttribute(schemaAttribute.copied(unstated(attribute), "attribute", &left), &left)
			out := record{field: owner, "name": name, "attribute": kept}
			if len(left) > 0 {
				out[lackingField] = left
			}
			attributes = append(attributes, out)
		}
		for _, part := range []string{"base", "custom"} {
			for _, name := range sortedKeys(objectIn(objectIn(objectIn(s, "definitions"), part), "properties")) {
				names = append(names, name)
			}
		}
		if field == "app" {
			attributes = append(attributes, record{field: owner, declaredNames: names})
		}
		return attributes, nil
	}}
}

// declaredNames is the field of a stored record with the names of all attributes that assignments of an application can have.
const declaredNames = "declaredNames"

// schemaAttribute has the fields of an attribute that are copied.
//
// Source: Okta, Schemas API, schemas UserSchemaAttribute and UserSchemaAttributeItems
var schemaAttribute = func() shape {
	of := asItIs("type title description required unique format pattern minLength maxLength minimum maximum enum union scope mutability " +
		"externalName externalNamespace")
	of["oneOf"] = asItIs("const title")
	of["items"] = maps.Clone(of)
	of["permissions"] = asItIs("principal action")
	of["master"] = shape{"type": asItIsField, "priority": asItIs("type value")}
	return of
}()

// asItIs is a shape of fields of which nothing is removed.
func asItIs(names string) shape {
	s := shape{}
	for _, name := range strings.Fields(names) {
		s[name] = asItIsField
	}
	return s
}

// vocabulary matches words that Okta defines, such as READ_ONLY.
var vocabulary = regexp.MustCompile(`^[A-Za-z]+(?:[_-][A-Za-z]+)*$`)

// schemaAttribute returns an attribute of which what people chose is replaced, but for the values that it lists, since attributes with these stay. A pattern
// with a domain is left out, and added to left.
func (a *anonymizer) schemaAttribute(attribute record, left *[]string) record {
	if a == nil {
		return attribute
	}
	out := mapped(attribute, "", func(field, text string) string {
		switch {
		case field == "title":
			return a.title(text)
		case field == "description":
			return a.text(text)
		case field == "enum" || field == "const":
			return a.kept(text)
		case field == "pattern", field == "value" && objectID.MatchString(text):
			return text
		case field != "value" && !strings.HasPrefix(field, "external") && vocabulary.MatchString(text):
			return text
		}
		return a.free(field, text)
	}).(record)
	for _, of := range []record{out, objectIn(out, "items")} {
		if addressOrDomain.MatchString(strings.ReplaceAll(textIn(of, "pattern"), `\`, "")) {
			delete(of, "pattern")
			*left = append(*left, "attribute.pattern")
		}
	}
	return out
}

// usual has what Okta adds to an attribute that leaves it out.
var usual = record{
	"scope": "NONE", "mutability": "READ_WRITE", "union": "DISABLE", "master": record{"type": "PROFILE_MASTER"},
	"permissions": []any{record{"principal": "SELF", "action": "READ_ONLY"}},
}

// unstated returns an attribute without what Okta adds by itself.
func unstated(attribute record) record {
	out := record{}
	for name, v := range attribute {
		if v != nil && !reflect.DeepEqual(v, usual[name]) {
			out[name] = v
		}
	}
	return out
}
