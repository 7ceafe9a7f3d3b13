package cases_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/cases"
)

// Each case fails now and then if anything in it runs at the same time as something else.
var serial = map[string]string{
	"flowdeck.yaml": "connections: {okta: {type: okta, domain: acme.okta.com, auth: {api_token: {env: NOT_SET}}}}\n",
	"flow.yaml": `flow: each
steps:
  - id: l
    each: [a, b, c, d, e, f, g, h]
    as: name
    key: name
    do:
      - id: made
        card: okta.group.create
        with: {name: "${ name }"}
    collect: steps.made.id
    allow: all
  - return: ${ steps.l.items }
---
flow: fork
steps:
  - id: b
    parallel:
      a: [{wait: 10m}, {return: "${ now() }"}]
      b: [{wait: 5m}, {return: "${ now() }"}]
  - return: ${ steps.b }
---
flow: start
steps:
  - start: waits
  - wait: 10m
  - id: u
    card: okta.user.get
    with: {user_id: ada@acme.example}
  - return: ${ steps.u.status }
---
flow: waits
steps:
  - wait: 5m
  - {card: okta.user.suspend, with: {user_id: ada@acme.example}}
---
flow: endless
steps: [{start: endless, if: 'run.id != ""'}]
`,
	"tests/t.yaml": `- test: each
  flow: each
  org:
    groups: [{name: Staff}]
    faults: [{match: "POST /api/v1/groups", nth: 3, status: 403}]
  expect: {status: succeeded_with_errors, org: {groups: {b: {}, c: null, d: {}}}}
- test: fork
  flow: fork
  expect: {result: {a: "2026-01-01T00:10:00Z", b: "2026-01-01T00:15:00Z"}}
- test: start
  flow: start
  org: {users: [{login: ada@acme.example}]}
  expect: {result: SUSPENDED}
- test: endless
  flow: endless
  expect: {status: succeeded, started: {endless: {failed: 1}}}
`,
}

func TestARunDoesTheSameEachTime(t *testing.T) {
	t.Parallel()
	s, all := suite(t, serial)
	ready, problems, err := s.PrepareAll(all)
	if err != nil || problems.Err() != nil {
		t.Fatal(problems, err)
	}
	var first []any
	for range 3 {
		var results []any
		for _, r := range cases.RunAll(t.Context(), ready) {
			if !r.Passed() {
				t.Errorf("%s: %v %v", r.Case.Name, r.Err, r.Failures)
			}
			results = append(results, r.Report.Result)
		}
		if first == nil {
			first = results
		}
		if diff := cmp.Diff(first, results); diff != "" {
			t.Error(diff)
		}
	}
}
