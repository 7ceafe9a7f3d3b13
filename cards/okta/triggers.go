package okta

import (
	_ "embed"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/card"
)

//go:embed event_types.txt
var eventTypesText string

//go:embed event_triggers.txt
var eventTriggersText string

// mostHookTypes is the maximum number of event types of a hook.
//
// Source: Okta, "Event hooks", https://developer.okta.com/docs/concepts/event-hooks/
const mostHookTypes = 300

// eventTriggerInput is what each trigger of event hooks takes.
type eventTriggerInput struct {
	Filter   bool              `json:"filter,omitempty" jsonschema:"only events for which it is true start the flow: an expression such as ${ trigger.event.outcome?.result == \"SUCCESS\" }"`
	Register bool              `json:"register,omitempty" jsonschema:"whether the server creates the event hook in Okta, and keeps it as the flow says" default:"false"`
	Headers  map[string]string `json:"headers,omitempty" jsonschema:"headers that Okta sends with each request, by name, and that a request must have"`
	Own      bool              `json:"own,omitempty" jsonschema:"whether events that the connection itself has caused start a flow that writes, too" default:"false"`
	Secret   any               `json:"secret,omitempty" jsonschema:"the header Authorization by which the server knows Okta" secret:"true"`
}

type eventHookTriggerInput struct {
	Types []string `json:"types" null:"false" jsonschema:"the event types, at most 300, such as user.lifecycle.create"`
	eventTriggerInput
}

type logTriggerInput struct {
	Types  []string `json:"types,omitempty" null:"false" jsonschema:"the event types, such as zone.update; without it, all of them"`
	Query  string   `json:"query,omitempty" jsonschema:"another condition, as a filter expression, which Okta evaluates: outcome.result eq \"FAILURE\"" filter:"true"`
	Filter bool     `json:"filter,omitempty" jsonschema:"only events for which it is true start the flow: an expression such as ${ trigger.record.severity == \"WARN\" }"`
	Own    bool     `json:"own,omitempty" jsonschema:"whether events that the connection itself has caused start a flow that writes, too" default:"false"`
}

type userTriggerInput struct {
	Query  string `json:"query,omitempty" jsonschema:"another condition, as a search expression, which Okta evaluates: profile.department eq \"Sales\"" filter:"true"`
	Filter bool   `json:"filter,omitempty" jsonschema:"only users for which it is true start the flow: an expression such as ${ trigger.record.status == \"ACTIVE\" }"`
}

// EventOccasion is the root `trigger` of a flow that an event starts.
type EventOccasion struct {
	Event LogEvent  `json:"event" jsonschema:"the event, as in the system log" open:"true"`
	Actor LogParty  `json:"actor" jsonschema:"who did it" open:"true"`
	User  *LogParty `json:"user" jsonschema:"the first target that is a user; null if there is none" open:"true"`
	Group *LogParty `json:"group" jsonschema:"the first target that is a group; null if there is none" open:"true"`
	App   *LogParty `json:"app" jsonschema:"the first target that is an application; null if there is none" open:"true"`
}

type logOccasion struct {
	Record LogEvent `json:"record" jsonschema:"the event, as in the system log" open:"true"`
}

type userOccasion struct {
	Record User `json:"record" jsonschema:"the user" open:"true"`
}

// Triggers returns what starts flows in Okta.
func Triggers() []card.Trigger {
	all, hooked, rest := eventTypes()
	eventScopes := []string{"okta.logs.read"} // the log has the events that did not arrive
	const poll = "okta.log.event"
	short, typed, occasion := card.SchemaFor[eventTriggerInput](), card.SchemaFor[eventHookTriggerInput](), card.SchemaFor[EventOccasion]()
	typed.Properties["types"].MinItems, typed.Properties["types"].MaxItems = jsonschema.Ptr(1), jsonschema.Ptr(mostHookTypes)
	triggers := []card.Trigger{
		{
			Name: "okta.event_hook", Title: "Event Hook", Kind: card.Event,
			Summary: "start the flow for each event of the types that Okta's event hooks deliver",
			Events:  &card.EventTypes{Of: "Okta", Names: hooked, Rest: rest, Poll: poll},
			Scopes:  eventScopes, Keeper: keeper{}, KeeperScopes: keeperScopes,
			Example: "event: okta.event_hook\nwith: {types: [user.lifecycle.create, user.lifecycle.activate]}",
			In:      typed, Out: occasion, Root: eventRoot, Delivery: hooks{}, Reader: logReader,
		},
		{
			Name: poll, Title: "New System Logs", Kind: card.Poll,
			Summary: "start the flow for each new event of the system log, also of types that no event hook delivers",
			Events:  &card.EventTypes{Of: "Okta", Names: all},
			Scopes:  []string{"okta.logs.read"},
			Example: "poll: okta.log.event\nwith: {types: [zone.update]}\nevery: 5m",
			In:      card.SchemaFor[logTriggerInput](), Out: card.SchemaFor[logOccasion](), Root: recordRoot, Filters: filters{"query": eventFilter.mistake},
			Delivery: hooks{}, Reader: logReader,
		},
		{
			Name: "okta.user.created", Title: "New Users", Kind: card.Poll,
			Summary: "start the flow for each user that was created",
			Scopes:  []string{"okta.users.read"},
			Example: "poll: okta.user.created\nevery: 5m",
			In:      card.SchemaFor[userTriggerInput](), Out: card.SchemaFor[userOccasion](), Root: recordRoot, Filters: filters{"query": userSearch.mistake},
			Reader: createdUsers.reader(),
		},
		{
			Name: "okta.user.updated", Title: "Updated Users", Kind: card.Poll,
			Summary: "start the flow for each user whose profile or status has changed",
			Scopes:  []string{"okta.users.read"},
			Example: "poll: okta.user.updated\nevery: 5m",
			In:      card.SchemaFor[userTriggerInput](), Out: card.SchemaFor[userOccasion](), Root: recordRoot, Filters: filters{"query": userSearch.mistake},
			Reader: updatedUsers.reader(),
		},
	}
	for line := range strings.Lines(eventTriggersText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.SplitN(strings.TrimSpace(line), " | ", 3)
		name, event, title := columns[0], columns[1], columns[2]
		triggers = append(triggers, card.Trigger{
			Name: name, Title: title, Kind: card.Event, Types: []string{event},
			Summary: "start the flow for each event " + event,
			Scopes:  eventScopes, Keeper: keeper{}, KeeperScopes: keeperScopes,
			Example: "event: " + name,
			In:      short, Out: occasion, Root: eventRoot, Delivery: hooks{}, Reader: logReader,
		})
	}
	return triggers
}

// eventTypes returns the types of the system log: all, those that event hooks deliver, and the rest.
func eventTypes() (all, hooked, rest []string) {
	for line := range strings.Lines(eventTypesText) {
		eligible := strings.HasPrefix(line, "* ")
		event := strings.TrimSpace(strings.TrimPrefix(line, "* "))
		switch {
		case strings.HasPrefix(line, "#"):
			continue
		case eligible:
			hooked = append(hooked, event)
		default:
			rest = append(rest, event)
		}
		all = append(all, event)
	}
	return all, hooked, rest
}

// eventRoot returns the event, its actor, and its first target of each type that flows are about.
func eventRoot(of card.Value) map[string]any {
	event, _ := of.(map[string]any)
	root := map[string]any{"event": of, "actor": event["actor"], "user": nil, "group": nil, "app": nil}
	targets, _ := event["target"].([]any)
	for _, target := range targets {
		party, _ := target.(map[string]any)
		kind, _ := party["type"].(string)
		if name := map[string]string{"User": "user", "UserGroup": "group", "AppInstance": "app"}[kind]; name != "" && root[name] == nil {
			root[name] = party
		}
	}
	return root
}

// recordRoot returns the record that a poll has found.
func recordRoot(of card.Value) map[string]any { return map[string]any{"record": of} }
