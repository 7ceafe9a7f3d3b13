package cases_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/cases"
)

func TestFailuresNameThePlaceAndWhatWas(t *testing.T) {
	t.Parallel()
	results := run(t, with(idle, "tests/idle.yaml", `- test: wrong
  flow: suspend-idle
  inputs: {group: Contractors}
  now: 2026-03-08T00:00:00Z
  files: {people.csv: "mia@acme.example, she is new"}
  org:
    users: [{login: ada@acme.example, lastLogin: 2026-03-01T00:00:00Z}, {login: bob@acme.example, lastLogin: 2025-01-01T00:00:00Z}]
    groups: [{name: Contractors, members: [ada@acme.example, bob@acme.example]}]
  expect:
    status: skipped
    result: {suspended: 2, failed: 0, list: [1]}
    calls: {okta.user.suspend: 2, okta.user.deactivate: 0}
    never: [okta.user.suspend, okta.group.list]
    org:
      users: {ada@acme.example: {status: SUSPENDED}, eve@acme.example: {status: ACTIVE}, ben@acme.example: null, mia@acme.example: null}
      groups: {Contractors: {members: [bob@acme.example, ada@acme.example]}}
    unchanged: [users, groups]
`))
	want := []string{
		`status: expected skipped, got succeeded`,
		`result.suspended: expected 2, got 1`,
		`result.failed: expected 0, got null`,
		`result.list: expected [1], got null`,
		`calls.okta.user.suspend: expected 2, got 1`,
		`okta.user.suspend: expected never called, got called once`,
		`okta.group.list: expected never called, got called once`,
		`org.users."ada@acme.example".status: expected "SUSPENDED", got "ACTIVE"`,
		`org.users."eve@acme.example": expected {"status":"ACTIVE"}, got it is not there; there are ada@acme.example, bob@acme.example`,
		`org.users."ben@acme.example": it was not there before the run, and neither the test nor the flow names it; there are ada@acme.example, bob@acme.example`,
		`org.users: expected unchanged, got bob@acme.example: status "ACTIVE" → "SUSPENDED"`,
	}
	if diff := cmp.Diff(want, failures(t, results)); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
	if at := results[0].Failures[1].Pos; at.Line != 11 || at.Col != 25 {
		t.Errorf("the expectation is at %s, want 11:25", at)
	}
	if len(results[0].Calls) != 1 || results[0].Calls[0].Card != "okta.user.suspend" || !results[0].Calls[0].Changed {
		t.Errorf("calls: %+v", results[0].Calls)
	}
}

func TestTheErrorOfARunIsCompared(t *testing.T) {
	t.Parallel()
	files := with(idle, "tests/idle.yaml", `- test: no group
  flow: suspend-idle
  inputs: {group: Nobody}
  expect: {error: {kind: not_found, card: okta.group.list, step: group, message: "no group Nob.dy$"}}
`)
	if got := failures(t, run(t, files)); len(got) > 0 {
		t.Error(got)
	}
	files["tests/idle.yaml"] = "- test: no group\n  flow: suspend-idle\n  inputs: {group: Nobody}\n"
	got := failures(t, run(t, files))
	if len(got) != 1 || !strings.HasPrefix(got[0], "status: expected succeeded or skipped, got failed: there is no group Nobody (") {
		t.Error(got)
	}
}

// A flow that waits, times out, reads tables and files, asks people, and starts others.
var house = map[string]string{
	"flowdeck.yaml": `connections: {}
tables:
  seen: {key: name, columns: {name: string, at: time}}
`,
	"flow.yaml": `flow: visit
inputs: {name: string}
steps:
  - wait: 30d
  - id: list
    card: file.read
    with: {path: guests.txt}
  - stop: not invited
    if: not (steps.list.content contains inputs.name)
  - approve: {prompt: "let ${ inputs.name } in?"}
    timeout: 1h
  - card: table.row.upsert
    with: {table: seen, row: {name: "${ inputs.name }", at: "${ now() }"}}
  - return: "${ uuid() }"
`,
}

func TestWaitingTakesNoTimeAndTablesFilesAndPeopleAreThoseOfTheCase(t *testing.T) {
	t.Parallel()
	results := run(t, with(house, "tests/t.yaml", `- test: lets a guest in
  flow: visit
  inputs: {name: ada}
  now: 2026-01-01T00:00:00Z
  files: {guests.txt: "ada bob"}
  tables: {seen: [{name: eve}]}
  approvals: {approved: true}
  expect:
    tables: {seen: {ada: {at: "2026-01-31T00:00:00Z"}, eve: {at: null}, bob: null}}
- test: sends a stranger away
  flow: visit
  inputs: {name: eve}
  files: {guests.txt: "ada bob"}
  expect: {status: skipped, reason: not invited, tables: {seen: []}}
- test: does what people say
  flow: visit
  inputs: {name: ada}
  files: {guests.txt: "ada bob"}
  approvals: {approved: false, by: boss@acme.example, note: full}
  expect: {error: {code: rejected, message: full}}
- test: asks nobody
  flow: visit
  inputs: {name: ada}
  files: {guests.txt: "ada bob"}
  expect: {error: {message: nobody decides about the approval}}
`))
	if got := failures(t, results[3:]); len(got) != 1 || got[0] != "nobody decides about the approval: let ada in?: add a decision to `approvals`" {
		t.Error(got)
	}
	for _, r := range results[:3] {
		if !r.Passed() {
			t.Errorf("%s: %v %+v", r.Case.Name, r.Err, r.Failures)
		}
	}
}

func TestTheSameCaseHasTheSameRandomNumbers(t *testing.T) {
	t.Parallel()
	files := with(house, "tests/t.yaml", "- test: x\n  flow: visit\n  inputs: {name: ada}\n  files: {guests.txt: ada}\n  approvals: {approved: true}\n")
	if a, b := run(t, files)[0].Report.Result, run(t, files)[0].Report.Result; a != b || a == nil {
		t.Errorf("%v and %v", a, b)
	}
}

func TestADryRunThatListsOtherWritesFailsTheCase(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"flowdeck.yaml": "connections: {okta: {type: okta, simulate: {seed: none.yaml}}}\n",
		"none.yaml":     "users: []\n",
		"flow.yaml": `flow: join
steps:
  - id: user
    card: okta.user.create
    with: {login: joan@acme.example, email: joan@acme.example, first_name: Joan, last_name: Clarke}
  - id: group
    card: okta.group.create
    with: {name: Staff}
  - card: okta.group.member.add
    with: {group_id: "${ steps.group.id }", user_id: "${ steps.user.id }"}
`,
		"tests/t.yaml": "- test: same\n  flow: join\n  expect: {dry_run: same, calls: {okta.group.member.add: 1}}\n",
	}
	if got := failures(t, run(t, files)); len(got) > 0 {
		t.Error(got)
	}
	files["flow.yaml"] += "  - card: okta.user.suspend\n    if: run.started < \"0\" or steps.user.status == \"ACTIVE\"\n    with: {user_id: joan@acme.example}\n"
	got := failures(t, run(t, files))
	if len(got) != 1 || !strings.HasPrefix(got[0], "dry_run: it cannot decide what the run would do") {
		t.Error(got)
	}
}

func TestUpdateFillsInWhatTheRunDid(t *testing.T) {
	t.Parallel()
	files := with(idle, "tests/idle.yaml", `# the tests
- test: suspends the idle   # the first
  flow: suspend-idle
  inputs: {group: Contractors}
  org:
    users: [{login: bob@acme.example, lastLogin: 2025-01-01T00:00:00Z}]
    groups: [{name: Contractors, members: [bob@acme.example]}]

- test: fails
  flow: suspend-idle
  inputs: {group: Nobody}
`)
	results := run(t, files)
	text, n, err := cases.Updated(results[0].Case.File, results)
	want := strings.Replace(files["tests/idle.yaml"], "[bob@acme.example]}]\n", `[bob@acme.example]}]
  expect:
    status: succeeded
    result: {suspended: 1}
    calls: {okta.user.suspend: 1}
    org: {users: {bob@acme.example: {status: SUSPENDED}}}
`, 1) + `  expect:
    status: failed
    error: {kind: not_found, message: "^there is no group Nobody$"}
    calls: {}
`
	if diff := cmp.Diff(want, string(text)); diff != "" || n != 2 || err != nil {
		t.Errorf("%d, %v (-want +got)\n%s", n, err, diff)
	}
	files["tests/idle.yaml"] = string(text)
	for _, r := range run(t, files) {
		if !r.Passed() {
			t.Errorf("%s: %v %+v", r.Case.Name, r.Err, r.Failures)
		}
	}
}

func TestCoverageNamesWhatNoTestReached(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"flowdeck.yaml": "connections: {}\n",
		"flow.yaml": `flow: ways
inputs: {n: integer}
steps:
  - if: inputs.n > 1
    then:
      - set: {a: 1}
  - switch:
      - when: inputs.n == 1
        do:
          - set: {b: 1}
      - when: inputs.n == 2
        do:
          - set: {b: 2}
      - else:
          - set: {b: 3}
  - try:
      - fail: no
        if: inputs.n == 9
    catch:
      - do:
          - set: {c: 1}
    finally:
      - set: {d: 1}
`,
		"none.yaml":    "flow: none\nsteps: [{return: 1}]\n",
		"tests/t.yaml": "- test: one\n  flow: ways\n  inputs: {n: 1}\n",
	}
	s, all := suite(t, files)
	ready, problems, err := s.PrepareAll(all)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	results := cases.RunAll(t.Context(), ready)
	if n := len(cases.Cover(s.Workspace, results, false).Flows); n != 1 {
		t.Errorf("the coverage of one test has %d flows", n)
	}
	coverage := cases.Cover(s.Workspace, results, true)
	var missed []string
	for _, m := range coverage.Flows[0].Missed() {
		missed = append(missed, m.Pos.String()[strings.LastIndex(m.Pos.String(), "flow.yaml"):]+" "+m.What)
	}
	want := []string{"flow.yaml:4:5 then", "flow.yaml:7:5 case 2", "flow.yaml:7:5 else", "flow.yaml:16:5 catch 1", "flow.yaml:17:9 if holds"}
	if diff := cmp.Diff(want, missed); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
	var lcov bytes.Buffer
	if err := coverage.WriteLCOV(&lcov); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"BRDA:4,0,0,0\n", "BRDA:4,0,1,1\n", "BRDA:16,2,0,0\nBRDA:16,2,1,1\n", "DA:10,1\n", "DA:13,0\n", "LF:10\nLH:5\nend_of_record\n", "FNDA:1,ways\n", "FNDA:0,none\n", "DA:2,0\n"} {
		if !strings.Contains(lcov.String(), line) {
			t.Errorf("%q is not in\n%s", line, lcov.String())
		}
	}
}

func TestNullMeansThatSomethingIsNotThere(t *testing.T) {
	t.Parallel()
	const org = "- test: has\n  flow: suspend-idle\n  inputs: {group: Staff}\n  org: {users: [{id: 00uada, login: ada@acme.example, profile: {department: IT}}], groups: [{id: 00gstaff, name: Staff, members: [ada@acme.example]}]}\n"
	got := failures(t, run(t, with(idle, "tests/idle.yaml", org+"  expect: {org: {users: {00uada: null, ada@acme.example: {profile: {department: null, title: null}}}, groups: {00gstaff: null}}}\n")))
	var at []string
	for _, f := range got {
		at = append(at, f[:strings.Index(f, ":")])
	}
	if diff := cmp.Diff([]string{"org.users.00uada", `org.users."ada@acme.example".profile.department`, "org.groups.00gstaff"}, at); diff != "" {
		t.Error("(-want +got)\n"+diff, got)
	}
	for expect, want := range map[string]string{
		"{users: {ada@acme.example: {department: null}}}": `a seed has no "department" in users`,
		"{users: {ada@acme.example: {password: null}}}":   `the state of an org does not show password of users, so that nothing can be expected of it`,
		"{groups: {Staff: {member: null}}}":               `a seed has no "member" in groups`,
	} {
		s, all := suite(t, with(idle, "tests/idle.yaml", org+"  expect: {org: "+expect+"}\n"))
		if _, problems, err := s.PrepareAll(all); err != nil || len(problems) != 1 || problems[0].Message != want {
			t.Error(problems, err)
		}
	}
}

func TestUnchangedSeesThatAPasswordWasChanged(t *testing.T) {
	t.Parallel()
	got := failures(t, run(t, map[string]string{
		"flowdeck.yaml": idle["flowdeck.yaml"],
		"flow.yaml":     "flow: set\ninputs: {pw: {type: string, secret: true}}\nsteps:\n  - card: okta.user.set_password\n    with: {user_id: ada@acme.example, new_password: \"${ inputs.pw }\"}\n",
		"tests/t.yaml":  "- test: sets\n  flow: set\n  inputs: {pw: MyPa55word-XYZ}\n  org: {users: [{login: ada@acme.example, password: true}]}\n  expect: {unchanged: [users, groups]}\n",
	}))
	if len(got) != 1 || !strings.HasPrefix(got[0], "org.users: expected unchanged, got ada@acme.example: passwordChanged ") {
		t.Error(got)
	}
}
