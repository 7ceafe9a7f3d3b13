package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	markdownFence   = regexp.MustCompile("(?ms)^```.*?^```$")
	markdownLink    = regexp.MustCompile(`\]\(([^)#]*)(#[^)]+)?\)`)
	markdownHeading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
)

func TestLinksOfGuidesResolve(t *testing.T) {
	t.Parallel()
	for _, name := range guides {
		path := filepath.Join("../..", name)
		found := 0
		for _, link := range markdownLink.FindAllStringSubmatch(prose(t, path), -1) {
			file, place := link[1], link[2]
			if strings.Contains(file, "://") {
				continue
			}
			found++
			target := path
			if file != "" {
				target = filepath.Join(filepath.Dir(path), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s: %v", name, file, err)
			} else if place != "" && !places(prose(t, target))[place] {
				t.Errorf("%s links to %s%s, and no heading there is called so", name, file, place)
			}
		}
		if found == 0 {
			t.Errorf("%s has no link that was followed", name)
		}
	}
}

// prose returns a Markdown file without its fenced blocks.
func prose(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return markdownFence.ReplaceAllString(string(text), "")
}

// places returns the anchors of a Markdown file: its headings, in GitHub's form.
func places(text string) map[string]bool {
	all := map[string]bool{}
	for _, h := range markdownHeading.FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(h[1]), "")
		all["#"+strings.ReplaceAll(name, " ", "-")] = true
	}
	return all
}
