package main

import (
	"os"
	"strings"

	"github.com/google/go-cmp/cmp"
)

const (
	recipes        = "docs/recipes.md"
	recipesChanges = "testdata/recipes.txt"
)

// seeChanges compares what the runs of the recipes change in the org with testdata/recipes.txt, when the returned function is called. A dry run changes nothing.
func seeChanges(g *guide) (compare func()) {
	var before map[string]string
	var got strings.Builder
	g.ran = func(command string) {
		if !strings.HasPrefix(command, "flowdeck run ") && !strings.HasPrefix(command, "cd ") {
			return
		}
		after := dumpOf(g.t, g.dir)
		if strings.HasPrefix(command, "flowdeck run ") {
			changed := changes(before, after)
			if strings.HasSuffix(command, " --dry-run") && len(changed) > 0 {
				g.t.Errorf("%s: %s changed the org:\n%s", g.at, command, strings.Join(changed, "\n"))
			}
			got.WriteString("$ " + command + "\n")
			for _, c := range changed {
				got.WriteString(c + "\n")
			}
		}
		before = after
	}
	return func() {
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(recipesChanges, []byte(got.String()), 0o600); err != nil {
				g.t.Fatal(err)
			}
		}
		want, err := os.ReadFile(recipesChanges)
		if err != nil {
			g.t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			g.t.Errorf("the changes in the org (-want +got):\n%s\nUPDATE=1 go test ./cmd/flowdeck -run Guides/%s writes %s", diff, recipes, recipesChanges)
		}
	}
}
