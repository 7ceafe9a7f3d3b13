package okta

import (
	"context"
	"fmt"
	"strings"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

type listMembersInput struct {
	GroupID string `json:"group_id" jsonschema:"the group's id"`
	Limit   int    `json:"limit,omitempty" jsonschema:"users per page; Okta's default and maximum is 1,000" minimum:"1" maximum:"1000"`
	After   string `json:"after,omitempty" jsonschema:"the cursor to continue an earlier list from; by default the start"`
}

type memberInput struct {
	GroupID string `json:"group_id" jsonschema:"the group's id"`
	UserID  string `json:"user_id" jsonschema:"the user's id, not the login"`
}

// memberScopes allow changing a membership and reading the groups of a user.
var memberScopes = []string{"okta.groups.manage", "okta.users.read"}

var members = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.group.member.list",
		Title:   "List Group Members",
		Summary: "list the users in a group",
		Scopes:  []string{"okta.groups.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.group.member.list\nwith: {group_id: 00g1}",
	}, listMembers),

	card.NewWrite(card.Spec{
		Name:    "okta.group.member.add",
		Title:   "Add User to Group",
		Also:    []string{"Add a user to a group"},
		Summary: "add a user to a group of type OKTA_GROUP",
		Scopes:  memberScopes,
		Target:  "{group_id} ← {user_id}",
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.group.member.remove"},
		Example: "card: okta.group.member.add\nwith: {group_id: 00g2, user_id: 00u1}",
	}, card.Write[memberInput, Changed]{Do: addMember, Before: beforeMember, After: afterMember(true), Back: sameMember}).Refusing(refuseLogin),

	card.NewWrite(card.Spec{
		Name:    "okta.group.member.remove",
		Title:   "Remove User from Group",
		Summary: "remove a user from a group of type OKTA_GROUP",
		Scopes:  memberScopes,
		Target:  "{group_id} ← {user_id}",
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.group.member.add"},
		Example: "card: okta.group.member.remove\nwith: {group_id: 00g1, user_id: 00u1}",
	}, card.Write[memberInput, Changed]{Do: removeMember, Before: beforeMember, After: afterMember(false), Back: sameMember}).Refusing(refuseLogin),

	card.NewList(card.Spec{
		Name:    "okta.user.group.list",
		Title:   "List User Groups",
		Also:    []string{"Get Users Groups"},
		Summary: "list the groups of a user",
		Scopes:  []string{"okta.users.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.user.group.list\nwith: {user_id: ada@acme.example}",
	}, listUserGroups),
}

func listMembers(ctx context.Context, call card.Call, in listMembersInput, at card.Cursor) ([]card.Raw[User], card.Cursor, error) {
	return page[User](ctx, call, oktaapi.ListGroupUsers, oktaapi.Args{
		Path: []string{in.GroupID}, Query: query("limit", number(in.Limit)),
	}, from(in.After, at))
}

func listUserGroups(ctx context.Context, call card.Call, in userInput, at card.Cursor) ([]card.Raw[Group], card.Cursor, error) {
	return page[Group](ctx, call, oktaapi.ListUserGroups, oktaapi.Args{Path: []string{in.UserID}}, at)
}

func addMember(ctx context.Context, call card.Call, in memberInput) (Changed, error) {
	return setMember(ctx, call, oktaapi.AssignUserToGroup, in, true)
}

func removeMember(ctx context.Context, call card.Call, in memberInput) (Changed, error) {
	return setMember(ctx, call, oktaapi.UnassignUserFromGroup, in, false)
}

// refuseLogin refuses a login in place of the id of a user: Okta lists the groups of a login, but adds and removes ids only.
func refuseLogin(in map[string]any) *card.Refusal {
	if id, ok := in["user_id"].(string); ok && strings.Contains(id, "@") {
		return &card.Refusal{
			Path: []string{"user_id"}, Hint: "okta.user.get finds the id of a login",
			Message: fmt.Sprintf("user_id is %q, which is a login: a group has members by their ids", id),
		}
	}
	return nil
}

// setMember adds a user to a group, or removes the user. Okta answers 204 whether or not anything changed, so
// setMember reads the user's groups first, and writes only if the membership has to change. That takes one request
// for every 200 groups of the user; reading the members of the group could take thousands of requests. If somebody
// else makes the same change between the two requests, both report a change.
func setMember(ctx context.Context, call card.Call, op oktaapi.Operation, in memberInput, wanted bool) (Changed, error) {
	org, err := session(call)
	if err != nil {
		return Changed{}, err
	}
	args := oktaapi.Args{Path: []string{in.GroupID, in.UserID}}
	is, err := isMember(ctx, org, in)
	switch {
	case err == nil && !is && !wanted: // perhaps there is no such group
		_, err = org.Resource(ctx, oktaapi.GetGroup, oktaapi.Args{Path: []string{in.GroupID}})
		return Changed{}, err
	case err != nil || is == wanted:
		return Changed{}, err
	}
	_, err = org.Do(ctx, op, args)
	return Changed{err == nil}, err
}

// isMember searches all groups of the user.
func isMember(ctx context.Context, org *oktaapi.Session, in memberInput) (bool, error) {
	group, err := search(func(at card.Cursor) (map[string]any, card.Cursor, error) { return groupOfUser(ctx, org, in, at) })
	return group != nil, err
}

// groupOfUser searches one page of the user's groups for the group. It returns nil if the page does not have it.
func groupOfUser(ctx context.Context, org *oktaapi.Session, in memberInput, at card.Cursor) (group map[string]any, next card.Cursor, err error) {
	items, next, err := org.Page(ctx, oktaapi.ListUserGroups, oktaapi.Args{Path: []string{in.UserID}, Query: query("limit", "200")}, at)
	for _, item := range items {
		if group, _ := item.(map[string]any); group["id"] == in.GroupID {
			return group, next, nil
		}
	}
	return nil, next, err
}

// beforeMember reads one page of the user's groups, which shows whether the user is a member. The state has the name
// of the group only if the user is a member. It never has the user's login.
func beforeMember(ctx context.Context, call card.Call, in memberInput) (card.State, error) {
	org, err := session(call)
	if err != nil {
		return card.State{}, err
	}
	group, next, err := groupOfUser(ctx, org, in, "")
	switch {
	case err != nil:
		return card.State{}, err
	case group != nil:
		return card.State{Names: map[string]string{"group_id": nameOfGroup(group)}, Fields: map[string]card.Value{"member": true}}, nil
	case next != "":
		return card.State{}, nil
	}
	return card.State{Fields: map[string]card.Value{"member": false}}, nil
}

// sameMember returns the same input. The opposite card takes it to undo the call.
func sameMember(in memberInput, _ Changed, _ card.State) any { return in }

// afterMember returns the After of a card that adds or removes a member.
func afterMember(wanted bool) func(memberInput, card.State) card.Predicted {
	return func(memberInput, card.State) card.Predicted { return predicts(map[string]any{"member": wanted}) }
}
