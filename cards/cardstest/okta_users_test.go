package cardstest_test

import (
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// partState returns the state before a call that changes what a user or a group has, such as roles.
func (d orgDump) partState(c card.Card, in map[string]any) (card.State, bool) {
	login, group := find(d.Users, "id", in["user_id"])["login"], find(d.Groups, "id", in["group_id"])["name"]
	fields := map[string]any{}
	switch c.Name {
	case "okta.user.factor.reset":
		fields["factors"] = d.values("factors", "factorType", "user", login)
	case "okta.user.role.assign":
		fields["assigned"] = slices.Contains(d.values("roles", "type", "user", login), in["type"])
	case "okta.group.role.assign":
		fields["assigned"] = slices.Contains(d.values("roles", "type", "group", group), in["type"])
	case "okta.group.member.sync":
		ids := d.identified(find(d.Groups, "id", in["group_id"])["members"]).([]any)
		slices.SortFunc(ids, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
		fields["members"] = ids
		logins := map[string]string{}
		for _, id := range ids {
			logins[id.(string)] = find(d.Users, "id", id)["login"].(string)
		}
		for _, name := range in["members"].([]any) {
			for _, user := range d.Users {
				if login := user["login"].(string); user["id"] == name || strings.EqualFold(login, name.(string)) {
					logins[user["id"].(string)] = login
				}
			}
		}
		return card.State{Fields: fields, Names: logins}, true
	case "okta.group.owner.add", "okta.group.owner.remove":
		return d.ownerState(group, in["owner_id"]), true
	case "okta.user.risk.set":
		fields["riskLevel"], fields["reason"] = d.values("risks", "riskLevel", "user", login)[0], d.values("risks", "reason", "user", login)[0]
	case "okta.user.classification.set":
		fields["type"] = append(d.values("classifications", "type", "user", login), "STANDARD")[0]
	case "okta.user.linked.set", "okta.user.linked.remove":
		for _, primary := range d.values("links", "primary", "user", login) {
			fields["primary_user_id"] = find(d.Users, "login", primary)["id"]
		}
	default:
		return card.State{}, false
	}
	return card.State{Fields: fields}, true
}

// values returns a field of the objects that belong to a user or a group.
func (d orgDump) values(key, field, owner string, name any) []any {
	list := []any{}
	for _, object := range d.Objects[key] {
		if object[owner] == name {
			list = append(list, object[field])
		}
	}
	return list
}
