package check_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/check/checktest"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// output returns the printed problems of the flows of an archive.
func output(t *testing.T, a *txtar.Archive) string {
	t.Helper()
	problems, ws := loaded(t, a)
	var out bytes.Buffer
	problems.Print(&out, ws.Source)
	return out.String()
}

// found returns the problems of the flows of an archive.
func found(t *testing.T, a *txtar.Archive) flow.Problems {
	t.Helper()
	problems, _ := loaded(t, a)
	return problems
}

func loaded(t *testing.T, a *txtar.Archive) (flow.Problems, *flow.Workspace) {
	t.Helper()
	files := fstest.MapFS{flow.WorkspaceFile: {Data: []byte(checktest.Workspace)}}
	for _, f := range a.Files {
		if f.Name != "want" {
			files[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	ws, problems := flow.Load(files, "")
	checker := check.New(checktest.Cards(), checktest.Services(), ws)
	checker.Triggers = checktest.Triggers()
	problems = append(problems, checker.Workspace()...)
	for _, f := range ws.Flows() {
		plan, found := checker.Plan(f, nil)
		if (plan == nil) != (found.Err() != nil) {
			t.Errorf("flow %q: got a plan and problems, or neither", f.Name.Text)
		}
		problems = append(problems, found...)
	}
	ws.Settle(&problems)
	return problems, ws
}

func archives(t testing.TB, pattern string) map[string]*txtar.Archive {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(names), err)
	}
	all := map[string]*txtar.Archive{}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = a
	}
	return all
}

// Each file has flows with mistakes and, under `want`, the exact output. `make golden` updates the files.
func TestProblemsAreReportedAsInTheGoldenFiles(t *testing.T) {
	t.Parallel()
	for name, a := range archives(t, "../../testdata/flow/err/*.txtar") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			got := output(t, a)
			if got == "" {
				t.Error("the file has no problems")
			}
			i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" })
			if i < 0 {
				a.Files = append(a.Files, txtar.File{Name: "want"})
				i = len(a.Files) - 1
			}
			diff := cmp.Diff(string(a.Files[i].Data), got)
			if diff == "" {
				return
			}
			if os.Getenv("UPDATE") == "" {
				t.Errorf("(-want +got), make golden rewrites it:\n%s", diff)
				return
			}
			a.Files[i].Data = []byte(got)
			if err := os.WriteFile(name, txtar.Format(a), 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestCorrectFlowsHaveNoProblems(t *testing.T) {
	t.Parallel()
	for name, a := range archives(t, "../../testdata/flow/ok/*.txtar") {
		if got := output(t, a); got != "" {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}

// The corpus has every code of this package.
func TestEveryCodeHasItsExample(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("codes.go")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, a := range archives(t, "../../testdata/flow/err/*.txtar") {
		for _, code := range regexp.MustCompile(`\[([a-z-]+)\]\n`).FindAllStringSubmatch(string(txtar.Format(a)), -1) {
			said[code[1]] = true
		}
	}
	codes := regexp.MustCompile(`(?m)^\tCode\w+\s*= "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(codes) < 10 {
		t.Fatalf("only %d codes were found in codes.go", len(codes))
	}
	for _, code := range codes {
		if !said[code[1]] {
			t.Errorf("no file of testdata/flow/err has [%s]", code[1])
		}
	}
}

// A chosen connection that does not exist is reported at the flow that needs it.
func TestAChosenConnectionMustExistAndFit(t *testing.T) {
	t.Parallel()
	ws, _ := flow.Load(fstest.MapFS{
		flow.WorkspaceFile: {Data: []byte(checktest.Workspace)},
		"f.yaml":           {Data: []byte("flow: f\nsteps:\n  - card: fake.user.get\n    with: {user_id: a}\n")},
	}, "")
	checker := check.New(checktest.Cards(), checktest.Services(), ws)
	checker.Triggers = checktest.Triggers()
	if plan, problems := checker.Plan(ws.Flow("f"), nil); plan == nil {
		t.Fatal(problems)
	}
	_, problems := checker.Plan(ws.Flow("f"), map[string]string{"fake": "fakey"})
	if len(problems) != 1 || problems[0].Code != check.CodeUnknownConnection || !strings.Contains(problems[0].Hint, `"fake"`) {
		t.Errorf("got %v", problems)
	}
}

// A flow that several flows run is checked once, and its problems are reported for each of them.
func TestTheProblemsOfAFlowAreReportedForEveryFlowThatRunsIt(t *testing.T) {
	t.Parallel()
	ws, problems := flow.Load(fstest.MapFS{
		flow.WorkspaceFile: {Data: []byte(checktest.Workspace)},
		"a.yaml":           {Data: []byte("flow: again\nsteps:\n  - repeat:\n      - call: broken\n    until: true\n")},
		"b.yaml":           {Data: []byte("flow: broken\nsteps:\n  - card: fake.user.gte\n")},
		"c.yaml":           {Data: []byte("flow: calls\nsteps:\n  - call: again\n")},
		"d.yaml":           {Data: []byte("flow: right\nsteps:\n  - stop: x\n")},
	}, "")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	checker := check.New(checktest.Cards(), checktest.Services(), ws)
	checker.Triggers = checktest.Triggers()
	for _, f := range ws.Flows() {
		plan, found := checker.Plan(f, nil)
		right := f.Name.Text == "right"
		if (plan != nil) != right || (len(found) == 0) != right || !right && found[0].Code != check.CodeUnknownCard {
			t.Errorf("%s: has a plan: %v; problems: %v", f.Name.Text, plan != nil, found)
		}
	}
	all := checker.Problems(ws.Flows())
	if len(all) != 1 || all[0].Code != check.CodeUnknownCard {
		t.Errorf("the problems of all flows are %v", all)
	}
}

func TestAPlanKnowsTheDigestOfItsOwnDocument(t *testing.T) {
	t.Parallel()
	digest := func(text, name string) string {
		ws, _ := flow.Load(fstest.MapFS{flow.WorkspaceFile: {}, "f.yaml": {Data: []byte(text)}}, "")
		plan, problems := check.New(nil, nil, ws).Plan(ws.Flow(name), nil)
		if plan == nil {
			t.Fatal(problems)
		}
		return plan.Source
	}
	const f, g = "flow: f\nsteps:\n  - stop: x\n", "---\nflow: g\nsteps:\n  - stop: x\n"
	both := f + g
	if digest(f, "f") != digest(both, "f") || digest(both, "g") != digest("# first\n---\nflow: h\nsteps:\n  - stop: y\n"+g, "g") {
		t.Error("the digest of a flow depends on other documents of its file")
	}
	if digest(f, "f") == digest(f+"# changed\n", "f") || len(digest(f, "f")) != 64 {
		t.Error("the digest of a flow is not that of its text")
	}
}

// The time to read a schema is cubic in its depth: a schema of 20 KB took half a minute.
func TestASchemaHasALimitOfDepth(t *testing.T) {
	t.Parallel()
	for _, depth := range []int{20, 900} {
		text := "flow: f\ninputs:\n  x: " + strings.Repeat("{type: array, items: ", depth) + "{type: string}" + strings.Repeat("}", depth) + "\nsteps:\n  - return: 1\n"
		ws, problems := flow.Load(fstest.MapFS{flow.WorkspaceFile: {Data: []byte(checktest.Workspace)}, "f.yaml": {Data: []byte(text)}}, "")
		_, found := check.New(checktest.Cards(), checktest.Services(), ws).Plan(ws.Flows()[0], nil)
		problems = append(problems, found...)
		if refused := len(problems) == 1 && strings.Contains(problems[0].Message, "the schema of x is nested more than 64 deep"); refused != (depth > 64) {
			t.Errorf("%d deep: %v", depth, problems)
		}
	}
}
