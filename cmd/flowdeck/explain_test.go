package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/docs"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// exampleFiles returns a workspace with an example of docs/problems.md. All other parts of the workspace have no
// problems.
func exampleFiles(t *testing.T, example []docs.File) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{
		flow.WorkspaceFile: {Data: []byte("connections:\n  okta: {type: okta, simulate: {seed: org.yaml}}\n  fake: {type: fake}\n")},
	}
	flows := false
	for _, f := range example {
		switch {
		case f.Kind == "text": // the line of the folder, and the names in it
			delete(files, flow.WorkspaceFile)
			for _, name := range strings.Fields(f.Text)[1:] {
				files[name] = &fstest.MapFile{Data: []byte("flow: example\nsteps:\n  - stop: nothing to do\n")}
				if name == flow.WorkspaceFile {
					files[name] = &fstest.MapFile{}
				}
			}
			flows = true
		case f.Name == "" && strings.HasPrefix(f.Text, "- "):
			steps := strings.ReplaceAll("\n"+strings.TrimRight(f.Text, "\n"), "\n", "\n  ")
			files["example.yaml"] = &fstest.MapFile{Data: []byte("flow: example\nsteps:" + steps + "\n")}
			flows = true
		case f.Name == "":
			files["example.yaml"] = &fstest.MapFile{Data: []byte(f.Text)}
			flows = true
		default:
			files[f.Name] = &fstest.MapFile{Data: []byte(f.Text)}
			flows = flows || f.Name != flow.WorkspaceFile
		}
	}
	if !flows { // problems of a connection are reported where it is used
		files["example.yaml"] = &fstest.MapFile{Data: []byte("flow: example\nsteps:\n  - card: okta.group.list\n")}
	}
	return files
}

// problemsOf returns the problems that `flowdeck check` reports in a workspace. It adds a service fake with one card.
func problemsOf(files fstest.MapFS) (flow.Problems, string) {
	ws, problems := flow.Load(files, "")
	set, services := cards.All(), cards.Services()
	set["fake.thing.create"] = card.NewWrite(
		card.Spec{Name: "fake.thing.create", Effect: card.Creates, Undo: card.Undo{Extent: card.None}, InDoubt: "it is a fake"},
		card.Write[struct{}, struct{}]{Do: func(context.Context, card.Call, struct{}) (struct{}, error) { return struct{}{}, nil }})
	services["fake"] = card.NewService("fake", func(card.Settings, struct{}) (card.Connection, error) { return nil, nil })
	checker := check.New(set, services, ws)
	checker.Triggers = cards.Triggers()
	problems = append(problems, checker.Workspace()...)
	for _, f := range ws.Flows() {
		_, found := checker.Plan(f, nil)
		problems = append(problems, found...)
	}
	problems.Sort()
	var printed bytes.Buffer
	problems.Print(&printed, ws.Source)
	return problems, printed.String()
}

func TestWrongExamplesHaveTheirCodeOnly(t *testing.T) {
	t.Parallel()
	for _, p := range docs.Problems() {
		t.Run(p.Code, func(t *testing.T) {
			t.Parallel()
			problems, printed := problemsOf(exampleFiles(t, p.Wrong))
			if len(problems) == 0 {
				t.Fatal("nothing is reported")
			}
			for _, problem := range problems {
				if problem.Code != p.Code {
					t.Errorf("other codes are reported too:\n%s", printed)
				}
			}
		})
	}
}

func TestRightExamplesHaveNoProblems(t *testing.T) {
	t.Parallel()
	for _, p := range docs.Problems() {
		t.Run(p.Code, func(t *testing.T) {
			t.Parallel()
			if problems, printed := problemsOf(exampleFiles(t, p.Right)); len(problems) > 0 {
				t.Errorf("problems are reported:\n%s", printed)
			}
		})
	}
}

func TestExactlyTheReportedCodesAreExplained(t *testing.T) {
	t.Parallel()
	var reported []string
	for _, c := range flow.Codes() {
		reported = append(reported, c.Code)
	}
	sources, err := filepath.Glob("../../engine/check/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range regexp.MustCompile(`(?m)^\tCode\w+\s*= "([a-z-]+)"`).FindAllSubmatch(source, -1) {
			reported = append(reported, string(code[1]))
		}
	}
	if len(reported) < 40 {
		t.Fatalf("only %d codes were found", len(reported))
	}
	var explained []string
	for _, p := range docs.Problems() {
		explained = append(explained, p.Code)
		if !slices.Contains(reported, p.Code) {
			t.Errorf("docs/problems.md explains %s, which nothing reports", p.Code)
		}
	}
	for _, code := range reported {
		if !slices.Contains(explained, code) {
			t.Errorf("docs/problems.md has no section ## %s", code)
		}
	}
}

func TestExplainPrintsPlainText(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	all := []docs.Problem{{
		Code: "some-code", Text: "It is wrong.",
		Wrong: []docs.File{{Kind: "yaml", Text: "- a: 1\n\n  b: 2\n"}},
		Right: []docs.File{{Name: "flowdeck.yaml", Kind: "yaml", Text: "# flowdeck.yaml\na: 1\n"}, {Kind: "yaml", Text: "b: 2\n"}},
	}}
	want := "some-code\n\nIt is wrong.\n\nWrong:\n\n    - a: 1\n\n      b: 2\n\nRight:\n\n    # flowdeck.yaml\n    a: 1\n\n    b: 2\n"
	if err := explain(&out, all, "[some-code]"); err != nil || out.String() != want {
		t.Errorf("got %v:\n%swant:\n%s", err, out.String(), want)
	}
	if err := fmt.Sprint(explain(&out, all, "sme-code")); err != `no problem has the code "sme-code"` {
		t.Error(err)
	}
}
