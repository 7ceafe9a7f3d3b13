package okta

import (
	"context"
	"fmt"
	"maps"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Group has the fields of a group in every org. The profile may also have custom attributes.
//
// Source: Okta, "Groups", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/
type Group struct {
	ID                    string         `json:"id" jsonschema:"the group's id, which never changes"`
	Type                  string         `json:"type" jsonschema:"OKTA_GROUP, APP_GROUP or BUILT_IN"`
	ObjectClass           []string       `json:"objectClass" jsonschema:"the kinds of profile that it has"`
	Created               string         `json:"created" jsonschema:"when the group was created"`
	LastUpdated           string         `json:"lastUpdated" jsonschema:"when the profile last changed"`
	LastMembershipUpdated string         `json:"lastMembershipUpdated" jsonschema:"when a member was last added or removed"`
	Profile               GroupProfile   `json:"profile" jsonschema:"the attributes, including custom ones" open:"true"`
	Source                map[string]any `json:"source,omitempty" jsonschema:"the application that an APP_GROUP comes from"`
	Embedded              map[string]any `json:"_embedded,omitempty" jsonschema:"the data requested with expand"`
	Links                 map[string]any `json:"_links,omitempty" jsonschema:"Okta's links to what belongs to the group"`
}

// GroupProfile has the attributes of every group.
type GroupProfile struct {
	Name        string  `json:"name" jsonschema:"the name, unique in the org"`
	Description *string `json:"description" jsonschema:"a description for people"`
}

// WrittenGroup is a group after a write, and whether the write changed it.
type WrittenGroup struct {
	Changed bool `json:"changed" jsonschema:"false if nothing had to be changed"`
	Group
}

// UpdatedGroup is a group after an update.
type UpdatedGroup struct {
	WrittenGroup
	Ignored []string `json:"ignored" jsonschema:"the given attributes that Okta left as they were although they differ"`
}

type groupInput struct {
	GroupID string `json:"group_id" jsonschema:"the group's id"`
}

// which returns the id of the group. Inputs that embed a groupInput have it too.
func (in groupInput) which() string { return in.GroupID }

type createGroupInput struct {
	Name         string          `json:"name" jsonschema:"the name, unique in the org"`
	Description  *string         `json:"description,omitempty" jsonschema:"a description for people" attribute:"profile_extra.description"`
	ProfileExtra groupAttributes `json:"profile_extra,omitempty" jsonschema:"more attributes, by their names in the org's group schema; null removes one" clears:"true"`
}

type updateGroupInput struct {
	groupInput
	Name         string          `json:"name,omitempty" jsonschema:"the new name; by default unchanged"`
	Description  *string         `json:"description,omitempty" jsonschema:"the new description; by default unchanged; null or an empty string removes it" attribute:"profile_extra.description"`
	ProfileExtra groupAttributes `json:"profile_extra,omitempty" jsonschema:"more attributes; null removes one, and the others stay" clears:"true"`
}

// groupAttributes are attributes of a group by their names in the org's group schema.
type groupAttributes map[string]any

// Attributes returns the names of the attributes that every org knows.
func (groupAttributes) Attributes() []string { return []string{"name", "description"} }

type listGroupsInput struct {
	Search    string         `json:"search,omitempty" jsonschema:"a search expression, such as profile.name sw \"Sales\"; its index lags behind writes by seconds" filter:"true"`
	Filter    string         `json:"filter,omitempty" jsonschema:"a filter expression on id, type, lastUpdated or lastMembershipUpdated" filter:"true"`
	Q         string         `json:"q,omitempty" jsonschema:"the first characters of the name; Okta returns a single page, of 300 groups without limit" narrows:"true"`
	Expand    string         `json:"expand,omitempty" jsonschema:"more data for _embedded: stats or app"`
	SortBy    string         `json:"sort_by,omitempty" jsonschema:"the attribute to sort by, with search only"`
	SortOrder string         `json:"sort_order,omitempty" jsonschema:"the direction of sort_by" enum:"asc,desc"`
	Limit     int            `json:"limit,omitempty" jsonschema:"groups per page; Okta's default and maximum is 10,000" minimum:"1" maximum:"10000"`
	After     string         `json:"after,omitempty" jsonschema:"the cursor to continue an earlier list from; by default the start"`
	Extra     map[string]any `json:"extra_parameters,omitempty" jsonschema:"more query parameters, sent unchanged" filter:"search,filter" narrows:"q"`
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
		Summary: "create a group without members; fails if the name is taken",
		Scopes:  []string{"okta.groups.manage"},
		Effect:  card.Creates,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.group.delete"},
		Example: "card: okta.group.create\nwith: {name: Day shift, description: From eight to four, profile_extra: {costCenter: \"9\"}}",
	}, card.Write[createGroupInput, card.Raw[WrittenGroup]]{Do: createGroup, Before: beforeCreateGroup, After: afterCreateGroup, Back: createdGroup, Did: didCreateGroup}),

	card.NewWrite(card.Spec{
		Name:    "okta.group.update",
		Title:   "Update Group",
		Summary: "change a group's name, description or other attributes; the others stay",
		Scopes:  []string{"okta.groups.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.group.update", NeedsBefore: true},
		Example: "card: okta.group.update\nwith: {group_id: 00g1, description: From outside}",
	}, card.Write[updateGroupInput, card.Raw[UpdatedGroup]]{Do: updateGroup, Before: beforeGroup[updateGroupInput], After: afterUpdateGroup, Back: restoreGroup}),

	card.NewWrite(card.Spec{
		Name:    "okta.group.delete",
		Title:   "Delete Group",
		Summary: "delete a group permanently, with its memberships and assignments",
		Scopes:  []string{"okta.groups.manage"},
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.group.delete\nwith: {group_id: 00g1}",
	}, card.Write[groupInput, Changed]{Do: deleteGroup, Before: beforeDeleteGroup, After: gone[groupInput], Did: didDeleteGroup}),

	card.NewList(card.Spec{
		Name:    "okta.group.list",
		Title:   "List Groups",
		Also:    []string{"Search Groups"},
		Summary: "list all groups of the org, or search for some",
		Scopes:  []string{"okta.groups.read"},
		Effect:  card.Reads,
		Key:     "id",
		Filters: groupFilters,
		Cut:     groupsByQ.cut,
		Example: "card: okta.group.list\nwith: {search: profile.name eq \"Contractors\"}\nresult: first",
	}, listGroups),
}

func getGroup(ctx context.Context, call card.Call, in groupInput) (card.Raw[Group], error) {
	org, err := session(call)
	if err != nil {
		return card.Raw[Group]{}, err
	}
	group, err := org.Resource(ctx, oktaapi.GetGroup, oktaapi.Args{Path: []string{in.GroupID}})
	return card.Raw[Group]{Value: group}, err
}

func createGroup(ctx context.Context, call card.Call, in createGroupInput) (card.Raw[WrittenGroup], error) {
	if err := checkTwice(in, "profile_extra", in.ProfileExtra); err != nil {
		return card.Raw[WrittenGroup]{}, err
	}
	group, err := writeGroup(ctx, call, oktaapi.CreateGroup, nil, in.profile())
	if err != nil {
		return card.Raw[WrittenGroup]{}, err
	}
	return written(group, true), nil
}

// profile returns the profile of the new group.
func (in createGroupInput) profile() map[string]any {
	profile := map[string]any{}
	maps.Copy(profile, in.ProfileExtra)
	profile["name"] = in.Name
	if in.Description != nil && *in.Description != "" {
		profile["description"] = *in.Description
	}
	return profile
}

// wanted returns the attributes that an update gives.
func (in updateGroupInput) wanted() map[string]any {
	wanted := map[string]any{}
	maps.Copy(wanted, in.ProfileExtra)
	if in.Name != "" {
		wanted["name"] = in.Name
	}
	switch {
	case in.Description == nil:
	case *in.Description == "":
		wanted["description"] = nil
	default:
		wanted["description"] = *in.Description
	}
	return wanted
}

// updateGroup reads the group first, because Okta's PUT removes the attributes that are not in the request. It writes
// nothing if the group already has the wanted values. A change that somebody else makes between the two requests is
// lost: Okta has no conditional writes.
func updateGroup(ctx context.Context, call card.Call, in updateGroupInput) (card.Raw[UpdatedGroup], error) {
	nothing := card.Raw[UpdatedGroup]{}
	if err := checkTwice(in, "profile_extra", in.ProfileExtra); err != nil {
		return nothing, err
	}
	read, err := getGroup(ctx, call, groupInput{in.GroupID})
	if err != nil {
		return nothing, err
	}
	group, _ := read.Value.(map[string]any)
	before, err := profileOf("group "+in.GroupID, group, untouched)
	if err != nil {
		return nothing, err
	}
	differ := differing(before, in.wanted())
	if len(differ) == 0 {
		return card.Raw[UpdatedGroup]{Value: changeOf(nil, nil, nil).result(group)}, nil
	}
	profile := maps.Clone(before)
	maps.Copy(profile, differ)
	answer, err := writeGroup(ctx, call, oktaapi.ReplaceGroup, []string{in.GroupID}, profile)
	if err != nil {
		return nothing, err
	}
	after, err := profileOf("group "+in.GroupID, answer, uncertain)
	if err != nil {
		return nothing, err
	}
	return card.Raw[UpdatedGroup]{Value: changeOf(before, differ, after).result(answer)}, nil
}

// writeGroup sends a profile and returns the resulting group.
func writeGroup(ctx context.Context, call card.Call, op oktaapi.Operation, path []string, profile map[string]any) (map[string]any, error) {
	org, err := session(call)
	if err != nil {
		return nil, err
	}
	body, err := card.EncodeJSON(map[string]any{"profile": profile})
	if err != nil {
		return nil, &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("the profile is not valid JSON: %v", err), Err: err}
	}
	return org.Resource(ctx, op, oktaapi.Args{Path: path, Body: body})
}

// written returns Okta's answer for a group, with the field changed added.
func written(group map[string]any, changed bool) card.Raw[WrittenGroup] {
	answer := maps.Clone(group)
	if answer == nil {
		answer = map[string]any{}
	}
	answer["changed"] = changed
	return card.Raw[WrittenGroup]{Value: answer}
}

func deleteGroup(ctx context.Context, call card.Call, in groupInput) (Changed, error) {
	return sending(ctx, call, oktaapi.DeleteGroup, oktaapi.Args{Path: []string{in.GroupID}})
}

func listGroups(ctx context.Context, call card.Call, in listGroupsInput, at card.Cursor) ([]card.Raw[Group], card.Cursor, error) {
	parameters, err := wire.Values("extra_parameters", in.Extra)
	if err != nil {
		return nil, "", err
	}
	maps.Copy(parameters, query(
		"search", in.Search, "filter", in.Filter, "q", in.Q, "expand", in.Expand,
		"sortBy", in.SortBy, "sortOrder", in.SortOrder, "limit", number(in.Limit),
	))
	return page[Group](ctx, call, oktaapi.ListGroups, oktaapi.Args{Query: parameters}, from(in.After, at))
}
