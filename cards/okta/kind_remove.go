package okta

import (
	"context"
	"fmt"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// removing returns the function of a card that deletes an object.
func removing[In identified](op oktaapi.Operation) func(context.Context, card.Call, In) (Changed, error) {
	return func(ctx context.Context, call card.Call, in In) (Changed, error) {
		return sending(ctx, call, op, oktaapi.Args{Path: in.ids()})
	}
}

// removingInactive is removing for objects that must be deactivated first. Okta refuses others with various errors, also with that of
// a missing permission.
func removingInactive[In identified](k kind, op oktaapi.Operation, deactivate string) func(context.Context, card.Call, In) (Changed, error) {
	return func(ctx context.Context, call card.Call, in In) (Changed, error) {
		done, err := sending(ctx, call, op, oktaapi.Args{Path: in.ids()})
		refused := refusal(err)
		if refused == nil {
			return done, err
		}
		object, readErr := k.read(ctx, call, in.ids())
		if status, _ := object["status"].(string); readErr == nil && status != "INACTIVE" && status != "DEACTIVATED" {
			refused.Hint = fmt.Sprintf("the %s is %s: deactivate it first with %s", k.word, status, deactivate)
			return Changed{}, refused
		}
		return done, err
	}
}

// didRemove returns the function that checks whether an object no longer exists.
func didRemove[In identified](k kind) func(context.Context, card.Call, In, card.State) (Changed, bool, error) {
	return func(ctx context.Context, call card.Call, in In, before card.State) (Changed, bool, error) {
		object, err := k.find(ctx, call, in.ids())
		return Changed{!before.Missing}, err == nil && object == nil, err
	}
}
