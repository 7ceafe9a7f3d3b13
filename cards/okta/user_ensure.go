package okta

import (
	"context"
	"maps"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

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
	}, card.Write[createUserInput, card.Raw[EnsuredUser]]{Do: ensureUser, Before: beforeCreateUser, After: afterEnsureUser, Back: restoreEnsuredUser}),
}

func ensureUser(ctx context.Context, call card.Call, in createUserInput) (card.Raw[EnsuredUser], error) {
	login, err := in.login()
	if err != nil {
		return card.Raw[EnsuredUser]{}, err
	}
	return inTurn(ctx, call, "login="+plainLogin(login), func() (card.Raw[EnsuredUser], error) {
		user, created, err := findOrCreate(func() (map[string]any, error) { return in.holder(ctx, call, login) }, func() (map[string]any, error) {
			made, err := createUser(ctx, call, in)
			user, _ := made.Value.(map[string]any)
			return user, err
		})
		if err != nil || created {
			return ensured[EnsuredUser]("user", user, true), err
		}
		updated, err := updateUser(ctx, call, updateUserInput{userInput: userInput{idOf(user)}, profileInput: in.besidesLogin()})
		return ensured[EnsuredUser]("user", updated.Value, false), err
	})
}

// holder returns the user who has the login; nil if nobody has it. Okta finds users by the part before @ too.
func (in createUserInput) holder(ctx context.Context, call card.Call, login string) (map[string]any, error) {
	user, err := findUser(ctx, call, login)
	if has, _ := objectAt(user, "profile")["login"].(string); plainLogin(has) != plainLogin(login) {
		return nil, err
	}
	return user, err
}

// besidesLogin returns the profile without the login, which a user who was found by it has, perhaps written otherwise.
func (in createUserInput) besidesLogin() profileInput {
	profile := in.profileInput
	profile.Login = nil
	profile.ProfileExtra = maps.Clone(profile.ProfileExtra)
	delete(profile.ProfileExtra, "login")
	return profile
}

// plainLogin returns a login in the form in which logins are compared: they are the same if they differ only in case or diacritical marks.
//
// Source: Okta, "Users", "Okta login", https://developer.okta.com/docs/reference/api/users/
func plainLogin(login string) string {
	marked := func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}
	return strings.ToLower(strings.Map(marked, norm.NFD.String(login)))
}

// restoreEnsuredUser returns the input that sets the updated attributes to their old values; nil for a new user.
func restoreEnsuredUser(in createUserInput, _ card.Raw[EnsuredUser], before card.State) any {
	if before.Missing {
		return nil
	}
	return restoreUser(updateUserInput{profileInput: in.besidesLogin()}, card.Raw[UpdatedUser]{}, before)
}
