package catalogue

import (
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Triggers returns the entries of triggers, sorted by name. They share the schemas of the triggers.
func Triggers(all card.Triggers) []Entry {
	entries := make([]Entry, 0, len(all))
	for _, t := range all.Sorted() {
		entries = append(entries, Entry{
			Name: t.Name, Title: t.Title, Also: []string{}, Summary: t.Summary, Resource: resource(t.Name),
			Trigger: string(t.Kind), Types: append([]string{}, t.Types...), Scopes: append([]string{}, t.Scopes...), RegisterScopes: append([]string{}, t.KeeperScopes...),
			Example: strings.TrimSpace(t.Example),
			Input:   t.In, Output: t.Out, Inputs: rows("", t.In), Outputs: rows("", t.Out),
			effect: card.Destroys + 1, // cards come first in a search
		})
	}
	return entries
}

// triggersInWords describes when a trigger starts a flow.
var triggersInWords = map[string]string{
	string(card.Event): "event: the service sends each event",
	string(card.Poll):  "poll: the service is asked for new records, as often as `every` says",
}
