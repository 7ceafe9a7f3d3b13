package okta

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

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
			case name == "since" || name == "until":
				refusal = refuseTime(name, in[name])
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

// timeForms are the notations of ISO 8601 that Okta may accept.
var timeForms = []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly}

// refuseTime refuses a text that is certainly not a time.
func refuseTime(input string, value any) *card.Refusal {
	written, ok := value.(string)
	if !ok || slices.ContainsFunc(timeForms, func(form string) bool { _, err := time.Parse(form, written); return err == nil }) {
		return nil
	}
	return &card.Refusal{
		Path: []string{input}, Message: fmt.Sprintf("%s is %q, which is not a time", input, written),
		Hint: "write a time such as 2026-11-28T08:00:00Z, or an expression such as ${ now() - days(7) }",
	}
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
