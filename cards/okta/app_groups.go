package okta

import (
	"context"
	"maps"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// AppGroup is the assignment of an application to a group.
//
// Source: Okta, "Application Groups", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationGroups/
type AppGroup struct {
	ID          string         `json:"id" jsonschema:"the group's id"`
	Priority    int            `json:"priority" jsonschema:"0 is the highest; it decides whose profile a user of several groups gets"`
	LastUpdated string         `json:"lastUpdated" jsonschema:"when the assignment last changed"`
	Profile     map[string]any `json:"profile,omitempty" jsonschema:"the attributes in the application of the group's users"`
	Embedded    map[string]any `json:"_embedded,omitempty" jsonschema:"the data requested with expand"`
	Links       map[string]any `json:"_links,omitempty" jsonschema:"Okta's links to the application and the group"`
}

// WrittenAppGroup is an assignment after a write.
type WrittenAppGroup struct {
	Changed bool `json:"changed" jsonschema:"false if nothing had to be changed"`
	Created bool `json:"created" jsonschema:"whether the group did not have the application before"`
	AppGroup
}

type appGroupInput struct {
	AppID   string `json:"app_id" jsonschema:"the application's id"`
	GroupID string `json:"group_id" jsonschema:"the group's id"`
}

func (in appGroupInput) ids() []string { return []string{in.AppID, in.GroupID} }

type listAppGroupsInput struct {
	AppID  string `json:"app_id" jsonschema:"the application's id"`
	Q      string `json:"q,omitempty" jsonschema:"the first characters of the group's name" narrows:"true"`
	Expand string `json:"expand,omitempty" jsonschema:"more data for _embedded" enum:"group,metadata"`
	Limit  int    `json:"limit,omitempty" jsonschema:"groups per page; Okta's default is 20" minimum:"20" maximum:"200"`
	After  string `json:"after,omitempty" jsonschema:"the cursor to continue an earlier list from; by default the start"`
}

type assignAppGroupInput struct {
	appGroupInput
	Priority *int           `json:"priority,omitempty" jsonschema:"0 is the highest; by default the next one, or unchanged" minimum:"0"`
	Profile  map[string]any `json:"profile,omitempty" jsonschema:"attributes in the application for the group's users; null removes one, and the others stay" clears:"true"`
}

// appGroups describes the assignments of applications to groups.
var appGroups = kind{
	word: "application group", input: "group_id", get: oktaapi.GetApplicationGroupAssignment, fields: []string{"priority"},
}

var appGroupCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.app.group.list",
		Title:   "List Groups Assigned to Application",
		Summary: "list the groups to which an application is assigned",
		Scopes:  []string{"okta.apps.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.app.group.list\nwith: {app_id: 0oa1}",
	}, listAppGroups),

	card.NewWrite(card.Spec{
		Name:    "okta.app.group.assign",
		Title:   "Assign Group to Application",
		Summary: "assign an application to a group, and so to its members; sets priority and profile if the group has it",
		Scopes:  []string{"okta.apps.manage"},
		Target:  "{app_id} ← {group_id}",
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Partial, Card: "okta.app.group.remove", Rest: "an assignment that existed before keeps its new priority and profile"},
		Example: "card: okta.app.group.assign\nwith: {app_id: 0oa1, group_id: 00g2, profile: {team: Night}}",
	}, card.Write[assignAppGroupInput, card.Raw[WrittenAppGroup]]{Do: assignAppGroup, Before: beforeAppGroup[assignAppGroupInput], After: afterAssignAppGroup, Back: assignedAppGroup}),

	card.NewWrite(card.Spec{
		Name:    "okta.app.group.remove",
		Title:   "Remove Group from Application",
		Summary: "remove the assignment of an application to a group, if there is one; members without another assignment lose the application",
		Scopes:  []string{"okta.apps.manage"},
		Target:  "{app_id} ← {group_id}",
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.app.group.assign", NeedsBefore: true},
		Example: "card: okta.app.group.remove\nwith: {app_id: 0oa1, group_id: 00g1}",
	}, card.Write[appGroupInput, Changed]{Do: removeAppGroup, Before: beforeAppGroup[appGroupInput], After: gone[appGroupInput], Back: reassignAppGroup}),
}

func listAppGroups(ctx context.Context, call card.Call, in listAppGroupsInput, at card.Cursor) ([]card.Raw[AppGroup], card.Cursor, error) {
	return page[AppGroup](ctx, call, oktaapi.ListApplicationGroupAssignments, oktaapi.Args{
		Path: []string{in.AppID}, Query: query("q", in.Q, "expand", in.Expand, "limit", number(in.Limit)),
	}, from(in.After, at))
}

// beforeAppGroup reads the assignment that a call will change, with the name of the group.
func beforeAppGroup[In identified](ctx context.Context, call card.Call, in In) (card.State, error) {
	org, err := session(call)
	if err != nil {
		return card.State{}, err
	}
	object, err := org.Resource(ctx, oktaapi.GetApplicationGroupAssignment, oktaapi.Args{Path: in.ids(), Query: query("expand", "group")})
	if isNotFound(err) {
		return card.State{Missing: true}, nil
	}
	if err != nil {
		return card.State{}, err
	}
	state := appGroups.state(object)
	embedded, _ := object["_embedded"].(map[string]any)
	if group, _ := embedded["group"].(map[string]any); group != nil {
		state.Names = map[string]string{"group_id": nameOfGroup(group)}
	}
	return state, nil
}

// assignAppGroup reads the assignment first, because Okta's PUT replaces the profile.
func assignAppGroup(ctx context.Context, call card.Call, in assignAppGroupInput) (card.Raw[WrittenAppGroup], error) {
	group, err := appGroups.find(ctx, call, in.ids())
	if err != nil {
		return card.Raw[WrittenAppGroup]{}, err
	}
	old, _ := group["profile"].(map[string]any)
	profile, body := merged(old, in.Profile), map[string]any{}
	if len(profile) > 0 {
		body["profile"] = profile
	}
	switch {
	case in.Priority != nil:
		body["priority"] = *in.Priority
	case group["priority"] != nil:
		body["priority"] = group["priority"]
	}
	if group != nil && card.Same(old, profile) && card.Same(group["priority"], body["priority"]) {
		group["changed"], group["created"] = false, false
		return card.Raw[WrittenAppGroup]{Value: group}, nil
	}
	answer, err := appGroups.write(ctx, call, oktaapi.AssignGroupToApplication, oktaapi.Args{Path: in.ids()}, body)
	if err != nil {
		return card.Raw[WrittenAppGroup]{}, err
	}
	answer["created"] = group == nil
	answer["changed"] = group == nil || took(group, body, answer)
	return card.Raw[WrittenAppGroup]{Value: answer}, nil
}

// assignedAppGroup returns the input that removes an assignment that a call created.
func assignedAppGroup(in assignAppGroupInput, out card.Raw[WrittenAppGroup], _ card.State) any {
	answer, _ := out.Value.(map[string]any)
	if answer["created"] != true {
		return nil
	}
	return in.appGroupInput
}

// removeAppGroup removes an assignment. If it does not exist, removeAppGroup reads the application, which must exist.
func removeAppGroup(ctx context.Context, call card.Call, in appGroupInput) (Changed, error) {
	group, err := appGroups.find(ctx, call, in.ids())
	if err != nil {
		return Changed{}, err
	}
	if group == nil {
		_, err := apps.read(ctx, call, []string{in.AppID})
		return Changed{}, err
	}
	return sending(ctx, call, oktaapi.UnassignApplicationFromGroup, oktaapi.Args{Path: in.ids()})
}

// reassignAppGroup returns the input that assigns the application again, with the priority and the profile.
func reassignAppGroup(in appGroupInput, _ Changed, before card.State) any {
	if before.IsZero() || before.Missing {
		return nil
	}
	back := assignAppGroupInput{appGroupInput: in}
	if priority, ok := before.Fields["priority"].(int); ok {
		back.Priority = &priority
	}
	if profile, _ := before.Fields["profile"].(map[string]any); len(profile) > 0 {
		back.Profile = maps.Clone(profile)
	}
	return back
}

func afterAssignAppGroup(in assignAppGroupInput, _ card.State) card.Predicted {
	fields := given(in, nil, "app_id", "group_id")
	fields["id"] = in.GroupID
	return predicts(fields)
}
