package okta

import (
	"context"
	"strings"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// LinkedUser is a user to whom a linked object leads.
//
// Source: Okta, "Linked Objects", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/LinkedObject/
type LinkedUser struct {
	ID    string         `json:"id" jsonschema:"the user's id"`
	Links map[string]any `json:"_links" jsonschema:"Okta's link to the user"`
}

type listLinkedInput struct {
	userInput
	Relationship string `json:"relationship" jsonschema:"a name of the linked object: the primary one, such as manager, for the one primary user; the associated one, such as subordinate, for all associated users"`
}

type setLinkedInput struct {
	userInput
	Relationship  string  `json:"relationship" jsonschema:"the primary name of the linked object, such as manager"`
	PrimaryUserID *string `json:"primary_user_id" jsonschema:"the id of the primary user, such as the manager; null removes the link"`
}

type removeLinkedInput struct {
	userInput
	Relationship string `json:"relationship" jsonschema:"the primary name of the linked object, such as manager"`
}

var linkedCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.user.linked.list",
		Title:   "List Linked Users",
		Summary: "list the users to whom a linked object of a user leads, such as the manager or the subordinates",
		Scopes:  []string{"okta.users.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.user.linked.list\nwith: {user_id: 00u1, relationship: subordinate}",
	}, listLinked),

	card.NewWrite(card.Spec{
		Name:    "okta.user.linked.set",
		Title:   "Set Linked User",
		Summary: "set the primary user of a linked object, such as the manager; it replaces the earlier one",
		Scopes:  []string{"okta.users.manage"},
		Target:  "{relationship} of {user_id}",
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.user.linked.set", NeedsBefore: true},
		Example: "card: okta.user.linked.set\nwith: {user_id: 00u4, relationship: manager, primary_user_id: 00u2}",
	}, card.Write[setLinkedInput, Changed]{Do: setLinked, Before: beforeSetLinked, After: afterSetLinked, Back: restoreSetLinked}),

	card.NewWrite(card.Spec{
		Name:    "okta.user.linked.remove",
		Title:   "Remove Linked User",
		Summary: "remove the primary user of a linked object, such as the manager",
		Scopes:  []string{"okta.users.manage"},
		Target:  "{relationship} of {user_id}",
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.user.linked.set", NeedsBefore: true},
		Example: "card: okta.user.linked.remove\nwith: {user_id: 00u4, relationship: manager}",
	}, card.Write[removeLinkedInput, Changed]{Do: removeLinked, Before: beforeRemoveLinked, After: afterRemoveLinked, Back: restoreRemovedLinked}),
}

func listLinked(ctx context.Context, call card.Call, in listLinkedInput, at card.Cursor) ([]LinkedUser, card.Cursor, error) {
	return linkedPage(ctx, call, in.UserID, in.Relationship, at)
}

// linkedPage reads a page of linked users. Okta answers links to them only, which end with their ids.
func linkedPage(ctx context.Context, call card.Call, userID, relationship string, at card.Cursor) ([]LinkedUser, card.Cursor, error) {
	org, err := session(call)
	if err != nil {
		return nil, "", err
	}
	items, next, err := org.Page(ctx, oktaapi.ListLinkedObjectsForUser, oktaapi.Args{Path: []string{userID, relationship}}, at)
	if err != nil {
		return nil, "", err
	}
	users := make([]LinkedUser, len(items))
	for i, item := range items {
		object, _ := item.(map[string]any)
		users[i].Links, _ = object["_links"].(map[string]any)
		self, _ := users[i].Links["self"].(map[string]any)
		href, _ := self["href"].(string)
		users[i].ID = href[strings.LastIndex(href, "/")+1:]
		if users[i].ID == "" {
			return nil, "", &card.Error{Kind: card.Unavailable, Message: "Okta's list of linked objects has an item without a link to a user"}
		}
	}
	return users, next, nil
}

// primary returns the id of the primary user; "" if there is none.
func primary(ctx context.Context, call card.Call, userID, relationship string) (string, error) {
	users, _, err := linkedPage(ctx, call, userID, relationship, "")
	if err != nil || len(users) == 0 {
		return "", err
	}
	return users[0].ID, nil
}

// setLinked reads the link first: Okta answers alike whether or not anything changed.
func setLinked(ctx context.Context, call card.Call, in setLinkedInput) (Changed, error) {
	if in.PrimaryUserID == nil {
		return removeLinked(ctx, call, removeLinkedInput{in.userInput, in.Relationship})
	}
	now, err := primary(ctx, call, in.UserID, in.Relationship)
	if err != nil || now == *in.PrimaryUserID {
		return Changed{}, err
	}
	return sending(ctx, call, oktaapi.ReplaceLinkedObjectForUser, oktaapi.Args{Path: []string{in.UserID, in.Relationship, *in.PrimaryUserID}})
}

// removeLinked reads the link first, like setLinked.
func removeLinked(ctx context.Context, call card.Call, in removeLinkedInput) (Changed, error) {
	now, err := primary(ctx, call, in.UserID, in.Relationship)
	if err != nil || now == "" {
		return Changed{}, err
	}
	return sending(ctx, call, oktaapi.DeleteLinkedObjectForUser, oktaapi.Args{Path: []string{in.UserID, in.Relationship}})
}

func beforeSetLinked(ctx context.Context, call card.Call, in setLinkedInput) (card.State, error) {
	return linkedState(ctx, call, in.UserID, in.Relationship)
}

func beforeRemoveLinked(ctx context.Context, call card.Call, in removeLinkedInput) (card.State, error) {
	return linkedState(ctx, call, in.UserID, in.Relationship)
}

// linkedState reads the primary user. If there is none, the state has no fields, but is not the zero State.
func linkedState(ctx context.Context, call card.Call, userID, relationship string) (card.State, error) {
	id, err := primary(ctx, call, userID, relationship)
	switch {
	case isNotFound(err):
		return card.State{Missing: true}, nil
	case err != nil:
		return card.State{}, err
	case id == "":
		return card.State{Fields: map[string]card.Value{}}, nil
	}
	return card.State{Fields: map[string]card.Value{"primary_user_id": id}}, nil
}

func restoreSetLinked(in setLinkedInput, _ Changed, before card.State) any {
	return restoreLinked(in.userInput, in.Relationship, before)
}

func restoreRemovedLinked(in removeLinkedInput, _ Changed, before card.State) any {
	return restoreLinked(in.userInput, in.Relationship, before)
}

// restoreLinked returns the input that sets the primary user from before the call, or removes the link if there was none.
func restoreLinked(user userInput, relationship string, before card.State) any {
	if before.IsZero() {
		return nil
	}
	back := setLinkedInput{userInput: user, Relationship: relationship}
	if id, _ := before.Fields["primary_user_id"].(string); id != "" {
		back.PrimaryUserID = &id
	}
	return back
}

func afterSetLinked(in setLinkedInput, _ card.State) card.Predicted {
	return predicts(map[string]any{"primary_user_id": in.PrimaryUserID})
}

func afterRemoveLinked(removeLinkedInput, card.State) card.Predicted {
	return predicts(map[string]any{"primary_user_id": nil})
}
