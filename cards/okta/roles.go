package okta

import (
	"context"
	"fmt"
	"strconv"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Role has the fields of an admin role that is assigned to a user or a group.
//
// Source: Okta, "Role Assignments", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleAssignmentAUser/
type Role struct {
	ID             string         `json:"id" jsonschema:"the id of the assignment"`
	Type           string         `json:"type" jsonschema:"the standard role, such as USER_ADMIN, or CUSTOM"`
	Label          string         `json:"label" jsonschema:"the name of the role, for people"`
	Status         string         `json:"status" jsonschema:"ACTIVE or INACTIVE"`
	AssignmentType string         `json:"assignmentType" jsonschema:"USER, or GROUP for a role that a group has"`
	Description    string         `json:"description,omitempty" jsonschema:"a description for people"`
	Created        string         `json:"created,omitempty" jsonschema:"when the role was assigned"`
	LastUpdated    string         `json:"lastUpdated,omitempty" jsonschema:"when the assignment last changed"`
	Embedded       map[string]any `json:"_embedded,omitempty" jsonschema:"the data requested with expand"`
	Links          map[string]any `json:"_links,omitempty" jsonschema:"Okta's links to what belongs to the assignment"`
}

// AssignedRole is a role after an assignment, and whether it is new.
type AssignedRole struct {
	Changed bool `json:"changed" jsonschema:"false if the role was assigned before"`
	Role
}

// roleType has the inputs of an assignment, besides the user or group.
type roleType struct {
	Type                 string `json:"type" jsonschema:"the standard role; for a custom role use okta.request" enum:"SUPER_ADMIN,ORG_ADMIN,APP_ADMIN,USER_ADMIN,HELP_DESK_ADMIN,READ_ONLY_ADMIN,REPORT_ADMIN,GROUP_MEMBERSHIP_ADMIN,API_ACCESS_MANAGEMENT_ADMIN,MOBILE_ADMIN"`
	DisableNotifications bool   `json:"disable_notifications,omitempty" jsonschema:"whether Okta sends the new administrators no emails for administrators" default:"false"`
}

// An assignee describes what roles can be assigned to: users or groups.
type assignee struct {
	kind
	list, assign, unassign oktaapi.Operation
	direct                 string // the assignmentType of roles of its own
}

var (
	userRoles = assignee{
		kind: kind{word: "role", input: "role_id", get: oktaapi.GetUserAssignedRole, name: "type", fields: []string{"type"}},
		list: oktaapi.ListAssignedRolesForUser, assign: oktaapi.AssignRoleToUser, unassign: oktaapi.UnassignRoleFromUser, direct: "USER",
	}
	groupRoles = assignee{
		kind: kind{word: "role", input: "role_id", get: oktaapi.GetGroupAssignedRole, name: "type", fields: []string{"type"}},
		list: oktaapi.ListGroupAssignedRoles, assign: oktaapi.AssignRoleToGroup, unassign: oktaapi.UnassignRoleFromGroup, direct: "GROUP",
	}
)

// assigned returns the role of a type that a user or group has of its own; nil if there is none. Okta's list has no pages.
func (a assignee) assigned(ctx context.Context, call card.Call, id, kind string) (map[string]any, error) {
	org, err := session(call)
	if err != nil {
		return nil, err
	}
	items, _, err := org.Page(ctx, a.list, oktaapi.Args{Path: []string{id}}, "")
	for _, item := range items {
		if role, _ := item.(map[string]any); role["type"] == kind && role["assignmentType"] == a.direct {
			return role, err
		}
	}
	return nil, err
}

// give assigns a role. It reads the roles first, and sends nothing if the role is assigned. Okta may answer 201 without the role, so
// that it must be read again.
func (a assignee) give(ctx context.Context, call card.Call, id string, in roleType) (card.Raw[AssignedRole], error) {
	role, changed, err := findOrCreate(
		func() (map[string]any, error) { return a.assigned(ctx, call, id, in.Type) },
		func() (map[string]any, error) { return a.send(ctx, call, id, in) },
	)
	if err != nil {
		return card.Raw[AssignedRole]{}, err
	}
	role["changed"] = changed
	return card.Raw[AssignedRole]{Value: role}, nil
}

// send assigns a role that is not assigned.
func (a assignee) send(ctx context.Context, call card.Call, id string, in roleType) (map[string]any, error) {
	org, err := session(call)
	if err != nil {
		return nil, err
	}
	body, err := card.EncodeJSON(map[string]any{"type": in.Type})
	if err != nil {
		return nil, err
	}
	answer, err := org.Do(ctx, a.assign, oktaapi.Args{
		Path: []string{id}, Query: query("disableNotifications", strconv.FormatBool(in.DisableNotifications)), Body: body,
	})
	if err != nil {
		return nil, err
	}
	if role, _ := answer.(map[string]any); role["id"] != nil {
		return role, nil
	}
	role, err := a.assigned(ctx, call, id, in.Type)
	if err == nil && role == nil {
		err = &card.Error{Kind: card.Unavailable, Message: "Okta assigned the role " + in.Type + ", but does not list it"}
	}
	return role, err
}

// take takes a role away. A role that a user has by a group is not found, although a list of the user's roles has its id.
func (a assignee) take(ctx context.Context, call card.Call, ids []string) (Changed, error) {
	done, err := sending(ctx, call, a.unassign, oktaapi.Args{Path: ids})
	if !isNotFound(err) {
		return done, err
	}
	org, sessionErr := session(call)
	if sessionErr != nil {
		return Changed{}, sessionErr
	}
	items, _, _ := org.Page(ctx, a.list, oktaapi.Args{Path: ids[:1]}, "") // without the list, the first error
	for _, item := range items {
		if role, _ := item.(map[string]any); role["id"] == ids[1] && role["assignmentType"] != a.direct {
			return Changed{}, &card.Error{
				Kind: card.Conflict, Message: fmt.Sprintf("%s has the role %v by a group", ids[0], role["type"]),
				Hint: "take it away from the group with okta.group.role.unassign, or remove the user from the group",
			}
		}
	}
	return Changed{}, err
}

// before reads whether a role is assigned.
func (a assignee) before(ctx context.Context, call card.Call, id, kind string) (card.State, error) {
	role, err := a.assigned(ctx, call, id, kind)
	switch {
	case isNotFound(err):
		return card.State{Missing: true}, nil
	case err != nil:
		return card.State{}, err
	}
	return card.State{Fields: map[string]card.Value{"assigned": role != nil}}, nil
}

// isAssigned is the After of a card that assigns a role.
func isAssigned[In any](In, card.State) card.Predicted {
	return predicts(map[string]any{"assigned": true})
}

// typeBefore returns the type of a role that a call took away; "" if it is not known, or not standard.
func typeBefore(before card.State) string {
	kind, _ := before.Fields["type"].(string)
	if kind == "CUSTOM" {
		return "" // it needs more than its type
	}
	return kind
}
