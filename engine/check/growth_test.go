package check_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/check/checktest"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/flow/flowtest"
)

// grown is the flows of a size, in files of 500: a file ends somewhere too.
func grown(tb testing.TB, write func(int) string, n int) *flow.Workspace {
	tb.Helper()
	files := fstest.MapFS{flow.WorkspaceFile: {Data: []byte(checktest.Workspace)}}
	for part := range slices.Chunk(strings.Split(write(n), "---\n"), 500) {
		files[fmt.Sprintf("f%d.yaml", len(files))] = &fstest.MapFile{Data: []byte(strings.Join(part, "---\n"))}
	}
	ws, problems := flow.Load(files, "")
	if problems.Err() != nil {
		tb.Fatal(problems[0])
	}
	return ws
}

// work is what the check of flows of a size allocates: how often, and how many bytes.
func work(tb testing.TB, write func(int) string, n int) (times, bytes uint64) {
	tb.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // one worker: several share the work by chance
	ws := grown(tb, write, n)
	checker := check.New(checktest.Cards(), checktest.Services(), ws)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	checker.Problems(ws.Flows())
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs, after.TotalAlloc - before.TotalAlloc
}

// Ten times the flow is ten times the work, and a little more for its scopes, whose trees are deeper.
// It is not parallel: it counts what the process allocates.
func TestTheWorkOfACheckGrowsWithTheFlow(t *testing.T) {
	for name, write := range flowtest.Growing("fake") {
		t.Run(name, func(t *testing.T) {
			times, bytes := work(t, write, 60)
			moreTimes, moreBytes := work(t, write, 600)
			if moreTimes > 16*times || moreBytes > 16*bytes {
				t.Errorf("10 times the flow allocates %.1f times as often, and %.1f times the bytes: %d, %d bytes",
					float64(moreTimes)/float64(times), float64(moreBytes)/float64(bytes), moreTimes, moreBytes)
			}
		})
	}
}

// Each name that does not exist is compared with those that do: with so many of both that is quadratic.
func TestTheWorkOfMistakesIsBounded(t *testing.T) {
	write := func(n int) string { return "flow: f\nsteps:\n" + strings.Repeat("  - set: {v: '${ vars.w }'}\n", n) }
	_, bytes := work(t, write, 2_000)
	_, more := work(t, write, 20_000)
	if more > 16*bytes {
		t.Errorf("10 times the mistakes allocate %.1f times the bytes: %d", float64(more)/float64(bytes), more)
	}
}

// One operation checks a flow of n, 10 n and 100 n.
func BenchmarkGrowth(b *testing.B) {
	for name, write := range flowtest.Growing("fake") {
		for _, n := range []int{400, 4_000, 40_000} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				ws := grown(b, write, n)
				b.ReportAllocs()
				for b.Loop() {
					check.New(checktest.Cards(), checktest.Services(), ws).Problems(ws.Flows())
				}
			})
		}
	}
}
