package okta

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

type activateUserInput struct {
	userInput
	SendEmail bool `json:"send_email,omitempty" jsonschema:"whether Okta sends the activation link to the user by email; if not, the card returns it, once. A call that sends an email is not idempotent" default:"false"`
}

// Activated is the answer of an activation.
type Activated struct {
	Moved
	ActivationURL   string `json:"activationUrl,omitempty" jsonschema:"the link for setting up the account, unless it was sent by email; it gives access to the account" secret:"true"`
	ActivationToken string `json:"activationToken,omitempty" jsonschema:"the one-time token in activationUrl" secret:"true"`
}

type deactivateUserInput struct {
	userInput
	SendEmail bool `json:"send_email,omitempty" jsonschema:"whether Okta notifies the administrators by email; a repeated call sends no second email" default:"false"`
}

type unlockUserInput struct {
	userInput
	SendEmail bool `json:"send_email,omitempty" jsonschema:"has no effect: Okta sends no email for this; accepted for flows from other products" default:"false"`
}

type deleteUserInput struct {
	userInput
	SendEmail bool `json:"send_email,omitempty" jsonschema:"whether Okta notifies the administrators by email" default:"false"`
	Force     bool `json:"force,omitempty" jsonschema:"whether to deactivate the user first if necessary; without it, deleting a user who is not deactivated fails" default:"false"`
}

var userLifecycle = []card.Card{
	card.NewWrite(card.Spec{
		Name:    "okta.user.activate",
		Title:   "Activate User",
		Summary: "activate a staged or deactivated user: ACTIVE with a password, otherwise PROVISIONED until one is set",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Creates,
		ByInput: effectOfActivation,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.user.activate\nwith: {user_id: staged@acme.example}",
	}, card.Write[activateUserInput, Activated]{Do: activateUser, Before: beforeUser[activateUserInput], After: afterActivateUser, Did: didActivateUser}),

	card.NewWrite(card.Spec{
		Name:    "okta.user.deactivate",
		Title:   "Deactivate User",
		Summary: "deactivate a user: the password, factors and application assignments are lost",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.Partial, Card: "okta.user.activate", Rest: "the user is PROVISIONED; the password, factors and application assignments are gone"},
		Example: "card: okta.user.deactivate\nwith: {user_id: bob@acme.example}",
	}, card.Write[deactivateUserInput, Moved]{Do: deactivateUser, Before: beforeUser[deactivateUserInput], After: afterDeactivateUser, Back: sameUser[deactivateUserInput], Did: didDeactivateUser}),

	card.NewWrite(card.Spec{
		Name:    "okta.user.suspend",
		Title:   "Suspend User",
		Summary: "suspend an active user: no sign-in until unsuspended; everything else stays",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.user.unsuspend"},
		Example: "card: okta.user.suspend\nwith: {user_id: ada@acme.example}",
	}, card.Write[userInput, Moved]{Do: suspendUser, Before: beforeUser[userInput], After: userBecomesFrom("ACTIVE", "SUSPENDED"), Back: sameUser[userInput]}),

	card.NewWrite(card.Spec{
		Name:    "okta.user.unsuspend",
		Title:   "Unsuspend User",
		Summary: "unsuspend a user, who can then sign in again",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.user.suspend"},
		Example: "card: okta.user.unsuspend\nwith: {user_id: suspended@acme.example}",
	}, card.Write[userInput, Moved]{Do: unsuspendUser, Before: beforeUser[userInput], After: userBecomesFrom("SUSPENDED", "ACTIVE"), Back: sameUser[userInput]}),

	card.NewWrite(card.Spec{
		Name:    "okta.user.unlock",
		Title:   "Unlock User",
		Summary: "unlock a user who is locked out; the password stays",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.user.unlock\nwith: {user_id: locked@acme.example}",
	}, card.Write[unlockUserInput, Moved]{Do: unlockUser, Before: beforeUser[unlockUserInput], After: afterUnlockUser}),

	card.NewWrite(card.Spec{
		Name:    "okta.user.delete",
		Title:   "Delete User",
		Summary: "permanently delete a deactivated user, or with force any user",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.user.delete\nwith: {user_id: bob@acme.example, force: true}",
	}, card.Write[deleteUserInput, Changed]{Do: deleteUser, Before: beforeUser[deleteUserInput], After: afterDeleteUser, Did: didDeleteUser}),
}

// activated has the possible statuses of a user after an activation.
var activated = []string{"ACTIVE", "PROVISIONED"}

// effectOfActivation returns Creates if the call sends an email. Before a run the input may be unknown; it then
// assumes an email.
func effectOfActivation(in card.Value) card.Effect {
	fields, _ := in.(map[string]any)
	if mail := fields["send_email"]; mail == nil || mail == false {
		return card.Idempotent
	}
	return card.Creates
}

func activateUser(ctx context.Context, call card.Call, in activateUserInput) (Activated, error) {
	org, err := session(call)
	if err != nil {
		return Activated{}, err
	}
	v, date, err := org.DatedDo(ctx, oktaapi.ActivateUser, lifecycleArgs(in.UserID, in.SendEmail))
	if err != nil {
		return Activated{}, unlessStatus(ctx, org, in.UserID, err, activated...)
	}
	return activation(v, date), nil
}

// activation returns the answer of a call that made an activation link.
func activation(v card.Value, date time.Time) Activated {
	done := Activated{Moved: movedAt(date)}
	answer, _ := v.(map[string]any) // empty if Okta sent the link by email
	done.ActivationURL, _ = answer["activationUrl"].(string)
	done.ActivationToken, _ = answer["activationToken"].(string)
	return done
}

func deactivateUser(ctx context.Context, call card.Call, in deactivateUserInput) (Moved, error) {
	return reach(ctx, call, oktaapi.DeactivateUser, lifecycleArgs(in.UserID, in.SendEmail), "DEPROVISIONED")
}

func suspendUser(ctx context.Context, call card.Call, in userInput) (Moved, error) {
	return reach(ctx, call, oktaapi.SuspendUser, oktaapi.Args{Path: []string{in.UserID}}, "SUSPENDED")
}

func unsuspendUser(ctx context.Context, call card.Call, in userInput) (Moved, error) {
	return reach(ctx, call, oktaapi.UnsuspendUser, oktaapi.Args{Path: []string{in.UserID}}, "ACTIVE")
}

func unlockUser(ctx context.Context, call card.Call, in unlockUserInput) (Moved, error) {
	return reach(ctx, call, oktaapi.UnlockUser, oktaapi.Args{Path: []string{in.UserID}}, "ACTIVE")
}

// deleteUser reads the user before and after the DELETE. For a user who is not deactivated, Okta's DELETE only
// deactivates the user, and still answers 204. After the first read, deleteUser uses the id, because a login may
// later belong to another user.
func deleteUser(ctx context.Context, call card.Call, in deleteUserInput) (Changed, error) {
	org, err := session(call)
	if err != nil {
		return Changed{}, err
	}
	user, err := readUser(ctx, org, in.UserID)
	if err != nil {
		return Changed{}, err
	}
	id := idOf(user)
	args := lifecycleArgs(id, in.SendEmail)
	if status, _ := user["status"].(string); status != "DEPROVISIONED" {
		if !in.Force {
			return Changed{}, &card.Error{
				Kind: card.Invalid, Message: "user " + in.UserID + " is " + status + ", but only a deactivated user can be deleted",
				Hint: "deactivate the user first, or set `force: true`",
			}
		}
		if _, err := org.Do(ctx, oktaapi.DeactivateUser, args); err != nil {
			return Changed{}, err
		}
	}
	if _, err := org.Do(ctx, oktaapi.DeleteUser, args); err != nil && !isNotFound(err) {
		return Changed{}, err
	}
	user, err = readUser(ctx, org, id)
	switch {
	case isNotFound(err):
		return Changed{true}, nil
	case err != nil:
		return Changed{}, err
	}
	status, _ := user["status"].(string)
	return Changed{}, &card.Error{
		Kind: card.Conflict, Message: "user " + in.UserID + " still exists with status " + status,
		Hint: "the deactivation may still be in progress, or somebody activated the user: try again",
	}
}

// lifecycleArgs returns the arguments of a lifecycle call that can send an email. sendEmail is always sent, because
// Okta's default differs between calls.
func lifecycleArgs(userID string, sendEmail bool) oktaapi.Args {
	return oktaapi.Args{Path: []string{userID}, Query: query("sendEmail", strconv.FormatBool(sendEmail))}
}

// reach makes a lifecycle call, after which the user has the status.
func reach(ctx context.Context, call card.Call, op oktaapi.Operation, args oktaapi.Args, wanted string) (Moved, error) {
	org, err := session(call)
	if err != nil {
		return Moved{}, err
	}
	_, date, err := org.DatedDo(ctx, op, args)
	if err != nil {
		return Moved{}, unlessStatus(ctx, org, args.Path[0], err, wanted)
	}
	return movedAt(date), nil
}

// unlessStatus returns nil if the user already has a wanted status, or is in transition to it; otherwise it returns
// refusal. Okta returns the same error if the user already has the status and if the current status forbids the call,
// and not_found for a deactivated user.
func unlessStatus(ctx context.Context, org *oktaapi.Session, userID string, refusal error, wanted ...string) error {
	refused := (*card.Error)(nil)
	if !errors.As(refusal, &refused) || !slices.Contains([]card.Kind{card.Invalid, card.Forbidden, card.NotFound}, refused.Kind) {
		return refusal
	}
	user, err := readUser(ctx, org, userID)
	if err != nil {
		return refusal // the first error is more useful than the second
	}
	for _, status := range wanted {
		if user["status"] == status || user["transitioningToStatus"] == status {
			return nil
		}
	}
	return refusal
}

func readUser(ctx context.Context, org *oktaapi.Session, userID string) (map[string]any, error) {
	return org.Resource(ctx, oktaapi.GetUser, oktaapi.Args{Path: []string{userID}})
}
