package orgcopy

import (
	"context"
	"net/url"
)

// everyone is the group of all users, of which no members are read.
const everyone = "Everyone"

// isEveryone reports whether a group of a seed is Everyone.
func isEveryone(g record) bool { return g["type"] == "BUILT_IN" && g["name"] == everyone }

// groups reads the groups. Their names stay: flows find groups by name.
func (r *reader) groups(ctx context.Context) error {
	if err := r.enums(); err != nil {
		return err
	}
	return r.lists(ctx, Groups, true, []list{{path: "/groups", query: limit(1000), into: r.spools["groups"], shape: r.group}})
}

func (r *reader) group(g record) (any, error) {
	id, err := identified(g)
	profile := objectIn(g, "profile")
	name := textIn(profile, "name")
	out := record{"id": id, "name": r.hide.name(name, 255)}
	if out["name"] != name {
		out[renamed] = true
	}
	put(out, "description", r.hide.text(textIn(profile, "description")))
	putTimes(out, g)
	if kind := textIn(g, "type"); kind != "OKTA_GROUP" {
		put(out, "type", kind)
	}
	if out["type"] == "APP_GROUP" {
		put(out, "source", textIn(objectIn(g, "source"), "id"))
	}
	put(out, "profile", r.profile(without(profile, "name", "description"), "group"))
	return out, err
}

// pathOf returns the path of an object.
func pathOf(of, id string) string { return "/" + of + "/" + url.PathEscape(id) }

// renamed is the field of a stored group whose name was replaced.
const renamed = "renamed"

// members reads the members of each group, as ids.
func (r *reader) members(ctx context.Context) error {
	if !r.spools["groups"].has("") {
		r.miss(Missing{Kind: Members, Lists: 1, Why: "the groups were not read"})
		return nil
	}
	var all []list
	if err := each(r.spools["groups"], "", func(g record) error {
		if !isEveryone(g) {
			id := textIn(g, "id")
			path := pathOf("groups", id)
			all = append(all, list{name: id, path: path + "/users", owner: path, query: limit(1000), into: r.spools["members"], shape: r.member})
		}
		return nil
	}); err != nil {
		return err
	}
	return r.lists(ctx, Members, false, all)
}

func (r *reader) member(u record) (any, error) {
	id, err := identified(u)
	return r.hide.id(id), err
}

// rules reads the group rules.
func (r *reader) rules(ctx context.Context) error {
	if r.hide != nil {
		if err := each(r.spools["groups"], "", func(g record) error {
			r.hide.renamed = r.hide.renamed || g[renamed] == true
			return nil
		}); err != nil {
			return err
		}
	}
	return r.lists(ctx, Rules, false, []list{{path: "/groups/rules", query: limit(200), into: r.spools["rules"], shape: r.rule}})
}

func (r *reader) rule(rule record) (any, error) {
	id, err := identified(rule)
	conditions := objectIn(rule, "conditions")
	expression := objectIn(conditions, "expression")
	value, decides := r.hide.decides(textIn(expression, "value"))
	kept := record{"expression": record{"type": expression["type"], "value": value}}
	if excluded := listIn(objectIn(objectIn(conditions, "people"), "users"), "exclude"); len(excluded) > 0 {
		kept["people"] = record{"users": record{"exclude": r.hide.ids(excluded)}}
	}
	groups := listIn(objectIn(objectIn(rule, "actions"), "assignUserToGroups"), "groupIds")
	if groups == nil {
		groups = []any{}
	}
	out := record{
		"id": id, "name": r.hide.name(textIn(rule, "name"), 50), "status": rule["status"], "conditions": kept,
		"actions": record{"assignUserToGroups": record{"groupIds": groups}},
	}
	putTimes(out, rule)
	if !decides {
		deactivate(out)
	}
	return out, err
}

// undecided is the field of a stored object that would decide in another way about replaced texts, and is inactive for that reason unless Okta made it.
const undecided = "undecided"

// deactivate makes an active object inactive that would decide in another way.
func deactivate(fields record) {
	if fields["status"] != "ACTIVE" {
		return
	}
	if fields[undecided] = true; fields["system"] != true {
		fields["status"] = "INACTIVE"
	}
}
