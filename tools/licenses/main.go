// Licenses prints the licenses of Go and of all modules that are linked into flowdeck on any platform of a release. A
// release must include these texts. `make share` runs it in the folder tools.
package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := licenses(os.Stdout, ".."); err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
}

// systems are the operating systems of a release. The linked modules depend on the system, not on the processor.
var systems = []string{"linux", "darwin", "windows"}

// unlicensed are the linked modules that come without a license, by module and version, with what is known of each. A release says so; each is to be asked
// for, or replaced.
var unlicensed = map[string]string{
	"github.com/nexus-rpc/nexus-proto-annotations v0.1.0": "This module comes without a license. go.temporal.io/api needs it; its authors are those of github.com/nexus-rpc/sdk-go, which has the MIT License.",
}

// licenses writes the licenses for the repository in root. A module without one is an error, unless it is in unlicensed.
func licenses(w io.Writer, root string) error {
	folders := map[string]string{} // by module and version
	for _, system := range systems {
		if err := linked(root, system, folders); err != nil {
			return err
		}
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return err
	}
	if dir := strings.TrimSpace(string(goroot)); hasLicense(dir) { // some distributions store it elsewhere
		folders["Go"] = dir
	} else if _, err := fmt.Fprint(w, "Go\n==\n\nhttps://go.dev/LICENSE\n\n"); err != nil {
		return err
	}
	for module := range unlicensed {
		if folders[module] == "" {
			return fmt.Errorf("%s is not linked: it is not one of unlicensed any more", module)
		}
	}
	for _, module := range slices.Sorted(maps.Keys(folders)) {
		texts, err := texts(folders[module])
		switch known, none := unlicensed[module]; {
		case none && err == nil:
			return fmt.Errorf("%s has a license now: it is not one of unlicensed any more", module)
		case none:
			texts = []byte(known)
		case err != nil:
			return fmt.Errorf("%s: %w", module, err)
		}
		if _, err := fmt.Fprintf(w, "%s\n%s\n\n%s\n\n", module, strings.Repeat("=", len(module)), texts); err != nil {
			return err
		}
	}
	return nil
}

// linked adds the modules that are linked into flowdeck on a system, with their folders.
func linked(root, system string, folders map[string]string) error {
	list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/flowdeck")
	list.Dir, list.Stderr, list.Env = root, os.Stderr, append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system)
	out, err := list.Output()
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(out)) {
		if module, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			folders[module] = dir
		}
	}
	return nil
}

func hasLicense(dir string) bool {
	_, err := texts(dir)
	return err == nil
}

// texts returns the license and the notices in a folder.
func texts(dir string) ([]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all [][]byte
	licensed := false
	for _, entry := range entries {
		name := strings.ToUpper(entry.Name())
		license := strings.HasPrefix(name, "LICENSE") || strings.HasPrefix(name, "LICENCE") || strings.HasPrefix(name, "COPYING") || name == "UNLICENSE"
		if entry.IsDir() || !license && !strings.HasPrefix(name, "NOTICE") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		all, licensed = append(all, bytes.TrimSpace(text)), licensed || license
	}
	if !licensed {
		return nil, fmt.Errorf("no license in %s", dir)
	}
	return bytes.Join(all, []byte("\n\n")), nil
}
