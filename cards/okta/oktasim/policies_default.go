package oktasim

import (
	"encoding/json"
	"maps"
	"slices"
)

// defaultPolicies are the policies that every org has: "A default policy is automatically created for each type of policy … They are always
// the last policy in the priority order" (Okta, "Policies", concepts). These are those of which the form is documented. The settings are the
// defaults of the schema PasswordPolicyPasswordSettings.
const defaultPolicies = `[
{"type": "PASSWORD", "conditions": {"authProvider": {"provider": "OKTA"}}, "settings": {"password": {
  "complexity": {"minLength": 8, "minLowerCase": 1, "minUpperCase": 1, "minNumber": 1, "minSymbol": 0, "excludeUsername": true, "excludeAttributes": []},
  "age": {"maxAgeDays": 0, "expireWarnDays": 0, "minAgeMinutes": 0, "historyCount": 4}, "lockout": {"maxAttempts": 10, "autoUnlockMinutes": 0, "showLockoutFailures": false}}}},
{"type": "OKTA_SIGN_ON", "conditions": {}},
{"type": "MFA_ENROLL", "conditions": {}},
{"type": "ACCESS_POLICY", "name": "Any two factors", "description": "Require two factors to access."}
]`

// addDefaultPolicies adds the default policies that the seed does not list, each with a rule for everybody. They are not in dumps.
func (d *directory) addDefaultPolicies(start instant) error {
	var list []map[string]any
	if err := json.Unmarshal([]byte(defaultPolicies), &list); err != nil {
		return err
	}
	for i, fields := range list {
		if slices.ContainsFunc(d.collection(policies).live(), func(o *object) bool { return o.fields["type"] == fields["type"] && o.fields["system"] == true }) {
			continue
		}
		if fields["name"] != nil { // it has no conditions, and its rule is for everybody
			fields["system"] = true
			if err := d.addDefaultPolicy(i, fields, "Catch-all Rule", start); err != nil {
				return err
			}
			continue
		}
		everyone := map[string]any{"groups": map[string]any{"include": []any{d.groups[0].id}}}
		conditions := map[string]any{"people": everyone}
		maps.Copy(conditions, fields["conditions"].(map[string]any))
		fields["name"], fields["description"], fields["system"], fields["conditions"] = "Default Policy", "The default policy applies in all situations if no other policy applies.", true, conditions
		if err := d.addDefaultPolicy(i, fields, "Default Rule", start); err != nil {
			return err
		}
	}
	return nil
}

// addDefaultPolicy adds a default policy with its rule.
func (d *directory) addDefaultPolicy(i int, fields map[string]any, ruleName string, start instant) error {
	policy := &object{id: mintID("00p", uint64(i), 1), made: true, created: start, lastUpdated: start, status: "ACTIVE", fields: fields}
	rule := &object{id: mintID("0pq", uint64(i), 1), made: true, created: start, lastUpdated: start, status: "ACTIVE", fields: map[string]any{
		"policy": policy.id, "name": ruleName, "system": true, "conditions": map[string]any{"network": map[string]any{"connection": "ANYWHERE"}},
	}}
	checkPolicy(d, policy, policy.fields)
	if err := d.add(policies, policy); err != nil {
		return err
	}
	checkPolicyRule(d, rule, rule.fields)
	return d.add(policyRules, rule)
}
