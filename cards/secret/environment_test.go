package secret

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestTheDocsListTheVariablesThatACommandGets(t *testing.T) {
	t.Parallel()
	docs, err := os.ReadFile("../../docs/language.md")
	if err != nil {
		t.Fatal(err)
	}
	windows := slices.Index(passed, "SYSTEMROOT")
	for _, name := range passed[:windows] {
		if !strings.Contains(string(docs), "`"+name+"`") {
			t.Errorf("docs/language.md lacks %s", name)
		}
	}
	for _, start := range passedPrefixes {
		if !strings.Contains(string(docs), "`"+start+"*`") {
			t.Errorf("docs/language.md lacks %s*", start)
		}
	}
}
