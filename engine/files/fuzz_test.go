package files_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/files"
)

// FuzzNames writes, appends to and reads a file of any name. Nothing outside of the workspace changes, and nothing in it that cards must
// not reach.
func FuzzNames(f *testing.F) {
	for _, name := range []string{
		"a.csv", "run:a.csv", "../a", "a/../../b", "/etc/passwd", ".flowdeck/x", "flowdeck.yaml", "x.YML", "up/a", "run:up/../x", "a\\b", "run:", ".", "a//b", "\u202e", "con:", "a/./b.",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		top := t.TempDir()
		dir := filepath.Join(top, "workspace")
		put(t, filepath.Join(dir, "flowdeck.yaml"), "mine")
		put(t, filepath.Join(dir, ".flowdeck", "runs", "r0", "x"), "mine")
		put(t, filepath.Join(top, "outside", "x"), "mine")
		if err := os.Symlink("../outside", filepath.Join(dir, "up")); err != nil {
			t.Fatal(err)
		}
		run := files.New(dir, filepath.Join(dir, ".flowdeck")).Run("runs/r1/files")
		_, wrote := write(run, name, "text")
		_, added := add(run, name, "more")
		if (wrote == nil) != (added == nil) {
			t.Fatalf("%q: writing: %v, appending: %v", name, wrote, added)
		}
		if wrote == nil {
			if got, err := read(run, name); err != nil || got != "text\nmore" {
				t.Fatalf("%q: read %q, %v", name, got, err)
			}
			same, err := run.Path(name)
			if again, wrong := run.Path(same); err != nil || wrong != nil || again != same {
				t.Fatalf("%q: its name is %q, and the name of that %q", name, same, again)
			}
		}
		for _, path := range names(t, top) {
			inside, below := strings.CutPrefix(filepath.ToSlash(path), "workspace/")
			own := strings.HasPrefix(inside, ".flowdeck/runs/r1")
			known := inside == "flowdeck.yaml" || inside == "up" || inside == ".flowdeck" || inside == ".flowdeck/runs" || strings.HasPrefix(inside, ".flowdeck/runs/r0")
			if !below && path != "workspace" && path != "outside" && path != "outside/x" || below && !own && !known && strings.HasPrefix(inside, ".") {
				t.Fatalf("%q made %s", name, path)
			}
		}
		for _, path := range []string{"workspace/flowdeck.yaml", "workspace/.flowdeck/runs/r0/x", "outside/x"} {
			if content(t, filepath.Join(top, path)) != "mine" {
				t.Fatalf("%q changed %s", name, path)
			}
		}
	})
}
