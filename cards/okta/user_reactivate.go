package okta

import (
	"context"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

var reactivateCards = []card.Card{
	card.NewWrite(card.Spec{
		Name:    "okta.user.reactivate",
		Title:   "Reactivate User",
		Summary: "make a new activation link for a user who is PROVISIONED or in RECOVERY; always counts as a change",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Creates,
		ByInput: effectOfActivation,
		InDoubt: "the status stays, so that nobody can see whether a link was made",
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.user.reactivate\nwith: {user_id: invited@acme.example}",
	}, card.Write[activateUserInput, Activated]{Do: reactivateUser, Before: beforeUser[activateUserInput], After: afterReactivateUser}),
}

func reactivateUser(ctx context.Context, call card.Call, in activateUserInput) (Activated, error) {
	org, err := session(call)
	if err != nil {
		return Activated{}, err
	}
	v, date, err := org.DatedDo(ctx, oktaapi.ReactivateUser, lifecycleArgs(in.UserID, in.SendEmail))
	if err != nil {
		return Activated{}, err
	}
	return activation(v, date), nil
}
