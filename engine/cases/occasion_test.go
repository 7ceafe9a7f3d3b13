package cases_test

import (
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/cases"
)

// timed has a flow that schedules start.
var timed = map[string]string{
	"flowdeck.yaml": "connections:\n  okta: {type: okta, domain: acme.okta.com, auth: {api_token: {env: NOT_SET}}}\n",
	"flow.yaml": `flow: timed
inputs: {g: {type: string, default: none}}
triggers:
  - schedule: "0 6 1 * *"
    timezone: Europe/Berlin
    inputs: {g: monthly}
  - schedule: "0 6 * * 1-5"
    timezone: Europe/Berlin
    inputs: {g: daily}
  - schedule: "30 2 * * 1-5"
    timezone: America/New_York
    inputs: {g: nightly}
steps:
  - return: ${ inputs.g }
`,
	"new.yaml": `flow: new
triggers:
  - poll: okta.user.created
    with: {filter: "${ trigger.record.profile.department != nil }"}
steps:
  - return: 1
`,
}

func TestOccasionsStartTheFlowOrDoNot(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{ // the start of the only failure, or, after an !, a part of the only problem; empty: it passes
		"scheduled_at: 2026-03-01T06:00:00+01:00\n  expect: {result: monthly}":                        "",
		"scheduled_at: 2026-03-09T02:30:00-04:00\n  expect: {result: nightly}":                        "",
		"scheduled_at: 2026-03-01T07:13:00+01:00\n  expect: {result: monthly}":                        "!it starts no run of flow \"timed\": ",
		"scheduled_at: 2026-03-01T07:13:00+01:00\n  expect: {starts: false}":                          "",
		"scheduled_at: 2026-03-01T06:00:00+01:00\n  expect: {starts: false}":                          "starts: expected false, got true: trigger ",
		"scheduled_at: 2026-04-01T06:00:00+02:00\n  expect: {result: monthly}":                        "!several schedules of flow \"timed\" are due then; name one of them with the key schedule: 0 6 1 * *, 0 6 * * 1-5",
		"scheduled_at: 2026-04-01T06:00:00+02:00\n  schedule: 0 6 * * 1-5\n  expect: {result: daily}": "",
		"scheduled_at: 2026-04-02T06:00:00+02:00\n  schedule: 0 6 1 * *\n  expect: {result: monthly}": "!no schedule \"0 6 1 * *\" is due then",
		"scheduled_at: 2026-03-01T07:13:00+01:00\n  expect: {starts: false, result: 1}":               "!`starts: false` is all that can be expected",
		"record: {id: 00u1, profile: {login: a@acme.example}}\n  expect: {starts: false}":             "",
		"record: {id: 00u1, profile: {department: IT}}\n  expect: {starts: false}":                    "starts: expected false, got true: trigger ",
		"record: {id: 00u1, profile: {login: a@acme.example}}":                                        "!it starts no run of flow \"new\": the filter of ",
		"expect: {starts: false}": "!`starts: false` is all that can be expected",
	} {
		s, all := suite(t, with(timed, "tests/t.yaml", "- test: x\n  flow: "+flowOf(text)+"\n  "+text+"\n"))
		ready, problems, err := s.PrepareAll(all)
		if part, isProblem := strings.CutPrefix(want, "!"); isProblem {
			if err != nil || len(problems) != 1 || !strings.Contains(problems[0].Message, part) {
				t.Errorf("%s: %v, %v", text, problems, err)
			}
			continue
		}
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v, %v", text, problems, err)
			continue
		}
		r := ready[0].Run(t.Context())
		switch {
		case want == "" && !r.Passed():
			t.Errorf("%s: %v, %v", text, r.Err, r.Failures)
		case want != "" && (len(r.Failures) != 1 || !strings.HasPrefix(r.Failures[0].What+": expected "+r.Failures[0].Want+", got "+r.Failures[0].Got, want)):
			t.Errorf("%s: %v, %v", text, r.Err, r.Failures)
		}
	}
}

func flowOf(text string) string {
	if strings.HasPrefix(text, "record") {
		return "new"
	}
	return "timed"
}

func TestARequestIsAsTheServerReadsIt(t *testing.T) {
	t.Parallel()
	hook := map[string]string{"flowdeck.yaml": "", "flow.yaml": `flow: q
inputs: {days: string, event: {type: string, default: none}}
triggers:
  - webhook: q
    inputs: {days: "${ trigger.query.days }", event: '${ trigger.headers["x-hr-event"] ?? "none" }'}
steps:
  - return: "${ inputs.days } ${ inputs.event }"
---
flow: h
inputs: {days: integer, token: {type: string, default: none}}
triggers:
  - webhook: h
    inputs: {days: "${ trigger.query.days }"}
steps:
  - return: 1
---
flow: s
inputs: {token: string}
triggers:
  - webhook: s
    inputs: {token: '${ trigger.headers["x-api-token"] ?? "none" }'}
steps:
  - return: ${ inputs.token }
`}
	for text, want := range map[string]string{ // after an !, a part of the only problem; empty: it passes
		"q\n  request: {query: {days: 7}}\n  expect: {result: 7 none}":                              "",
		"q\n  request: {query: {days: 7}, headers: {X-HR-Event: true}}\n  expect: {result: 7 true}": "",
		"s\n  request: {headers: {x-api-token: abc}}\n  expect: {result: none}":                     "",
		"h\n  request: {query: {days: 7}}":                                                          "!must be an integer, not a string",
		"q\n  request: {query: {days: [7]}}\n  inputs: {days: x}":                                   `!"days" of a request must be a string`,
	} {
		s, all := suite(t, with(hook, "tests/t.yaml", "- test: t\n  flow: "+text+"\n"))
		ready, problems, err := s.PrepareAll(all)
		if part, wrong := strings.CutPrefix(want, "!"); err != nil || wrong != (len(problems) == 1) || wrong && !strings.Contains(problems[0].Message, part) {
			t.Errorf("%s: %v %v", text, problems, err)
			continue
		}
		for _, r := range cases.RunAll(t.Context(), ready) {
			if !r.Passed() {
				t.Errorf("%s: %v %v", text, r.Err, r.Failures)
			}
		}
	}
}
