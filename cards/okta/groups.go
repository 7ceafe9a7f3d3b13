package okta

import (
	"context"
	"fmt"
	"maps"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Group is what is known of a group in every org. The profile may have the org's own attributes too.
//
// Source: Okta, "Groups", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/
type Group struct {
	ID                    string         `json:"id" jsonschema:"the group's id, which never changes"`
	Type                  string         `json:"type" jsonschema:"OKTA_GROUP, APP_GROUP or BUILT_IN"`
	ObjectClass           []string       `json:"objectClass" jsonschema:"what kind of profile it has"`
	Created               string         `json:"created" jsonschema:"when the group was created"`
	LastUpdated           string         `json:"lastUpdated" jsonschema:"when the profile changed last"`
	LastMembershipUpdated string         `json:"lastMembershipUpdated" jsonschema:"when a member came or went last"`
	Profile               GroupProfile   `json:"profile" jsonschema:"the attributes, the org's own among them" open:"true"`
	Source                map[string]any `json:"source,omitempty" jsonschema:"the application that an APP_GROUP comes from"`
	Embedded              map[string]any `json:"_embedded,omitempty" jsonschema:"what was asked for with expand"`
	Links                 map[string]any `json:"_links,omitempty" jsonschema:"what belongs to the group, as Okta links it"`
}

// GroupProfile is the attributes that Okta itself gives every group.
type GroupProfile struct {
	Name        string  `json:"name" jsonschema:"unique in the org"`
	Description *string `json:"description" jsonschema:"for people"`
}

// WrittenGroup is a group after a write, and whether the write made it different.
type WrittenGroup struct {
	Changed bool `json:"changed" jsonschema:"false if everything was as wanted already"`
	Group
}

type groupInput struct {
	GroupID string `json:"group_id" jsonschema:"the group's id"`
}

// which is the id; inputs that embed a groupInput have it too.
func (in groupInput) which() string { return in.GroupID }

type createGroupInput struct {
	Name         string         `json:"name" jsonschema:"unique in the org"`
	Description  string         `json:"description,omitempty" jsonschema:"for people"`
	ProfileExtra map[string]any `json:"profile_extra,omitempty" jsonschema:"more attributes of the profile, by their names in the org's group schema" clears:"true"`
}

type updateGroupInput struct {
	groupInput
	Name         string         `json:"name,omitempty" jsonschema:"the new name; left out, it stays"`
	Description  *string        `json:"description,omitempty" jsonschema:"the new description; left out, it stays; empty text takes it away"`
	ProfileExtra map[string]any `json:"profile_extra,omitempty" jsonschema:"more attributes of the profile; those that are not named stay, and null takes one away" clears:"true"`
}

type listGroupsInput struct {
	Search    string         `json:"search,omitempty" jsonschema:"a search expression, such as profile.name sw \"Sales\"; its index lags behind writes by seconds" filter:"true"`
	Filter    string         `json:"filter,omitempty" jsonschema:"a filter expression on id, type, lastUpdated or lastMembershipUpdated" filter:"true"`
	Q         string         `json:"q,omitempty" jsonschema:"the beginning of the name"`
	Expand    string         `json:"expand,omitempty" jsonschema:"what else to answer under _embedded: stats or app"`
	SortBy    string         `json:"sort_by,omitempty" jsonschema:"the attribute to sort by, with search only"`
	SortOrder string         `json:"sort_order,omitempty" jsonschema:"the direction of sort_by" enum:"asc,desc"`
	Limit     int            `json:"limit,omitempty" jsonschema:"groups a page; Okta's default and maximum is 10,000" minimum:"1" maximum:"10000"`
	After     string         `json:"after,omitempty" jsonschema:"the cursor of an earlier list to go on from; left out, the beginning"`
	Extra     map[string]any `json:"extra_parameters,omitempty" jsonschema:"more query parameters, sent as they are"`
}

var groups = []card.Card{
	card.NewRead(card.Spec{
		Name:    "okta.group.get",
		Title:   "Get Group",
		Also:    []string{"Read Group"},
		Summary: "read a group by id",
		Scopes:  []string{"okta.groups.read"},
		Effect:  card.Reads,
		Example: "card: okta.group.get\nwith: {group_id: 00g1}",
	}, getGroup),

	card.NewWrite(card.Spec{
		Name:    "okta.group.create",
		Title:   "Create Group",
		Also:    []string{"Create a group"},
		Summary: "create a group without members; a name that is taken is refused",
		Scopes:  []string{"okta.groups.manage"},
		Effect:  card.Creates,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.group.delete"},
		Example: "card: okta.group.create\nwith: {name: Day shift, description: From eight to four, profile_extra: {costCenter: \"9\"}}",
	}, card.Write[createGroupInput, card.Raw[WrittenGroup]]{Do: createGroup, Before: beforeCreateGroup, Back: createdGroup, Did: didCreateGroup}),

	card.NewWrite(card.Spec{
		Name:    "okta.group.update",
		Title:   "Update Group",
		Summary: "change a group's name, description or other attributes; what is not named stays",
		Scopes:  []string{"okta.groups.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.group.update", NeedsBefore: true},
		Example: "card: okta.group.update\nwith: {group_id: 00g1, description: From outside}",
	}, card.Write[updateGroupInput, card.Raw[WrittenGroup]]{Do: updateGroup, Before: beforeGroup[updateGroupInput], Back: restoreGroup}),

	card.NewWrite(card.Spec{
		Name:    "okta.group.delete",
		Title:   "Delete Group",
		Summary: "delete a group for ever, its memberships and assignments with it",
		Scopes:  []string{"okta.groups.manage"},
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.group.delete\nwith: {group_id: 00g1}",
	}, card.Write[groupInput, Changed]{Do: deleteGroup, Before: beforeGroup[groupInput], Did: didDeleteGroup}),

	card.NewList(card.Spec{
		Name:    "okta.group.list",
		Title:   "List Groups",
		Also:    []string{"Search Groups"},
		Summary: "list the groups of the org, all or those that a search finds",
		Scopes:  []string{"okta.groups.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.group.list\nwith: {search: profile.name eq \"Contractors\"}\nresult: first",
	}, listGroups),
}

func getGroup(ctx context.Context, call card.Call, in groupInput) (card.Raw[Group], error) {
	org, err := session(call)
	if err != nil {
		return card.Raw[Group]{}, err
	}
	group, err := org.Object(ctx, oktaapi.GetGroup, oktaapi.Args{Path: []string{in.GroupID}})
	return card.Raw[Group]{Value: group}, err
}

func createGroup(ctx context.Context, call card.Call, in createGroupInput) (card.Raw[WrittenGroup], error) {
	profile := map[string]any{}
	maps.Copy(profile, in.ProfileExtra)
	profile["name"] = in.Name
	if in.Description != "" {
		profile["description"] = in.Description
	}
	return writeGroup(ctx, call, oktaapi.CreateGroup, nil, profile)
}

// updateGroup reads the group, since Okta's PUT drops what it does not name, and writes nothing if all is as
// wanted. Whatever somebody else changes between its two requests is lost: Okta has no way to say "unless
// it changed".
func updateGroup(ctx context.Context, call card.Call, in updateGroupInput) (card.Raw[WrittenGroup], error) {
	before, err := getGroup(ctx, call, groupInput{in.GroupID})
	if err != nil {
		return card.Raw[WrittenGroup]{}, err
	}
	group, _ := before.Value.(map[string]any)
	old, _ := group["profile"].(map[string]any)
	if old == nil {
		return card.Raw[WrittenGroup]{}, &card.Error{Kind: card.Unavailable, Message: fmt.Sprintf("group %s came without a profile, so nothing was written", in.GroupID)}
	}
	profile := maps.Clone(old)
	maps.Copy(profile, in.ProfileExtra)
	if in.Name != "" {
		profile["name"] = in.Name
	}
	switch {
	case in.Description == nil:
	case *in.Description == "":
		profile["description"] = nil
	default:
		profile["description"] = *in.Description
	}
	if sameProfile(old, profile) {
		return written(group, false), nil
	}
	return writeGroup(ctx, call, oktaapi.ReplaceGroup, []string{in.GroupID}, profile)
}

// sameProfile compares as JSON, in which 1 and 1.0 of an expression are one; an attribute that is null and
// one that is not there are the same to Okta.
func sameProfile(a, b map[string]any) bool {
	text := func(profile map[string]any) string {
		profile = maps.Clone(profile)
		maps.DeleteFunc(profile, func(_ string, v any) bool { return v == nil })
		encoded, err := card.EncodeJSON(profile)
		if err != nil {
			return fmt.Sprint(err) // no JSON: writing it will say so
		}
		return string(encoded)
	}
	return text(a) == text(b)
}

// writeGroup sends a profile and answers the group that came of it.
func writeGroup(ctx context.Context, call card.Call, op oktaapi.Operation, path []string, profile map[string]any) (card.Raw[WrittenGroup], error) {
	org, err := session(call)
	if err != nil {
		return card.Raw[WrittenGroup]{}, err
	}
	body, err := card.EncodeJSON(map[string]any{"profile": profile})
	if err != nil {
		return card.Raw[WrittenGroup]{}, &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("the profile is no JSON: %v", err), Err: err}
	}
	group, err := org.Object(ctx, op, oktaapi.Args{Path: path, Body: body})
	if err != nil {
		return card.Raw[WrittenGroup]{}, err
	}
	return written(group, true), nil
}

// written is a group's raw answer with changed beside its fields.
func written(group map[string]any, changed bool) card.Raw[WrittenGroup] {
	answer := maps.Clone(group)
	if answer == nil {
		answer = map[string]any{}
	}
	answer["changed"] = changed
	return card.Raw[WrittenGroup]{Value: answer}
}

func deleteGroup(ctx context.Context, call card.Call, in groupInput) (Changed, error) {
	org, err := session(call)
	if err != nil {
		return Changed{}, err
	}
	_, err = org.Do(ctx, oktaapi.DeleteGroup, oktaapi.Args{Path: []string{in.GroupID}})
	return Changed{err == nil}, err
}

func listGroups(ctx context.Context, call card.Call, in listGroupsInput, at card.Cursor) ([]card.Raw[Group], card.Cursor, error) {
	parameters, err := values("extra_parameters", in.Extra)
	if err != nil {
		return nil, "", err
	}
	maps.Copy(parameters, query(
		"search", in.Search, "filter", in.Filter, "q", in.Q, "expand", in.Expand,
		"sortBy", in.SortBy, "sortOrder", in.SortOrder, "limit", number(in.Limit),
	))
	return page[Group](ctx, call, oktaapi.ListGroups, oktaapi.Args{Query: parameters}, from(in.After, at))
}
