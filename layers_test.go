package flowdeck_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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

// rows has the packages ("rooms") of the module. A package may import only packages of lower rows, not of its own
// row. Its tests may also import packages of its own row. CONTRIBUTING.md describes the purpose of each package.
var rows = [][]string{
	0: {
		"bench/burst",
		"bench/handwritten",
		"bench/steps",
		"bench/temporal",
		"bench/throughput",
		"cards/mail/smtptest",
		"cards/okta/oktaspec",
		"cards/scim/scimmy",
		"docs",
		"cmd/flowdeck/ballast",
		"engine/chance",
		"engine/clock",
		"engine/hostcheck",
		"engine/inside",
		"engine/killpoint",
		"engine/meter",
		"engine/words",
		"schemas",
	},
	1: {
		"cards/pace",
		"engine/card",
		"engine/expr",
		"engine/flow",
		"engine/schedule",
	},
	2: {
		"cards/catalogue",
		"cards/okta/oktasim",
		"cards/scim/scimsim",
		"cards/secret",
		"cards/simhost",
		"cards/wire",
		"engine",
		"engine/card/cardtest",
		"engine/files",
		"engine/flow/flowtest",
		"engine/graph",
		"engine/veil",
	},
	3: {
		"bench/torture",
		"cards/file",
		"cards/grant",
		"cards/mail",
		"cards/oauth",
		"cards/okta/oktaapi",
		"engine/check",
		"engine/check/checktest",
		"engine/enginetest",
		"engine/store",
		"engine/tables",
		"engine/window",
	},
	4: {
		"cards/okta",
		"cards/okta/orgcopy",
		"cards/table",
		"cards/web",
		"cmd/flowdeck/inputs",
		"engine/enginetest/generated",
		"engine/journaled",
		"engine/keep",
		"engine/local",
	},
	5: {
		"cards/scim",
		"engine/temporal",
	},
	6: {
		"cards",
		"cards/cardstest",
		"cmd/flowdeck/ask",
		"engine/host",
	},
	7: {
		"cmd/flowdeck/terminal",
		"engine/cases",
		"engine/machines",
		"engine/serve",
		"engine/traces",
		"engine/trail",
	},
	8: {
		"engine/serve/web",
	},
	9: {
		"cmd/flowdeck",
	},
}

// banned are further imports that a room must not have, with the reason. A room that ends in "/..." includes all
// below it.
var banned = []struct{ room, imports, why string }{
	{"engine", "net/http", "effects go through Runtime"},
	{"engine", "os", "effects go through Runtime"},
	{"engine", "sync", "the interpreter has no goroutine"},
	{"engine", "gopkg.in/yaml.v3", "only engine/flow knows YAML"},
	{"engine/check", "gopkg.in/yaml.v3", "only engine/flow knows YAML"},
	{"engine/flow", "os", "the workspace's files come as an fs.FS"},
	{"engine/card", "net/http", "a card's vocabulary knows no protocol"},
	{"engine/host", "os/signal", "the program decides what interrupts a run"},
	{"engine/host", "flag", "a host has no command line"},
	{"engine/schedule", "os", "schedules are computed from what they are given"},
	{"engine/expr", "os", "no expression reads the environment"},
	{"engine/expr", "math/rand", "expressions are deterministic"},
	{"engine/expr", "math/rand/v2", "expressions are deterministic"},
}

// alone are the rooms that must not import any package of the module. If a simulator shared code with its clients,
// tests could not find a mistake in that code.
var alone = []string{"cards/okta/oktasim", "cards/scim/scimsim"}

// only maps a module or a room to the rooms that may import it. Tests may import it too.
var only = map[string][]string{
	"github.com/okta/okta-sdk-golang/v5/okta": {"cards/okta/oktaapi"},
	"filippo.io/age":                           {"cards/grant"},
	"github.com/zalando/go-keyring":            {"cards/secret"},
	"github.com/expr-lang/expr":                {"engine/expr"},
	"github.com/getkin/kin-openapi":            {"cards/okta/oktaspec"},
	"github.com/go-jose/go-jose/v4":            {"cards/oauth", "cards/okta/oktasim"},
	"github.com/robfig/cron/v3":                {"engine/schedule"},
	"github.com/santhosh-tekuri/jsonschema/v5": {"engine/check"},
	"golang.org/x/oauth2":                      {"cards/oauth"},
	"go.temporal.io":                           {"engine/temporal"},
	"github.com/sourcegraph/conc":              {"engine/local"},
	"github.com/spf13/cobra":                   {"cmd/flowdeck"},
	"github.com/spf13/pflag":                   {"cmd/flowdeck"},
	"charm.land/bubbletea/v2":                  {"cmd/flowdeck/ask"},
	"charm.land/huh/v2":                        {"cmd/flowdeck/ask"},
	"github.com/charmbracelet/lipgloss":        {"cmd/flowdeck/terminal"},
	"github.com/charmbracelet/log":             {"cmd/flowdeck/terminal"},
	"github.com/charmbracelet/x/ansi":          {"cmd/flowdeck/terminal"},
	"github.com/muesli/termenv":                {"cmd/flowdeck/terminal"},
	"github.com/vbauerster/mpb/v8":             {"cmd/flowdeck/terminal"},
	"golang.org/x/term":                        {"cmd/flowdeck/terminal"},
	"github.com/wneessen/go-mail":              {"cards/mail"},
	"golang.org/x/sync":                        {"bench/handwritten"},
	"golang.org/x/crypto":                      {"engine/store", "engine/temporal"},
	"github.com/prometheus/client_golang":      {"engine/serve", "engine/serve/web"},
	"go.opentelemetry.io/otel":                 {"engine/traces"},
	"modernc.org/sqlite":                       {"engine/store", "engine/tables"},
	"database/sql":                             {"engine/store", "engine/tables"},
	module + "/cards/okta/oktaspec":            {},
	module + "/engine/local":                   {"engine/host", "engine/temporal", "engine/machines", "cards/cardstest"}, // a host chooses the runtime of a run; the activities of a worker make calls with it
}

type listed struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...").Output()
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
			continue // the package of this test
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
			if ours && slices.Contains(alone, room) {
				t.Errorf("%s imports %s: it must import nothing of ours", room, other)
			}
			for imported, owners := range only {
				if (path == imported || strings.HasPrefix(path, imported+"/")) && !slices.Contains(owners, room) {
					t.Errorf("%s imports %s: only %v may", room, path, owners)
				}
			}
		}
		for _, path := range slices.Concat(p.TestImports, p.XTestImports) {
			other, ours := strings.CutPrefix(path, module+"/")
			if theirs, ok := row[other]; ours && ok && theirs > mine {
				t.Errorf("a test of %s (row %d) imports %s (row %d)", room, mine, other, theirs)
			}
		}
		for _, b := range banned {
			if b.room == room && slices.Contains(p.Imports, b.imports) {
				t.Errorf("%s imports %s: %s", room, b.imports, b.why)
			}
		}
	}
}

// The table in CONTRIBUTING.md has a line for each room.
func TestTheTableOfRoomsIsComplete(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for i, rooms := range rows {
		for _, room := range rooms {
			want = append(want, fmt.Sprintf("| %d | `%s` |", i, room))
		}
	}
	for line := range strings.Lines(string(text)) {
		if cells := strings.SplitAfterN(line, "|", 4); len(cells) == 4 && strings.HasPrefix(cells[2], " `") {
			got = append(got, strings.Join(cells[:3], ""))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the table has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// All other code returns an error.
func TestOnlyMainExits(t *testing.T) {
	t.Parallel()
	if got, want := filesWith(t, "os.Exit(", "cards", "cmd", "engine"), []string{"cmd/flowdeck/main.go"}; !slices.Equal(got, want) {
		t.Errorf("os.Exit is called in %v, want only %v", got, want)
	}
}

// reveals are the files that may reveal a secret: for each service, the file that sends it to the service; the file that passes it to the
// veil; and those that encrypt it, or put it into the keyring; and the file that
// checks signatures with it.
var reveals = []string{
	"cards/grant/key.go", "cards/grant/seal.go", "cards/mail/session.go",
	"cards/oauth/client.go", "cards/oauth/end.go", "cards/oauth/endpoint.go", "cards/oauth/kept.go", "cards/oauth/key.go",
	"cards/okta/hook_keeper.go", "cards/okta/oktaapi/credentials.go", "cards/secret/keyring.go", "cards/web/sign.go", "cmd/flowdeck/history_key.go", "engine/host/connections.go", "engine/machines/server.go",
	"engine/serve/web/signature.go", "engine/store/hooks.go",
}

func TestSecretsAreRevealedToTheServiceAndTheVeil(t *testing.T) {
	t.Parallel()
	if got, want := filesWith(t, ".Reveal()", "."), reveals; !slices.Equal(got, want) {
		t.Errorf("Reveal is called in %v, want only %v: for a new service add the file that sends its requests to reveals in layers_test.go", got, want)
	}
}

// filesWith returns the Go files in folders that contain a text. It leaves out tests.
func filesWith(t *testing.T, text string, dirs ...string) (files []string) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			if bytes.Contains(source, []byte(text)) {
				files = append(files, filepath.ToSlash(path))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}
