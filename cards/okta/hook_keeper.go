package okta

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// keeper keeps event hooks.
//
// Source: Okta, "Event Hooks", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/EventHook/
type keeper struct{}

// keptMark is the description of the hooks that a server has created. It tells them from those of people, who can have any name and URL.
const keptMark = "Kept by flowdeck serve: a change here is undone"

// mostActiveHooks is the number of active and verified event hooks of an org.
//
// Source: Okta, "Event hooks", https://developer.okta.com/docs/concepts/event-hooks/
const mostActiveHooks = 25

// Hooks implements card.HookKeeper. Okta's list of event hooks has no pages.
func (keeper) Hooks(ctx context.Context, call card.Call) (all []card.KeptHook, err error) {
	defer explain(call, &err)
	org, err := session(call)
	if err != nil {
		return nil, err
	}
	items, _, err := org.Page(ctx, oktaapi.ListEventHooks, oktaapi.Args{}, "")
	for _, item := range items {
		hook, _ := item.(map[string]any)
		kept := card.KeptHook{ID: idOf(hook), Ours: hook["description"] == keptMark, Status: card.HookActive}
		kept.Name, _ = hook["name"].(string)
		kept.URL, _ = objectAt(hook, "channel", "config")["uri"].(string)
		switch {
		case kept.ID == "":
			return nil, &card.Error{Kind: card.Unavailable, Message: "an event hook has no id in Okta's answer"}
		case hook["status"] != "ACTIVE":
			kept.Status = card.HookInactive
		case hook["verificationStatus"] != "VERIFIED":
			kept.Status = card.HookUnverified
		}
		all = append(all, kept)
	}
	return all, err
}

// Create implements card.HookKeeper.
func (keeper) Create(ctx context.Context, call card.Call, want card.Hook) (id string, err error) {
	defer explain(call, &err)
	if err := reachable(call, want.URL); err != nil {
		return "", err
	}
	hook, err := eventHooks.write(ctx, call, oktaapi.CreateEventHook, oktaapi.Args{}, wantedHook(want))
	return idOf(hook), err
}

// Keep implements card.HookKeeper. A hook that is not verified is sent as a whole: its secret may be another one, which nobody can read.
func (k keeper) Keep(ctx context.Context, call card.Call, id string, want card.Hook, renew bool) (changed []string, err error) {
	defer explain(call, &err)
	hook, err := eventHooks.read(ctx, call, []string{id})
	if err != nil {
		return nil, err
	}
	changed = changedOf(hook, want)
	if len(changed) > 0 || renew || hook["verificationStatus"] != "VERIFIED" {
		if err := reachable(call, want.URL); err != nil {
			return nil, err
		}
		hook, err = eventHooks.write(ctx, call, oktaapi.ReplaceEventHook, oktaapi.Args{Path: []string{id}}, wantedHook(want))
		if err != nil {
			return nil, err
		}
		if other := changedOf(hook, want); len(other) > 0 { // it would be replaced again and again
			return nil, &card.Error{Kind: card.Failed, Message: fmt.Sprintf("Okta keeps %s of the event hook in another form than it was sent", strings.Join(other, ", "))}
		}
	}
	if hook["status"] != "ACTIVE" {
		changed = append(changed, "status")
		if _, err := sending(ctx, call, oktaapi.ActivateEventHook, oktaapi.Args{Path: []string{id}}); err != nil {
			return nil, k.full(ctx, call, err)
		}
	}
	if hook["verificationStatus"] != "VERIFIED" {
		changed = append(changed, "verification")
		if _, err := sending(ctx, call, oktaapi.VerifyEventHook, oktaapi.Args{Path: []string{id}}); err != nil {
			return nil, k.full(ctx, call, err)
		}
	}
	return changed, nil
}

// Delete implements card.HookKeeper.
func (keeper) Delete(ctx context.Context, call card.Call, id string) (err error) {
	defer explain(call, &err)
	if _, err = deleteEventHook(ctx, call, eventHookInput{id}); isNotFound(err) {
		return nil
	}
	return err
}

// keeperScopes are what the requests of a keeper need.
var keeperScopes = []string{"okta.eventHooks.manage"}

// explain adds to the error of a request that is forbidden how it is allowed.
func explain(call card.Call, err *error) {
	if refused := refusal(*err); refused != nil && refused.Kind == card.Forbidden && refused.Hint == "" {
		refused.Hint = fmt.Sprintf("event hooks need %s: %s", keeperScopes[0], call.HowToGrant())
		*err = refused
	}
}

// reachable returns an error if Okta cannot send events to a URL. A simulated org on this machine can send them to this machine.
func reachable(call card.Call, address string) error {
	org, err := session(call)
	if err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil || !org.Local() && (u.Scheme != "https" || wire.Loopback(u.Hostname())) {
		return &card.Error{
			Kind: card.Invalid, Message: fmt.Sprintf("%s cannot send events to %s: it takes https URLs of the internet only", org.Org(), address),
			Hint: "flowdeck serve --public-url https://flows.example.com",
		}
	}
	return nil
}

// wantedHook returns the body that creates or replaces a hook.
func wantedHook(want card.Hook) map[string]any {
	return createEventHookInput{
		Name: want.Name, URL: want.URL, Events: want.Types, Headers: want.Headers, Authorization: want.Secret.Reveal(), Description: keptMark,
	}.hook()
}

// changedOf returns what of a hook is not as wanted, besides its status and its secret.
func changedOf(hook map[string]any, want card.Hook) (changed []string) {
	events, config := objectAt(hook, "events"), objectAt(hook, "channel", "config")
	types, headers := map[string]bool{}, map[string]string{}
	for _, one := range listOf(events["items"]) {
		name, _ := one.(string)
		types[name] = true
	}
	wanted := map[string]bool{}
	for _, one := range want.Types {
		wanted[one] = true
	}
	for _, one := range listOf(config["headers"]) {
		header, _ := one.(map[string]any)
		name, _ := header["key"].(string)
		headers[strings.ToLower(name)], _ = header["value"].(string)
	}
	sent := map[string]string{}
	for name, value := range want.Headers {
		sent[strings.ToLower(name)] = value
	}
	filtered := len(listOf(objectAt(events, "filter")["eventFilterMap"])) > 0
	for _, field := range []struct {
		name string
		same bool
	}{
		{"name", hook["name"] == want.Name},
		{"description", hook["description"] == keptMark},
		{"types", maps.Equal(types, wanted)},
		{"filter", !filtered},
		{"url", config["uri"] == want.URL},
		{"headers", maps.Equal(headers, sent)},
	} {
		if !field.same {
			changed = append(changed, field.name)
		}
	}
	return changed
}

func listOf(v any) []any {
	list, _ := v.([]any)
	return list
}

// full explains why a hook could not be verified or activated, if that is because the org has as many as Okta allows. Okta does not document its error.
func (k keeper) full(ctx context.Context, call card.Call, failure error) error {
	refused := refusal(failure)
	if refused == nil {
		return failure
	}
	all, err := k.Hooks(ctx, call)
	if err != nil {
		return failure
	}
	active := len(slices.DeleteFunc(all, func(h card.KeptHook) bool { return h.Status != card.HookActive }))
	switch {
	case active >= mostActiveHooks:
		refused.Message = fmt.Sprintf("%s; the org has %d active event hooks, and Okta allows %d", refused.Message, active, mostActiveHooks)
		refused.Hint = "deactivate or delete one in the Admin Console (Workflow > Event Hooks), or give several triggers one flow"
	case refused.Hint == "" && refused.Kind == card.Invalid:
		refused.Hint = "the server must be reached at the URL, and answer within 3 seconds"
	}
	return refused
}
