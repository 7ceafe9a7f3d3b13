package okta

import (
	"context"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// EnsuredUser is what had to be done for a user, and the user: Okta's User also has a field created.
type EnsuredUser struct {
	Created bool     `json:"created" jsonschema:"whether the user is new"`
	Changed bool     `json:"changed" jsonschema:"false if nothing had to be changed"`
	Ignored []string `json:"ignored" jsonschema:"the given attributes that Okta left as they were although they differ, such as those that come from a directory"`
	User    User     `json:"user" jsonschema:"the user"`
}

var ensureUserCards = []card.Card{
	card.NewWrite(card.Spec{
		Name:    "okta.user.ensure",
		Title:   "Ensure User",
		Also:    []string{"Create or Update User", "Find or Create User"},
		Summary: "create the user with a login, or change the attributes that differ; credentials, groups, type and activation are for a new user only",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Partial, Card: "okta.user.update", NeedsBefore: true, Rest: "a user that was created stays"},
		Example: "card: okta.user.ensure\nwith: {login: ada@acme.example, email: ada@acme.example, first_name: Ada, last_name: King, department: Research}",
	}, card.Write[createUserInput, card.Raw[EnsuredUser]]{Do: ensureUser, Before: beforeCreateUser, Back: restoreEnsuredUser}),
}

func ensureUser(ctx context.Context, call card.Call, in createUserInput) (card.Raw[EnsuredUser], error) {
	login, err := in.login()
	if err != nil {
		return card.Raw[EnsuredUser]{}, err
	}
	found, err := findUser(ctx, call, login)
	if err != nil {
		return card.Raw[EnsuredUser]{}, err
	}
	if !hasLogin(found, login) {
		created, err := createUser(ctx, call, in)
		return ensured[EnsuredUser]("user", created.Value, true), err
	}
	id, _ := found["id"].(string)
	updated, err := updateUser(ctx, call, updateUserInput{userInput: userInput{id}, profileInput: in.profileInput})
	return ensured[EnsuredUser]("user", updated.Value, false), err
}

// hasLogin reports whether a user has exactly this login: Okta finds users by the part before @ too. Logins that differ only in case
// are the same.
func hasLogin(user map[string]any, login string) bool {
	profile, _ := user["profile"].(map[string]any)
	has, _ := profile["login"].(string)
	return strings.EqualFold(has, login)
}

// ensured makes the answer from a written object, which it has by the word.
func ensured[T any](word string, answer card.Value, created bool) card.Raw[T] {
	object, _ := answer.(map[string]any)
	if object == nil {
		return card.Raw[T]{}
	}
	done := map[string]any{"created": created, "changed": object["changed"], "ignored": []any{}, word: object}
	if ignored, ok := object["ignored"]; ok { // a new object has none
		done["ignored"] = ignored
	}
	delete(object, "changed")
	delete(object, "ignored")
	return card.Raw[T]{Value: done}
}

// restoreEnsuredUser returns the input that sets the updated attributes to their old values; nil for a new user.
func restoreEnsuredUser(in createUserInput, _ card.Raw[EnsuredUser], before card.State) any {
	if before.Missing {
		return nil
	}
	return restoreUser(updateUserInput{profileInput: in.profileInput}, card.Raw[UpdatedUser]{}, before)
}
