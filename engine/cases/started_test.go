package cases_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/cases"
)

var starter = map[string]string{
	"flowdeck.yaml": idle["flowdeck.yaml"],
	"flow.yaml":     "flow: starter\nsteps: [{start: child, with: {login: bob@acme.example}}, {return: {ok: true}}]\n",
	"child.yaml":    "flow: child\ninputs: {login: string}\nsteps: [{card: okta.user.suspend, with: {user_id: \"${ inputs.login }\"}}]\n",
}

func TestAStartedRunThatFailsFailsTheCaseUnlessItIsExpected(t *testing.T) {
	t.Parallel()
	files := with(starter, "tests/t.yaml", "- test: t\n  flow: starter\n  expect: {result: {ok: true}}\n")
	results := run(t, files)
	if got := failures(t, results); len(got) != 1 || !strings.HasPrefix(got[0], "started run of child: expected succeeded or skipped, got failed: ") {
		t.Error(got)
	}
	if calls := results[0].Calls; len(calls) != 1 || calls[0].Flow != "child" {
		t.Errorf("%+v", calls)
	}
	files["tests/t.yaml"] = "- test: t\n  flow: starter\n  expect: {started: {child: {failed: 1}}}\n"
	if got := failures(t, run(t, files)); len(got) > 0 {
		t.Error(got)
	}
	files["tests/t.yaml"] = "- test: t\n  flow: starter\n  expect: {started: {child: {failed: 2, skipped: 1}}}\n"
	if diff := cmp.Diff([]string{"started.child.failed: expected 2, got 1", "started.child.skipped: expected 1, got 0"}, failures(t, run(t, files))); diff != "" {
		t.Error(diff)
	}
	for expect, want := range map[string]string{"{chld: {failed: 1}}": `flow "starter" does not start "chld"`, "{child: {faild: 1}}": `a started run does not end as "faild"`} {
		s, all := suite(t, with(starter, "tests/t.yaml", "- test: t\n  flow: starter\n  expect: {started: "+expect+"}\n"))
		if _, problems, err := s.PrepareAll(all); err != nil || len(problems) != 1 || problems[0].Message != want {
			t.Error(problems, err)
		}
	}
	files["tests/t.yaml"] = "- test: t\n  flow: starter\n"
	results = run(t, files)
	text, n, err := cases.Updated(results[0].Case.File, results)
	if want := files["tests/t.yaml"] + "  expect:\n    status: succeeded\n    result: {ok: true}\n    started: {child: {failed: 1}}\n    calls: {}\n"; n != 1 || err != nil || string(text) != want {
		t.Errorf("%d, %v\n%s", n, err, text)
	}
}

func TestACallInDoubtIsNotNothing(t *testing.T) {
	t.Parallel()
	pay := with(report, "flow.yaml", "flow: pay\nsteps: [{card: http.post, with: {path: /payments}}]\n")
	for expect, want := range map[string][]string{
		"calls: {}":                              {"in_doubt.http.post: expected 0, got 1"},
		"calls: {http.post: 0}":                  {"in_doubt.http.post: expected 0, got 1"},
		"calls: {}, in_doubt: {http.post: 1}":    nil,
		"calls: {mail.send: 0}":                  nil,
		"in_doubt: {http.post: 0, mail.send: 1}": {"in_doubt.http.post: expected 0, got 1", "in_doubt.mail.send: expected 1, got 0"},
	} {
		got := failures(t, run(t, with(pay, "tests/t.yaml", "- test: t\n  flow: pay\n  mocks: {http.post: [{error: {kind: timeout}}]}\n  expect: {status: failed, "+expect+"}\n")))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", expect, diff)
		}
	}
}

func TestWhoStartsARunMayNotDecideAboutIt(t *testing.T) {
	t.Parallel()
	asks := map[string]string{"flowdeck.yaml": "", "flow.yaml": "flow: asks\nsteps: [{id: q, approve: {prompt: \"x?\"}}, {return: \"${ steps.q.by } ${ run.by }\"}]\n"}
	for given, want := range map[string]string{
		"approvals: {approved: true, by: test}":                                             "test started run test, and may not decide about it",
		"started_by: ada@acme.example\n  approvals: {approved: true, by: ADA@acme.example}": "ADA@acme.example started run test, and may not decide about it",
		"started_by: ada@acme.example\n  approvals: {approved: true, by: bob@acme.example}": `result: expected "", got "bob@acme.example ada@acme.example"`,
	} {
		got := failures(t, run(t, with(asks, "tests/t.yaml", "- test: t\n  flow: asks\n  "+given+"\n  expect: {result: \"\"}\n")))
		if len(got) == 0 || !strings.Contains(got[0], want) {
			t.Errorf("%s: %q", given, got)
		}
	}
}

func TestApprovalsThatNobodyAsksForFailTheCase(t *testing.T) {
	t.Parallel()
	got := failures(t, run(t, with(starter, "tests/t.yaml", "- test: t\n  flow: child\n  inputs: {login: bob@acme.example}\n  org: {users: [{login: bob@acme.example}]}\n  approvals: {approved: true}\n")))
	if diff := cmp.Diff([]string{"the run asks for no approval"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestUpdateDoesNotFillInATestThatFailsWhateverItExpects(t *testing.T) {
	t.Parallel()
	for _, files := range []map[string]string{
		with(report, "flow.yaml", "flow: posts\nsteps: [{card: http.post, with: {path: /x}, on_error: continue}]\n", "tests/t.yaml", "- test: t\n  flow: posts\n"),
		with(house, "tests/t.yaml", "- test: t\n  flow: visit\n  inputs: {name: ada}\n  files: {guests.txt: ada}\n"),
	} {
		results := run(t, files)
		if _, n, err := cases.Updated(results[0].Case.File, results); n != 0 || err != nil || results[0].Fillable() || results[0].Passed() {
			t.Error(n, err, results[0].Failures)
		}
	}
}
