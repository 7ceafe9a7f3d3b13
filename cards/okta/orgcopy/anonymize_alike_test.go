package orgcopy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards/okta/orgcopy"
)

// In the names of these policies, rules and hooks, N stands for one that decides in another way about replaced texts.
const conditioned = `
users:
  - {login: ada@acme.example, profile: {department: IT}}
  - {login: bob@corp.wide.example}
  - {login: cyd@wide.example}
policies:
  - {id: 00proute, name: Routes, type: IDP_DISCOVERY}
  - {name: N risk policy, type: ACCESS_POLICY, conditions: {app: {include: [{type: APP_TYPE, name: acme_portal}]}}}
policy_rules:
  - {policy: Routes, name: whole, conditions: {userIdentifier: {type: IDENTIFIER, patterns: [{matchType: EQUALS, value: ada@acme.example}]}}}
  - {policy: Routes, name: domain, conditions: {userIdentifier: {type: IDENTIFIER, patterns: [{matchType: SUFFIX, value: acme.example}]}}}
  - {policy: Routes, name: "@ domain", conditions: {userIdentifier: {type: IDENTIFIER, patterns: [{matchType: SUFFIX, value: "@wide.example"}]}}}
  - {policy: Routes, name: N end of a domain, conditions: {userIdentifier: {type: IDENTIFIER, patterns: [{matchType: SUFFIX, value: wide.example}]}}}
  - {policy: Routes, name: N start, conditions: {userIdentifier: {type: IDENTIFIER, patterns: [{matchType: STARTS_WITH, value: ada}]}}}
  - policy: Routes
    name: N start of one that was inactive
    status: INACTIVE
    conditions: {userIdentifier: {type: IDENTIFIER, patterns: [{matchType: STARTS_WITH, value: ada}]}}
  - {policy: Routes, name: kept attribute, conditions: {userIdentifier: {type: ATTRIBUTE, attribute: department, patterns: [{matchType: EQUALS, value: IT}]}}}
  - {policy: Routes, name: kept start, conditions: {userIdentifier: {type: ATTRIBUTE, attribute: department, patterns: [{matchType: STARTS_WITH, value: I}]}}}
  - {policy: Routes, name: expression, conditions: {elCondition: {condition: 'user.profile.department == "IT" && user.profile.login == "ada@acme.example"'}}}
  - {policy: Routes, name: N part, conditions: {elCondition: {condition: 'user.profile.login.contains("ada")'}}}
  - policy: Routes
    name: what Okta defines
    conditions:
      userType: {include: [oty1a2b3c4d5e6f7g5d7], exclude: []}
      device: {assurance: {include: [dae1a2b3c4d5e6f7g5d7]}}
      riskScore: {level: HIGH}
      userStatus: {value: ACTIVE}
      platform: {include: [{type: MOBILE, os: {type: IOS, version: {matchType: SEMVER, value: "13.1"}}}]}
event_hooks:
  - {name: whole, status: ACTIVE, FILTER: "event.target.?[alternateId eq 'ada@acme.example'].size()>0 && event.eventType.contains('user')", CHANNEL}
  - {name: N part, status: ACTIVE, FILTER: "event.actor.alternateId.contains('ada')", CHANNEL}
  - {name: N size, status: ACTIVE, FILTER: "event.actor.displayName.length() > 3", CHANNEL}
`

func TestWhatDecidesInAnotherWayAboutReplacedTextsIsInactiveAndNamed(t *testing.T) {
	t.Parallel()
	var lines []string
	for _, line := range strings.Split(conditioned, "\n") {
		if before, after, is := strings.Cut(line, "FILTER: "); is {
			line = before + "events: {type: EVENT_TYPE, items: [user.session.start], filter: {type: EXPRESSION_LANGUAGE, eventFilterMap: [{event: user.session.start, " +
				"condition: {expression: " + strings.Replace(after, ", CHANNEL", "}}]}}, channel: {type: HTTP, version: 1.0.0, config: {uri: https://h.example/}}", 1)
		}
		lines = append(lines, line)
	}
	org := start(t, []byte(strings.Join(lines, "\n")))
	seed, sum := copied(t, org, orgcopy.Options{Anonymize: true})
	var got []string
	for _, u := range sum.Undecided {
		got = append(got, u.Name)
		if u.Active || !strings.Contains(seed, "# Inactive, because it compares parts or sizes of texts that were replaced: "+u.Key+` "`+u.Name+`"`) {
			t.Errorf("%v is active, or not in the seed", u)
		}
	}
	want := []string{"N risk policy", "N end of a domain", "N start", "N part", "N part", "N size"}
	if !slices.Equal(got, want) {
		t.Errorf("these decide otherwise: %q, want %q\n%s", got, want, seed)
	}
	if n := strings.Count(seed, "status: INACTIVE"); n != len(want)+1 {
		t.Errorf("%d are inactive", n)
	}
	start(t, []byte(seed))
	if plain, sum := copied(t, org, orgcopy.Options{}); len(sum.Undecided) > 0 || strings.Count(plain, "status: INACTIVE") != 1 {
		t.Errorf("of a plain copy, %v are inactive", sum.Undecided)
	}
}
