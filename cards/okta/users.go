package okta

import (
	"context"
	"errors"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// User is what is known of a user in every org. The profile has the org's own attributes too.
//
// Source: Okta, "Users", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/
type User struct {
	ID                    string         `json:"id" jsonschema:"the user's id, which never changes"`
	Status                string         `json:"status" jsonschema:"STAGED, PROVISIONED, ACTIVE, RECOVERY, LOCKED_OUT, PASSWORD_EXPIRED, SUSPENDED or DEPROVISIONED"`
	Created               string         `json:"created" jsonschema:"when the user was created"`
	Activated             *string        `json:"activated" jsonschema:"when the user was activated; null if never"`
	StatusChanged         *string        `json:"statusChanged" jsonschema:"when the status changed last; null if never"`
	LastLogin             *string        `json:"lastLogin" jsonschema:"when the user signed in last; null if never"`
	LastUpdated           string         `json:"lastUpdated" jsonschema:"when the profile or the status changed last"`
	PasswordChanged       *string        `json:"passwordChanged" jsonschema:"when the password changed last; null if never"`
	TransitioningToStatus *string        `json:"transitioningToStatus,omitempty" jsonschema:"the status that a change under way will end in"`
	Type                  map[string]any `json:"type" jsonschema:"the user type: its id"`
	Profile               Profile        `json:"profile" jsonschema:"the attributes, the org's own among them" open:"true"`
	Credentials           map[string]any `json:"credentials,omitempty" jsonschema:"the provider of the password and the recovery question, without their secrets"`
	Links                 map[string]any `json:"_links,omitempty" jsonschema:"what can be done with the user, as Okta links it"`
}

// Profile is the attributes that Okta itself gives every user.
type Profile struct {
	Login       string  `json:"login" jsonschema:"what the user signs in with, unique in the org"`
	Email       string  `json:"email" jsonschema:"the primary mail address"`
	FirstName   *string `json:"firstName" jsonschema:"given name"`
	LastName    *string `json:"lastName" jsonschema:"family name"`
	SecondEmail *string `json:"secondEmail,omitempty" jsonschema:"a second mail address, for recovery"`
	MobilePhone *string `json:"mobilePhone,omitempty" jsonschema:"mobile phone number"`
}

// Changed is what a write answers: whether anything is different than before.
type Changed struct {
	Changed bool `json:"changed" jsonschema:"false if everything was as wanted already"`
}

type userInput struct {
	UserID string `json:"user_id" jsonschema:"the user's id or login"`
}

var users = []card.Card{
	card.NewAction(card.Spec{
		Name:    "okta.user.get",
		Title:   "Get User",
		Summary: "read a user by id or login",
		Scopes:  []string{"okta.users.read"},
		Effect:  card.Reads,
		Example: "card: okta.user.get\nwith: {user_id: ada@acme.example}",
	}, getUser),

	card.NewAction(card.Spec{
		Name:    "okta.user.suspend",
		Title:   "Suspend User",
		Summary: "suspend an active user: no sign-in until unsuspended, everything else stays",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Idempotent,
		Example: "card: okta.user.suspend\nwith: {user_id: ada@acme.example}",
	}, suspendUser),
}

func getUser(ctx context.Context, call card.Call, in userInput) (card.Raw[User], error) {
	org, err := session(call)
	if err != nil {
		return card.Raw[User]{}, err
	}
	v, err := org.Do(ctx, oktaapi.GetUser, oktaapi.Args{Path: []string{in.UserID}})
	return card.Raw[User]{Value: v}, err
}

func suspendUser(ctx context.Context, call card.Call, in userInput) (Changed, error) {
	org, err := session(call)
	if err != nil {
		return Changed{}, err
	}
	_, err = org.Do(ctx, oktaapi.SuspendUser, oktaapi.Args{Path: []string{in.UserID}})
	if err == nil {
		return Changed{true}, nil
	}
	return Changed{}, unlessStatus(ctx, org, in.UserID, "SUSPENDED", err)
}

// unlessStatus is nil if the user has the wanted status already, else the error: Okta refuses a life-cycle
// call whose state is reached with the same answer as one that the state forbids.
func unlessStatus(ctx context.Context, org *oktaapi.Session, userID, wanted string, refusal error) error {
	refused := (*card.Error)(nil)
	if !errors.As(refusal, &refused) || refused.Kind != card.Invalid && refused.Kind != card.Forbidden {
		return refusal
	}
	v, err := org.Do(ctx, oktaapi.GetUser, oktaapi.Args{Path: []string{userID}})
	if err != nil {
		return refusal // the first error says more than that the second look failed too
	}
	if user, _ := v.(map[string]any); user["status"] != wanted {
		return refusal
	}
	return nil
}
