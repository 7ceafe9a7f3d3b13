package okta

import (
	"context"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// GroupRule is a rule that adds users to groups.
//
// Source: Okta, "Group rules", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/GroupRule/
type GroupRule struct {
	ID             string         `json:"id" jsonschema:"the rule's id"`
	Type           string         `json:"type" jsonschema:"always group_rule"`
	Name           string         `json:"name" jsonschema:"the name, unique in the org"`
	Status         string         `json:"status" jsonschema:"ACTIVE, INACTIVE, or INVALID if a group of the rule was deleted"`
	Conditions     map[string]any `json:"conditions,omitempty" jsonschema:"the expression, and the excluded users in people.users.exclude"`
	Actions        map[string]any `json:"actions,omitempty" jsonschema:"the groups, in assignUserToGroups.groupIds"`
	AllGroupsValid bool           `json:"allGroupsValid,omitempty" jsonschema:"false if a group of the rule was deleted"`
	Created        string         `json:"created" jsonschema:"when the rule was created"`
	LastUpdated    string         `json:"lastUpdated" jsonschema:"when the rule last changed"`
	Embedded       map[string]any `json:"_embedded,omitempty" jsonschema:"the names of the groups, if they were requested"`
}

// WrittenGroupRule is a rule after a write, and whether the write changed it.
type WrittenGroupRule struct {
	Changed bool `json:"changed" jsonschema:"false if nothing had to be changed"`
	GroupRule
}

type groupRuleInput struct {
	RuleID string `json:"rule_id" jsonschema:"the rule's id"`
}

func (in groupRuleInput) ids() []string { return []string{in.RuleID} }

type getGroupRuleInput struct {
	groupRuleInput
	Expand string `json:"expand,omitempty" jsonschema:"groupIdToGroupNameMap adds the names of the groups to _embedded"`
}

type listGroupRulesInput struct {
	Search string `json:"search,omitempty" jsonschema:"a keyword to search rules for" narrows:"true"`
	Expand string `json:"expand,omitempty" jsonschema:"groupIdToGroupNameMap adds the names of the groups to _embedded"`
	Limit  int    `json:"limit,omitempty" jsonschema:"rules per page; Okta's default is 50" minimum:"1" maximum:"200"`
	After  string `json:"after,omitempty" jsonschema:"the cursor to continue an earlier list from; by default the start"`
}

type createGroupRuleInput struct {
	Name           string   `json:"name" jsonschema:"the name, unique in the org; 50 characters at most"`
	Expression     string   `json:"expression" jsonschema:"for which users the rule holds, in Okta's expression language, such as user.department == \"Sales\"" expression:"true"`
	GroupIDs       []string `json:"group_ids" jsonschema:"the ids of the groups to which the rule adds them; up to 100, of type OKTA_GROUP"`
	ExcludeUserIDs []string `json:"exclude_user_ids,omitempty" jsonschema:"the ids of users whom the rule never adds; up to 100"`
}

type updateGroupRuleInput struct {
	groupRuleInput
	Name           string   `json:"name,omitempty" jsonschema:"the new name; by default unchanged"`
	Expression     string   `json:"expression,omitempty" jsonschema:"the new expression; by default unchanged" expression:"true"`
	ExcludeUserIDs []string `json:"exclude_user_ids,omitzero" jsonschema:"the ids of all users whom the rule never adds; by default unchanged; an empty list excludes nobody"`
}

type deleteGroupRuleInput struct {
	groupRuleInput
	RemoveUsers bool `json:"remove_users,omitempty" jsonschema:"whether the users whom the rule added leave its groups" default:"false"`
}

// groupRules describes group rules.
var groupRules = kind{word: "group rule", input: "rule_id", get: oktaapi.GetGroupRule, name: "name", fields: []string{"name", "conditions", "actions"}}

var groupRuleCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.group.rule.list",
		Title:   "List Group Rules",
		Also:    []string{"Search Group Rules"},
		Summary: "list the group rules of the org",
		Scopes:  []string{"okta.groups.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.group.rule.list\nwith: {search: Sales, expand: groupIdToGroupNameMap}",
	}, listGroupRules),

	card.NewRead(card.Spec{
		Name:    "okta.group.rule.get",
		Title:   "Get Group Rule",
		Summary: "read a group rule",
		Scopes:  []string{"okta.groups.read"},
		Effect:  card.Reads,
		Example: "card: okta.group.rule.get\nwith: {rule_id: 0pr1}",
	}, getGroupRule),

	card.NewWrite(card.Spec{
		Name:    "okta.group.rule.create",
		Title:   "Create Group Rule",
		Summary: "create a group rule, which is inactive; fails if the name is taken",
		Scopes:  []string{"okta.groups.manage"},
		Effect:  card.Creates,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.group.rule.delete"},
		Example: "card: okta.group.rule.create\nwith: {name: Night people, expression: 'user.department == \"Night\"', group_ids: [00g2], exclude_user_ids: [00u1]}",
	}, card.Write[createGroupRuleInput, card.Raw[WrittenGroupRule]]{Do: createGroupRule, Before: beforeCreateGroupRule, After: makes(groupRules, createGroupRuleInput.rule), Back: createdGroupRule, Did: didCreateGroupRule}),

	card.NewWrite(card.Spec{
		Name:    "okta.group.rule.update",
		Title:   "Update Group Rule",
		Summary: "change the name, expression or exclusions of an inactive group rule; Okta cannot change its groups",
		Scopes:  []string{"okta.groups.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.group.rule.update", NeedsBefore: true},
		Example: "card: okta.group.rule.update\nwith: {rule_id: 0pr1, expression: 'String.startsWith(user.department, \"Sales\")', exclude_user_ids: [00u2]}",
	}, card.Write[updateGroupRuleInput, card.Raw[WrittenGroupRule]]{Do: updateGroupRule, Before: before[updateGroupRuleInput](groupRules), After: afterUpdateGroupRule, Back: restoreGroupRule}),

	card.NewWrite(card.Spec{
		Name:    "okta.group.rule.activate",
		Title:   "Activate Group Rule",
		Summary: "activate a group rule, so that Okta adds users to its groups, after a while",
		Scopes:  []string{"okta.groups.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Partial, Card: "okta.group.rule.deactivate", Rest: "the users whom the rule added stay in its groups"},
		Example: "card: okta.group.rule.activate\nwith: {rule_id: 0pr1}",
	}, card.Write[groupRuleInput, Changed]{Do: turning[groupRuleInput](groupRules, oktaapi.ActivateGroupRule, "ACTIVE"), Before: before[groupRuleInput](groupRules), After: becomes[groupRuleInput]("ACTIVE"), Back: sameInput[groupRuleInput]}),

	card.NewWrite(card.Spec{
		Name:    "okta.group.rule.deactivate",
		Title:   "Deactivate Group Rule",
		Summary: "deactivate a group rule; the users whom it added stay in its groups",
		Scopes:  []string{"okta.groups.manage"},
		Effect:  card.Idempotent,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.group.rule.activate"},
		Example: "card: okta.group.rule.deactivate\nwith: {rule_id: 0pr2}",
	}, card.Write[groupRuleInput, Changed]{Do: turning[groupRuleInput](groupRules, oktaapi.DeactivateGroupRule, "INACTIVE"), Before: before[groupRuleInput](groupRules), After: becomes[groupRuleInput]("INACTIVE"), Back: sameInput[groupRuleInput]}),

	card.NewWrite(card.Spec{
		Name:    "okta.group.rule.delete",
		Title:   "Delete Group Rule",
		Summary: "delete an inactive or invalid group rule permanently",
		Scopes:  []string{"okta.groups.manage"},
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.None},
		Example: "card: okta.group.rule.delete\nwith: {rule_id: 0pr1, remove_users: true}",
	}, card.Write[deleteGroupRuleInput, Changed]{Do: deleteGroupRule, Before: before[deleteGroupRuleInput](groupRules), After: gone[deleteGroupRuleInput], Did: didRemove[deleteGroupRuleInput](groupRules)}),
}

func listGroupRules(ctx context.Context, call card.Call, in listGroupRulesInput, at card.Cursor) ([]card.Raw[GroupRule], card.Cursor, error) {
	return page[GroupRule](ctx, call, oktaapi.ListGroupRules, oktaapi.Args{
		Query: query("search", in.Search, "expand", in.Expand, "limit", number(in.Limit)),
	}, from(in.After, at))
}

func getGroupRule(ctx context.Context, call card.Call, in getGroupRuleInput) (card.Raw[GroupRule], error) {
	org, err := session(call)
	if err != nil {
		return card.Raw[GroupRule]{}, err
	}
	rule, err := org.Resource(ctx, oktaapi.GetGroupRule, oktaapi.Args{Path: in.ids(), Query: query("expand", in.Expand)})
	return card.Raw[GroupRule]{Value: rule}, err
}
