package oktaspec

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// sdk is the module that contains the description.
const sdk = "github.com/okta/okta-sdk-golang/v5"

// A description is Okta's OpenAPI description, prepared for checking exchanges. It is safe for concurrent use.
type description struct {
	router routers.Router
	err    *openapi3.SchemaRef // the body of every refusal
}

// load returns the description. If that fails, the test fails at once.
func load(t testing.TB) *description {
	t.Helper()
	d, err := read()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// read reads the description once per test binary, because reading takes almost a second.
var read = sync.OnceValues(func() (*description, error) {
	doc, err := document()
	if err != nil {
		return nil, err
	}
	return prepare(doc)
})

func document() (*openapi3.T, error) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", sdk).Output()
	if err != nil {
		return nil, fmt.Errorf("find the module %s: %w", sdk, err)
	}
	file := filepath.Join(strings.TrimSpace(string(dir)), "okta", "api", "openapi.yaml")
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, fmt.Errorf("read Okta's description: %w", err)
	}
	return doc, nil
}

// prepare prepares a document: it accepts any host, corrects mistakes, and replaces Okta's own notations by those of
// OpenAPI.
func prepare(doc *openapi3.T) (*description, error) {
	doc.Servers = nil
	if err := correct(doc); err != nil {
		return nil, err
	}
	if err := addNewer(doc); err != nil {
		return nil, err
	}
	sharpen(doc)
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("route by Okta's description: %w", err)
	}
	return &description{router: router, err: doc.Components.Schemas["Error"]}, nil
}
