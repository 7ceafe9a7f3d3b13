package orgcopy

import (
	"context"
	"net/url"
	"reflect"
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
		var attributes []any
		for name, v := range objectIn(objectIn(objectIn(s, "definitions"), "custom"), "properties") {
			attribute, ok := v.(record)
			if !ok {
				continue
			}
			out := unstated(attribute)
			if about := textIn(out, "description"); about != "" {
				out["description"] = r.hide.text(about)
			}
			if title := textIn(out, "title"); title != "" {
				out["title"] = r.hide.kept(title)
			}
			attributes = append(attributes, record{field: owner, "name": name, "attribute": out})
		}
		return attributes, nil
	}}
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
