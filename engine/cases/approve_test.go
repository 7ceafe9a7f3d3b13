package cases_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// asks has flows that ask people.
var asks = map[string]string{
	"flowdeck.yaml": "",
	"flow.yaml": `flow: two-people
steps:
  - {id: a, approve: {prompt: "hire ada?", show: {login: ada}, by: [hr@acme.example]}}
  - {id: b, approve: {prompt: "a laptop for ada?", by: [it@acme.example], on_reject: continue}}
  - return: "${ steps.a.by } ${ steps.b.approved }"
---
flow: in-time
steps:
  - try: [{approve: {prompt: "ok?"}, timeout: 1d}]
    catch:
      - when: error.kind == "timeout"
        do: [{return: "${ now() }"}]
---
flow: catches
steps: [{try: [{approve: {prompt: "one?"}}], catch: [{do: [{return: 1}]}]}]
---
flow: nobody
steps: [{return: 1}]
`,
}

func TestDecisionsAreTakenOneAfterAnother(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{ // what the failures have
		"two-people\n  approvals: [{approved: true, by: hr@acme.example, prompt: ^hire ada, show: {login: ada}}, {approved: false, by: it@acme.example, prompt: laptop}]\n" +
			"  expect: {result: hr@acme.example false}": nil,
		"two-people\n  approvals: [{approved: true, by: hr@acme.example, prompt: ^fire, show: {login: bob}}, {approved: true, by: it@acme.example}]": {
			`approvals[0].prompt: expected a match of ^fire, got hire ada?`, `approvals[0].show.login: expected "bob", got "ada"`,
		},
		"two-people\n  approvals: [{approved: true, by: hr@acme.example}]\n  expect: {status: failed}": {
			"nobody decides about the approval: a laptop for ada?: add a decision to `approvals`",
		},
		"two-people\n  approvals: [{approved: false, by: hr@acme.example}, {approved: true, by: it@acme.example}]\n  expect: {status: failed}": {
			"the run does not ask for this decision",
		},
		"in-time\n  approvals: {expires: true}\n  expect: {result: 2026-01-02T00:00:00Z}": nil,
		"catches":                               {"nobody decides about the approval: one?: add a decision to `approvals`"},
		"nobody\n  approvals: {approved: true}": {"the run asks for no approval"},
	} {
		if diff := cmp.Diff(want, failures(t, run(t, with(asks, "tests/t.yaml", "- test: t\n  flow: "+text+"\n")))); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	s, all := suite(t, with(asks, "tests/t.yaml", "- test: t\n  flow: nobody\n  approvals: [{expires: false}, {approved: true, prompt: \"(\"}]\n"))
	if _, problems, err := s.PrepareAll(all); err != nil || len(problems) != 2 || !strings.Contains(problems[0].Message, "only be true") {
		t.Error(problems, err)
	}
}

// limitedRuns has flows that limit how many of their runs go on, and start themselves.
const limitedRuns = `flow: BUSY
inputs: {n: integer}
runs: {limit: 1, busy: BUSY}
steps:
  - {start: BUSY, if: inputs.n > 0, with: {n: "${ inputs.n - 1 }"}}
  - {card: okta.group.create, with: {name: "g${ inputs.n }"}}
`

func TestTheLimitOfRunsOfAFlowHolds(t *testing.T) {
	t.Parallel()
	for busy, want := range map[string]struct {
		expect string
		made   []string // groups, in the order in which they are made
		fails  string
	}{
		"skip":    {"{started: {skip: {skipped: 1}}}", []string{"g1"}, ""},
		"fail":    {"{started: {fail: {failed: 1}}}", []string{"g1"}, ""},
		"queue":   {"{started: {queue: {succeeded: 1}}}", []string{"g1", "g0"}, ""},
		"replace": {"{}", []string{"g1", "g0"}, "run test goes on, and flow replace allows one at a time: a test does not show"},
	} {
		results := run(t, map[string]string{
			"flowdeck.yaml": idle["flowdeck.yaml"],
			"flow.yaml":     strings.ReplaceAll(limitedRuns, "BUSY", busy),
			"tests/t.yaml":  "- test: t\n  flow: " + busy + "\n  inputs: {n: 1}\n  expect: " + want.expect + "\n",
		})
		got := failures(t, results)
		if want.fails == "" && len(got) > 0 || want.fails != "" && (len(got) != 1 || !strings.HasPrefix(got[0], want.fails)) {
			t.Errorf("%s: %q", busy, got)
		}
		var made []string
		for _, call := range results[0].Calls {
			made = append(made, call.Target)
		}
		if diff := cmp.Diff(want.made, made); diff != "" {
			t.Errorf("%s: %s", busy, diff)
		}
	}
}
