// Licences prints the licences of all that is linked into flowdeck, as a release must carry them: of Go itself, and of
// each module, on any platform that a release is made for. `make share` runs it, in the folder tools.
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
	if err := licences(os.Stdout, ".."); err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

// systems are those that a release is made for: modules differ by system, not by processor.
var systems = []string{"linux", "darwin", "windows"}

// licences writes the licences of the repository in root. A module without one is an error.
func licences(w io.Writer, root string) error {
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
	if dir := strings.TrimSpace(string(goroot)); hasLicence(dir) { // some systems keep it elsewhere
		folders["Go"] = dir
	} else if _, err := fmt.Fprint(w, "Go\n==\n\nhttps://go.dev/LICENSE\n\n"); err != nil {
		return err
	}
	for _, module := range slices.Sorted(maps.Keys(folders)) {
		texts, err := texts(folders[module])
		if err != nil {
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

func hasLicence(dir string) bool {
	_, err := texts(dir)
	return err == nil
}

// texts are the licence and the notices in a folder.
func texts(dir string) ([]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all [][]byte
	licensed := false
	for _, entry := range entries {
		name := strings.ToUpper(entry.Name())
		licence := strings.HasPrefix(name, "LICENSE") || strings.HasPrefix(name, "LICENCE") || strings.HasPrefix(name, "COPYING") || name == "UNLICENSE"
		if entry.IsDir() || !licence && !strings.HasPrefix(name, "NOTICE") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		all, licensed = append(all, bytes.TrimSpace(text)), licensed || licence
	}
	if !licensed {
		return nil, fmt.Errorf("there is no licence in %s", dir)
	}
	return bytes.Join(all, []byte("\n\n")), nil
}
