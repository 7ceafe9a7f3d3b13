package check_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// generated is the schemas as they should be, by path.
func generated(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	put := func(name string, s *jsonschema.Schema) {
		text, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		files[name] = string(text) + "\n"
	}
	put("flow.json", check.FlowSchema(cards.All()))
	put("workspace.json", check.WorkspaceSchema(cards.Services()))
	for name, c := range cards.All() {
		put("cards/"+name+".json", check.CardSchema(c))
	}
	return files
}

func TestSchemasAreFresh(t *testing.T) {
	t.Parallel()
	const dir, mend = "../../schemas", "UPDATE=1 go test ./engine/check -run TestSchemasAreFresh"
	want := generated(t)
	if os.Getenv("UPDATE") != "" {
		if err := os.RemoveAll(filepath.Join(dir, "cards")); err != nil { // a card may be gone
			t.Fatal(err)
		}
		for name, text := range want {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		got[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("schemas/ is not what is generated (-file +generated); mend it with: %s\n%s", mend, diff)
	}
}

func TestEveryCompiledSchemaIsOfTheDraftThatItDeclares(t *testing.T) {
	t.Parallel()
	for name, text := range generated(t) {
		var declared struct {
			Schema string `json:"$schema"`
		}
		if err := json.Unmarshal([]byte(text), &declared); err != nil || declared.Schema != "http://json-schema.org/draft-07/schema#" {
			t.Errorf("%s: it declares %q, %v", name, declared.Schema, err)
		}
		compileEditor(t, name, text)
	}
}

// compileEditor compiles a schema by what it declares to be, and by nothing else.
func compileEditor(t *testing.T, name, text string) *validator.Schema {
	t.Helper()
	c := validator.NewCompiler()
	c.Draft = nil // a schema that declares none does not compile
	if err := c.AddResource("schema.json", strings.NewReader(text)); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	compiled, err := c.Compile("schema.json")
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return compiled
}

func compileSchema(t *testing.T, s *jsonschema.Schema) *validator.Schema {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return compileEditor(t, s.Title, string(text))
}

// corpus is the cards and services of the flows in testdata, and of those below: besides the real ones, some with what
// no real one has.
func corpus() (card.Set, map[string]card.Service) {
	set, services := cards.All(), cards.Services()
	set["fake.thing.create"] = card.NewWrite(
		card.Spec{Name: "fake.thing.create", Effect: card.Creates, Undo: card.Undo{Extent: card.None}, InDoubt: "it is a fake"},
		card.Write[struct{}, struct{}]{Do: func(context.Context, card.Call, struct{}) (struct{}, error) { return struct{}{}, nil }})
	type input struct {
		Tags    []string       `json:"tags,omitempty"`
		Profile map[string]any `json:"profile,omitempty"`
		Send    bool           `json:"send,omitempty" default:"true"`
		Mode    string         `json:"mode,omitempty" enum:"one,two"`
	}
	set["fake.thing.update"] = card.NewWrite(
		card.Spec{Name: "fake.thing.update", Effect: card.Creates, Undo: card.Undo{Extent: card.None}, InDoubt: "it is a fake"},
		card.Write[input, struct{}]{Do: func(context.Context, card.Call, input) (struct{}, error) { return struct{}{}, nil }})
	for _, name := range []string{"fake", "other"} {
		services[name] = card.NewService(name, func(card.Settings, struct{}) (card.Connection, error) { return nil, nil })
	}
	return set, services
}

// problems is what flow and check say of the files of a workspace.
func problems(t *testing.T, files fstest.MapFS) flow.Problems {
	t.Helper()
	set, services := corpus()
	if files[flow.WorkspaceFile] == nil {
		files[flow.WorkspaceFile] = &fstest.MapFile{Data: []byte(workspace)}
	}
	ws, found := flow.Load(files, "")
	checker := check.New(set, services, ws)
	for _, f := range ws.Flows() {
		_, more := checker.Plan(f, nil)
		found = append(found, more...)
	}
	return found
}

// document is one of a file, as the schema sees it.
type document struct {
	file        string
	first, last int // lines
	value       any
}

// documents takes a file with flows, or a flowdeck.yaml, apart.
func documents(file string, text []byte) []document {
	var all []document
	line := 1
	for _, part := range bytes.SplitAfter(text, []byte("\n---\n")) {
		lines := bytes.Count(part, []byte("\n"))
		d := document{file: file, first: line, last: line + lines - 1}
		line += lines
		if filepath.Base(file) == flow.WorkspaceFile {
			// A connection's whole mapping is kept as it is: enough of a workspace to hold against its schema.
			ws, _ := flow.ParseWorkspace(file, part)
			connections := map[string]any{}
			for _, c := range ws.Connections {
				connections[c.Name.Text] = c.Settings.Literal()
			}
			d.value = map[string]any{"connections": connections}
		} else if f, _ := flow.Parse(file, part); len(f.Flows) > 0 {
			d.value = f.Flows[0].Node.Literal()
		}
		all = append(all, d)
	}
	return all
}

// editor is what holds files against the schemas.
type editor struct{ flow, workspace *validator.Schema }

func newEditor(t *testing.T) editor {
	t.Helper()
	set, services := corpus()
	return editor{flow: compileSchema(t, check.FlowSchema(set)), workspace: compileSchema(t, check.WorkspaceSchema(services))}
}

// validate holds the value of a document against the schema for files of that name.
func (e editor) validate(file string, value any) error {
	if filepath.Base(file) == flow.WorkspaceFile {
		return e.workspace.Validate(value)
	}
	return e.flow.Validate(value)
}

func TestTheEditorAcceptsWhatTheCheckerAccepts(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{}
	for name, a := range archives(t, "../../testdata/flow/ok/*.txtar") {
		for _, f := range a.Files {
			files[name+"/"+f.Name] = f.Data
		}
	}
	shipped, err := filepath.Glob("../../flows/*.yaml")
	if err != nil || len(shipped) < 3 {
		t.Fatalf("%d shipped files, %v", len(shipped), err)
	}
	for _, name := range shipped {
		if files[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	e := newEditor(t)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if filepath.Ext(name) != ".yaml" {
			continue
		}
		for _, d := range documents(name, files[name]) {
			if err := e.validate(name, d.value); err != nil {
				t.Errorf("%s:%d: the checker accepts it, the editor does not: %#v", name, d.first, err)
			}
		}
	}
}

// The corpus mixes mistakes: what the checker says of a document that the schema can say as well, it says.
func TestTheEditorRejectsWhatTheCheckerRejects(t *testing.T) {
	t.Parallel()
	e := newEditor(t)
	for name, a := range archives(t, "../../testdata/flow/err/*.txtar") {
		files := fstest.MapFS{}
		for _, f := range a.Files {
			if filepath.Ext(f.Name) == ".yaml" {
				files[f.Name] = &fstest.MapFile{Data: f.Data}
			}
		}
		found := problems(t, files)
		for file, source := range files {
			for _, d := range documents(file, source.Data) {
				i := slices.IndexFunc(found, func(p flow.Problem) bool {
					return p.Pos.File == file && p.Pos.Line >= d.first && p.Pos.Line <= d.last && alwaysFound[p.Code]
				})
				if i >= 0 && d.value != nil && e.validate(file, d.value) == nil {
					t.Errorf("%s: %s:%d: the checker says %v, the editor nothing", filepath.Base(name), file, d.first, found[i])
				}
			}
		}
	}
}
