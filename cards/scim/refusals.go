package scim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// inputOf has the attribute that an input sets, in the order in which inputs are checked.
var inputOf = [][2]string{
	{"user_name", "userName"}, {"external_id", "externalId"}, {"given_name", "name"}, {"family_name", "name"}, {"display_name", "displayName"},
	{"email", "emails"}, {"timezone", "timezone"}, {"active", "active"}, {"members", "members"},
}

// refusing makes a card refuse inputs that select or change something else than its caller expects.
func refusing(c card.Card) card.Card {
	checks := []func(map[string]any) *card.Refusal{}
	add := func(input string, check func(any) *card.Refusal) {
		if c.In.Properties[input] != nil {
			checks = append(checks, func(in map[string]any) *card.Refusal {
				if v, given := in[input]; given {
					return check(v)
				}
				return nil
			})
		}
	}
	add("user_id", refuseID("user_id"))
	add("group_id", refuseID("group_id"))
	add("where", refuseWhere)
	add("attributes", checkAttributes)
	add("operations", refuseOperations)
	if c.In.Properties["attributes"] != nil {
		checks = append(checks, refuseTwice)
	}
	if names := alternatives[c.Name]; names != nil {
		checks = append(checks, func(in map[string]any) *card.Refusal { return refuseAlternatives(in, names) })
	}
	return c.Refusing(func(in map[string]any) *card.Refusal {
		for _, check := range checks {
			if r := check(in); r != nil {
				return r
			}
		}
		return nil
	})
}

// refuseID returns the check of an input that is a segment of a path.
func refuseID(input string) func(any) *card.Refusal {
	return func(value any) *card.Refusal {
		id, known := value.(string)
		if leads := wire.BadSegment(id); known && leads != "" {
			return &card.Refusal{Path: []string{input}, Message: fmt.Sprintf("%s is %q, which %s", input, id, leads), Hint: "is an inserted value empty or wrong?"}
		}
		return nil
	}
}

// alternatives has, by card, the inputs of which exactly one is given.
var alternatives = map[string][]string{
	"scim.user.find":  {"user_name", "external_id"},
	"scim.group.find": {"display_name", "external_id"},
	"scim.group.push": {"members", "user_names"},
}

func refuseAlternatives(in map[string]any, names []string) *card.Refusal {
	var given []string
	for _, name := range names {
		if in[name] != nil {
			given = append(given, name)
		}
	}
	if len(given) == 1 {
		return nil
	}
	return &card.Refusal{Path: []string{names[0]}, Message: "exactly one of `" + strings.Join(names, "` and `") + "` must be given"}
}

// refuseTwice refuses an attribute that is given by an input of its own, and among the attributes.
func refuseTwice(in map[string]any) *card.Refusal {
	attributes, _ := in["attributes"].(map[string]any)
	names := sortedNames(attributes)
	for _, pair := range inputOf {
		i := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, pair[1]) })
		if _, given := in[pair[0]]; given && i >= 0 && attributes[names[i]] != nil {
			return &card.Refusal{Path: []string{"attributes", names[i]}, Message: fmt.Sprintf("attribute %q is given twice: as `%s`, and in `attributes`", names[i], pair[0])}
		}
	}
	return nil
}
