package okta

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// refusing makes a card refuse inputs with which it would do something else than its caller expects.
func refusing(c card.Card) card.Card {
	names := slices.Sorted(maps.Keys(c.In.Properties))
	return c.Refusing(func(in map[string]any) *card.Refusal {
		for _, name := range names {
			refusal := (*card.Refusal)(nil)
			switch {
			case name == moreParameters:
				refusal = refuseTwice(in)
			case isID(name):
				refusal = refuseID(c.Name, name, in[name])
			}
			if refusal != nil {
				return refusal
			}
		}
		return nil
	})
}

// isID reports whether an input is an id or a list of ids of the org. Members are users.
func isID(name string) bool {
	return (strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_ids") || name == "members") && !strings.HasPrefix(name, "external_")
}

// mayBeMe is the card that takes me as the id of a user.
const mayBeMe = "okta.user.get"

// refuseID refuses an id that cannot be one segment of a path. A session refuses it too, but only in the path of its own request: many
// cards read something else first. It also refuses "me", which Okta takes for the owner of the token: a record with that word must
// not suspend the administrator.
func refuseID(name, input string, value any) *card.Refusal {
	if id, ok := value.(string); ok {
		if leads := wire.BadSegment(id); leads != "" {
			return &card.Refusal{Path: []string{input}, Message: fmt.Sprintf("%s is %q, which %s", input, id, leads), Hint: "is an inserted value empty or wrong?"}
		}
	}
	if name != mayBeMe && isMe(value) {
		return &card.Refusal{
			Path: []string{input}, Message: fmt.Sprintf("%s is \"me\", which is not an id: Okta takes it for the owner of the connection's token", input),
			Hint: "if you mean the owner, okta.user.get with `user_id: me` finds the id",
		}
	}
	return nil
}

// isMe reports whether an id, or one of a list, is "me".
func isMe(value any) bool {
	if ids, ok := value.([]any); ok {
		return slices.ContainsFunc(ids, isMe)
	}
	id, ok := value.(string)
	return ok && strings.EqualFold(strings.TrimSpace(id), "me")
}

// moreParameters is the input of lists for query parameters that have no input of their own.
const moreParameters = "extra_parameters"

// refuseTwice refuses parameters that are also given as an input: one would replace the other.
func refuseTwice(in map[string]any) *card.Refusal {
	more, _ := in[moreParameters].(map[string]any)
	for _, input := range slices.Sorted(maps.Keys(in)) {
		parameter := camel(input)
		_, twice := more[parameter]
		if _, known := wire.Scalar(in[input]); twice && known {
			return &card.Refusal{
				Path: []string{moreParameters, parameter}, Hint: "keep one of them",
				Message: fmt.Sprintf("parameter %q is given twice, as the input %q and in extra_parameters", parameter, input),
			}
		}
	}
	return nil
}
