package cases_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// twoOrgs has a flow that reads from one org, and writes to another.
var twoOrgs = map[string]string{
	"flowdeck.yaml": `connections:
  okta: {type: okta, domain: acme.okta.com, auth: {api_token: {env: NOT_SET}}}
  okta2: {type: okta, domain: other.okta.com, auth: {api_token: {env: NOT_SET}}}
`,
	"flow.yaml": `flow: wrong-org
steps:
  - {card: okta.user.get, with: {user_id: ada@acme.example}}
  - {card: okta.user.deactivate, connection: okta2, with: {user_id: ada@acme.example}}
`,
}

const twoOrgsCase = `- test: t
  flow: wrong-org
  org: &o {users: [{login: ada@acme.example}]}
  targets: {okta2: *o}
  expect: `

func TestChangesOnASecondConnectionAreSeen(t *testing.T) {
	t.Parallel()
	for expect, want := range map[string][]string{
		"{unchanged: [okta.users]}":                nil,
		"{unchanged: [okta2.groups]}":              nil,
		"{unchanged: [okta2.users]}":               {`targets.okta2.users: expected unchanged, got ada@acme.example: status "ACTIVE" → "DEPROVISIONED"`},
		"{calls: {okta2.okta.user.deactivate: 1}}": nil,
		"{calls: {okta.okta.user.deactivate: 1}}":  {"calls.okta.okta.user.deactivate: expected 1, got 0"},
		"{calls: {}}":                           {`calls: expected {}, got {"okta2.okta.user.deactivate":1}`},
		"{calls: {okta2.okta.user.suspend: 0}}": nil,
		"{targets: {okta2: {users: {ada@acme.example: {status: DEPROVISIONED}}}}}": nil,
	} {
		results := run(t, with(twoOrgs, "tests/t.yaml", twoOrgsCase+expect+"\n"))
		if diff := cmp.Diff(want, failures(t, results)); diff != "" {
			t.Errorf("%s: %s", expect, diff)
		}
		if calls := results[0].Calls; len(calls) != 1 || calls[0].Connection != "okta2" || calls[0].Name != "okta2.okta.user.deactivate" {
			t.Errorf("%+v", calls)
		}
	}
	for expect, want := range map[string]string{
		"{unchanged: [users]}":                  `flow "wrong-org" uses the connections okta and okta2: write one of them before "users"`,
		"{unchanged: [okta2.people]}":           `a seed of "okta2" has no "people"`,
		"{calls: {okta.user.deactivate: 1}}":    `flow "wrong-org" uses the connections okta and okta2: write one of them before "okta.user.deactivate"`,
		"{calls: {okta3.okta.user.suspend: 1}}": `there is no card "okta3.okta.user.suspend"`,
		"{calls: {okta2.okta.user.get: 1}}":     `okta.user.get only reads`,
	} {
		s, all := suite(t, with(twoOrgs, "tests/t.yaml", twoOrgsCase+expect+"\n"))
		if _, problems, err := s.PrepareAll(all); err != nil || len(problems) != 1 || problems[0].Message != want {
			t.Errorf("%s: %v %v", expect, problems, err)
		}
	}
}
