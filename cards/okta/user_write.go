package okta

import (
	"context"
	"maps"
	"strconv"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

type createUserInput struct {
	profileInput
	credentialsInput
	ProviderType string   `json:"provider_type,omitempty" jsonschema:"the provider that checks the user's password" enum:"OKTA,ACTIVE_DIRECTORY,LDAP,FEDERATION,SOCIAL,IMPORT"`
	ProviderName string   `json:"provider_name,omitempty" jsonschema:"the name of the provider, such as a directory"`
	Provider     bool     `json:"provider,omitempty" jsonschema:"whether the given provider, FEDERATION or SOCIAL, signs the user in; then there is no password" default:"false"`
	GroupIDs     []string `json:"group_ids,omitempty" jsonschema:"the ids of up to 20 groups to add the user to"`
	Type         string   `json:"type,omitempty" jsonschema:"the id of the user type; by default the org's default type"`
	Activate     *bool    `json:"activate,omitempty" jsonschema:"whether to activate the user at once; without a password, Okta then sends an activation email" default:"true"`
	NextLogin    string   `json:"next_login,omitempty" jsonschema:"changePassword: the user must change the password at the first sign-in" enum:"changePassword"`
}

type updateUserInput struct {
	userInput
	profileInput
	credentialsInput
	Clear     []string `json:"clear,omitempty" jsonschema:"attributes to clear, by Okta's names: department, employeeNumber; a name that no attribute has changes nothing, because a user does not show which attributes there are"`
	Semantics string   `json:"semantics,omitempty" jsonschema:"partial changes the given attributes; strict replaces the profile and clears all others" enum:"partial,strict" default:"partial"`
}

// WrittenUser is a user, and whether the write changed anything.
type WrittenUser struct {
	Changed bool `json:"changed" jsonschema:"false if nothing had to be changed"`
	User
}

// UpdatedUser is a user after an update.
type UpdatedUser struct {
	WrittenUser
	Ignored []string `json:"ignored" jsonschema:"the given attributes that Okta left as they were although they differ, such as those that come from a directory"`
}

var userWrites = []card.Card{
	card.NewWrite(card.Spec{
		Name:    "okta.user.create",
		Title:   "Create User",
		Also:    []string{"Create a user", "Create a user with password"},
		Summary: "create a user: ACTIVE with a password, PROVISIONED with an activation email, or STAGED without activation",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Creates,
		Undo:    card.Undo{Extent: card.Partial, Card: "okta.user.deactivate", Rest: "the user still exists as DEPROVISIONED, with attributes and memberships"},
		Example: "card: okta.user.create\nwith:\n  login: grace@acme.example\n  email: grace@acme.example\n  first_name: Grace\n  last_name: Hopper\n  group_ids: [00g1]\n  profile_extra: {costCenter: \"17\"}",
	}, card.Write[createUserInput, card.Raw[WrittenUser]]{Do: createUser, Before: beforeCreateUser, After: afterCreateUser, Back: createdUser, Did: didCreateUser}),

	card.NewWrite(card.Spec{
		Name:    "okta.user.update",
		Title:   "Update User",
		Summary: "change a user's attributes where they differ; a password or recovery answer is always written",
		Scopes:  []string{"okta.users.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Partial, Card: "okta.user.update", NeedsBefore: true, Rest: "a new password or recovery answer stays"},
		Example: "card: okta.user.update\nwith: {user_id: ada@acme.example, department: Research, clear: [mobilePhone]}",
	}, card.Write[updateUserInput, card.Raw[UpdatedUser]]{Do: updateUser, Before: beforeUser[updateUserInput], After: afterUpdateUser, Back: restoreUser, Keeps: updateUserInput.keeps}),
}

// defaultLocale is the locale of a new user if none is given.
const defaultLocale = "en_US"

func createUser(ctx context.Context, call card.Call, in createUserInput) (card.Raw[WrittenUser], error) {
	nothing := card.Raw[WrittenUser]{}
	org, err := session(call)
	if err != nil {
		return nothing, err
	}
	profile, err := in.attributes(nil)
	if err != nil {
		return nothing, err
	}
	if _, given := profile["locale"]; !given {
		profile["locale"] = defaultLocale
	}
	credentials, err := in.credentials()
	if err != nil {
		return nothing, err
	}
	if in.ProviderType != "" || in.ProviderName != "" {
		credentials["provider"] = texts("type", in.ProviderType, "name", in.ProviderName)
	}
	user := in.user(profile, credentials)
	if len(in.GroupIDs) > 0 {
		user["groupIds"] = in.GroupIDs
	}
	if in.Type != "" {
		user["type"] = map[string]any{"id": in.Type}
	}
	body, err := card.EncodeJSON(user)
	if err != nil {
		return nothing, err
	}
	parameters := query("nextLogin", in.NextLogin, "activate", strconv.FormatBool(in.Activate == nil || *in.Activate))
	if in.Provider {
		parameters.Set("provider", "true")
	}
	user, err = org.Resource(ctx, oktaapi.CreateUser, oktaapi.Args{Query: parameters, Body: body})
	return writtenUser(user, true), err
}

// updateUser reads the user first and writes only the attributes that differ. A second call therefore changes
// nothing, and an attribute that nobody may change causes no error as long as it has the wanted value. Passwords and
// recovery answers cannot be read: they are always written, and count as a change.
func updateUser(ctx context.Context, call card.Call, in updateUserInput) (card.Raw[UpdatedUser], error) {
	nothing := card.Raw[UpdatedUser]{}
	org, err := session(call)
	if err != nil {
		return nothing, err
	}
	profile, err := in.attributes(in.Clear)
	if err != nil {
		return nothing, err
	}
	credentials, err := in.credentials()
	if err != nil {
		return nothing, err
	}
	strict := in.Semantics == "strict"
	if strict && len(profile) == 0 {
		return nothing, badInput("give every attribute to keep", "strict replaces the profile, but no attribute is given")
	}
	user, tag, err := org.Tagged(ctx, oktaapi.GetUser, oktaapi.Args{Path: []string{in.UserID}})
	if err != nil {
		return nothing, err
	}
	before, err := profileOf("user "+in.UserID, user, untouched)
	if err != nil {
		return nothing, err
	}
	if err := checkCleared(before, profile); err != nil {
		return nothing, err
	}
	if in.RealmID == user["realmId"] {
		in.RealmID = ""
	}
	op, sent := oktaapi.UpdateUser, differing(before, profile)
	if strict {
		op, sent = oktaapi.ReplaceUser, differing(before, withCleared(profile, before))
	} else {
		profile, tag = sent, "" // what others change at the same time stays
	}
	if len(sent) == 0 && len(credentials) == 0 && in.RealmID == "" {
		return card.Raw[UpdatedUser]{Value: changeOf(nil, nil, nil).result(user)}, nil
	}
	body, err := card.EncodeJSON(in.user(profile, credentials))
	if err != nil {
		return nothing, err
	}
	id := idOf(user) // the update may change the login
	answer, err := org.Resource(ctx, op, oktaapi.Args{Path: []string{id}, Body: body, Match: tag})
	if isNotFound(err) && user["status"] == "DEPROVISIONED" { // Okta returns deactivated users, but refuses to change them
		return nothing, badInput("activate the user first", "user %s is DEPROVISIONED, and Okta cannot change a deactivated user", in.UserID)
	}
	if err != nil {
		return nothing, err
	}
	after, err := profileOf("user "+in.UserID, answer, uncertain)
	if err != nil {
		return nothing, err
	}
	c := changeOf(before, sent, after)
	if in.RealmID != "" {
		c.see("realmId", user["realmId"], in.RealmID, answer["realmId"])
	}
	c.changed = c.changed || len(credentials) > 0
	return card.Raw[UpdatedUser]{Value: c.result(answer)}, nil
}

// withCleared returns profile with a null for each attribute that only before has. A strict update clears every
// attribute that is not sent.
func withCleared(profile, before map[string]any) map[string]any {
	all := map[string]any{}
	for attribute := range before {
		all[attribute] = nil
	}
	maps.Copy(all, profile)
	return all
}

// writtenUser adds the field changed to a user. A nil user stays nil.
func writtenUser(user map[string]any, changed bool) card.Raw[WrittenUser] {
	if user == nil {
		return card.Raw[WrittenUser]{}
	}
	user["changed"] = changed
	return card.Raw[WrittenUser]{Value: user}
}
