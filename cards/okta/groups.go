package okta

import (
	"context"
	"net/url"
	"strconv"

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

type listGroupsInput struct {
	Search    string `json:"search,omitempty" jsonschema:"a search expression, such as profile.name sw \"Sales\"; its index lags behind writes by seconds" filter:"true"`
	Filter    string `json:"filter,omitempty" jsonschema:"a filter expression on id, type, lastUpdated or lastMembershipUpdated" filter:"true"`
	Q         string `json:"q,omitempty" jsonschema:"the beginning of the name"`
	Expand    string `json:"expand,omitempty" jsonschema:"what else to answer under _embedded: stats or app"`
	SortBy    string `json:"sort_by,omitempty" jsonschema:"the attribute to sort by, with search only"`
	SortOrder string `json:"sort_order,omitempty" jsonschema:"the direction of sort_by" enum:"asc,desc"`
	Limit     int    `json:"limit,omitempty" jsonschema:"groups a page; Okta's default and maximum is 10,000" minimum:"1" maximum:"10000"`
}

type listMembersInput struct {
	GroupID string `json:"group_id" jsonschema:"the group's id"`
	Limit   int    `json:"limit,omitempty" jsonschema:"users a page; Okta's default and maximum is 1,000" minimum:"1" maximum:"1000"`
}

var groups = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.group.list",
		Title:   "List Groups",
		Summary: "list the groups of the org, all or those that a search finds",
		Scopes:  []string{"okta.groups.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.group.list\nwith: {search: profile.name eq \"Contractors\"}\nresult: first",
	}, listGroups),

	card.NewList(card.Spec{
		Name:    "okta.group.member.list",
		Title:   "List Group Members",
		Summary: "list the users in a group",
		Scopes:  []string{"okta.groups.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.group.member.list\nwith: {group_id: 00g1}",
	}, listMembers),
}

func listGroups(ctx context.Context, call card.Call, in listGroupsInput, at card.Cursor) ([]card.Raw[Group], card.Cursor, error) {
	return page[Group](ctx, call, oktaapi.ListGroups, oktaapi.Args{Query: query(
		"search", in.Search, "filter", in.Filter, "q", in.Q, "expand", in.Expand,
		"sortBy", in.SortBy, "sortOrder", in.SortOrder, "limit", number(in.Limit),
	)}, at)
}

func listMembers(ctx context.Context, call card.Call, in listMembersInput, at card.Cursor) ([]card.Raw[User], card.Cursor, error) {
	return page[User](ctx, call, oktaapi.ListGroupUsers, oktaapi.Args{
		Path: []string{in.GroupID}, Query: query("limit", number(in.Limit)),
	}, at)
}

// page reads one page of a list of T.
func page[T any](ctx context.Context, call card.Call, op oktaapi.Operation, args oktaapi.Args, at card.Cursor) ([]card.Raw[T], card.Cursor, error) {
	org, err := session(call)
	if err != nil {
		return nil, "", err
	}
	items, next, err := org.Page(ctx, op, args, at)
	if err != nil {
		return nil, "", err
	}
	records := make([]card.Raw[T], len(items))
	for i, item := range items {
		records[i].Value = item
	}
	return records, next, nil
}

// query makes query parameters of names and values in turn, leaving out the empty ones.
func query(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

// number writes a number that was given, and nothing for one that was not.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
