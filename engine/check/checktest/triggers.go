package checktest

import (
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/card"
)

type hookInput struct {
	Types    []string          `json:"types" null:"false" jsonschema:"the event types"`
	Filter   bool              `json:"filter,omitempty" jsonschema:"which events"`
	Register bool              `json:"register,omitempty" jsonschema:"whether the hook is created" default:"false"`
	Headers  map[string]string `json:"headers,omitempty" jsonschema:"headers of each request"`
	Secret   any               `json:"secret,omitempty" jsonschema:"how the sender is known" secret:"true"`
}

type shortInput struct {
	Filter bool `json:"filter,omitempty" jsonschema:"which events"`
}

type pollInput struct {
	Types []string `json:"types,omitempty" null:"false" jsonschema:"the event types"`
	Query string   `json:"query,omitempty" jsonschema:"a search expression" filter:"true"`
	shortInput
}

type event struct {
	Type    string         `json:"type"`
	Outcome map[string]any `json:"outcome"`
}

type occasion struct {
	Event event  `json:"event"`
	User  *user  `json:"user"`
	Group *group `json:"group"`
}

type found struct {
	Record user `json:"record"`
}

// Triggers returns the trigger cards of the service fake. Its event hooks deliver two types of events, and a third one is only found by a
// poll.
func Triggers() card.Triggers {
	hook := card.SchemaFor[hookInput]()
	hook.Properties["types"].MinItems = jsonschema.Ptr(1)
	return card.NewTriggers(
		card.Trigger{
			Name: "fake.event_hook", Kind: card.Event, In: hook, Out: card.SchemaFor[occasion](),
			Events: &card.EventTypes{Of: "Fake", Names: []string{"user.create", "user.suspend"}, Rest: []string{"zone.update"}, Poll: "fake.log.event"},
		},
		card.Trigger{Name: "fake.user.suspended", Kind: card.Event, Types: []string{"user.suspend"}, In: card.SchemaFor[shortInput](), Out: card.SchemaFor[occasion]()},
		card.Trigger{
			Name: "fake.log.event", Kind: card.Poll, In: card.SchemaFor[pollInput](), Out: card.SchemaFor[found](),
			Events:  &card.EventTypes{Of: "Fake", Names: []string{"user.create", "user.suspend", "zone.update"}},
			Filters: map[string]func(string) *card.FilterMistake{"query": searched(card.Card{}).Filters["search"]},
		},
		card.Trigger{Name: "fake.user.created", Kind: card.Poll, In: card.SchemaFor[shortInput](), Out: card.SchemaFor[found]()},
	)
}
