package cases_test

import (
	"strings"
	"testing"
)

func TestRowsAndFilesThatDoNotFitAreProblems(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"tables: {people: [{login: a, nope: b}]}":         `table people has no column "nope"`,
		"tables: {people: [{login: 5}]}":                  `column "login" of table people must be a string, not an integer`,
		"tables: {people: [{salt: x}]}":                   `the key "login" of a row of table people is null`,
		"files: {../../evil.txt: x}":                      `"../../evil.txt" is not the path of a file in the workspace`,
		"files: {/etc/evil.txt: x}":                       `"/etc/evil.txt" is not the path of a file in the workspace`,
		"files: {a/../b: x}":                              `"a/../b" is not the path of a file in the workspace`,
		"files: {.flowdeck/tables.db: x}":                 `".flowdeck/tables.db" is not the path of a file in the workspace`,
		"files: {a: x, a/b: y}":                           `"a" is a file here, and the folder of another file`,
		"files: {" + strings.Repeat("n", 300) + ": long}": "is not the path of a file in the workspace",
	} {
		s, all := suite(t, map[string]string{
			"flowdeck.yaml": "tables:\n  people: {key: login, columns: {login: string, salt: string}}\n",
			"flow.yaml":     "flow: f\nsteps: [{return: 1}]\n",
			"tests/f.yaml":  "- test: t\n  flow: f\n  " + given + "\n",
		})
		_, problems, err := s.PrepareAll(all)
		if err != nil || len(problems) != 1 || !strings.Contains(problems[0].Message, want) || problems[0].Pos.Line != 3 {
			t.Errorf("%s: %v %v", given, problems, err)
		}
	}
}

func TestACaseThatCannotStartFailsAlone(t *testing.T) {
	t.Parallel()
	results := run(t, map[string]string{
		"flowdeck.yaml": "tables:\n  people: {key: login, columns: {login: string}}\n",
		"flow.yaml":     "flow: f\nsteps: [{return: 1}]\n",
		"tests/f.yaml":  "- test: twice\n  flow: f\n  tables: {people: [{login: a}, {login: a}]}\n- test: once\n  flow: f\n  tables: {people: [{login: a}]}\n",
	})
	if results[0].Err == nil || !results[1].Passed() {
		t.Errorf("%v %v %v", results[0].Err, results[1].Err, results[1].Failures)
	}
}

func TestALatencyIsAMistakeInATest(t *testing.T) {
	t.Parallel()
	s, all := suite(t, with(idle, "tests/idle.yaml", "- test: t\n  flow: suspend-idle\n  inputs: {group: g}\n  org: {users: [], latency: 5s}\n"))
	_, problems, err := s.PrepareAll(all)
	if err != nil || len(problems) != 1 || !strings.Contains(problems[0].Message, "latency has no effect") {
		t.Error(problems, err)
	}
}

func TestFilesHaveTheTimeOfTheTest(t *testing.T) {
	t.Parallel()
	for _, r := range run(t, map[string]string{
		"flowdeck.yaml": "",
		"flow.yaml": `flow: f
steps:
  - wait: 10m
  - {card: file.write, with: {path: lists/b.txt, content: new}}
  - {card: file.append, with: {path: lists/c.txt, content: new}}
  - {id: l, card: file.list, with: {path: lists}, result: all}
  - return: '${ map(steps.l, .name + " " + .modified) }'
`,
		"tests/f.yaml": `- test: t
  flow: f
  files: {lists/a.txt: old}
  expect: {result: ["a.txt 2026-01-01T00:00:00Z", "b.txt 2026-01-01T00:10:00Z", "c.txt 2026-01-01T00:10:00Z"]}
`,
	}) {
		if !r.Passed() {
			t.Errorf("%v %+v", r.Err, r.Failures)
		}
	}
}
