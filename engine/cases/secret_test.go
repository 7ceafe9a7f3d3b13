package cases_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/cases"
)

// secretive has a flow that puts a secret input wherever it can.
var secretive = map[string]string{
	"flowdeck.yaml": "connections:\n  okta: {type: okta, domain: acme.okta.com, auth: {api_token: {env: NOT_SET}}}\n  http: {type: http, base_url: \"https://people.example\"}\n",
	"flow.yaml": `flow: tell
inputs: {pw: {type: string, secret: true}}
steps:
  - card: http.post
    with: {path: /p, body: {pw: "${ inputs.pw }"}}
    on_error: continue
  - card: okta.user.update
    with: {user_id: ada@acme.example, department: "${ inputs.pw }", profile_extra: {title: "x ${ inputs.pw } y"}}
  - card: okta.group.create
    with: {name: "G ${ inputs.pw }"}
  - return: {pw: "${ inputs.pw }", plain: 1}
`,
}

const tell = `- test: tells
  flow: tell
  inputs: {pw: MyPa55word-XYZ}
  org: {users: [{login: ada@acme.example}]}
`

func TestSecretsAreHiddenInAllThatAResultShows(t *testing.T) {
	t.Parallel()
	for _, expect := range []string{
		"",
		"  mocks: {http.post: [{when: input.body.b.c == 3, answer: {status: 200}}]}\n  expect: {result: {pw: other}, unchanged: [users, groups], org: {users: {ada@acme.example: {profile: {department: zz}}}}}\n",
		"  mocks: {http.post: [{answer: {status: 200}}]}\n  expect: {dry_run: same, result: {plain: 2}, calls: {okta.group.create: 7}}\n",
	} {
		results := run(t, with(secretive, "tests/t.yaml", tell+expect))
		r := results[0]
		if r.Err != nil || r.Passed() {
			t.Errorf("%v, %v", r.Err, r.Failures)
		}
		report, err := json.Marshal(r.Report)
		if err != nil {
			t.Fatal(err)
		}
		shown := fmt.Sprintf("%+v %+v %s", r.Failures, r.Calls, report)
		if text, _, err := cases.Updated(r.Case.File, results); expect == "" {
			shown += strings.TrimPrefix(string(text), tell)
			if err != nil {
				t.Error(err)
			}
		}
		for _, c := range r.Calls {
			if c.Err != nil {
				shown += c.Err.Message
			}
		}
		if strings.Contains(shown, "MyPa55") {
			t.Errorf("the secret is in %s", shown)
		}
	}
}

func TestSecretsInResultsAreComparedAsTheyAre(t *testing.T) {
	t.Parallel()
	for value, passes := range map[string]bool{"MyPa55word-XYZ": true, "other": false, `"[secret]"`: false} {
		r := run(t, with(secretive, "tests/t.yaml", tell+"  mocks: {http.post: [{answer: {status: 200}}]}\n  expect: {status: succeeded, result: {pw: "+value+"}, dry_run: same}\n"))[0]
		if r.Err != nil || r.Passed() != passes {
			t.Errorf("%s: %v, %v", value, r.Err, r.Failures)
		}
	}
}

func TestAConditionOfAMockThatFailsFailsTheCase(t *testing.T) {
	t.Parallel()
	got := failures(t, run(t, with(secretive, "tests/t.yaml", tell+"  mocks: {http.post: [{when: input.body.b.c == 3, answer: {status: 200}}]}\n  expect: {status: succeeded_with_errors}\n")))
	if !slices.ContainsFunc(got, func(f string) bool { return strings.HasPrefix(f, "`when` of a mock of http.post: ") }) {
		t.Error(got)
	}
}
