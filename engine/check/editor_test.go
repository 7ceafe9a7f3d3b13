package check_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/jsonschema-go/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/check/checktest"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// compileEditor compiles a schema with the draft that it declares.
func compileEditor(t *testing.T, name, text string) *validator.Schema {
	t.Helper()
	c := validator.NewCompiler()
	c.Draft = nil // so a schema that declares no draft does not compile
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

// problems returns the problems that packages flow and check find in the files of a workspace.
func problems(t *testing.T, files fstest.MapFS) flow.Problems {
	t.Helper()
	if files[flow.WorkspaceFile] == nil {
		files[flow.WorkspaceFile] = &fstest.MapFile{Data: []byte(checktest.Workspace)}
	}
	ws, found := flow.Load(files, "")
	checker := check.New(checktest.Cards(), checktest.Services(), ws)
	checker.Triggers = checktest.Triggers()
	for _, f := range ws.Flows() {
		_, more := checker.Plan(f, nil)
		found = append(found, more...)
	}
	return found
}

// document is a document of a file as a schema sees it.
type document struct {
	file        string
	first, last int // lines
	value       any
}

// documents splits a file with flows, or a flowdeck.yaml, into its documents.
func documents(file string, text []byte) []document {
	var all []document
	line := 1
	for _, part := range bytes.SplitAfter(text, []byte("\n---\n")) {
		lines := bytes.Count(part, []byte("\n"))
		d := document{file: file, first: line, last: line + lines - 1}
		line += lines
		if filepath.Base(file) == flow.WorkspaceFile {
			if n, _ := flow.ParseValue(file, part); n != nil {
				d.value = n.Literal()
			}
		} else if f, _ := flow.Parse(file, part); len(f.Flows) > 0 {
			d.value = f.Flows[0].Node.Literal()
		}
		all = append(all, d)
	}
	return all
}

// editor validates files with the schemas.
type editor struct{ flow, workspace *validator.Schema }

func newEditor(t *testing.T) editor {
	t.Helper()
	return editor{flow: compileSchema(t, check.FlowSchema(checktest.Cards(), checktest.Triggers())), workspace: compileSchema(t, check.WorkspaceSchema(checktest.Services()))}
}

// validate checks the value of a document against the schema for files of that name.
func (e editor) validate(file string, value any) error {
	if filepath.Base(file) == flow.WorkspaceFile {
		return e.workspace.Validate(value)
	}
	return e.flow.Validate(value)
}

func TestTheEditorAcceptsAllFilesThatTheCheckerAccepts(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{}
	for name, a := range archives(t, "../../testdata/flow/ok/*.txtar") {
		for _, f := range a.Files {
			files[name+"/"+f.Name] = f.Data
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

// A document in the corpus may have several mistakes. If the schema can find one of its problems, it must find it.
func TestTheEditorRejectsFilesThatTheCheckerRejects(t *testing.T) {
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
					t.Errorf("%s: %s:%d: the checker reports %v, the editor nothing", filepath.Base(name), file, d.first, found[i])
				}
			}
		}
	}
}
