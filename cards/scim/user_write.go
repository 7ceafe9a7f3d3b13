package scim

import (
	"context"
	"fmt"
	"maps"

	"github.com/flowdeck/flowdeck/engine/card"
)

// person has the attributes of a user that most targets know.
type person struct {
	ExternalID  string         `json:"external_id,omitempty" jsonschema:"the id that the user has where they come from"`
	GivenName   string         `json:"given_name,omitempty" jsonschema:"the first name"`
	FamilyName  string         `json:"family_name,omitempty" jsonschema:"the last name"`
	DisplayName string         `json:"display_name,omitempty" jsonschema:"the name that people see"`
	Email       string         `json:"email,omitempty" jsonschema:"the primary email address, or else that for work; other addresses stay"`
	Timezone    string         `json:"timezone,omitempty" jsonschema:"the time zone, such as Europe/Vienna"`
	Active      *bool          `json:"active,omitempty" jsonschema:"whether the user can sign in; by default unchanged, and true for a new user" attribute:"attributes.active"`
	Attributes  userAttributes `json:"attributes,omitempty" jsonschema:"more attributes, by their names in SCIM, such as title or phoneNumbers; those of an extension are an object under its URN; null removes one" clears:"true"`
}

// userAttributes are attributes of a user by their names in SCIM, or those of an extension under its URN.
type userAttributes map[string]any

// Attributes returns the names of the attributes of the core schema.
//
// Source: RFC 7643, section 4.1
func (userAttributes) Attributes() []string {
	return []string{
		"userName", "externalId", "name", "displayName", "nickName", "profileUrl", "title", "userType", "preferredLanguage", "locale", "timezone", "active",
		"password", "emails", "phoneNumbers", "ims", "photos", "addresses", "entitlements", "roles", "x509Certificates",
	}
}

// want returns the wanted attributes. userName may be empty.
func (in person) want(userName string) map[string]any {
	want := maps.Clone(in.Attributes)
	if want == nil {
		want = map[string]any{}
	}
	set := func(object map[string]any, name, value string) {
		if value != "" {
			object[name] = value
		}
	}
	set(want, "userName", userName)
	set(want, "externalId", in.ExternalID)
	set(want, "displayName", in.DisplayName)
	set(want, "timezone", in.Timezone)
	name := map[string]any{}
	set(name, "givenName", in.GivenName)
	set(name, "familyName", in.FamilyName)
	if len(name) > 0 {
		want["name"] = name
	}
	if in.Email != "" {
		want["emails"] = mainEmail(in.Email)
	}
	if in.Active != nil {
		want["active"] = *in.Active
	}
	return want
}

type createUserInput struct {
	UserName string `json:"user_name" jsonschema:"the name to sign in with, unique in the target"`
	person
	Password string `json:"password,omitempty" jsonschema:"a first password, for a target that needs one" secret:"true"`
}

type updateUserInput struct {
	userInput
	UserName string `json:"user_name,omitempty" jsonschema:"the new name to sign in with; by default unchanged"`
	person
}

type patchUserInput struct {
	userInput
	Operations []operation `json:"operations" null:"false" jsonschema:"the operations, which are done all or none, in this order"`
}

var userWrites = []card.Card{
	card.NewWrite(card.Spec{
		Name: "scim.user.create", Title: "Create SCIM User", Summary: "create a user of a SCIM target; fails if the name is taken",
		Effect: card.Creates, NoScopes: true, SecretsIn: secretNames.In, Undo: card.Undo{Extent: card.Exact, Card: "scim.user.delete"},
		Example: "card: scim.user.create\nwith: {user_name: eve@acme.example, given_name: Eve, family_name: Adams, email: eve@acme.example, timezone: Europe/Vienna}",
	}, card.Write[createUserInput, card.Raw[WrittenUser]]{Do: createUser, Before: beforeCreateUser, After: afterCreateUser, Back: createdUser, Did: didCreateUser}),

	card.NewWrite(card.Spec{
		Name: "scim.user.update", Title: "Update SCIM User", Summary: "give a user of a SCIM target attributes, with the fewest changes; the others stay",
		Effect: card.Idempotent, NoScopes: true, SecretsIn: secretNames.In, Undo: card.Undo{Extent: card.Exact, Card: "scim.user.update", NeedsBefore: true},
		Example: "card: scim.user.update\nwith: {user_id: u1, family_name: King, attributes: {title: Countess}}",
	}, card.Write[updateUserInput, card.Raw[UpdatedUser]]{
		Do: func(ctx context.Context, call card.Call, in updateUserInput) (card.Raw[UpdatedUser], error) {
			return changeWith[UpdatedUser](ctx, call, users, in.UserID, in.want(in.UserName))
		},
		Before: beforeUser[updateUserInput],
		After: func(in updateUserInput, before card.State) card.Predicted {
			return predictWanted(in.want(in.UserName), before)
		},
		Back: func(in updateUserInput, out card.Raw[UpdatedUser], before card.State) any {
			return userBack(in.UserID, restored(sortedNames(in.want(in.UserName)), before, out.Value))
		},
		Keeps: func(in updateUserInput) []string { return sortedNames(in.want(in.UserName)) },
	}),

	card.NewWrite(card.Spec{
		Name: "scim.user.patch", Title: "Patch SCIM User", Summary: "make single changes of a user of a SCIM target, as PATCH operations",
		Effect: card.Idempotent, NoScopes: true, SecretsIn: secretNames.In, Undo: card.Undo{Extent: card.Exact, Card: "scim.user.update", NeedsBefore: true},
		Example: "card: scim.user.patch\nwith:\n  user_id: u1\n  operations: [{op: replace, path: name.familyName, value: King}, {op: remove, path: displayName}]",
	}, card.Write[patchUserInput, card.Raw[WrittenUser]]{
		Do: func(ctx context.Context, call card.Call, in patchUserInput) (card.Raw[WrittenUser], error) {
			return patchWith[WrittenUser](ctx, call, users, in.UserID, in.Operations)
		},
		Before: beforeUser[patchUserInput],
		After:  func(in patchUserInput, before card.State) card.Predicted { return predict(in.Operations, before) },
		Back: func(in patchUserInput, out card.Raw[WrittenUser], before card.State) any {
			return userBack(in.UserID, restored(touched(in.Operations), before, out.Value))
		},
		Keeps: func(in patchUserInput) []string { return touched(in.Operations) },
	}),

	card.NewWrite(card.Spec{
		Name: "scim.user.deactivate", Title: "Deactivate SCIM User", Summary: "make a user of a SCIM target inactive",
		Effect: card.Idempotent, NoScopes: true, SecretsIn: secretNames.In, Undo: card.Undo{Extent: card.Exact, Card: "scim.user.reactivate"},
		Example: "card: scim.user.deactivate\nwith: {user_id: u1}",
	}, activation(false)),

	card.NewWrite(card.Spec{
		Name: "scim.user.reactivate", Title: "Reactivate SCIM User", Summary: "make a user of a SCIM target active",
		Effect: card.Idempotent, NoScopes: true, SecretsIn: secretNames.In, Undo: card.Undo{Extent: card.Exact, Card: "scim.user.deactivate"},
		Example: "card: scim.user.reactivate\nwith: {user_id: u3}",
	}, activation(true)),

	card.NewWrite(card.Spec{
		Name: "scim.user.delete", Title: "Delete SCIM User", Summary: "delete a user of a SCIM target permanently",
		Effect: card.Destroys, NoScopes: true, Undo: card.Undo{Extent: card.None},
		Example: "card: scim.user.delete\nwith: {user_id: u1}",
	}, deletion[userInput](users)),
}

// which returns the id of the user. Inputs that embed a userInput have it too.
func (in userInput) which() string { return in.UserID }

func createUser(ctx context.Context, call card.Call, in createUserInput) (card.Raw[WrittenUser], error) {
	t, err := targetOf(call)
	if err != nil {
		return card.Raw[WrittenUser]{}, err
	}
	r, err := t.create(ctx, users, in.user(), in.Password)
	if err != nil {
		return card.Raw[WrittenUser]{}, err
	}
	return card.Raw[WrittenUser]{Value: written(r.fields, true)}, nil
}

// user returns the attributes of the new user.
func (in createUserInput) user() map[string]any {
	want := in.want(in.UserName)
	if _, ok := want["active"]; !ok {
		want["active"] = true
	}
	return want
}

func afterCreateUser(in createUserInput, before card.State) card.Predicted {
	after := predictNew(users, in.user(), before)
	if in.Password != "" && after.Fields != nil {
		after.Unseen = []string{"password"}
	}
	return after
}

func (in createUserInput) lookup() lookup { return lookup{attribute: "userName", value: in.UserName} }

func beforeCreateUser(ctx context.Context, call card.Call, in createUserInput) (card.State, error) {
	t, err := targetOf(call)
	if err != nil {
		return card.State{}, err
	}
	return t.glance(ctx, users, in.lookup())
}

func createdUser(_ createUserInput, out card.Raw[WrittenUser], _ card.State) any {
	fields, _ := out.Value.(map[string]any)
	return userInput{resource{fields: fields}.id()}
}

// didCreateUser searches for the user by name. The call created them only if nobody had the name before it, or if they are as the call wanted them to
// the id in the directory.
func didCreateUser(ctx context.Context, call card.Call, in createUserInput, before card.State) (card.Raw[WrittenUser], bool, error) {
	return didCreate[WrittenUser](ctx, call, users, in.lookup(), in.want(in.UserName), before)
}

// didCreate finds out whether a resource was created although the answer was lost. Without the state before, as after the end of the process, it was
// if the resource has the externalId and all else that the call wanted: nobody else gives one that, and if somebody did, there is nothing left to do.
func didCreate[Out any](ctx context.Context, call card.Call, k kind, l lookup, want map[string]any, before card.State) (card.Raw[Out], bool, error) {
	t, err := targetOf(call)
	if err != nil {
		return card.Raw[Out]{}, false, err
	}
	found, err := t.find(ctx, k, l)
	switch {
	case err != nil || found == nil:
		return card.Raw[Out]{}, false, err
	case before.IsZero() && text(want, "externalId") != "" && len(difference(want, found)) == 0:
	case before.IsZero():
		return card.Raw[Out]{}, false, &card.Error{
			Kind: card.Failed, Message: fmt.Sprintf("a %s with the %s %q exists, and nobody knows whether it did before the call", k.noun, l.attribute, l.value),
		}
	case !before.Missing:
		return card.Raw[Out]{}, false, nil
	}
	return card.Raw[Out]{Value: written(found, true)}, true, nil
}

// changeWith gives a resource the wanted attributes.
func changeWith[Out any](ctx context.Context, call card.Call, k kind, id string, want map[string]any, excluded ...string) (card.Raw[Out], error) {
	t, err := targetOf(call)
	if err != nil {
		return card.Raw[Out]{}, err
	}
	c, err := t.change(ctx, k, id, want, excluded...)
	if err != nil {
		return card.Raw[Out]{}, err
	}
	out := written(c.fields, c.differs())
	ignored := []any{}
	for _, name := range c.ignored {
		ignored = append(ignored, name)
	}
	out["ignored"] = ignored
	return card.Raw[Out]{Value: out}, nil
}

// beforeUser reads the user that a call will change.
func beforeUser[In interface{ which() string }](ctx context.Context, call card.Call, in In) (card.State, error) {
	t, err := targetOf(call)
	if err != nil {
		return card.State{}, err
	}
	return t.before(ctx, users, in.which())
}

// userBack returns the input that gives a user attributes; nil if they are not known.
func userBack(id string, attributes map[string]any) any {
	if attributes == nil {
		return nil
	}
	return updateUserInput{userInput: userInput{id}, person: person{Attributes: attributes}}
}

// activation has the functions of a card that makes a user active, or inactive.
func activation(active bool) card.Write[userInput, card.Raw[WrittenUser]] {
	return card.Write[userInput, card.Raw[WrittenUser]]{
		Do: func(ctx context.Context, call card.Call, in userInput) (card.Raw[WrittenUser], error) {
			out, err := changeWith[WrittenUser](ctx, call, users, in.UserID, map[string]any{"active": active})
			fields, _ := out.Value.(map[string]any)
			if ignored, _ := fields["ignored"].([]any); err == nil && len(ignored) > 0 {
				return out, &card.Error{
					Kind: card.Invalid, Message: "the target accepted the change of `active`, and left it as it was", Details: map[string]any{"active": fields["active"]},
				}
			}
			delete(fields, "ignored")
			return out, err
		},
		Before: beforeUser[userInput],
		After: func(_ userInput, before card.State) card.Predicted {
			return predictWanted(map[string]any{"active": active}, before)
		},
		Back: func(in userInput, _ card.Raw[WrittenUser], _ card.State) any { return in },
	}
}

// deletion has the functions of a card that deletes a resource.
func deletion[In interface{ which() string }](k kind) card.Write[In, Changed] {
	before := func(ctx context.Context, call card.Call, in In) (card.State, error) {
		t, err := targetOf(call)
		if err != nil {
			return card.State{}, err
		}
		return t.before(ctx, k, in.which(), k.large()...)
	}
	return card.Write[In, Changed]{
		Do: func(ctx context.Context, call card.Call, in In) (Changed, error) {
			t, err := targetOf(call)
			if err != nil {
				return Changed{}, err
			}
			err = t.remove(ctx, k, in.which())
			return Changed{err == nil}, err
		},
		Before: before,
		After:  func(In, card.State) card.Predicted { return card.Predicted{Gone: true} },
		Did: func(ctx context.Context, call card.Call, in In, was card.State) (Changed, bool, error) {
			now, err := before(ctx, call, in)
			return Changed{!was.Missing}, now.Missing, err
		},
	}
}

// large are the attributes of a resource that may have very many values.
func (k kind) large() []string {
	if k.path == groups.path {
		return []string{"members"}
	}
	return nil
}
