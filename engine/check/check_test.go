package check_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// workspace is what an archive gets that brings no flowdeck.yaml of its own.
const workspace = "connections:\n  okta: {type: okta, simulate: {seed: org.yaml}}\n"

// output is all that is said of the flows of an archive, as it is printed.
func output(t *testing.T, a *txtar.Archive) string {
	t.Helper()
	files := fstest.MapFS{flow.WorkspaceFile: {Data: []byte(workspace)}}
	for _, f := range a.Files {
		if f.Name != "want" {
			files[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	ws, problems := flow.Load(files, "")
	services := cards.Services()
	services["other"] = card.NewService("other", func(card.Settings, struct{}) (card.Connection, error) { return nil, nil })
	set := cards.All()
	set["fake.thing.create"] = card.NewWrite(
		card.Spec{Name: "fake.thing.create", Effect: card.Creates, Undo: card.Undo{Extent: card.None}, InDoubt: "it is a fake"},
		card.Write[struct{}, struct{}]{Do: func(context.Context, card.Call, struct{}) (struct{}, error) { return struct{}{}, nil }})
	services["fake"] = card.NewService("fake", func(card.Settings, struct{}) (card.Connection, error) { return nil, nil })
	checker := check.New(set, services, ws)
	problems = append(problems, checker.Workspace()...)
	for _, f := range ws.Flows() {
		plan, found := checker.Plan(f, nil)
		if (plan == nil) != (found.Err() != nil) {
			t.Errorf("flow %q: a plan and problems, or neither", f.Name.Text)
		}
		problems = append(problems, found...)
	}
	problems.Sort()
	var out bytes.Buffer
	problems.Print(&out, ws.Source)
	return out.String()
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

// Each file holds flows with mistakes, and exactly what is said of them under `want`.
// UPDATE=1 go test ./engine/check rewrites that.
func TestEveryMistakeIsToldAsWritten(t *testing.T) {
	t.Parallel()
	for name, a := range archives(t, "../../testdata/flow/err/*.txtar") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			got := output(t, a)
			if got == "" {
				t.Error("nothing is wrong with it")
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
				t.Errorf("(-want +got), UPDATE=1 go test ./engine/check rewrites it:\n%s", diff)
				return
			}
			a.Files[i].Data = []byte(got)
			if err := os.WriteFile(name, txtar.Format(a), 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestWhatIsRightIsSilent(t *testing.T) {
	t.Parallel()
	for name, a := range archives(t, "../../testdata/flow/ok/*.txtar") {
		if got := output(t, a); got != "" {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}

func TestTheShippedWorkspaceIsSilent(t *testing.T) {
	t.Parallel()
	ws, problems := flow.Load(os.DirFS("../../flows"), "flows")
	checker := check.New(cards.All(), cards.Services(), ws)
	for _, f := range ws.Flows() {
		_, found := checker.Plan(f, nil)
		problems = append(problems, found...)
	}
	if len(problems) > 0 || len(ws.Flows()) < 2 {
		t.Errorf("%d flows: %v", len(ws.Flows()), problems)
	}
}

// Every code that this package can say stands in the corpus.
func TestEveryCodeHasItsExample(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("check.go")
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
		t.Fatalf("only %d codes were found in check.go", len(codes))
	}
	for _, code := range codes {
		if !said[code[1]] {
			t.Errorf("no file of testdata/flow/err says [%s]", code[1])
		}
	}
}

// A chosen connection that is not there is said of the flow that needs it.
func TestAChosenConnectionMustExistAndFit(t *testing.T) {
	t.Parallel()
	ws, _ := flow.Load(fstest.MapFS{
		flow.WorkspaceFile: {Data: []byte(workspace)},
		"f.yaml":           {Data: []byte("flow: f\nsteps:\n  - card: okta.user.get\n    with: {user_id: a}\n")},
	}, "")
	checker := check.New(cards.All(), cards.Services(), ws)
	if plan, problems := checker.Plan(ws.Flow("f"), nil); plan == nil {
		t.Fatal(problems)
	}
	_, problems := checker.Plan(ws.Flow("f"), map[string]string{"okta": "okto"})
	if len(problems) != 1 || problems[0].Code != check.CodeUnknownConnection || !strings.Contains(problems[0].Hint, `"okta"`) {
		t.Errorf("got %v", problems)
	}
}
