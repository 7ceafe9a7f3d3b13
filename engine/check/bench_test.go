package check_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/check/checktest"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// thousand returns a workspace of 1,000 flows of 10 steps each.
func thousand() fstest.MapFS {
	files := fstest.MapFS{flow.WorkspaceFile: {Data: []byte(checktest.Workspace)}}
	for i := range 1000 {
		var b strings.Builder
		fmt.Fprintf(&b, "flow: flow-%d\ninputs: {user: string, days: {type: integer, default: 90}}\nsteps:\n", i)
		for j := range 10 {
			fmt.Fprintf(&b, "  - id: step_%d\n    card: fake.user.get\n    with: {user_id: \"${ inputs.user }\"}\n    if: inputs.days > %d and date(run.started) < now() - days(3)\n", j, j)
		}
		files[fmt.Sprintf("flow-%d.yaml", i)] = &fstest.MapFile{Data: []byte(b.String())}
	}
	return files
}

// BenchmarkCheckThousandFlows loads and checks 1,000 flows of 10 steps in each iteration.
func BenchmarkCheckThousandFlows(b *testing.B) {
	files := thousand()
	for b.Loop() {
		ws, problems := flow.Load(files, "")
		checker := check.New(checktest.Cards(), checktest.Services(), ws)
		checker.Triggers = checktest.Triggers()
		for _, f := range ws.Flows() {
			_, found := checker.Plan(f, nil)
			problems = append(problems, found...)
		}
		if len(ws.Flows()) != 1000 || len(problems) > 0 {
			b.Fatalf("%d flows, %v", len(ws.Flows()), problems)
		}
	}
}
