package flow

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// said matches a message in the source of yaml.v3 by its first words.
var said = regexp.MustCompile(`"((?:did not find|found|could not find|mapping|block sequence|unknown anchor|exceeded|control) [^"]+)"`)

func TestEveryMessageOfTheYAMLParserIsInOurWords(t *testing.T) {
	t.Parallel()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "gopkg.in/yaml.v3").Output()
	if err != nil {
		t.Fatal(err)
	}
	messages := 0
	for _, name := range []string{"scannerc.go", "parserc.go", "decode.go"} {
		source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range said.FindAllStringSubmatch(string(source), -1) {
			messages++
			if ours, _ := inOurWords(m[1]); strings.Contains(ours, m[1]) && !strings.Contains(m[1], "<stream-start>") && !strings.Contains(m[1], "UTF-8 octet") {
				t.Errorf("%q is not in our words", m[1]) // the first is never reported, and unreadable reports what is not UTF-8
			}
		}
	}
	if messages < 30 {
		t.Errorf("%d messages were found: has the parser changed?", messages)
	}
}
