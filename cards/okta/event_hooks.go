package okta

import (
	"context"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// EventHook is an event hook: an address to which Okta posts events.
//
// Source: Okta, "Event Hooks", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/EventHook/
type EventHook struct {
	ID                 string         `json:"id" jsonschema:"the hook's id"`
	Name               string         `json:"name" jsonschema:"the name"`
	Description        *string        `json:"description,omitempty" jsonschema:"the description"`
	Status             string         `json:"status" jsonschema:"ACTIVE or INACTIVE"`
	VerificationStatus string         `json:"verificationStatus" jsonschema:"VERIFIED or UNVERIFIED; an unverified hook gets no events"`
	Events             map[string]any `json:"events" jsonschema:"the event types, in items, and the filter"`
	Channel            HookChannel    `json:"channel" jsonschema:"where Okta posts the events"`
	Created            string         `json:"created" jsonschema:"when the hook was created"`
	CreatedBy          string         `json:"createdBy,omitempty" jsonschema:"the id of the user who created the hook"`
	LastUpdated        string         `json:"lastUpdated" jsonschema:"when the hook last changed"`
	Links              map[string]any `json:"_links,omitempty" jsonschema:"Okta's links to what can be done with the hook"`
}

// HookChannel is how Okta reaches a hook.
type HookChannel struct {
	Type    string     `json:"type" jsonschema:"always HTTP"`
	Version string     `json:"version" jsonschema:"always 1.0.0"`
	Config  HookConfig `json:"config" jsonschema:"the URL and the headers"`
}

// HookConfig has the address of a hook and the headers that Okta sends to it.
type HookConfig struct {
	URI        string         `json:"uri" jsonschema:"the URL"`
	Method     *string        `json:"method,omitempty" jsonschema:"the HTTP method"`
	Headers    []HookHeader   `json:"headers,omitempty" jsonschema:"more headers"`
	AuthScheme map[string]any `json:"authScheme,omitempty" jsonschema:"the name of the header that authenticates Okta, in key; Okta never answers its value"`
}

// HookHeader is a header that Okta sends to a hook.
type HookHeader struct {
	Key   string `json:"key" jsonschema:"the name of the header"`
	Value string `json:"value" jsonschema:"the value of the header" secret:"true"`
}

type eventHookInput struct {
	EventHookID string `json:"event_hook_id" jsonschema:"the hook's id"`
}

func (in eventHookInput) ids() []string { return []string{in.EventHookID} }

// WrittenEventHook is an event hook after a write, and whether the write changed it.
type WrittenEventHook struct {
	Changed bool `json:"changed" jsonschema:"false if nothing had to be changed"`
	EventHook
}

// eventHooks describes event hooks. The channel, which has secrets, is not part of their state.
var eventHooks = kind{
	word: "event hook", input: "event_hook_id", get: oktaapi.GetEventHook, name: "name",
	fields: []string{"name", "description", "events", "verificationStatus"},
}

var eventHookCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.event_hook.list",
		Title:   "List Event Hooks",
		Summary: "list the event hooks of the org",
		Scopes:  []string{"okta.eventHooks.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.event_hook.list",
	}, listEventHooks),

	card.NewRead(card.Spec{
		Name:    "okta.event_hook.get",
		Title:   "Get Event Hook",
		Summary: "read an event hook",
		Scopes:  []string{"okta.eventHooks.read"},
		Effect:  card.Reads,
		Example: "card: okta.event_hook.get\nwith: {event_hook_id: who1}",
	}, reading[EventHook, eventHookInput](oktaapi.GetEventHook)),

	card.NewWrite(card.Spec{
		Name:    "okta.event_hook.activate",
		Title:   "Activate Event Hook",
		Summary: "activate an event hook",
		Scopes:  []string{"okta.eventHooks.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.event_hook.deactivate"},
		Example: "card: okta.event_hook.activate\nwith: {event_hook_id: who2}",
	}, card.Write[eventHookInput, Changed]{Do: turning[eventHookInput](eventHooks, oktaapi.ActivateEventHook, "ACTIVE"), Before: before[eventHookInput](eventHooks), After: becomes[eventHookInput]("ACTIVE"), Back: sameInput[eventHookInput]}),

	card.NewWrite(card.Spec{
		Name:    "okta.event_hook.deactivate",
		Title:   "Deactivate Event Hook",
		Summary: "deactivate an event hook, so that it gets no events",
		Scopes:  []string{"okta.eventHooks.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.event_hook.activate"},
		Example: "card: okta.event_hook.deactivate\nwith: {event_hook_id: who1}",
	}, card.Write[eventHookInput, Changed]{Do: turning[eventHookInput](eventHooks, oktaapi.DeactivateEventHook, "INACTIVE"), Before: before[eventHookInput](eventHooks), After: becomes[eventHookInput]("INACTIVE"), Back: sameInput[eventHookInput]}),

	card.NewWrite(card.Spec{
		Name:    "okta.event_hook.verify",
		Title:   "Verify Event Hook",
		Summary: "make Okta verify that the server at the URL of an event hook expects its events; an unverified hook gets none",
		Scopes:  []string{"okta.eventHooks.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.event_hook.verify\nwith: {event_hook_id: who1}",
	}, card.Write[eventHookInput, Changed]{Do: verifyEventHook, Before: before[eventHookInput](eventHooks), After: afterVerifyEventHook}),
}

type listEventHooksInput struct{}

func listEventHooks(ctx context.Context, call card.Call, _ listEventHooksInput, at card.Cursor) ([]card.Raw[EventHook], card.Cursor, error) {
	return page[EventHook](ctx, call, oktaapi.ListEventHooks, oktaapi.Args{}, at)
}

func verifyEventHook(ctx context.Context, call card.Call, in eventHookInput) (Changed, error) {
	hook, err := eventHooks.read(ctx, call, in.ids())
	if err != nil || hook["verificationStatus"] == "VERIFIED" {
		return Changed{}, err
	}
	return sending(ctx, call, oktaapi.VerifyEventHook, oktaapi.Args{Path: in.ids()})
}

func afterVerifyEventHook(eventHookInput, card.State) card.Predicted {
	return predicts(map[string]any{"verificationStatus": "VERIFIED"})
}
