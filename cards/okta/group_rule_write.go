package okta

import (
	"context"
	"maps"
	"slices"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// expressionOf returns an expression as Okta writes it.
func expressionOf(text string) map[string]any {
	return map[string]any{"type": "urn:okta:expression:1.0", "value": text}
}

// excluding returns excluded users as Okta writes them, each once.
func excluding(ids []string) map[string]any {
	list := []any{}
	for _, id := range ids {
		if !slices.Contains(list, any(id)) {
			list = append(list, id)
		}
	}
	return map[string]any{"users": map[string]any{"exclude": list}}
}

func createGroupRule(ctx context.Context, call card.Call, in createGroupRuleInput) (card.Raw[WrittenGroupRule], error) {
	sent := in.rule()
	delete(sent, "status") // Okta makes it
	answer, err := groupRules.write(ctx, call, oktaapi.CreateGroupRule, oktaapi.Args{}, sent)
	return card.Raw[WrittenGroupRule]{Value: answer}, err
}

// rule returns the rule to create, with the status that Okta gives it.
func (in createGroupRuleInput) rule() map[string]any {
	conditions := map[string]any{"expression": expressionOf(in.Expression)}
	if len(in.ExcludeUserIDs) > 0 {
		conditions["people"] = excluding(in.ExcludeUserIDs)
	}
	return map[string]any{
		"type": "group_rule", "name": in.Name, "status": "INACTIVE", "conditions": conditions,
		"actions": map[string]any{"assignUserToGroups": map[string]any{"groupIds": in.GroupIDs}},
	}
}

// updateGroupRule sends the whole rule, because Okta's PUT replaces it.
func updateGroupRule(ctx context.Context, call card.Call, in updateGroupRuleInput) (card.Raw[WrittenGroupRule], error) {
	rule, err := groupRules.read(ctx, call, in.ids())
	if err != nil {
		return card.Raw[WrittenGroupRule]{}, err
	}
	conditions := map[string]any{}
	maps.Copy(conditions, objectAt(rule, "conditions"))
	if in.Expression != "" {
		conditions["expression"] = expressionOf(in.Expression)
	}
	if in.ExcludeUserIDs != nil && !sameIDs(excludedBy(rule), in.ExcludeUserIDs) {
		people := map[string]any{}
		maps.Copy(people, objectAt(conditions, "people"))
		maps.Copy(people, excluding(in.ExcludeUserIDs))
		conditions["people"] = people
	}
	wanted := map[string]any{"conditions": conditions}
	if in.Name != "" {
		wanted["name"] = in.Name
	}
	answer, err := groupRules.replace(ctx, call, oktaapi.ReplaceGroupRule, in.ids(), rule, wanted, "status", "allGroupsValid")
	if refused := refusal(err); refused != nil && rule["status"] == "ACTIVE" {
		refused.Hint = "Okta changes only a rule that is inactive: deactivate it with okta.group.rule.deactivate first"
		err = refused
	}
	return card.Raw[WrittenGroupRule]{Value: answer}, err
}

func afterUpdateGroupRule(in updateGroupRuleInput, before card.State) card.Predicted {
	set, conditions := map[string]any{}, map[string]any{}
	if in.Name != "" {
		set["name"] = in.Name
	}
	if in.Expression != "" {
		conditions["expression"] = expressionOf(in.Expression)
	}
	if in.ExcludeUserIDs != nil && !sameIDs(excludedBy(before.Fields), in.ExcludeUserIDs) {
		conditions["people"] = excluding(in.ExcludeUserIDs)
	}
	if len(conditions) > 0 {
		set["conditions"] = conditions
	}
	return predicts(set)
}

// restoreGroupRule returns the input that sets what was updated to its old values.
func restoreGroupRule(in updateGroupRuleInput, _ card.Raw[WrittenGroupRule], before card.State) any {
	if before.IsZero() || before.Missing {
		return nil
	}
	back := updateGroupRuleInput{groupRuleInput: in.groupRuleInput}
	if in.Name != "" {
		back.Name, _ = before.Fields["name"].(string)
	}
	if in.Expression != "" {
		back.Expression, _ = objectAt(before.Fields, "conditions", "expression")["value"].(string)
	}
	if in.ExcludeUserIDs != nil {
		back.ExcludeUserIDs = excludedBy(before.Fields)
	}
	return back
}

// excludedBy returns the ids of the users that a rule excludes; an empty list if there are none.
func excludedBy(rule map[string]any) []string {
	ids := []string{}
	excluded, _ := objectAt(rule, "conditions", "people", "users")["exclude"].([]any)
	for _, item := range excluded {
		id, _ := item.(string)
		ids = append(ids, id)
	}
	return ids
}

// sameIDs reports whether two lists have the same ids, in any order.
func sameIDs(a, b []string) bool {
	return slices.Equal(slices.Compact(slices.Sorted(slices.Values(a))), slices.Compact(slices.Sorted(slices.Values(b))))
}

// beforeCreateGroupRule reads the rules that have the name or a part of it.
func beforeCreateGroupRule(ctx context.Context, call card.Call, in createGroupRuleInput) (card.State, error) {
	return groupRules.beforeNamed(ctx, call, oktaapi.ListGroupRules, rulesLike(in.Name), in.Name)
}

func rulesLike(name string) oktaapi.Args {
	return oktaapi.Args{Query: query("search", name, "limit", "200")}
}

func createdGroupRule(_ createGroupRuleInput, out card.Raw[WrittenGroupRule], _ card.State) any {
	return deleteGroupRuleInput{groupRuleInput: groupRuleInput{idOf(out.Value)}}
}

func didCreateGroupRule(ctx context.Context, call card.Call, in createGroupRuleInput, before card.State) (card.Raw[WrittenGroupRule], bool, error) {
	rule, done, err := groupRules.didCreateNamed(ctx, call, oktaapi.ListGroupRules, rulesLike(in.Name), in.Name, before)
	return card.Raw[WrittenGroupRule]{Value: rule}, done, err
}

func deleteGroupRule(ctx context.Context, call card.Call, in deleteGroupRuleInput) (Changed, error) {
	args := oktaapi.Args{Path: in.ids()}
	if in.RemoveUsers {
		args.Query = query("removeUsers", "true")
	}
	return sending(ctx, call, oktaapi.DeleteGroupRule, args)
}
