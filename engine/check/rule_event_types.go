package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// typesField is the field of `with` that has event types.
const typesField = "types"

// eventTypes checks the event types that a trigger names. n may be nil.
func (b *builder) eventTypes(c card.Trigger, n *flow.Node) {
	if n == nil || c.Events == nil {
		return
	}
	seen := map[string]bool{}
	for _, one := range n.Items {
		if !one.IsText() || holdsExpression(one) || b.full() {
			continue
		}
		name := one.Text
		if seen[name] {
			b.warn(flow.Problem{Pos: one.Pos, Width: one.Width, Code: CodeDuplicateEvent, Message: fmt.Sprintf("event type %q is listed twice", name), Hint: "remove one of them"})
			continue
		}
		seen[name] = true
		_, known := slices.BinarySearch(c.Events.Names, name)
		_, other := slices.BinarySearch(c.Events.Rest, name)
		switch {
		case known:
		case other:
			b.problem(one, CodeEventNotSent, fmt.Sprintf("write poll: %s, with: {types: [%s]}", c.Events.Poll, name), "no event hook of %s delivers %q", c.Events.Of, name)
		default:
			b.problem(one, CodeUnknownEvent, eventHint(c, name), "%s has no event type %q", c.Events.Of, name)
		}
	}
}

// mostTypes is the maximum number of event types in a hint.
const mostTypes = 5

// eventHint returns the hint for an event type that the catalogue does not have: the nearest one, or those with the same beginning.
func eventHint(c card.Trigger, name string) string {
	all := slices.Concat(c.Events.Names, c.Events.Rest)
	if near, ok := words.Nearest(name, all); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	for start := name; start != ""; {
		var like []string
		for _, one := range all {
			if strings.HasPrefix(one, start+".") {
				like = append(like, one)
			}
		}
		if len(like) > 0 {
			slices.Sort(like)
			more := ""
			if len(like) > mostTypes {
				more = fmt.Sprintf(" and %d more", len(like)-mostTypes)
			}
			return "types of " + start + ": " + strings.Join(like[:min(len(like), mostTypes)], ", ") + more
		}
		start = start[:max(0, strings.LastIndex(start, "."))]
	}
	return fmt.Sprintf("if the type is new in %s, write ${ %q }, which is not checked", c.Events.Of, name)
}

// selects returns a text for the settings that select events or records: types and query. It is empty if there are none.
func selects(with *flow.Node) (text string) {
	for _, name := range []string{typesField, "query"} {
		if n := with.Field(name); n != nil {
			text += fmt.Sprintf("%s=%q ", name, n.Literal())
		}
	}
	return text
}
