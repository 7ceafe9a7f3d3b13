package cases_test

import (
	"strings"
	"testing"
)

func TestAFaultThatNoRequestMeetsFailsTheCase(t *testing.T) {
	t.Parallel()
	for fault, fails := range map[string]bool{
		`{match: "POST /api/v1/users/*/lifecycle/suspend", nth: 1, status: 503}`: false,
		`{match: "POST /api/v1/users/*/lifecycle/suspend", nth: 5, status: 503}`: true,
		`{match: "POST /api/v1/users/*/lifecycle/suspnd", nth: 1, status: 503}`:  true,
		`{delivery: duplicate, nth: 1}`:                                          false,
	} {
		got := failures(t, run(t, with(idle, "tests/idle.yaml", `- test: t
  flow: suspend-idle
  inputs: {group: Staff}
  org:
    users: [{login: bob@acme.example, lastLogin: 2025-01-01T00:00:00Z}]
    groups: [{name: Staff, members: [bob@acme.example]}]
    faults: [`+fault+`]
`)))
		if fails != (len(got) == 1 && got[0] == "no request meets this fault") || !fails && len(got) > 0 {
			t.Errorf("%s: %v", fault, got)
		}
	}
}

func TestUnchangedSeesThatAThingWasDeletedAndMadeAgain(t *testing.T) {
	t.Parallel()
	got := failures(t, run(t, map[string]string{
		"flowdeck.yaml": idle["flowdeck.yaml"],
		"flow.yaml": `flow: again
steps:
  - {id: g, card: okta.group.list, with: {search: 'profile.name eq "VPN"'}, result: first, required: true}
  - {card: okta.group.delete, with: {group_id: "${ steps.g.id }"}}
  - {card: okta.group.create, with: {name: VPN}}
`,
		"tests/t.yaml": "- test: t\n  flow: again\n  org: {groups: [{name: VPN}]}\n  expect: {unchanged: [users, groups]}\n",
	}))
	if len(got) != 1 || !strings.HasPrefix(got[0], `org.groups: expected unchanged, got VPN: id "00g`) {
		t.Error(got)
	}
}
