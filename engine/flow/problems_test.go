package flow

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each testdata/problems/NAME.yaml is parsed, and the printed problems are compared with NAME.txt.
func TestProblemsArePrintedAsInTheGoldenFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/problems/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files in testdata/problems", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".yaml"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, problems := Parse(filepath.Base(name), text)
			golden(t, strings.TrimSuffix(name, ".yaml")+".txt", printed(problems, text))
		})
	}
}

func TestEveryCodeOfAFileIsInAGoldenFile(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/problems/*.txt")
	var all []byte
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	elsewhere := map[string]string{
		CodeNoWorkspace:   "TestAFolderWithoutFlowdeckYAMLIsAProblem",
		CodeUnknownColumn: "TestAKeyThatCannotIdentifyARowIsAProblem",
		CodeFile:          "TestFilesThatAreNotReadGiveOneProblem",
	}
	for _, c := range Codes() {
		if elsewhere[c.Code] == "" && !bytes.Contains(all, []byte(" ["+c.Code+"]\n")) {
			t.Errorf("no file in testdata/problems shows the code %s", c.Code)
		}
	}
}

func TestValidYAMLHasNoSuspects(t *testing.T) {
	t.Parallel()
	var texts []string
	files, _ := filepath.Glob("testdata/*/*.yaml")
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	for _, text := range scalars {
		texts = append(texts, text)
	}
	texts = append(texts, sample, "- !sum [!a [b, c], {d: e}]\n- &a b: |\n  x: y: z\n- ? [a]\n  : b: c\n", "a: &a\n  b: c\nd: !x\n  e: \"f\" # \"g\"\n", "a: >- # x\n  \"b\" c\n\nd: 'e''f'\n")
	read := 0
	for _, text := range texts {
		src := newSource("x.yaml", []byte(text))
		for _, c := range split(src.text) {
			if _, bad := decode(src.text[c.start:c.end]); bad != nil {
				continue
			}
			read++
			for _, s := range suspects(src, c) {
				if !s.weak {
					t.Errorf("valid YAML has a suspect:\n%s", printed(Problems{s.problem}, src.text))
				}
			}
		}
	}
	if read < 50 {
		t.Errorf("only %d documents were read", read)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got); make golden rewrites it\n%s", name, diff)
	}
}

func printed(ps Problems, text []byte) string {
	var b bytes.Buffer
	ps.Print(&b, func(string) []byte { return text })
	return b.String()
}
