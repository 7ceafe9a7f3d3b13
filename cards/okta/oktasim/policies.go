package oktasim

import (
	"cmp"
	"slices"
	"strings"
)

// policies are the policies of the org, and policyRules their rules. A seed has them as Okta shows them, with names of groups and logins
// of users in conditions.people; a rule has the name of its policy in policy. An org also has a default policy of each of defaultPolicies,
// unless the seed lists one with system: true. This org cannot change them.
//
// Source: Okta, "Policies", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/
var (
	policies = &resource{
		key: "policies", word: "Policy", prefix: "00p", name: "name", statuses: []string{"ACTIVE", "INACTIVE"},
		fields: append([]string{"name", "description", "type", "priority", "system", "settings", "resourceId"}, conditionFields...),
		refs:   peopleRefs, check: checkPolicy, view: viewPolicy,
	}
	policyRules = &resource{
		key: "policy_rules", word: "PolicyRule", prefix: "0pq", name: "name", statuses: []string{"ACTIVE", "INACTIVE"},
		fields: append([]string{"policy", "name", "description", "type", "priority", "system", "actions"}, conditionFields...), needs: []string{"policy"},
		refs: append([]ref{{"policy", "policies"}}, peopleRefs...), check: checkPolicyRule, view: viewPolicyRule,
	}
)

// conditionFields are the conditions of all types of policies, of which this org knows people.
var conditionFields = []string{
	"conditions.*", "conditions.people.groups.include", "conditions.people.groups.exclude", "conditions.people.users.include",
	"conditions.people.users.exclude",
}

var peopleRefs = []ref{
	{"conditions.people.groups.include", "groups"}, {"conditions.people.groups.exclude", "groups"},
	{"conditions.people.users.include", "users"}, {"conditions.people.users.exclude", "users"},
}

var policyRoutes = []route{
	{"GET", "/api/v1/policies", "okta.policies.read", listPolicies},
	{"GET", "/api/v1/policies/{id}", "okta.policies.read", getPolicy},
	{"GET", "/api/v1/policies/{id}/rules", "okta.policies.read", listPolicyRules},
}

// policyTypes are the types of policies (Okta, "Policies", its list of types).
var policyTypes = []string{
	"ACCESS_POLICY", "CLIENT_UPDATE", "CONTINUOUS_ACCESS", "DEVICE_SIGNAL_COLLECTION", "ENTITY_RISK", "IDENTITY_CLAIM_SOURCING", "IDP_DISCOVERY",
	"MFA_ENROLL", "OKTA_SIGN_ON", "PASSWORD", "POST_AUTH_SESSION", "PROFILE_ENROLLMENT", "SELF_SERVICE_REGISTRATION", "SESSION_VIOLATION_DETECTION",
}

// checkPolicy sets the default of priority: after the policies of the same type that exist.
func checkPolicy(d *directory, o *object, fields map[string]any) string {
	kind := textOf(fields["type"])
	if !slices.Contains(policyTypes, kind) {
		return "type: must be one of " + strings.Join(policyTypes, ", ")
	}
	setPriority(d.objects["policies"], o, fields, "type")
	return ""
}

// checkPolicyRule sets the type of a rule, which is that of its policy, but SIGN_ON in an OKTA_SIGN_ON policy (schema PolicyRuleType).
func checkPolicyRule(d *directory, o *object, fields map[string]any) string {
	policy := d.objects["policies"].byID[textOf(fields["policy"])]
	if policy == nil {
		return "policy: The field cannot be left blank"
	}
	if fields["type"] = policy.fields["type"]; fields["type"] == "OKTA_SIGN_ON" {
		fields["type"] = "SIGN_ON"
	}
	setPriority(d.objects["policy_rules"], o, fields, "policy")
	return ""
}

// setPriority sets the priority of an object that has none: after those with the same value of a field.
func setPriority(all *collection, o *object, fields map[string]any, of string) {
	if fields["priority"] != nil {
		return
	}
	last := 0
	for _, other := range all.live() {
		if other != o && other.fields[of] == fields[of] {
			last = max(last, priorityOf(other))
		}
	}
	fields["priority"] = last + 1
}

func viewPolicy(c *call, d *directory, o *object, shown map[string]any) {
	delete(shown, "resourceId")
	self := c.base + "/api/v1/policies/" + o.id
	shown["system"] = o.fields["system"] == true
	shown["_links"] = map[string]any{"self": link(self, "GET"), "rules": link(self+"/rules", "GET")}
	if slices.Contains(c.expansions(), "rules") {
		shown["_embedded"] = map[string]any{"rules": c.rulesOf(d, o)}
	}
}

func viewPolicyRule(_ *call, _ *directory, o *object, shown map[string]any) {
	delete(shown, "policy")
	shown["system"] = o.fields["system"] == true
}

// rulesOf returns the rules of a policy by their priority, as Okta shows them.
func (c *call) rulesOf(d *directory, policy *object) []any {
	rules := slices.DeleteFunc(d.objects["policy_rules"].live(), func(o *object) bool { return o.fields["policy"] != policy.id })
	slices.SortStableFunc(rules, func(a, b *object) int { return cmp.Compare(priorityOf(a), priorityOf(b)) })
	list := []any{}
	for _, o := range rules {
		list = append(list, c.shown(policyRules, o))
	}
	return list
}

// listPolicies handles GET /api/v1/policies: by priority, or by name ("List all policies", sortBy). type is required. The default of limit
// is not documented.
func listPolicies(c *call) answer {
	kind, status, prefix, resource := c.query.Get("type"), c.query.Get("status"), fold(c.query.Get("q")), c.query.Get("resourceId")
	switch by := c.query.Get("sortBy"); {
	case !slices.Contains(policyTypes, kind):
		c.reject(c.invalid("type", "type: must be one of "+strings.Join(policyTypes, ", ")))
	case by != "" && by != "name":
		c.reject(c.invalid("sortBy", "sortBy: must be name"))
	}
	p := c.page(200, 200)
	return c.read(func(d *directory) answer {
		found := slices.DeleteFunc(d.objects["policies"].live(), func(o *object) bool {
			return o.fields["type"] != kind || status != "" && o.status != status || !strings.HasPrefix(fold(textOf(o.fields["name"])), prefix) ||
				resource != "" && o.fields["resourceId"] != resource
		})
		slices.SortStableFunc(found, func(a, b *object) int {
			if c.query.Get("sortBy") == "name" {
				return strings.Compare(textOf(a.fields["name"]), textOf(b.fields["name"]))
			}
			return cmp.Compare(priorityOf(a), priorityOf(b))
		})
		return c.sorted(policies, p, found)
	})
}

func getPolicy(c *call) answer { return policies.get(c) }

// listPolicyRules handles GET /api/v1/policies/{id}/rules: by priority. The list has no pages.
func listPolicyRules(c *call) answer {
	return c.readObject(policies, func(d *directory, o *object) answer { return c.ok(encoded(c.rulesOf(d, o))) })
}

// sorted returns the answer with a page of objects that are in an order of their own. The caller holds the lock.
func (c *call) sorted(r *resource, p page, objects []*object) answer {
	all := c.org.state.collection(r).objects
	if p.after >= 0 {
		last := slices.IndexFunc(objects, func(o *object) bool { return int(p.after) < len(all) && o == all[p.after] })
		objects = objects[last+1:]
	}
	more := len(objects) > p.limit
	var items []uint32
	for _, o := range objects[:min(len(objects), p.limit)] {
		items = append(items, uint32(slices.Index(all, o)))
	}
	const size = 1000 // approximate size of an object in bytes
	return c.array(p, items, more, size, func(b []byte, ordinal uint32) []byte { return append(b, encoded(c.shown(r, all[ordinal]))...) })
}
