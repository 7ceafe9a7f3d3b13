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
