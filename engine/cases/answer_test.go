package cases_test

import (
	"strings"
	"testing"
)

func TestAnswersThatTheCardCannotGiveAreProblems(t *testing.T) {
	t.Parallel()
	for mocks, want := range map[string]string{
		"http.get: [{answer: {status: ok}}]":                                         `the answer of http.get: status must be an integer, not a string`,
		"http.get: [{answer: {stauts: 200}}]":                                        `unknown key "stauts" in the answer of http.get`,
		"http.get: [{answer: nobody}]":                                               `the answer of http.get must be an object, not a string`,
		"http.get: [{answers: [{answer: {status: 200}}, {answer: {status: -1.5}}]}]": `the answer of http.get: status must be an integer, not a number`,
		"http.get: [{answer: {status: \"${ input.path }\", headers: 5}}]":            `the answer of http.get: headers must be an object, not an integer`,
		"http.get: [{answer: {body: \"${ input.pth }\"}}]":                           `unknown field "pth"`,
		"okta.user.list: [{answer: {id: a}}]":                                        `the answer of okta.user.list must be a list, not an object`,
		"okta.user.list: [{answer: [{id: a}, {id: 5}]}]":                             `the answer of okta.user.list: [1].id must be a string, not an integer`,
	} {
		s, all := suite(t, map[string]string{"flowdeck.yaml": "", "flow.yaml": "flow: f\nsteps: [{return: 1}]\n", "tests/f.yaml": "- test: t\n  flow: f\n  mocks:\n    " + mocks + "\n"})
		_, problems, err := s.PrepareAll(all)
		if err != nil || len(problems) != 1 || !strings.Contains(problems[0].Message, want) || problems[0].Pos.Line != 4 || problems[0].Pos.Col < 15 {
			t.Errorf("%s: %v %v", mocks, problems, err)
		}
	}
}

func TestAnAnswerMayLeaveOutFieldsAndHaveMoreWhereTheCardIsOpen(t *testing.T) {
	t.Parallel()
	for _, mocks := range []string{
		"http.get: [{answer: {}}]",
		"http.get: [{answer: {body: {any: [thing, 5]}}}]",
		"okta.user.list: [{answer: [{id: a, status: NEW_ONE, profile: {shoeSize: 42}}]}]",
		"okta.user.get: [{answer: {lastLogin: null}}]",
		"okta.request.list: [{answer: [{any: 5}]}]",
		"scim.user.find: [{answer: null}]",
	} {
		s, all := suite(t, map[string]string{"flowdeck.yaml": "", "flow.yaml": "flow: f\nsteps: [{return: 1}]\n", "tests/f.yaml": "- test: t\n  flow: f\n  mocks:\n    " + mocks + "\n"})
		if _, problems, err := s.PrepareAll(all); err != nil || len(problems) > 0 {
			t.Errorf("%s: %v %v", mocks, problems, err)
		}
	}
}

func TestAnAnswerCanBeMadeOfTheInputs(t *testing.T) {
	t.Parallel()
	mocked := func(get string) map[string]string {
		return with(report, "tests/t.yaml", `- test: t
  flow: report
  inputs: {names: [ada]}
  mocks:
    http.get: [{answer: `+get+`}]
    http.post: [{when: "input.body.age == \"of /people/ada ${\"", answer: {status: 201}}]
`)
	}
	if got := failures(t, run(t, mocked(`{body: {age: "of ${ input.path } $${"}}`))); len(got) > 0 {
		t.Error(got)
	}
	got := failures(t, run(t, mocked(`{status: "${ input.path }"}`)))
	if len(got) == 0 || got[0] != "a mock of http.get: the answer of http.get: status must be an integer, not a string" {
		t.Error(got)
	}
	got = failures(t, run(t, mocked(`{body: "${ input.query.none.more }"}`)))
	if len(got) == 0 || !strings.HasPrefix(got[0], "an answer of a mock of http.get: ") {
		t.Error(got)
	}
}
