package okta

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
)

// UserPasswordPolicy is the password policy that applies to a user, and the rule because of which it does.
type UserPasswordPolicy struct {
	Policy   Policy     `json:"policy" jsonschema:"the policy"`
	Rule     PolicyRule `json:"rule" jsonschema:"the first rule of the policy that is for the user"`
	Provider string     `json:"provider" jsonschema:"where the user's password is managed, such as OKTA or ACTIVE_DIRECTORY"`
	Network  bool       `json:"network" jsonschema:"whether the rule also depends on the network of the user, which is taken as met"`
}

// getPasswordPolicy evaluates the password policies as Okta does. The active policies are considered by their priority. If the conditions of
// a policy are met, its active rules are considered by theirs, and the first rule whose conditions are met decides. If there is none, the
// next policy is considered. The conditions of a password policy are the user's groups and the provider of the user's password; those of a
// rule can exclude users, and can name network zones.
//
// Sources: Okta, "Policies", policy evaluation, https://developer.okta.com/docs/concepts/policies/;
// "How Okta Password Policies are Evaluated", https://support.okta.com/help/s/article/how-okta-password-policies-are-evaluated
func getPasswordPolicy(ctx context.Context, call card.Call, in userInput) (card.Raw[UserPasswordPolicy], error) {
	nothing := card.Raw[UserPasswordPolicy]{}
	org, err := session(call)
	if err != nil {
		return nothing, err
	}
	user, err := readUser(ctx, org, in.UserID)
	if err != nil {
		return nothing, err
	}
	s, err := subjectOf(ctx, call, user)
	if err != nil {
		return nothing, err
	}
	policies, err := everything(func(at card.Cursor) ([]card.Raw[Policy], card.Cursor, error) {
		return listPolicies(ctx, call, listPoliciesInput{Type: "PASSWORD", Status: "ACTIVE"}, at)
	})
	if err != nil {
		return nothing, err
	}
	for _, policy := range byPriority(policies) {
		if meets, err := s.meets(policy); err != nil {
			return nothing, err
		} else if !meets {
			continue
		}
		rules, err := everything(func(at card.Cursor) ([]card.Raw[PolicyRule], card.Cursor, error) {
			return listPolicyRules(ctx, call, listPolicyRulesInput{PolicyID: idOf(policy)}, at)
		})
		if err != nil {
			return nothing, err
		}
		for _, rule := range byPriority(rules) {
			if rule["status"] == "ACTIVE" && s.among(rule) {
				network := objectAt(rule, "conditions", "network")["connection"]
				return card.Raw[UserPasswordPolicy]{Value: map[string]any{
					"policy": policy, "rule": rule, "provider": s.provider, "network": network != nil && network != "ANYWHERE",
				}}, nil
			}
		}
	}
	return nothing, &card.Error{Kind: card.NotFound, Message: fmt.Sprintf("no password policy applies to user %s, whose password is managed by %s", in.UserID, s.provider)}
}

// A policySubject has the facts about a user on which the conditions of password policies depend.
type policySubject struct {
	id, provider string
	groups       []string // their ids
}

func subjectOf(ctx context.Context, call card.Call, user map[string]any) (policySubject, error) {
	s := policySubject{provider: "OKTA"}
	s.id = idOf(user)
	if provider, _ := objectAt(user, "credentials", "provider")["type"].(string); provider != "" {
		s.provider = provider
	}
	groups, err := everything(func(at card.Cursor) ([]card.Raw[Group], card.Cursor, error) {
		return listUserGroups(ctx, call, userInput{s.id}, at)
	})
	for _, group := range groups {
		s.groups = append(s.groups, idOf(group))
	}
	return s, err
}

// meets reports whether the conditions of a policy are met. A policy for some directories is an error for a user of a directory, because
// Okta's API does not show which one.
func (s policySubject) meets(policy map[string]any) (bool, error) {
	condition := objectAt(policy, "conditions", "authProvider")
	provider, _ := condition["provider"].(string)
	switch directories, _ := condition["include"].([]any); {
	case provider != "" && provider != "ANY" && provider != s.provider, !s.among(policy):
		return false, nil
	case len(directories) > 0 && s.provider != "OKTA":
		return false, &card.Error{
			Kind: card.Invalid, Message: fmt.Sprintf("the policy %q is for some directories only, and Okta's API does not show from which one user %s is", policy["name"], s.id),
		}
	}
	return true, nil
}

// among reports whether the people of a policy or a rule include the user. Without included users and groups everybody is.
func (s policySubject) among(object map[string]any) bool {
	users, groups := objectAt(object, "conditions", "people", "users"), objectAt(object, "conditions", "people", "groups")
	in := func(list any, ids ...string) bool {
		items, _ := list.([]any)
		return slices.ContainsFunc(items, func(item any) bool {
			id, _ := item.(string)
			return slices.Contains(ids, id)
		})
	}
	some := func(list any) bool { items, _ := list.([]any); return len(items) > 0 }
	switch {
	case in(users["exclude"], s.id), in(groups["exclude"], s.groups...):
		return false
	case in(users["include"], s.id), in(groups["include"], s.groups...):
		return true
	}
	return !some(users["include"]) && !some(groups["include"])
}

// everything reads all pages of a list.
func everything[T any](read func(at card.Cursor) ([]card.Raw[T], card.Cursor, error)) (all []map[string]any, err error) {
	err = eachPage(func(at card.Cursor) (card.Cursor, error) {
		items, next, err := read(at)
		for _, item := range items {
			object, _ := item.Value.(map[string]any)
			all = append(all, object)
		}
		return next, err
	})
	return all, err
}

// byPriority sorts policies or rules: the lowest number first.
func byPriority(objects []map[string]any) []map[string]any {
	priority := func(object map[string]any) float64 {
		switch n := object["priority"].(type) {
		case int:
			return float64(n)
		case float64:
			return n
		case json.Number:
			f, _ := n.Float64()
			return f
		}
		return 0
	}
	slices.SortStableFunc(objects, func(a, b map[string]any) int { return cmp.Compare(priority(a), priority(b)) })
	return objects
}
