package cases_test

import (
	"strings"
	"testing"
)

// gate has a flow that asks, stops at a limit, or answers what a service says.
var gate = map[string]string{
	"flowdeck.yaml": "connections:\n  okta: {type: okta, domain: acme.okta.com, auth: {api_token: {env: NOT_SET}}}\n  http: {type: http, base_url: \"https://people.example\"}\n",
	"ask.yaml": `flow: ask
steps:
  - approve: {prompt: "ok?", by: [carol@acme.example]}
  - return: asked
`,
	"insist.yaml": `flow: insist
steps:
  - approve: {prompt: "ok?", by: [carol@acme.example]}
    on_error: continue
`,
	"limited.yaml": `flow: limited
limits: {writes: 1}
steps:
  - each: [ada, bob]
    do: [{card: okta.user.suspend, with: {user_id: "${ record }@acme.example"}}]
`,
	"read.yaml": `flow: read
steps:
  - {card: http.get, with: {path: /a}}
  - stop: nothing to do
    if: inputs.stop
  - return: done
inputs: {stop: {type: boolean, default: false}}
`,
}

func TestGates(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want string // the start of the only failure; empty: it passes
	}{
		"the person that the step names":      {"flow: ask\n  approvals: {approved: true, by: carol@acme.example}\n  expect: {result: asked}\n", ""},
		"another person":                      {"flow: ask\n  approvals: {approved: true, by: mallory@evil.example}\n  expect: {error: {kind: forbidden, code: not_approver}}\n", ""},
		"another person approves":             {"flow: ask\n  approvals: {approved: true, by: mallory@evil.example}\n", "status: expected succeeded or skipped, got failed: mallory@evil.example may not decide about"},
		"nobody is named":                     {"flow: ask\n  approvals: {approved: true}\n", "status: expected succeeded or skipped, got failed: approver@example.com may not decide about"},
		"the flow goes on after the refusal":  {"flow: insist\n  approvals: {approved: true, by: mallory@evil.example}\n  expect: {status: succeeded_with_errors}\n", "mallory@evil.example may not decide about"},
		"a limit":                             {"flow: limited\n  org: {users: [{login: ada@acme.example}, {login: bob@acme.example}]}\n  expect: {status: paused, reason: ^limit of 1 change, calls: {okta.user.suspend: 1}}\n", ""},
		"a limit that nobody expects":         {"flow: limited\n  org: {users: [{login: ada@acme.example}, {login: bob@acme.example}]}\n", "status: expected succeeded or skipped, got paused: limit of 1 change"},
		"a mock that answers":                 {"flow: read\n  mocks: {http.get: [{when: input.path == \"/b\", answer: {status: 200}}, {answer: {status: 200}}]}\n", "no call of http.get gets this answer"},
		"a mock for other calls":              {"flow: read\n  mocks: {http.get: [{when: input.path == \"/a\", answer: {status: 200}}, {error: {kind: not_found}}]}\n  expect: {calls: {}}\n", ""},
		"a mock of a card that is not called": {"flow: read\n  mocks: {http.get: [{answer: {status: 200}}], http.post: [{answer: {status: 200}}]}\n", "no call of http.post gets this answer"},
		"a reason of a run that succeeds":     {"flow: read\n  mocks: {http.get: [{answer: {status: 200}}]}\n  expect: {reason: .*}\n", "status: expected skipped or paused, got succeeded"},
		"a reason":                            {"flow: read\n  inputs: {stop: true}\n  mocks: {http.get: [{answer: {status: 200}}]}\n  expect: {reason: ^nothing}\n", ""},
		"a change, though none is expected":   {"flow: limited\n  org: {users: [{login: ada@acme.example}, {login: bob@acme.example}]}\n  expect: {status: paused, calls: {}}\n", `calls: expected {}, got {"okta.user.suspend":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := failures(t, run(t, with(gate, "tests/t.yaml", "- test: x\n  "+test.text)))
			if test.want == "" && len(got) > 0 || test.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], test.want)) {
				t.Errorf("got %q", got)
			}
		})
	}
}
