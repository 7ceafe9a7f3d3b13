package flowdeck_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docs/threats.md names tests. Each of them is there, and each test that is named after a threat of it is in its row.
func TestTheTestsOfThreatsAreThere(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/threats.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| (T\d+) \|.*$`).FindAllStringSubmatch(string(text), -1) {
		rows[row[1]] = row[0]
	}
	found := map[string]bool{}
	if err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, test := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(source), -1) {
			found[test[1]] = true
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, named := range regexp.MustCompile("`(Test\\w+)(?:/([\\w-]+))?`").FindAllStringSubmatch(string(text), -1) {
		if !found[named[1]] {
			t.Errorf("there is no test %s", named[1])
		}
		if named[2] == "" {
			continue
		}
		if _, err := os.Stat("testdata/script/" + named[2] + ".txtar"); err != nil {
			t.Error(err)
		}
	}
	threat := regexp.MustCompile(`^Test(T\d+)`)
	for test := range found {
		if of := threat.FindStringSubmatch(test); of != nil && rows[of[1]] != "" && !strings.Contains(rows[of[1]], "`"+test+"`") {
			t.Errorf("the row of %s does not name %s", of[1], test)
		}
	}
}
