package okta

import (
	"cmp"
	"context"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// GroupOwner is a user or a group that owns a group.
//
// Source: Okta, "Group owners", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/GroupOwner/
type GroupOwner struct {
	ID          string `json:"id" jsonschema:"the id of the user or group that is the owner"`
	Type        string `json:"type" jsonschema:"USER or GROUP"`
	DisplayName string `json:"displayName,omitempty" jsonschema:"the owner's name, for people"`
	OriginType  string `json:"originType,omitempty" jsonschema:"where the ownership is managed: OKTA_DIRECTORY or APPLICATION"`
	OriginID    string `json:"originId,omitempty" jsonschema:"the application where the ownership is managed"`
	Resolved    bool   `json:"resolved,omitempty" jsonschema:"false until Okta knows who an owner from an application is"`
	LastUpdated string `json:"lastUpdated,omitempty" jsonschema:"when the ownership last changed, in a form of Okta's that differs between answers"`
}

type listGroupOwnersInput struct {
	groupInput
	Search string `json:"search,omitempty" jsonschema:"a filter expression on type, such as type eq \"USER\"" filter:"true"`
	Limit  int    `json:"limit,omitempty" jsonschema:"owners per page; Okta's default is 1,000" minimum:"1" maximum:"1000"`
	After  string `json:"after,omitempty" jsonschema:"the cursor to continue an earlier list from; by default the start"`
}

type addGroupOwnerInput struct {
	groupOwnerInput
	Type string `json:"type,omitempty" jsonschema:"what the owner is" enum:"USER,GROUP" default:"USER"`
}

type groupOwnerInput struct {
	GroupID string `json:"group_id" jsonschema:"the group's id"`
	OwnerID string `json:"owner_id" jsonschema:"the id of the user or group that owns it"`
}

func (in groupOwnerInput) which() groupOwnerInput { return in }

var groupOwnerCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.group.owner.list",
		Title:   "List Group Owners",
		Summary: "list the owners of a group",
		Scopes:  []string{"okta.groups.read"},
		Effect:  card.Reads,
		Key:     "id",
		Filters: filters{"search": ownerSearch.mistake},
		Example: "card: okta.group.owner.list\nwith: {group_id: 00g1}",
	}, listGroupOwners),

	card.NewWrite(card.Spec{
		Name:    "okta.group.owner.add",
		Title:   "Assign Group Owner",
		Also:    []string{"Add Group Owner"},
		Summary: "make a user or a group an owner of a group",
		Scopes:  []string{"okta.groups.manage"},
		Target:  "{group_id} ← {owner_id}",
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.group.owner.remove"},
		Example: "card: okta.group.owner.add\nwith: {group_id: 00g2, owner_id: 00u1}",
	}, card.Write[addGroupOwnerInput, Changed]{Do: addGroupOwner, Before: beforeGroupOwner[addGroupOwnerInput], After: afterAddGroupOwner, Back: addedGroupOwner}),

	card.NewWrite(card.Spec{
		Name:    "okta.group.owner.remove",
		Title:   "Delete Group Owner",
		Also:    []string{"Remove Group Owner"},
		Summary: "remove an owner of a group",
		Scopes:  []string{"okta.groups.manage"},
		Target:  "{group_id} ← {owner_id}",
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.group.owner.add", NeedsBefore: true},
		Example: "card: okta.group.owner.remove\nwith: {group_id: 00g1, owner_id: 00u1}",
	}, card.Write[groupOwnerInput, Changed]{Do: removeGroupOwner, Before: beforeGroupOwner[groupOwnerInput], After: afterRemoveGroupOwner, Back: removedGroupOwner}),
}

func listGroupOwners(ctx context.Context, call card.Call, in listGroupOwnersInput, at card.Cursor) ([]card.Raw[GroupOwner], card.Cursor, error) {
	return page[GroupOwner](ctx, call, oktaapi.ListGroupOwners, oktaapi.Args{
		Path: []string{in.GroupID}, Query: query("search", in.Search, "limit", number(in.Limit)),
	}, from(in.After, at))
}

// onPage searches one page of the group's owners for the owner. It returns nil if the page does not have it.
func (in groupOwnerInput) onPage(ctx context.Context, call card.Call, at card.Cursor) (owner map[string]any, next card.Cursor, err error) {
	owners, next, err := listGroupOwners(ctx, call, listGroupOwnersInput{groupInput: groupInput{in.GroupID}}, at)
	for _, item := range owners {
		if owner, _ := item.Value.(map[string]any); owner["id"] == in.OwnerID {
			return owner, next, err
		}
	}
	return nil, next, err
}

// is reports whether the group has the owner.
func (in groupOwnerInput) is(ctx context.Context, call card.Call) (bool, error) {
	owner, err := search(func(at card.Cursor) (map[string]any, card.Cursor, error) { return in.onPage(ctx, call, at) })
	return owner != nil, err
}

// addGroupOwner reads the owners first, and sends nothing if the group has the owner.
func addGroupOwner(ctx context.Context, call card.Call, in addGroupOwnerInput) (Changed, error) {
	if is, err := in.is(ctx, call); err != nil || is {
		return Changed{}, err
	}
	body, err := card.EncodeJSON(map[string]any{"id": in.OwnerID, "type": in.kind()})
	if err != nil {
		return Changed{}, err
	}
	return sending(ctx, call, oktaapi.AssignGroupOwner, oktaapi.Args{Path: []string{in.GroupID}, Body: body})
}

// kind returns the type of the owner.
func (in addGroupOwnerInput) kind() string { return cmp.Or(in.Type, "USER") }

// removeGroupOwner reads the owners first, and sends nothing if the group does not have the owner.
func removeGroupOwner(ctx context.Context, call card.Call, in groupOwnerInput) (Changed, error) {
	if is, err := in.is(ctx, call); err != nil || !is {
		return Changed{}, err
	}
	return sending(ctx, call, oktaapi.DeleteGroupOwner, oktaapi.Args{Path: []string{in.GroupID, in.OwnerID}})
}

// beforeGroupOwner reads one page of the group's owners. The state has the owner's type and name only if the group has the owner.
func beforeGroupOwner[In interface{ which() groupOwnerInput }](ctx context.Context, call card.Call, in In) (card.State, error) {
	owner, next, err := in.which().onPage(ctx, call, "")
	switch {
	case isNotFound(err):
		return card.State{Missing: true}, nil
	case err != nil:
		return card.State{}, err
	case owner != nil:
		state := card.State{Fields: map[string]card.Value{"owner": true, "type": owner["type"]}}
		if name, _ := owner["displayName"].(string); name != "" {
			state.Names = map[string]string{"owner_id": name}
		}
		return state, nil
	case next != "":
		return card.State{}, nil
	}
	return card.State{Fields: map[string]card.Value{"owner": false}}, nil
}

func addedGroupOwner(in addGroupOwnerInput, _ Changed, _ card.State) any { return in.groupOwnerInput }

// removedGroupOwner returns the input that makes the owner one again; nil if its type is not known.
func removedGroupOwner(in groupOwnerInput, _ Changed, before card.State) any {
	kind, _ := before.Fields["type"].(string)
	if kind == "" {
		return nil
	}
	return addGroupOwnerInput{in, kind}
}

// afterAddGroupOwner predicts nothing for an owner, whose type stays.
func afterAddGroupOwner(in addGroupOwnerInput, before card.State) card.Predicted {
	if before.Fields["owner"] == true {
		return card.Predicted{}
	}
	return predicts(map[string]any{"owner": true, "type": in.kind()})
}

func afterRemoveGroupOwner(groupOwnerInput, card.State) card.Predicted {
	return predicts(map[string]any{"owner": false, "type": nil})
}
