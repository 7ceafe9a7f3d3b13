package okta_test

import (
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

const ruledCompany = company + `
group_rules:
  - {id: 0pr1, name: Marshes, conditions: {expression: {type: "urn:okta:expression:1.0", value: 'user.login == "bob@acme.example"'}, people: {users: {exclude: [00u1]}}}, actions: {assignUserToGroups: {groupIds: [Day shift]}}}
  - {id: 0pr2, name: Guests, conditions: {expression: {type: "urn:okta:expression:1.0", value: "false"}}, actions: {assignUserToGroups: {groupIds: [Night shift]}}, status: ACTIVE}
`

func TestAGroupRuleIsWrittenOnlyIfItDiffers(t *testing.T) {
	t.Parallel()
	s := simulate(t, ruledCompany)
	for _, in := range []map[string]any{
		{"name": "Marshes", "exclude_user_ids": []any{"00u1", "00u1"}},
		{"expression": `user.login == "bob@acme.example"`},
		{},
	} {
		in["rule_id"] = "0pr1"
		s.forget()
		if got := s.run("okta.group.rule.update", in); got["changed"] != false || len(s.forget()) != 1 {
			t.Errorf("%v: got %v", in, got)
		}
	}
	got := s.run("okta.group.rule.update", map[string]any{"rule_id": "0pr1", "exclude_user_ids": []any{}})
	conditions := got["conditions"].(map[string]any)
	if got["changed"] != true || len(conditions["people"].(map[string]any)["users"].(map[string]any)["exclude"].([]any)) != 0 || got["name"] != "Marshes" {
		t.Errorf("got %v", got)
	}
}

func TestTheHintOfARefusedUpdateNamesTheCardThatDeactivatesTheRule(t *testing.T) {
	t.Parallel()
	s := simulate(t, ruledCompany)
	_, err := s.try("okta.group.rule.update", map[string]any{"rule_id": "0pr2", "name": "Visitors"})
	refused(t, err, card.Invalid, "only an INACTIVE rule can be updated")
	if hint := card.AsError(err).Hint; !strings.Contains(hint, "okta.group.rule.deactivate") {
		t.Errorf("got %q", hint)
	}
	if got := s.run("okta.group.rule.update", map[string]any{"rule_id": "0pr2", "name": "Guests"}); got["changed"] != false {
		t.Errorf("got %v", got)
	}
}

func TestAWrongExpressionOfAGroupRuleIsRefusedWithItsReason(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	_, err := s.try("okta.group.rule.create", map[string]any{"name": "New", "expression": `user.city = "Rome"`, "group_ids": []any{"00g2"}})
	refused(t, err, card.Invalid, "cannot contain an assignment")
}

func TestATakenNameOfAGroupRuleIsAConflict(t *testing.T) {
	t.Parallel()
	s := simulate(t, ruledCompany)
	_, err := s.try("okta.group.rule.create", map[string]any{"name": "Marshes", "expression": "true", "group_ids": []any{"00g2"}})
	refused(t, err, card.Conflict, "Policy rule name already in use")
}
