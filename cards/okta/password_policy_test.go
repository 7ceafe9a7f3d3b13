package okta_test

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

const passwordPolicies = `
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: King}
  - {id: 00u2, login: bob@acme.example, firstName: Bob, lastName: Marsh}
  - {id: 00u3, login: eve@acme.example, firstName: Eve, lastName: Moon}
  - {id: 00u4, login: dir@acme.example, firstName: Di, lastName: Rect, provider: ACTIVE_DIRECTORY}
  - {id: 00u5, login: fed@acme.example, firstName: Fe, lastName: Derated, provider: FEDERATION}
  - {id: 00u6, login: ldap@acme.example, firstName: El, lastName: Dap, provider: LDAP}
groups:
  - {id: 00g1, name: Admins, members: [ada@acme.example, bob@acme.example]}
  - {id: 00g2, name: Office, members: [ada@acme.example, eve@acme.example]}
  - {id: 00g3, name: Nobody}
policies:
  - {name: No rules, type: PASSWORD, priority: 1}
  - {name: Inactive, type: PASSWORD, priority: 2, status: INACTIVE}
  - {name: Office, type: PASSWORD, priority: 5, conditions: {people: {groups: {include: [Office, Nobody]}}}}
  - {name: Admins, type: PASSWORD, priority: 4, conditions: {people: {groups: {include: [Admins]}}, authProvider: {provider: OKTA}}}
  - {name: Directory, type: PASSWORD, priority: 6, conditions: {authProvider: {provider: ACTIVE_DIRECTORY}}}
  - {name: Some directories, type: PASSWORD, priority: 7, conditions: {authProvider: {provider: LDAP, include: [0oa1]}}}
policy_rules:
  - {policy: Inactive, name: For all}
  - {policy: Admins, name: Off, status: INACTIVE, priority: 1}
  - {policy: Admins, name: Not Ada, priority: 3, conditions: {people: {users: {exclude: [ada@acme.example]}}}}
  - {policy: Office, name: At work, conditions: {network: {connection: ZONE, include: [nzo1]}}}
  - {policy: Directory, name: For all, conditions: {network: {connection: ANYWHERE}}}
  - {policy: Some directories, name: For all}
`

// Okta, "Policies", policy evaluation; support.okta.com, "How Okta Password Policies are Evaluated".
func TestThePasswordPolicyOfAUserIsTheFirstWithARuleForThem(t *testing.T) {
	t.Parallel()
	s := simulate(t, passwordPolicies)
	for _, test := range []struct {
		user, policy, rule, provider string
		network                      bool
	}{
		{"00u1", "Office", "At work", "OKTA", true},                 // the only rule of Admins excludes Ada
		{"bob@acme.example", "Admins", "Not Ada", "OKTA", false},    // the policy with the lower number wins
		{"00u3", "Office", "At work", "OKTA", true},                 // by a group
		{"00u4", "Directory", "For all", "ACTIVE_DIRECTORY", false}, // by the provider
	} {
		got := s.run("okta.user.password_policy.get", map[string]any{"user_id": test.user})
		policy, rule := got["policy"].(map[string]any)["name"], got["rule"].(map[string]any)["name"]
		if policy != test.policy || rule != test.rule || got["provider"] != test.provider || got["network"] != test.network {
			t.Errorf("%s: got %v, %v, %v, %v", test.user, policy, rule, got["provider"], got["network"])
		}
	}
}

func TestAUserOutsideAllGroupsHasTheDefaultPasswordPolicy(t *testing.T) {
	t.Parallel()
	s := simulate(t, company)
	got := s.run("okta.user.password_policy.get", map[string]any{"user_id": "bob@acme.example"})
	if policy := got["policy"].(map[string]any); policy["system"] != true {
		t.Errorf("got %v", got)
	}
}

func TestAUserWhosePasswordPolicyCannotBeFoundIsAnError(t *testing.T) {
	t.Parallel()
	s := simulate(t, passwordPolicies)
	for user, want := range map[string]struct {
		kind card.Kind
		says string
	}{
		"00u5": {card.NotFound, "no password policy applies to user 00u5, whose password is managed by FEDERATION"},
		"00u6": {card.Invalid, `the policy "Some directories" is for some directories only`},
		"00u9": {card.NotFound, "00u9"},
	} {
		_, err := s.try("okta.user.password_policy.get", map[string]any{"user_id": user})
		refused(t, err, want.kind, want.says)
	}
}
