package okta

import (
	"context"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

type assignUserRoleInput struct {
	userIDInput
	roleType
}

type userRoleInput struct {
	userIDInput
	RoleID string `json:"role_id" jsonschema:"the id of the assignment"`
}

func (in userRoleInput) ids() []string { return []string{in.UserID, in.RoleID} }

var userRoleCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.user.role.list",
		Title:   "List User Roles",
		Summary: "list the admin roles of a user, those of the user's groups too",
		Scopes:  []string{"okta.roles.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.user.role.list\nwith: {user_id: 00u1}",
	}, listUserRoles),

	card.NewWrite(card.Spec{
		Name:    "okta.user.role.assign",
		Title:   "Assign Role to User",
		Summary: "assign a standard admin role to a user",
		Scopes:  []string{"okta.roles.manage"},
		Target:  "{user_id} ← {type}",
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.user.role.unassign"},
		Example: "card: okta.user.role.assign\nwith: {user_id: 00u1, type: HELP_DESK_ADMIN}",
	}, card.Write[assignUserRoleInput, card.Raw[AssignedRole]]{Do: assignUserRole, Before: beforeAssignUserRole, After: isAssigned[assignUserRoleInput], Back: assignedUserRole}),

	card.NewWrite(card.Spec{
		Name:    "okta.user.role.unassign",
		Title:   "Unassign Role from User",
		Summary: "take an admin role away from a user",
		Scopes:  []string{"okta.roles.manage"},
		Target:  "{user_id} ← {role_id}",
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.Partial, Card: "okta.user.role.assign", NeedsBefore: true, Rest: "the assignment has a new id, and no targets"},
		Example: "card: okta.user.role.unassign\nwith: {user_id: 00u1, role_id: ra11}",
	}, card.Write[userRoleInput, Changed]{
		Do: unassignUserRole, Before: before[userRoleInput](userRoles.kind), After: gone[userRoleInput], Back: assignUserRoleAgain, Did: didRemove[userRoleInput](userRoles.kind),
	}),
}

func listUserRoles(ctx context.Context, call card.Call, in userIDInput, at card.Cursor) ([]card.Raw[Role], card.Cursor, error) {
	return page[Role](ctx, call, userRoles.list, oktaapi.Args{Path: []string{in.UserID}}, at)
}

func assignUserRole(ctx context.Context, call card.Call, in assignUserRoleInput) (card.Raw[AssignedRole], error) {
	return userRoles.give(ctx, call, in.UserID, in.roleType)
}

func beforeAssignUserRole(ctx context.Context, call card.Call, in assignUserRoleInput) (card.State, error) {
	return userRoles.before(ctx, call, in.UserID, in.Type)
}

func assignedUserRole(in assignUserRoleInput, out card.Raw[AssignedRole], _ card.State) any {
	return userRoleInput{in.userIDInput, idOf(out.Value)}
}

func unassignUserRole(ctx context.Context, call card.Call, in userRoleInput) (Changed, error) {
	return userRoles.take(ctx, call, in.ids())
}

func assignUserRoleAgain(in userRoleInput, _ Changed, before card.State) any {
	if typeBefore(before) == "" {
		return nil
	}
	return assignUserRoleInput{in.userIDInput, roleType{Type: typeBefore(before)}}
}
