package okta

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

type createEventHookInput struct {
	Name          string            `json:"name" jsonschema:"the name"`
	URL           string            `json:"url" jsonschema:"where Okta posts the events: an HTTPS URL"`
	Events        []string          `json:"events" jsonschema:"the event types, at most 300, such as user.lifecycle.create"`
	Headers       map[string]string `json:"headers,omitempty" jsonschema:"headers that Okta sends with each request, by name" secret:"true"`
	Authorization string            `json:"authorization,omitempty" jsonschema:"the header Authorization, by which your server knows Okta; nobody can read it again" secret:"true"`
	Filters       map[string]string `json:"filters,omitempty" jsonschema:"for an event type, an expression in Okta's expression language: only events for which it is true are posted" expression:"true"`
	Description   string            `json:"description,omitempty" jsonschema:"the description"`
	DoNotActivate bool              `json:"do_not_activate,omitempty" jsonschema:"whether the hook is left inactive and unverified; without it, your server must answer Okta's verification" default:"false"`
}

type deleteAllEventHooksInput struct {
	URL string `json:"url,omitempty" jsonschema:"delete only the hooks with this URL; without it, all event hooks of the org" narrows:"true"`
}

// DeletedEventHooks is the answer of okta.event_hook.delete_all.
type DeletedEventHooks struct {
	Changed bool     `json:"changed" jsonschema:"false if there was no such hook"`
	Deleted []string `json:"deleted" null:"false" jsonschema:"the ids of the deleted hooks"`
	InDoubt []string `json:"in_doubt" null:"false" jsonschema:"the ids of the hooks whose deletion lost its answer in an earlier attempt, and that are gone now: this call may have deleted them, or somebody else"`
}

var eventHookWrites = []card.Card{
	card.NewWrite(card.Spec{
		Name:    "okta.event_hook.create",
		Title:   "Create Event Hook",
		Summary: "create an event hook and verify it; if Okta cannot verify it, it is deleted again",
		Scopes:  []string{"okta.eventHooks.manage"},
		Effect:  card.Creates,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.event_hook.delete"},
		Example: "card: okta.event_hook.create\nwith: {name: Movers, url: \"https://hooks.acme.example/movers\", events: [user.account.update_profile]}",
	}, card.Write[createEventHookInput, card.Raw[WrittenEventHook]]{Do: createEventHook, Before: beforeCreateEventHook, After: afterCreateEventHook, Back: createdEventHook, Did: didCreateEventHook}),

	card.NewWrite(card.Spec{
		Name:    "okta.event_hook.delete",
		Title:   "Delete Event Hook",
		Summary: "delete an event hook permanently; an active one is deactivated first",
		Scopes:  []string{"okta.eventHooks.manage"},
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.event_hook.delete\nwith: {event_hook_id: who1}",
	}, card.Write[eventHookInput, Changed]{Do: deleteEventHook, Before: before[eventHookInput](eventHooks), After: gone[eventHookInput], Did: didRemove[eventHookInput](eventHooks)}),

	card.NewWrite(card.Spec{
		Name:    "okta.event_hook.delete_all",
		Title:   "Delete All Event Hooks",
		Summary: "delete all event hooks of the org permanently, or those with a URL",
		Scopes:  []string{"okta.eventHooks.manage"},
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.event_hook.delete_all\nwith: {url: \"https://hooks.acme.example/joiners\"}",
	}, card.Write[deleteAllEventHooksInput, DeletedEventHooks]{Do: deleteAllEventHooks, Before: beforeDeleteAllEventHooks, After: gone[deleteAllEventHooksInput], Did: didDeleteAllEventHooks}),
}

// hook returns the body that creates the event hook.
func (in createEventHookInput) hook() map[string]any {
	config := map[string]any{"uri": in.URL}
	var headers []map[string]any
	for _, name := range slices.Sorted(maps.Keys(in.Headers)) {
		headers = append(headers, map[string]any{"key": name, "value": in.Headers[name]})
	}
	if headers != nil {
		config["headers"] = headers
	}
	if in.Authorization != "" {
		config["authScheme"] = map[string]any{"type": "HEADER", "key": "Authorization", "value": in.Authorization}
	}
	events := map[string]any{"type": "EVENT_TYPE", "items": in.Events}
	var filters []map[string]any
	for _, event := range slices.Sorted(maps.Keys(in.Filters)) {
		filters = append(filters, map[string]any{"event": event, "condition": map[string]any{"expression": in.Filters[event]}})
	}
	if filters != nil {
		events["filter"] = map[string]any{"type": "EXPRESSION_LANGUAGE", "eventFilterMap": filters}
	}
	hook := map[string]any{"name": in.Name, "events": events, "channel": map[string]any{"type": "HTTP", "version": "1.0.0", "config": config}}
	if in.Description != "" {
		hook["description"] = in.Description
	}
	return hook
}

// createEventHook creates an event hook, which Okta makes ACTIVE and UNVERIFIED, and then verifies or deactivates it. If Okta refuses
// that, the hook is deleted, so that another attempt does not make a second one.
func createEventHook(ctx context.Context, call card.Call, in createEventHookInput) (card.Raw[WrittenEventHook], error) {
	nothing := card.Raw[WrittenEventHook]{}
	org, err := session(call)
	if err != nil {
		return nothing, err
	}
	hook, err := eventHooks.write(ctx, call, oktaapi.CreateEventHook, oktaapi.Args{}, in.hook())
	if err != nil {
		return nothing, err
	}
	id := idOf(hook)
	op := oktaapi.VerifyEventHook
	if in.DoNotActivate {
		op = oktaapi.DeactivateEventHook
	}
	answer, err := org.Resource(ctx, op, oktaapi.Args{Path: []string{id}})
	if err == nil {
		answer["changed"] = true
		return card.Raw[WrittenEventHook]{Value: answer}, nil
	}
	return nothing, withdrawEventHook(ctx, call, id, err)
}

// These limit the deletion of a hook that failed to be verified: with its waits for rate limits, and after the time of the step is over or the run was
// interrupted.
const (
	longestWithdrawal = 2 * time.Minute
	lastWithdrawal    = 5 * time.Second
)

// withdrawEventHook deletes a hook that was created, but failed to be verified or deactivated, and returns the error of the call.
func withdrawEventHook(ctx context.Context, call card.Call, id string, failure error) error {
	most := longestWithdrawal
	if ctx.Err() != nil {
		most = lastWithdrawal
	}
	after, end := context.WithTimeout(context.WithoutCancel(ctx), most)
	defer end()
	_, err := deleteEventHook(after, call, eventHookInput{id})
	for try := 1; try < 5 && err != nil && card.AsError(err).Kind == card.RateLimit; try++ { // the connection waits for the limit
		_, err = deleteEventHook(after, call, eventHookInput{id})
	}
	refusal := *card.AsError(failure)
	if err == nil {
		card.TakenBack(ctx)
	}
	if ctx.Err() != nil {
		if err == nil {
			return failure
		}
		refusal = card.Error{Kind: card.Timeout, Message: "the step ended before Okta had answered"} // without the context's error, which has no id
	}
	switch {
	case isLost(err):
		refusal.Message += fmt.Sprintf("; the event hook %s may still exist, because the answer to its deletion was lost: %v", id, err)
	case err != nil:
		refusal.Message += fmt.Sprintf("; the event hook %s still exists, because it could not be deleted: %v", id, err)
	default:
		refusal.Message += fmt.Sprintf("; the event hook %s was deleted again", id)
		if isLost(failure) {
			refusal.Kind = card.Failed // not again: the org would have a new hook for each attempt, for a moment
		}
		if refusal.Hint == "" && refusal.Kind == card.Invalid {
			refusal.Hint = "the server at the URL must answer the verification within 3 seconds"
		}
	}
	return &refusal
}

func beforeCreateEventHook(ctx context.Context, call card.Call, in createEventHookInput) (card.State, error) {
	return eventHooks.beforeNamed(ctx, call, oktaapi.ListEventHooks, oktaapi.Args{}, in.Name)
}

func createdEventHook(_ createEventHookInput, out card.Raw[WrittenEventHook], _ card.State) any {
	return eventHookInput{idOf(out.Value)}
}

// didCreateEventHook searches for the hook by name. One that was created, but not yet verified or deactivated, needs a person: another
// attempt would create a second one.
func didCreateEventHook(ctx context.Context, call card.Call, in createEventHookInput, before card.State) (card.Raw[WrittenEventHook], bool, error) {
	hook, done, err := eventHooks.didCreateNamed(ctx, call, oktaapi.ListEventHooks, oktaapi.Args{}, in.Name, before)
	if done && hook["verificationStatus"] != "VERIFIED" && (!in.DoNotActivate || hook["status"] == "ACTIVE") {
		return card.Raw[WrittenEventHook]{}, false, &card.Error{
			Kind: card.Failed, Message: fmt.Sprintf("event hook %q was created, but is %v and %v", in.Name, hook["status"], hook["verificationStatus"]),
			Hint: "verify or deactivate it, and mark the call as done",
		}
	}
	return card.Raw[WrittenEventHook]{Value: hook}, done, err
}

// deleteEventHook deactivates a hook if it is active, because Okta deletes only inactive ones.
func deleteEventHook(ctx context.Context, call card.Call, in eventHookInput) (Changed, error) {
	hook, err := eventHooks.read(ctx, call, in.ids())
	if err != nil {
		return Changed{}, err
	}
	return deleteHook(ctx, call, in.ids(), hook["status"])
}

// deleteHook deletes a hook. If it fails after it has deactivated it, the answer has changed.
func deleteHook(ctx context.Context, call card.Call, ids []string, status any) (Changed, error) {
	if status == "ACTIVE" {
		if _, err := sending(ctx, call, oktaapi.DeactivateEventHook, oktaapi.Args{Path: ids}); err != nil {
			return Changed{}, err
		}
		deleted, err := sending(ctx, call, oktaapi.DeleteEventHook, oktaapi.Args{Path: ids})
		deleted.Changed = true
		return deleted, err
	}
	return sending(ctx, call, oktaapi.DeleteEventHook, oktaapi.Args{Path: ids})
}

// hooks returns the hooks that a call deletes. Okta's list of event hooks has no pages.
func (in deleteAllEventHooksInput) hooks(ctx context.Context, call card.Call) ([]map[string]any, error) {
	org, err := session(call)
	if err != nil {
		return nil, err
	}
	items, _, err := org.Page(ctx, oktaapi.ListEventHooks, oktaapi.Args{}, "")
	var hooks []map[string]any
	for _, item := range items {
		hook, _ := item.(map[string]any)
		if idOf(hook) == "" { // before any of them is deleted
			return nil, &card.Error{Kind: card.Unavailable, Message: "an event hook has no id in Okta's answer"}
		}
		if in.URL == "" || objectAt(hook, "channel", "config")["uri"] == in.URL {
			hooks = append(hooks, hook)
		}
	}
	return hooks, err
}

// deleteAllEventHooks ends at the first hook that it cannot delete. A hook that somebody else deletes meanwhile is gone, too.
func deleteAllEventHooks(ctx context.Context, call card.Call, in deleteAllEventHooksInput) (DeletedEventHooks, error) {
	done := progressOf(call)
	failed := func(err error) (DeletedEventHooks, error) {
		message := "event hooks deleted: " + strconv.Itoa(len(done.ids(deleted)))
		if n := len(done.ids(deactivated)); n > 0 {
			message += ", only deactivated: " + strconv.Itoa(n)
		}
		if len(done[inDoubt]) > 0 {
			message += ", and one more may be deleted,"
		}
		return DeletedEventHooks{}, done.failed(ctx, err, message, deleted)
	}
	hooks, err := in.hooks(ctx, call)
	if err != nil {
		return failed(err)
	}
	done[inDoubt] = slices.DeleteFunc(done[inDoubt], func(id string) bool {
		return slices.ContainsFunc(hooks, func(hook map[string]any) bool { return idOf(hook) == id })
	})
	for _, hook := range hooks {
		id := idOf(hook)
		switch got, err := deleteHook(ctx, call, []string{id}, hook["status"]); {
		case err != nil:
			if got.Changed {
				done[deactivated] = append(done[deactivated], id)
			}
			if isNotFound(err) {
				continue
			}
			if isLost(err) {
				done[inDoubt] = append(done[inDoubt], id)
			}
			return failed(err)
		default:
			done.drop(deactivated, id)
			done[deleted] = append(done[deleted], id)
		}
	}
	return DeletedEventHooks{Changed: done.count() > 0, Deleted: done.ids(deleted), InDoubt: done.ids(inDoubt)}, nil
}

// beforeDeleteAllEventHooks returns the hooks by their ids. The channels, which have secrets, are not part of the state.
func beforeDeleteAllEventHooks(ctx context.Context, call card.Call, in deleteAllEventHooksInput) (card.State, error) {
	hooks, err := in.hooks(ctx, call)
	if err != nil || len(hooks) == 0 {
		return card.State{Missing: err == nil}, err
	}
	state := card.State{Fields: map[string]any{}}
	for _, hook := range hooks {
		state.Fields[idOf(hook)] = eventHooks.state(hook).Fields
	}
	return state, nil
}

func didDeleteAllEventHooks(ctx context.Context, call card.Call, in deleteAllEventHooksInput, before card.State) (DeletedEventHooks, bool, error) {
	hooks, err := in.hooks(ctx, call)
	if err != nil || len(hooks) > 0 {
		return DeletedEventHooks{}, false, err
	}
	return DeletedEventHooks{Changed: !before.Missing, Deleted: slices.Sorted(maps.Keys(before.Fields)), InDoubt: []string{}}, true, nil
}

// afterCreateEventHook predicts what Okta makes of the hook. A hook with the name stays, because Okta allows several.
func afterCreateEventHook(in createEventHookInput, before card.State) card.Predicted {
	if exists(before) {
		return card.Predicted{Unseen: []string{"another event hook with the name"}}
	}
	hook := in.hook()
	hook["status"], hook["verificationStatus"] = "ACTIVE", "VERIFIED"
	if in.DoNotActivate {
		hook["status"], hook["verificationStatus"] = "INACTIVE", "UNVERIFIED"
	}
	return predicts(eventHooks.shown(hook))
}
