package flowdeck_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// The tests in this file check the schemas and the shipped flows with the real cards. All other tests of the checker
// are in its own package and use a few fake cards, so that a new card does not change them.

// schemaFiles returns the wanted files of schemas/ by path.
func schemaFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	put := func(name string, s *jsonschema.Schema) {
		text, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		files[name] = string(text) + "\n"
	}
	put("flow.json", check.FlowSchema(cards.All(), cards.Triggers()))
	put("tests.json", check.TestsSchema(cards.All()))
	put("workspace.json", check.WorkspaceSchema(cards.Services()))
	for name, c := range cards.All() {
		put("cards/"+name+".json", check.CardSchema(c))
	}
	return files
}

func TestSchemasAreFresh(t *testing.T) {
	t.Parallel()
	want := schemaFiles(t)
	if os.Getenv("UPDATE") != "" {
		if err := os.RemoveAll("schemas/cards"); err != nil { // removes the schemas of deleted cards
			t.Fatal(err)
		}
		for name, text := range want {
			path := filepath.Join("schemas", name)
			if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := map[string]string{}
	err := fs.WalkDir(os.DirFS("schemas"), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" {
			return err
		}
		text, err := os.ReadFile(filepath.Join("schemas", path))
		got[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("schemas/ is not what is generated (-file +generated); make generate updates it:\n%s", diff)
	}
}

// compiledSchema compiles a schema with the draft that it declares.
func compiledSchema(t *testing.T, name, text string) *validator.Schema {
	t.Helper()
	c := validator.NewCompiler()
	c.Draft = nil // a schema that declares no draft then does not compile
	if err := c.AddResource("schema.json", strings.NewReader(text)); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	compiled, err := c.Compile("schema.json")
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return compiled
}

func TestEverySchemaCompilesByTheDraftThatItDeclares(t *testing.T) {
	t.Parallel()
	for name, text := range schemaFiles(t) {
		var declared struct {
			Schema string `json:"$schema"`
		}
		if err := json.Unmarshal([]byte(text), &declared); err != nil || declared.Schema != "http://json-schema.org/draft-07/schema#" {
			t.Errorf("%s declares %q, %v", name, declared.Schema, err)
		}
		compiledSchema(t, name, text)
	}
}

func TestShippedFlowsHaveNoProblemsAndFitTheSchema(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t, "flow.json", schemaFiles(t)["flow.json"])
	ws, problems := flow.Load(os.DirFS("flows"), "flows")
	checker := check.New(cards.All(), cards.Services(), ws)
	checker.Triggers = cards.Triggers()
	for _, f := range ws.Flows() {
		_, found := checker.Plan(f, nil)
		problems = append(problems, found...)
		if err := schema.Validate(f.Node.Literal()); err != nil {
			t.Errorf("%s: %#v", f.Pos, err)
		}
	}
	if len(problems) > 0 || len(ws.Flows()) < 3 {
		t.Errorf("%d flows: %v", len(ws.Flows()), problems)
	}
}
