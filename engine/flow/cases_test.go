package flow

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const twoCases = `# tests
- test: suspends the idle # a comment
  flow: suspend-idle
  org:
    users:
      - {login: ada@acme.example}

    # a comment in it
    groups: []
  # one after it
  expect:
    status: failed
- test: other
  flow: suspend-idle
  org: {users: [{login: "a}b@acme.example"}]}

# the end
`

func TestCasesAreReadWithTheirPlaces(t *testing.T) {
	t.Parallel()
	file, ps := ParseCases("t.yaml", []byte(twoCases))
	if len(ps) > 0 || len(file.Cases) != 2 || !HoldsCases("a.yaml", []byte(twoCases)) {
		t.Fatal(ps, len(file.Cases))
	}
	if c := file.Cases[1]; c.Name != "other" || c.Flow != "suspend-idle" || c.Node.Key("org").Pos.String() != "t.yaml:15:3" {
		t.Errorf("got %+v", c)
	}
}

func TestAPartOfACaseIsADocumentWithTheSamePlaces(t *testing.T) {
	t.Parallel()
	file, _ := ParseCases("t.yaml", []byte(twoCases))
	lines := strings.Split(twoCases, "\n")
	for i, want := range []struct{ from, to int }{{4, 9}, {14, 15}} {
		placed := strings.Split(strings.TrimRight(string(file.Cases[i].Node.Field("org").Placed()), "\n"), "\n")
		wanted := make([]string, want.from)
		wanted = append(wanted, lines[want.from:want.to]...)
		if i == 1 {
			wanted[14] = strings.Replace(wanted[14], "  org: ", "       ", 1)
		}
		if diff := cmp.Diff(wanted, placed); diff != "" {
			t.Error("(-want +got)\n" + diff)
		}
		root, ps := ReadData("org", file.Cases[i].Node.Field("org").Placed())
		if len(ps) > 0 || !cmp.Equal(root.Literal(), file.Cases[i].Node.Field("org").Literal()) {
			t.Errorf("it has another value: %v, %v", root.Literal(), ps)
		}
	}
}

func TestLinesAreAddedToACaseAndNothingElseChanges(t *testing.T) {
	t.Parallel()
	for _, ends := range []string{"", "\n"} {
		source := strings.TrimRight(twoCases, "\n") + ends
		file, _ := ParseCases("t.yaml", []byte(source))
		got, wrong := file.Appended(map[*Case][]string{file.Cases[1]: {"expect:", "  status: failed"}})
		want := strings.Replace(source, "}]}\n", "}]}\n  expect:\n    status: failed\n", 1)
		if wrong != nil || string(got) != want {
			t.Errorf("got\n%s", got)
		}
	}
	file, _ := ParseCases("t.yaml", []byte("[{test: a, flow: b}]"))
	if _, wrong := file.Appended(map[*Case][]string{file.Cases[0]: nil}); wrong == nil {
		t.Error("a case in brackets was changed")
	}
}

func TestMistakesInCasesAreProblems(t *testing.T) {
	t.Parallel()
	var found []string
	_, ps := ParseCases("t.yaml", []byte("- test: a\n  flow: b\n  expcet: {}\n- test: a\n  flow: b\n- flow: b\n- test: c\n  flow: b\n  expect: {calls: {x.y: one}, dry_run: maybe}\n"))
	for _, p := range ps {
		found = append(found, p.String())
	}
	want := []string{
		`t.yaml:3:3: unknown key "expcet" in a test [unknown-key]`,
		`t.yaml:4:9: there are two tests called "a" [bad-name]`,
		`t.yaml:6:3: a test needs the key "test" [missing-key]`,
		`t.yaml:9:25: "x.y" must be an integer, not the string "one" [wrong-type]`,
		`t.yaml:9:40: "dry_run" must be one of: same; not the string "maybe" [wrong-type]`,
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error("(-want +got)\n" + diff)
	}
	if !strings.Contains(ps[0].Hint, `did you mean "expect"?`) {
		t.Errorf("hint: %s", ps[0].Hint)
	}
}

func TestFilesWithTestsAreNotFilesWithFlows(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{
		"flowdeck.yaml": {Data: nil}, "tests/a.yaml": {Data: []byte(twoCases)}, "b.yaml": {Data: []byte("flow: b\nsteps: [{return: 1}]\n")},
	}
	w, ps := Load(fsys, "")
	all, more := LoadCases(fsys, "w")
	if len(w.Files) != 1 || len(ps)+len(more) > 0 || len(all) != 1 || all[0].Name != "w/tests/a.yaml" || !bytes.Equal(all[0].Source, []byte(twoCases)) {
		t.Error(w.Files, ps, more, all)
	}
}

func TestWhatAFileWithTestsIsDoesNotDependOnItsForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]bool{ // in any folder, and below tests
		"- flow: f\n  test: t\n":               {true, true},
		"\xef\xbb\xbf- test: t\n  flow: f\n":   {true, true},
		"- {test: t, flow: f}":                 {true, true},
		`[{"test": "t", "flow": "f"}]`:         {true, true},
		"- &a\n  test: t\n  flow: f\n":         {true, true},
		"-\n  test: t\n  flow: f\n":            {true, true},
		"- # why\n  test: t\n  flow: f\n":      {true, true},
		"  - test: t\n    flow: f\n":           {true, true},
		"---\n# why\n- test: t\n  flow: f\n":   {true, true},
		"- test: t\n  flow: [\n":               {true, true},
		"- tset: t\n  flow: f\n  expect: {}\n": {true, true},
		"- tset: t\n  flow: f\n":               {false, true},
		"- hosts: all\n  tasks: [{test: 1}]\n": {false, true},
		"":                                     {false, true},
		"flow: {{ template }\nsteps: []\n":     {false, false},
		"test: t\nflow: f\nexpect: {}\n":       {true, true},
		"tests:\n  - test: t\n    flow: f\n":   {true, true},
		"- flow: f\n  org: {}\n":               {true, true},
		"flow: f\ntests: x\nsteps: []\n":       {false, false},
		"users: [{login: test}]\n":             {false, false},
		"flow: f\nsteps: [{return: test}]\n":   {false, false},
	} {
		if got := [2]bool{HoldsCases("a.yaml", []byte(text)), HoldsCases("x/tests/y/a.yaml", []byte(text))}; got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestAppendedKeepsTextsAndLineEnds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"- test: a\n  flow: f\n  files:\n    x: |+\n      text\n\n\n- test: b\n  flow: f\n": "- test: a\n  flow: f\n  files:\n    x: |+\n      text\n\n\n  expect:\n    result: 1\n- test: b\n  flow: f\n",
		"- test: a\n  flow: f\n  files:\n    x: |+\n      text\n\n":                         "- test: a\n  flow: f\n  files:\n    x: |+\n      text\n\n  expect:\n    result: 1\n",
		"- test: a\n  flow: f\n  files:\n    x: |\n      text\n\n- test: b\n  flow: f\n":    "- test: a\n  flow: f\n  files:\n    x: |\n      text\n  expect:\n    result: 1\n\n- test: b\n  flow: f\n",
		"- test: a\r\n  flow: f\r\n": "- test: a\r\n  flow: f\r\n  expect:\r\n    result: 1\r\n",
		"- test: a\r\n  flow: f":     "- test: a\r\n  flow: f\r\n  expect:\r\n    result: 1\r\n",
	} {
		file, ps := ParseCases("a.yaml", []byte(text))
		if len(ps) > 0 {
			t.Fatal(ps)
		}
		if got, wrong := file.Appended(map[*Case][]string{file.Cases[0]: {"expect:", "  result: 1"}}); wrong != nil || string(got) != want {
			t.Errorf("%q: got %v %q", text, wrong, got)
		}
	}
}
