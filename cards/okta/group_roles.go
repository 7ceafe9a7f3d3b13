package okta

import (
	"context"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

type assignGroupRoleInput struct {
	groupInput
	roleType
}

type groupRoleInput struct {
	groupInput
	RoleID string `json:"role_id" jsonschema:"the id of the assignment"`
}

func (in groupRoleInput) ids() []string { return []string{in.GroupID, in.RoleID} }

var groupRoleCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.group.role.list",
		Title:   "List Group Roles",
		Summary: "list the admin roles of a group",
		Scopes:  []string{"okta.roles.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.group.role.list\nwith: {group_id: 00g1}",
	}, listGroupRoles),

	card.NewWrite(card.Spec{
		Name:    "okta.group.role.assign",
		Title:   "Assign Role to Group",
		Summary: "assign a standard admin role to a group",
		Scopes:  []string{"okta.roles.manage"},
		Target:  "{group_id} ← {type}",
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.group.role.unassign"},
		Example: "card: okta.group.role.assign\nwith: {group_id: 00g1, type: HELP_DESK_ADMIN}",
	}, card.Write[assignGroupRoleInput, card.Raw[AssignedRole]]{Do: assignGroupRole, Before: beforeAssignGroupRole, After: isAssigned[assignGroupRoleInput], Back: assignedGroupRole}),

	card.NewWrite(card.Spec{
		Name:    "okta.group.role.unassign",
		Title:   "Unassign Role from Group",
		Summary: "take an admin role away from a group",
		Scopes:  []string{"okta.roles.manage"},
		Target:  "{group_id} ← {role_id}",
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.Partial, Card: "okta.group.role.assign", NeedsBefore: true, Rest: "the assignment has a new id, and no targets"},
		Example: "card: okta.group.role.unassign\nwith: {group_id: 00g1, role_id: ra12}",
	}, card.Write[groupRoleInput, Changed]{
		Do: unassignGroupRole, Before: before[groupRoleInput](groupRoles.kind), After: gone[groupRoleInput], Back: assignGroupRoleAgain, Did: didRemove[groupRoleInput](groupRoles.kind),
	}),
}

func listGroupRoles(ctx context.Context, call card.Call, in groupInput, at card.Cursor) ([]card.Raw[Role], card.Cursor, error) {
	return page[Role](ctx, call, groupRoles.list, oktaapi.Args{Path: []string{in.GroupID}}, at)
}

func assignGroupRole(ctx context.Context, call card.Call, in assignGroupRoleInput) (card.Raw[AssignedRole], error) {
	return groupRoles.give(ctx, call, in.GroupID, in.roleType)
}

func beforeAssignGroupRole(ctx context.Context, call card.Call, in assignGroupRoleInput) (card.State, error) {
	return groupRoles.before(ctx, call, in.GroupID, in.Type)
}

func assignedGroupRole(in assignGroupRoleInput, out card.Raw[AssignedRole], _ card.State) any {
	return groupRoleInput{in.groupInput, idOf(out.Value)}
}

func unassignGroupRole(ctx context.Context, call card.Call, in groupRoleInput) (Changed, error) {
	return groupRoles.take(ctx, call, in.ids())
}

func assignGroupRoleAgain(in groupRoleInput, _ Changed, before card.State) any {
	if typeBefore(before) == "" {
		return nil
	}
	return assignGroupRoleInput{in.groupInput, roleType{Type: typeBefore(before)}}
}
