package flowdeck_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/flowdeck/flowdeck"

// rows is the house: a package imports packages of lower rows only, and those of one row do not know
// each other. CONTRIBUTING.md says what each room is for.
var rows = [][]string{
	0: {"cards/okta/oktasim", "cards/okta/oktaspec", "docs", "schemas", "engine/words", "engine/clock", "bench/handwritten", "bench/throughput"},
	1: {"engine/card", "engine/flow", "engine/expr", "cards/pace"},
	2: {"cards/okta/oktaapi", "cards/secret", "cards/catalogue", "engine"},
	3: {"cards/okta", "engine/check", "engine/local", "engine/enginetest"},
	4: {"cards"},
	5: {"cards/cardstest", "cmd/flowdeck/inputs"},
	6: {"cmd/flowdeck"},
}

// banned is what a room must not import, beyond its row, and why. A room ends in "/..." for all below it.
var banned = []struct{ room, imports, why string }{
	{"engine", "net/http", "effects go through Runtime"},
	{"engine", "os", "effects go through Runtime"},
	{"engine", "sync", "the interpreter has no goroutine"},
	{"engine", "gopkg.in/yaml.v3", "only engine/flow knows YAML"},
	{"engine/check", "gopkg.in/yaml.v3", "only engine/flow knows YAML"},
	{"engine/flow", "os", "the workspace's files come as an fs.FS"},
	{"engine/card", "net/http", "a card's vocabulary knows no protocol"},
	{"engine/expr", "os", "no expression reads the environment"},
	{"engine/expr", "math/rand", "expressions are deterministic"},
	{"engine/expr", "math/rand/v2", "expressions are deterministic"},
}

// only names the one room that may import a module, or a room of ours.
var only = map[string]string{
	"github.com/okta/okta-sdk-golang/v5/okta":  "cards/okta/oktaapi",
	"github.com/expr-lang/expr":                "engine/expr",
	"github.com/getkin/kin-openapi":            "cards/okta/oktaspec",
	"github.com/santhosh-tekuri/jsonschema/v5": "engine/check",
	"github.com/sourcegraph/conc":              "engine/local",
	"github.com/spf13/cobra":                   "cmd/flowdeck",
	"charm.land/huh/v2":                        "cmd/flowdeck",
	"github.com/charmbracelet/lipgloss":        "cmd/flowdeck",
	"golang.org/x/sync":                        "bench/handwritten",
	module + "/cards/okta/oktaspec":            "a test",
}

type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestEveryPackageImportsLowerRowsOnly(t *testing.T) {
	t.Parallel()
	row := map[string]int{}
	for i, rooms := range rows {
		for _, room := range rooms {
			row[room] = i
		}
	}
	for _, p := range packages(t) {
		room := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		if room == "" {
			continue // this test
		}
		mine, ok := row[room]
		if !ok {
			t.Errorf("%s is in no row: add it to rows, and to the table in CONTRIBUTING.md", room)
			continue
		}
		for _, path := range p.Imports {
			other, ours := strings.CutPrefix(path, module+"/")
			if theirs, ok := row[other]; ours && ok && theirs >= mine {
				t.Errorf("%s (row %d) imports %s (row %d)", room, mine, other, theirs)
			}
			for imported, owner := range only {
				if (path == imported || strings.HasPrefix(path, imported+"/")) && room != owner {
					t.Errorf("%s imports %s: only %s may", room, path, owner)
				}
			}
		}
		for _, b := range banned {
			if b.room == room && slices.Contains(p.Imports, b.imports) {
				t.Errorf("%s imports %s: %s", room, b.imports, b.why)
			}
		}
	}
}

// A secret may be revealed only where it leaves for the service that it is for.
func TestSecretsAreRevealedInOnePlace(t *testing.T) {
	t.Parallel()
	want := []string{"cards/okta/oktaapi/capture.go"}
	var got []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if bytes.Contains(source, []byte(".Reveal()")) {
			got = append(got, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("Reveal is called in %v, want only %v", got, want)
	}
}
