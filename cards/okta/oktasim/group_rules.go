package oktasim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// groupRules add users to groups. A seed has them as Okta shows them, with names of groups and logins of users; conditions.people and
// type may be missing.
//
// Source: Okta, "Group rules", https://developer.okta.com/docs/api/openapi/okta-management/management/tag/GroupRule/
var groupRules = &resource{
	key: "group_rules", word: "GroupRule", prefix: "0pr", name: "name", statuses: []string{"INACTIVE", "ACTIVE", "INVALID"}, event: "policy.rule",
	fields: []string{
		"name", "type", "conditions.expression.value", "conditions.expression.type", "conditions.people.users.exclude",
		"conditions.people.users.include", "conditions.people.groups.exclude", "conditions.people.groups.include",
		"actions.assignUserToGroups.groupIds",
	},
	refs:   []ref{{"actions.assignUserToGroups.groupIds", "groups"}, {"conditions.people.users.exclude", "users"}},
	unique: true, taken: "Policy rule name already in use", // okta-sdk-java, issue 645
	check: checkGroupRule, view: viewGroupRule,
}

var groupRuleRoutes = []route{
	{"GET", "/api/v1/groups/rules", "okta.groups.read", listGroupRules},
	{"POST", "/api/v1/groups/rules", "okta.groups.manage", createGroupRule},
	{"GET", "/api/v1/groups/rules/{id}", "okta.groups.read", getGroupRule},
	{"PUT", "/api/v1/groups/rules/{id}", "okta.groups.manage", replaceGroupRule},
	{"DELETE", "/api/v1/groups/rules/{id}", "okta.groups.manage", deleteGroupRule},
	{"POST", "/api/v1/groups/rules/{id}/lifecycle/activate", "okta.groups.manage", activateGroupRule},
	{"POST", "/api/v1/groups/rules/{id}/lifecycle/deactivate", "okta.groups.manage", deactivateGroupRule},
}

// These are the limits of group rules: the length of a name in characters (management API, schema GroupRule of 2026.06), the groups that
// a rule assigns, the users that it excludes, and the rules of an org (support.okta.com, "Group Rule Restrictions").
const (
	maxRuleName   = 50
	maxRuleGroups = 100
	maxRuleUsers  = 100
	maxRules      = 2000
)

// targetsOf returns the ids of the groups that a rule assigns.
func targetsOf(rule map[string]any) []string {
	return textsIn(objectIn(objectIn(rule["actions"])["assignUserToGroups"])["groupIds"])
}

// excludedBy returns the ids of the users that a rule excludes.
func excludedBy(rule map[string]any) []string {
	return textsIn(objectIn(objectIn(objectIn(rule["conditions"])["people"])["users"])["exclude"])
}

func expressionOf(rule map[string]any) string {
	return textOf(objectIn(objectIn(rule["conditions"])["expression"])["value"])
}

// textsIn returns the strings of a list.
func textsIn(v any) (texts []string) {
	list, _ := v.([]any)
	for _, item := range list {
		texts = append(texts, textOf(item))
	}
	return texts
}

// checkGroupRule checks a rule, and adds its defaults. That people.groups is not supported is from the schema GroupRulePeopleCondition of
// 2026.06; apart from a taken name, the texts are our guess. A rule without a valid group is INVALID, and can have no groups.
func checkGroupRule(d *directory, o *object, fields map[string]any) string {
	conditions := objectIn(fields["conditions"])
	people, expression := objectIn(conditions["people"]), objectIn(conditions["expression"])
	switch name := textOf(fields["name"]); {
	case name == "":
		return "name: The field cannot be left blank"
	case utf8.RuneCountInString(name) > maxRuleName:
		return "name: The field is too long"
	case fields["type"] != nil && fields["type"] != "group_rule":
		return "type: must be group_rule"
	case expression["type"] != "urn:okta:expression:1.0":
		return "conditions.expression.type: must be urn:okta:expression:1.0"
	case len(textsIn(objectIn(people["groups"])["include"]))+len(textsIn(objectIn(people["groups"])["exclude"])) > 0:
		return "conditions.people.groups: not supported"
	case len(textsIn(objectIn(people["users"])["include"])) > 0:
		return "conditions.people.users.include: not supported"
	}
	if _, err := compileRule(textOf(expression["value"]), d.custom(ofUsers)); err != nil {
		return "validateRule: " + err.Error()
	}
	users, groups := excludedBy(fields), targetsOf(fields)
	switch {
	case len(users) > maxRuleUsers:
		return fmt.Sprintf("conditions.people.users.exclude: at most %d users can be excluded", maxRuleUsers)
	case len(groups) == 0 && o.status != "INVALID":
		return "actions.assignUserToGroups.groupIds: The field cannot be left blank"
	case len(groups) > maxRuleGroups:
		return fmt.Sprintf("actions.assignUserToGroups.groupIds: at most %d groups can be assigned", maxRuleGroups)
	}
	for _, id := range users {
		if _, ok := d.byID[id]; !ok {
			return "conditions.people.users.exclude: the user " + id + " does not exist"
		}
	}
	for _, id := range groups {
		if why := d.notAssignable(id); why != "" {
			return "actions.assignUserToGroups.groupIds: the group " + id + " " + why
		}
	}
	delete(fields, "type")
	excluded := []any{}
	for _, id := range users {
		excluded = append(excluded, id)
	}
	fields["conditions"] = map[string]any{
		"people":     map[string]any{"users": map[string]any{"exclude": excluded}, "groups": map[string]any{"exclude": []any{}}},
		"expression": map[string]any{"type": expression["type"], "value": expression["value"]},
	}
	return ""
}

// notAssignable returns why a rule cannot assign a group; "" if it can (support.okta.com, "Group Rule Restrictions": not groups with admin
// roles; only Okta groups take members).
func (d *directory) notAssignable(id string) string {
	g, ok := d.group(id)
	switch {
	case !ok:
		return "does not exist"
	case g.kind != oktaGroup:
		return "is of type " + g.kind.String()
	}
	for _, role := range d.objects["roles"].live() {
		if role.fields["group"] == id {
			return "has an admin role"
		}
	}
	return ""
}

// viewGroupRule adds the type, allGroupsValid (terraform-provider-okta, issue 157), and the names of the groups if the request asks for them.
func viewGroupRule(c *call, d *directory, o *object, shown map[string]any) {
	shown["type"], shown["allGroupsValid"] = "group_rule", o.status != "INVALID"
	if !slices.Contains(c.expansions(), "groupIdToGroupNameMap") {
		return
	}
	names := map[string]any{}
	for _, id := range targetsOf(o.fields) {
		names[id] = d.nameOf("groups", id)
	}
	shown["_embedded"] = map[string]any{"groupIdToGroupNameMap": names}
}

// listGroupRules handles GET /api/v1/groups/rules. The maximum of limit is that of the management API 2026.06, "List all group rules".
// That search looks for a part of the name is our guess.
func listGroupRules(c *call) answer {
	return groupRules.list(50, 200, func(c *call) func(*directory, *object) bool {
		keyword := fold(c.query.Get("search"))
		return func(_ *directory, o *object) bool { return strings.Contains(fold(textOf(o.fields["name"])), keyword) }
	})(c)
}

func getGroupRule(c *call) answer { return groupRules.get(c) }

// createGroupRule handles POST /api/v1/groups/rules. A new rule is INACTIVE.
func createGroupRule(c *call) answer {
	body := c.body()
	return c.write(func(d *directory) answer {
		if len(d.collection(groupRules).live()) >= maxRules {
			return c.invalid("groupRules", fmt.Sprintf("an org has at most %d group rules", maxRules))
		}
		return c.storeRule(d, &object{created: c.now}, groupRules.settable(body), "add")
	})
}

// replaceGroupRule handles PUT /api/v1/groups/rules/{id}: "Only INACTIVE rules can be updated". The groups cannot be changed (management
// API, "Replace a group rule"); an org with a preview of July 2026 can change them. The texts are our guess.
func replaceGroupRule(c *call) answer {
	body := c.body()
	return c.changeObject(groupRules, func(d *directory, o *object) answer {
		fields := groupRules.settable(body)
		before, after := targetsOf(o.fields), targetsOf(fields)
		slices.Sort(before)
		slices.Sort(after)
		switch {
		case o.status != "INACTIVE":
			return c.invalid("status", "status: only an INACTIVE rule can be updated")
		case !slices.Equal(before, after):
			return c.invalid("actions", "actions: the groups of a rule cannot be changed")
		}
		return c.storeRule(d, o, fields, "update")
	})
}

// storeRule stores a rule. The summary of a refusal names the field, or validateRule for a mistake in the expression
// (articulate/terraform-provider-okta, pull request 148).
func (c *call) storeRule(d *directory, o *object, fields map[string]any, what string) answer {
	delete(fields, "allGroupsValid")
	why := d.refused(groupRules, o, fields)
	field, cause, _ := strings.Cut(why, ": ")
	switch {
	case why == "":
		return c.store(groupRules, d, o, fields, what)
	case field == "validateRule":
		return c.invalid(field, cause)
	}
	return c.invalid(field, why)
}

// deleteGroupRule handles DELETE /api/v1/groups/rules/{id}, which answers 202. With removeUsers, the users that the rule added leave its
// groups. That an active rule is refused is our guess: Okta's Terraform provider deactivates it first.
func deleteGroupRule(c *call) answer {
	remove := c.flag("removeUsers", false)
	return c.changeObject(groupRules, func(d *directory, o *object) answer {
		if o.status == "ACTIVE" {
			return c.invalid("status", "status: an ACTIVE rule cannot be deleted")
		}
		c.logObject(groupRules, "delete", o)
		d.disown(o, remove, c.changeByRule)
		d.remove(groupRules, o)
		return answer{status: http.StatusAccepted}
	})
}

// activateGroupRule handles POST /api/v1/groups/rules/{id}/lifecycle/activate. Okta assigns users after the answer; here they are
// assigned before it, so that flows and tests need not wait. An INVALID rule is refused with a text of ours.
func activateGroupRule(c *call) answer {
	return c.turnRule("ACTIVE", "activate", func(d *directory) { c.applyRules(d, ordinals(len(d.users))...) })
}

// deactivateGroupRule handles POST /api/v1/groups/rules/{id}/lifecycle/deactivate. The users that the rule added stay (support.okta.com,
// "Removing User From Exception List in Group Rule").
func deactivateGroupRule(c *call) answer {
	return c.turnRule("INACTIVE", "deactivate", func(*directory) {})
}

func (c *call) turnRule(status, what string, then func(*directory)) answer {
	return c.changeObject(groupRules, func(d *directory, o *object) answer {
		switch o.status {
		case "INVALID":
			return c.invalid("status", "status: an INVALID rule can only be read and deleted")
		case status:
			return c.noContent()
		}
		o.status, o.lastUpdated = status, c.now
		c.logObject(groupRules, what, o)
		then(d)
		return c.noContent()
	})
}
