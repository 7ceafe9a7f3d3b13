// Operations generates cards/okta/oktaapi/operations*.go: one variable for each operation of Okta's API that
// cards/okta/oktaapi/operations.txt lists by its operationId. `make generate` runs it in the folder tools.
//
// Methods, paths and parameters come from the OpenAPI description in Okta's SDK, and the calls of the SDK from its Go
// source. If the two differ, the generator fails.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(".."); err != nil {
		fmt.Fprintln(os.Stderr, "operations:", err)
		os.Exit(1)
	}
}

// run writes the generated files of the repository in root.
func run(root string) error {
	files, err := generate(root)
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(root, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// target is the folder of the generated files, in the repository.
const target = "cards/okta/oktaapi"

// generate returns the generated files of the repository in root, by name.
func generate(root string) (map[string][]byte, error) {
	names, err := readList(filepath.Join(root, target, "operations.txt"))
	if err != nil {
		return nil, err
	}
	api, err := load(root)
	if err != nil {
		return nil, err
	}
	return api.files(names)
}

// readList reads a list of operationIds, one on each line; # starts a comment.
func readList(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if name := strings.TrimSpace(line); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// An API is Okta's API: its description, and the calls of the SDK.
type API struct {
	description
	sdk
}

const module = "github.com/okta/okta-sdk-golang/v5"

// load reads both from the SDK that the repository in root uses.
func load(root string) (*API, error) {
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module)
	list.Dir, list.Stderr = root, os.Stderr
	dir, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", module, err)
	}
	source := filepath.Join(strings.TrimSpace(string(dir)), "okta")
	description, err := readDescription(filepath.Join(source, "api", "openapi.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read Okta's description: %w", err)
	}
	sdk, err := readSDK(source)
	if err != nil {
		return nil, fmt.Errorf("read the source of the SDK: %w", err)
	}
	return &API{description, sdk}, nil
}
