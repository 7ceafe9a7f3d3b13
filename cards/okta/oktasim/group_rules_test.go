package oktasim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const ruleSeed = `
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: King, profile: {department: Sales}}
  - {id: 00u2, login: bob@acme.example, firstName: Bob, lastName: Marsh, profile: {department: Sales}}
  - {id: 00u3, login: eve@acme.example, firstName: Eve, lastName: Moon, status: STAGED, profile: {department: Sales}}
groups:
  - {id: 00g1, name: Sales, members: [bob@acme.example]}
  - {id: 00g2, name: West}
  - {id: 00g3, name: Admins}
  - {id: 00g4, name: Imported, type: APP_GROUP}
roles:
  - {group: Admins, type: USER_ADMIN}
group_rules:
  - {id: 0pr1, name: Sales people, conditions: {expression: {type: "urn:okta:expression:1.0", value: 'user.department == "Sales"'}}, actions: {assignUserToGroups: {groupIds: [Sales, West]}}}
  - {id: 0pr2, name: Eastern, conditions: {expression: {type: "urn:okta:expression:1.0", value: 'user.department == "East"'}}, actions: {assignUserToGroups: {groupIds: [West]}}, status: ACTIVE}
`

// rule returns the body of a rule.
func rule(name, expression, groups string) string {
	return fmt.Sprintf(`{"type":"group_rule","name":%q,"conditions":{"expression":{"type":"urn:okta:expression:1.0","value":%q}},"actions":{"assignUserToGroups":{"groupIds":[%s]}}}`, name, expression, groups)
}

// membersOf returns the logins of the members of a group.
func (c *client) membersOf(group string) string {
	c.t.Helper()
	var logins []string
	for _, id := range c.walk("/api/v1/groups/"+group+"/users", "id") {
		login, _, _ := strings.Cut(strings.SplitAfter(c.get("/api/v1/users/"+id).body, `"login":"`)[1], `"`)
		logins = append(logins, login)
	}
	return strings.Join(logins, " ")
}

// okta-sdk-java, issue 645: a taken name. Management API, "Create a group rule"; support.okta.com, "Group Rule Restrictions".
func TestGroupRulesAreValidated(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, ruleSeed, Options{})
	for body, want := range map[string]string{
		rule("", "true", `"00g1"`):                      `validation failed: name"`,
		rule("Sales people", "true", `"00g1"`):          "name: Policy rule name already in use",
		rule(strings.Repeat("n", 51), "true", `"00g1"`): "name: The field is too long",
		rule("New", "user.city", `"00g1"`):              "validation failed: validateRule",
		rule("New", "true", ``):                         "groupIds: The field cannot be left blank",
		rule("New", "true", `"Sales"`):                  "the group Sales does not exist",
		rule("New", "true", `"00g3"`):                   "the group 00g3 has an admin role",
		rule("New", "true", `"00g4"`):                   "the group 00g4 is of type APP_GROUP",
		strings.Replace(rule("New", "true", `"00g1"`), `"conditions":{`, `"conditions":{"people":{"groups":{"include":["00g1"]}},`, 1):                                  "conditions.people.groups: not supported",
		strings.Replace(rule("New", "true", `"00g1"`), `"conditions":{`, `"conditions":{"people":{"users":{"exclude":["00u9"]}},`, 1):                                   "the user 00u9 does not exist",
		rule("New", "true", strings.Repeat(`"00g1",`, 100)+`"00g1"`):                                                                                                    "groupIds: at most 100 groups can be assigned",
		strings.Replace(rule("New", "true", `"00g1"`), `"conditions":{`, `"conditions":{"people":{"users":{"exclude":[`+strings.Repeat(`"00u1",`, 100)+`"00u1"]}},`, 1): "exclude: at most 100 users can be excluded",
		`[]`: "E0000003",
	} {
		if got := c.send("POST", "/api/v1/groups/rules", body); got.status != http.StatusBadRequest || !strings.Contains(got.body, want) {
			t.Errorf("%.80s: got %d %s, want %s", body, got.status, got.body, want)
		}
	}
	if got := c.send("POST", "/api/v1/groups/rules", rule("New", "true", `"00g1"`)); !strings.Contains(got.body, `"status":"INACTIVE"`) || !strings.Contains(got.body, `"allGroupsValid":true`) {
		t.Errorf("got %s", got.body)
	}
}

// Management API, "List all group rules": search, limit and expand.
func TestGroupRulesAreSearchedAndExpanded(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, ruleSeed, Options{})
	if got := c.get("/api/v1/groups/rules?search=sales").body; !strings.Contains(got, "0pr1") || strings.Contains(got, "0pr2") {
		t.Errorf("got %s", got)
	}
	if got := c.walk("/api/v1/groups/rules?limit=1", "id"); len(got) != 2 {
		t.Errorf("got %q", got)
	}
	if got := c.get("/api/v1/groups/rules/0pr1?expand=groupIdToGroupNameMap").body; !strings.Contains(got, `{"groupIdToGroupNameMap":{"00g1":"Sales","00g2":"West"}}`) {
		t.Errorf("got %s", got)
	}
}

// Management API, "Activate a group rule"; help.okta.com, "Create group rules": users who are pending or inactive are not moved.
func TestAnActiveRuleAddsTheUsersForWhomItHolds(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, ruleSeed, Options{})
	if got := c.do("POST", "/api/v1/groups/rules/0pr1/lifecycle/activate"); got.status != http.StatusNoContent {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	if got := c.membersOf("00g2"); got != "ada@acme.example bob@acme.example" {
		t.Errorf("got %s", got)
	}
	c.do("POST", "/api/v1/users/00u3/lifecycle/activate").ok()
	if got := c.membersOf("00g2"); got != "ada@acme.example bob@acme.example eve@acme.example" {
		t.Errorf("after the activation of a user: got %s", got)
	}
	c.send("POST", "/api/v1/users", `{"profile":{"login":"kim@acme.example","email":"kim@acme.example","firstName":"Kim","lastName":"Lee","department":"East"}}`).ok()
	if got := c.membersOf("00g2"); !strings.Contains(got, "kim@acme.example") {
		t.Errorf("after the creation of a user: got %s", got)
	}
}

// Okta, "Group rules": a user whose attribute changes leaves the group of the rule. A user whom somebody added stays.
func TestAUserLeavesTheGroupsOfARuleThatNoLongerHolds(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, ruleSeed, Options{})
	c.do("POST", "/api/v1/groups/rules/0pr1/lifecycle/activate")
	c.send("POST", "/api/v1/users/00u1", `{"profile":{"department":"IT"}}`).ok()
	c.send("POST", "/api/v1/users/00u2", `{"profile":{"department":"East"}}`).ok()
	if got := c.membersOf("00g1"); got != "bob@acme.example" {
		t.Errorf("Sales: got %s", got)
	}
	if got := c.membersOf("00g2"); got != "bob@acme.example" { // by the other rule now
		t.Errorf("West: got %s", got)
	}
}

// support.okta.com, "Removing User From Exception List in Group Rule".
func TestAUserWhoIsTakenOutOfARulesGroupIsExcluded(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, ruleSeed, Options{})
	c.do("POST", "/api/v1/groups/rules/0pr1/lifecycle/activate")
	c.do("DELETE", "/api/v1/groups/00g2/users/00u1")
	if got := c.membersOf("00g2"); got != "bob@acme.example" {
		t.Errorf("got %s", got)
	}
	if got := c.get("/api/v1/groups/rules/0pr1").body; !strings.Contains(got, `"users":{"exclude":["00u1"]}`) {
		t.Errorf("got %s", got)
	}
	if got := c.get("/api/v1/logs").body; !strings.Contains(got, "group.user_membership.rule.add_exclusion") {
		t.Errorf("the log has no exclusion: %s", got)
	}
	c.do("DELETE", "/api/v1/users/00u1")
	c.do("DELETE", "/api/v1/users/00u1") // deactivated, then deleted
	if got := c.get("/api/v1/groups/rules/0pr1").body; !strings.Contains(got, `"users":{"exclude":[]}`) {
		t.Errorf("a deleted user is still excluded: %s", got)
	}
}

// support.okta.com, "Removing User From Exception List in Group Rule": deactivation keeps the members. Management API, "Delete a group
// rule", removeUsers; it answers 202.
func TestADeletedRuleKeepsOrRemovesTheUsersThatItAdded(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{"": "ada@acme.example bob@acme.example", "?removeUsers=true": "bob@acme.example"} {
		c := serveSeed(t, ruleSeed, Options{})
		c.do("POST", "/api/v1/groups/rules/0pr1/lifecycle/activate")
		if got := c.do("DELETE", "/api/v1/groups/rules/0pr1"); got.status != http.StatusBadRequest {
			t.Errorf("an active rule: got %d", got.status)
		}
		c.do("POST", "/api/v1/groups/rules/0pr1/lifecycle/deactivate")
		c.send("POST", "/api/v1/users/00u1", `{"profile":{"department":"IT"}}`).ok() // the rule no longer runs
		if got := c.do("DELETE", "/api/v1/groups/rules/0pr1"+query); got.status != http.StatusAccepted {
			t.Errorf("got %d %s", got.status, got.body)
		}
		if got := c.membersOf("00g1"); got != want {
			t.Errorf("%q: got %s, want %s", query, got, want)
		}
	}
}

// Management API, "Replace a group rule".
func TestOnlyAnInactiveRuleIsUpdatedAndNotItsGroups(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, ruleSeed, Options{})
	for _, test := range []struct{ id, body, want string }{
		{"0pr2", rule("Eastern", "true", `"00g2"`), "only an INACTIVE rule can be updated"},
		{"0pr1", rule("Sales people", "true", `"00g1"`), "the groups of a rule cannot be changed"},
	} {
		if got := c.send("PUT", "/api/v1/groups/rules/"+test.id, test.body); got.status != http.StatusBadRequest || !strings.Contains(got.body, test.want) {
			t.Errorf("%s: got %d %s", test.id, got.status, got.body)
		}
	}
	c.send("PUT", "/api/v1/groups/rules/0pr1", rule("All", "true", `"00g2","00g1"`)).ok()
	if got := c.get("/api/v1/groups/rules/0pr1").body; !strings.Contains(got, `"name":"All"`) {
		t.Errorf("got %s", got)
	}
}

// terraform-provider-okta, issues 157 and 250.
func TestARuleWhoseGroupIsDeletedIsInvalid(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, ruleSeed, Options{})
	c.do("DELETE", "/api/v1/groups/00g2")
	if got := c.get("/api/v1/groups/rules/0pr2").body; !strings.Contains(got, `"status":"INVALID"`) || !strings.Contains(got, `"allGroupsValid":false`) {
		t.Errorf("got %s", got)
	}
	for _, path := range []string{"activate", "deactivate"} {
		if got := c.do("POST", "/api/v1/groups/rules/0pr2/lifecycle/"+path); got.status != http.StatusBadRequest {
			t.Errorf("%s: got %d", path, got.status)
		}
	}
	dump := c.get("/-/dump").body
	if _, err := New(mustLoad(t, dump), Options{}); err != nil {
		t.Errorf("the dump cannot be loaded: %v\n%s", err, dump)
	}
	if got := c.do("DELETE", "/api/v1/groups/rules/0pr2"); got.status != http.StatusAccepted {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

// Rules whose conditions name groups run after other rules (support.okta.com, "How to exclude specific groups in group rule": cascading
// rules).
func TestRulesCascade(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, ruleSeed, Options{})
	c.send("POST", "/api/v1/groups/rules", rule("Cascade", `isMemberOfGroupName("Sales") AND !isMemberOfGroup("00g9")`, `"00g2"`)).ok()
	id := c.walk("/api/v1/groups/rules?search=Cascade", "id")[0]
	c.do("POST", "/api/v1/groups/rules/"+id+"/lifecycle/activate")
	c.do("PUT", "/api/v1/groups/00g1/users/00u1")
	if got := c.membersOf("00g2"); got != "ada@acme.example bob@acme.example" {
		t.Errorf("got %s", got)
	}
	c.send("PUT", "/api/v1/groups/00g1", `{"profile":{"name":"Renamed"}}`).ok()
	if got := c.membersOf("00g2"); got != "" {
		t.Errorf("after the group was renamed: got %s", got)
	}
}

// Okta's list of error codes, E0000192.
func TestAGroupThatARuleAssignsGetsNoRole(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, ruleSeed, Options{})
	if got := c.send("POST", "/api/v1/groups/00g1/roles", `{"type":"USER_ADMIN"}`); got.status != http.StatusBadRequest || !strings.Contains(got.body, "E0000192") {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

func TestADumpHasTheMembersThatRulesAdded(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, ruleSeed, Options{})
	c.do("POST", "/api/v1/groups/rules/0pr1/lifecycle/activate")
	dump := c.get("/-/dump").body
	if want := `rule_members: {"Sales people":["ada@acme.example"]}`; !strings.Contains(dump, want) {
		t.Errorf("the dump does not have %s:\n%s", want, dump)
	}
	again := serveSeed(t, dump, Options{})
	if got := again.get("/-/dump").body; got != dump {
		t.Errorf("the dump of the dump differs:\n%s", got)
	}
	again.send("POST", "/api/v1/users/00u1", `{"profile":{"department":"IT"}}`).ok()
	if got := again.membersOf("00g1"); got != "bob@acme.example" {
		t.Errorf("got %s", got)
	}
}

func TestRuleMembersOfASeedAreMembersAndHaveARule(t *testing.T) {
	t.Parallel()
	const user = "users: [{login: ada@acme.example, firstName: Ada, lastName: King}]\n"
	if _, err := Load([]byte(user + "groups: [{name: G, rule_members: {R: [ada@acme.example]}}]")); err == nil || !strings.Contains(err.Error(), `who are not members of "G"`) {
		t.Errorf("got %v", err)
	}
	_, err := Load([]byte(user + "groups: [{name: G, members: [ada@acme.example], rule_members: {R: [ada@acme.example]}}]"))
	if err == nil || !strings.Contains(err.Error(), `"R" is not in group_rules`) {
		t.Errorf("got %v", err)
	}
}

func TestASeedHasMembersWhomActiveRulesAdded(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, `users:
  - {id: 00u1, login: ada@acme.example, profile: {department: IT}}
  - {id: 00u2, login: bob@acme.example, profile: {department: HR}}
groups:
  - {id: 00g1, name: G, members: [ada@acme.example, bob@acme.example], rule_members: matching}
  - {name: G, type: APP_GROUP, rule_members: matching}
group_rules:
  - {name: R, status: ACTIVE, conditions: {expression: {type: "urn:okta:expression:1.0", value: user.department == "IT"}}, actions: {assignUserToGroups: {groupIds: [G]}}}
  - {name: S, conditions: {expression: {type: "urn:okta:expression:1.0", value: user.department == "HR"}}, actions: {assignUserToGroups: {groupIds: [G]}}}
`, Options{})
	if want := `rule_members: {"R":["ada@acme.example"]}`; !strings.Contains(c.get("/-/dump").body, want) {
		t.Errorf("the dump does not have %s:\n%s", want, c.get("/-/dump").body)
	}
	c.send("POST", "/api/v1/users/00u1", `{"profile":{"department":"HR"}}`).ok()
	if got := c.membersOf("00g1"); got != "bob@acme.example" {
		t.Errorf("got %s", got)
	}
}

// support.okta.com, "Group Rule Restrictions": 2,000 rules.
func TestAnOrgHasAtMost2000GroupRules(t *testing.T) {
	t.Parallel()
	var seed strings.Builder
	seed.WriteString("groups: [{id: 00g1, name: Sales}]\ngroup_rules:\n")
	for i := range 2000 {
		fmt.Fprintf(&seed, "  - {name: Rule %d, conditions: {expression: {type: \"urn:okta:expression:1.0\", value: \"true\"}}, actions: {assignUserToGroups: {groupIds: [Sales]}}}\n", i)
	}
	c := serveSeed(t, seed.String(), Options{})
	if got := c.send("POST", "/api/v1/groups/rules", rule("One more", "true", `"00g1"`)); got.status != http.StatusBadRequest || !strings.Contains(got.body, "at most 2000 group rules") {
		t.Errorf("got %d %s", got.status, got.body)
	}
}
