package check_test

import (
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/check/checktest"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// For any contents of a file, the check does not panic, returns a plan or an error, and reports only positions in the
// file.
func FuzzCheck(f *testing.F) {
	for _, pattern := range []string{"../../testdata/flow/ok/*.txtar", "../../testdata/flow/err/*.txtar"} {
		for _, a := range archives(f, pattern) {
			for _, file := range a.Files {
				if strings.HasSuffix(file.Name, ".yaml") {
					f.Add(string(file.Data))
				}
			}
		}
	}
	set, services := checktest.Cards(), checktest.Services()
	f.Fuzz(func(t *testing.T, text string) {
		ws, problems := flow.Load(fstest.MapFS{
			flow.WorkspaceFile: {Data: []byte(checktest.Workspace)}, "f.yaml": {Data: []byte(text)},
		}, "")
		checker := check.New(set, services, ws)
		checker.Triggers = checktest.Triggers()
		for _, fl := range ws.Flows() {
			plan, found := checker.Plan(fl, nil)
			if (plan == nil) != (found.Err() != nil) {
				t.Fatalf("got a plan and problems, or neither: %v", found)
			}
			problems = append(problems, found...)
		}
		lines := strings.Count(text, "\n") + 1
		for _, p := range problems {
			if p.Message == "" || p.Code == "" || p.Pos.File == "f.yaml" && (p.Pos.Line < 1 || p.Pos.Line > lines || p.Pos.Col < 1) {
				t.Errorf("%+v in a file of %d lines", p, lines)
			}
		}
		problems.Print(io.Discard, ws.Source)
	})
}
