package okta

import (
	"context"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Policy has the fields of a policy of every type.
//
// Source: Okta, "Policies", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/
type Policy struct {
	ID          string         `json:"id" jsonschema:"the policy's id"`
	Type        string         `json:"type" jsonschema:"the type, such as PASSWORD"`
	Name        string         `json:"name" jsonschema:"the name"`
	Description string         `json:"description,omitempty" jsonschema:"a description for people"`
	Status      string         `json:"status" jsonschema:"ACTIVE or INACTIVE"`
	Priority    int            `json:"priority,omitempty" jsonschema:"the policy with the lowest number is considered first"`
	System      bool           `json:"system,omitempty" jsonschema:"whether Okta made the policy"`
	Conditions  map[string]any `json:"conditions,omitempty" jsonschema:"whom the policy is for"`
	Settings    map[string]any `json:"settings,omitempty" jsonschema:"the requirements of the policy, by its type"`
	Created     string         `json:"created,omitempty" jsonschema:"when the policy was created"`
	LastUpdated string         `json:"lastUpdated,omitempty" jsonschema:"when the policy last changed"`
	Embedded    map[string]any `json:"_embedded,omitempty" jsonschema:"the data requested with expand"`
	Links       map[string]any `json:"_links,omitempty" jsonschema:"Okta's links to what belongs to the policy"`
}

// PolicyRule has the fields of a rule of every type of policy.
type PolicyRule struct {
	ID          string         `json:"id" jsonschema:"the rule's id"`
	Type        string         `json:"type" jsonschema:"the type, such as PASSWORD or SIGN_ON"`
	Name        string         `json:"name" jsonschema:"the name"`
	Status      string         `json:"status" jsonschema:"ACTIVE or INACTIVE"`
	Priority    int            `json:"priority,omitempty" jsonschema:"the rule with the lowest number is considered first"`
	System      bool           `json:"system,omitempty" jsonschema:"whether Okta made the rule"`
	Conditions  map[string]any `json:"conditions,omitempty" jsonschema:"when the rule applies, and to whom"`
	Actions     map[string]any `json:"actions,omitempty" jsonschema:"the effects of the rule, by its type"`
	Created     *string        `json:"created,omitempty" jsonschema:"when the rule was created"`
	LastUpdated *string        `json:"lastUpdated,omitempty" jsonschema:"when the rule last changed"`
}

type listPoliciesInput struct {
	Type       string `json:"type" jsonschema:"the type of the policies" enum:"ACCESS_POLICY,CLIENT_UPDATE,DEVICE_SIGNAL_COLLECTION,ENTITY_RISK,IDENTITY_CLAIM_SOURCING,IDP_DISCOVERY,MFA_ENROLL,OKTA_SIGN_ON,PASSWORD,POST_AUTH_SESSION,PROFILE_ENROLLMENT,SELF_SERVICE_REGISTRATION,SESSION_VIOLATION_DETECTION"`
	Status     string `json:"status,omitempty" jsonschema:"only policies with this status" enum:"ACTIVE,INACTIVE"`
	Q          string `json:"q,omitempty" jsonschema:"the first characters of the name" narrows:"true"`
	Expand     string `json:"expand,omitempty" jsonschema:"more data for _embedded, such as rules"`
	SortBy     string `json:"sort_by,omitempty" jsonschema:"name sorts by name; by default Okta's order" enum:"name"`
	Limit      int    `json:"limit,omitempty" jsonschema:"policies per page; by default Okta's" minimum:"1" maximum:"200"`
	After      string `json:"after,omitempty" jsonschema:"the cursor to continue an earlier list from; by default the start"`
	ResourceID string `json:"resource_id,omitempty" jsonschema:"the authorization server that the policies belong to" narrows:"true"`
}

type listPolicyRulesInput struct {
	PolicyID string `json:"policy_id" jsonschema:"the policy's id"`
}

var policyCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.policy.list",
		Title:   "List Policies",
		Summary: "list the policies of a type",
		Scopes:  []string{"okta.policies.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.policy.list\nwith: {type: PASSWORD, status: ACTIVE}",
	}, listPolicies),

	card.NewList(card.Spec{
		Name:    "okta.policy.rule.list",
		Title:   "List Policy Rules",
		Summary: "list the rules of a policy",
		Scopes:  []string{"okta.policies.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.policy.rule.list\nwith: {policy_id: 00p1}",
	}, listPolicyRules),

	card.NewRead(card.Spec{
		Name:    "okta.user.password_policy.get",
		Title:   "Get Password Policy of User",
		Summary: "find the password policy that applies to a user, by the user's groups and the priority of the policies",
		Scopes:  []string{"okta.policies.read", "okta.users.read"},
		Effect:  card.Reads,
		Example: "card: okta.user.password_policy.get\nwith: {user_id: ada@acme.example}",
	}, getPasswordPolicy),
}

func listPolicies(ctx context.Context, call card.Call, in listPoliciesInput, at card.Cursor) ([]card.Raw[Policy], card.Cursor, error) {
	return page[Policy](ctx, call, oktaapi.ListPolicies, oktaapi.Args{Query: query(
		"type", in.Type, "status", in.Status, "q", in.Q, "expand", in.Expand, "sortBy", in.SortBy, "limit", number(in.Limit), "resourceId", in.ResourceID,
	)}, from(in.After, at))
}

func listPolicyRules(ctx context.Context, call card.Call, in listPolicyRulesInput, at card.Cursor) ([]card.Raw[PolicyRule], card.Cursor, error) {
	return page[PolicyRule](ctx, call, oktaapi.ListPolicyRules, oktaapi.Args{Path: []string{in.PolicyID}}, at)
}
