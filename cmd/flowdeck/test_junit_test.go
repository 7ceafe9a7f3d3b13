package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/joshdk/go-junit"

	"github.com/flowdeck/flowdeck/engine/veil"
)

// The results are read by a library that others use for the reports of many test runners.
func TestJUnitIsReadAsOthersWriteIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"flowdeck.yaml": "connections: {}\n",
		"flow.yaml":     "flow: add\ninputs: {a: integer}\nsteps:\n  - return: ${ inputs.a + 1 }\n",
		"a.yaml":        "- test: adds <one> & no more\n  flow: add\n  inputs: {a: 1}\n  expect: {result: 2}\n",
		"b.yaml":        "- test: is \"wrong\"\n  flow: add\n  inputs: {a: 1}\n  expect: {result: 3}\n- test: is right\n  flow: add\n  inputs: {a: 2}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "results.xml")
	var out, errs bytes.Buffer
	code := run(t.Context(), env{
		args: []string{"test", "-C", dir, "--junit", file}, in: strings.NewReader(""), out: &out, err: &errs, lookup: os.LookupEnv, veil: veil.New(),
	})
	suites, err := junit.IngestFile(file)
	if err != nil || code != exitFailed || len(suites) != 2 {
		t.Fatalf("exit %d, %d suites, %v\n%s%s", code, len(suites), err, out.String(), errs.String())
	}
	a, b := suites[0], suites[1]
	if a.Totals.Tests != 1 || a.Totals.Passed != 1 || a.Tests[0].Name != "adds <one> & no more" || a.Tests[0].Classname != "add" || !strings.HasSuffix(a.Name, "a.yaml") {
		t.Errorf("got %+v", a)
	}
	if b.Totals.Tests != 2 || b.Totals.Failed != 1 || b.Tests[0].Status != junit.StatusFailed || b.Tests[1].Status != junit.StatusPassed {
		t.Errorf("got %+v", b)
	}
	if message := b.Tests[0].Message; message != "result: expected 3, got 2" || b.Tests[0].Error == nil || !strings.Contains(b.Tests[0].Error.Error(), "b.yaml:4:20: result: expected 3, got 2") {
		t.Errorf("message %q, error %v", message, b.Tests[0].Error)
	}
}
