package cardstest_test

import (
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
)

// withIDs returns a state in which the lists of logins and names of groups that the dump has are ids.
func (d orgDump) withIDs(state card.State) card.State {
	for field, value := range state.Fields {
		state.Fields[field] = d.identified(value)
	}
	return state
}

func (d orgDump) identified(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			v[name] = d.identified(value)
		}
	case []any:
		list := slices.Clone(v)
		for i, item := range list {
			if thing := find(d.Users, "login", item); thing != nil {
				list[i] = thing["id"]
			} else if thing := find(d.Groups, "name", item); thing != nil {
				list[i] = thing["id"]
			}
		}
		return list
	}
	return v
}

// ownerState returns the state of the ownership of a group by a user or another group.
func (d orgDump) ownerState(group, id any) card.State {
	user, owner := find(d.Users, "id", id), find(d.Groups, "id", id)
	for _, o := range d.Objects["group_owners"] {
		switch {
		case o["group"] != group:
		case user != nil && o["user"] == user["login"]:
			return card.State{Fields: map[string]any{"owner": true, "type": "USER"}, Names: map[string]string{"owner_id": user["firstName"].(string) + " " + user["lastName"].(string)}}
		case owner != nil && o["owner"] == owner["name"]:
			return card.State{Fields: map[string]any{"owner": true, "type": "GROUP"}, Names: map[string]string{"owner_id": owner["name"].(string)}}
		}
	}
	return card.State{Fields: map[string]any{"owner": false}}
}
