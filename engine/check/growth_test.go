package check_test

import (
	"fmt"
	"math"
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

// grown returns the flows of a size in files of 500 documents, because the size of a file is limited.
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

// work returns the number and the bytes of the allocations of checking flows of a size: the least of a few checks, since the race detector
// makes pools forget at random.
func work(tb testing.TB, write func(int) string, n int) (times, bytes uint64) {
	tb.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // with several workers the figures vary
	ws := grown(tb, write, n)
	times, bytes = math.MaxUint64, math.MaxUint64
	for range 3 {
		checker := check.New(checktest.Cards(), checktest.Services(), ws)
		checker.Triggers = checktest.Triggers()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		checker.Problems(ws.Flows())
		runtime.ReadMemStats(&after)
		times, bytes = min(times, after.Mallocs-before.Mallocs), min(bytes, after.TotalAlloc-before.TotalAlloc)
	}
	return times, bytes
}

// Ten times the flow must be about ten times the work; the trees of its scopes are a little deeper. Not parallel: it
// counts the allocations of the whole process.
func TestTheWorkOfACheckGrowsWithTheFlow(t *testing.T) {
	if testing.Short() {
		t.Skip("it does one thing after the other")
	}
	for name, write := range flowtest.Growing("fake") {
		t.Run(name, func(t *testing.T) {
			times, bytes := work(t, write, 60)
			moreTimes, moreBytes := work(t, write, 600)
			if moreTimes > 30*times || moreBytes > 30*bytes { // the race detector drops what is pooled at random; quadratic work is 100 times as much
				t.Errorf("10 times the flow allocates %.1f times as often, and %.1f times the bytes: %d, %d bytes",
					float64(moreTimes)/float64(times), float64(moreBytes)/float64(bytes), moreTimes, moreBytes)
			}
		})
	}
}

// mistaken are flows of a size with as many mistakes.
var mistaken = map[string]func(n int) string{
	"names": func(n int) string { return "flow: f\nsteps:\n" + each(n, "  - set: {v%d: '${ vars.w }'}\n") },
	"cards": func(n int) string { return "flow: f\nsteps:\n" + each(n, "  - card: fake.user.gte%d\n") },
	"calls": func(n int) string { return "flow: f\nsteps:\n" + each(n, "  - call: other-%d\n") },
	"connections": func(n int) string {
		return "flow: f\nconnections:\n" + each(n, "  s%d: fake\n") + "steps:\n  - stop: x\n"
	},
	"card inputs": func(n int) string {
		return "flow: f\nsteps:\n  - card: fake.user.get\n    with:\n" + each(n, "      user_id%d: x\n")
	},
	"flow inputs": func(n int) string {
		return "flow: f\nsteps:\n  - call: g\n    with:\n" + each(n, "      x%d: x\n") + "---\nflow: g\ninputs:\n" + each(n, "  y%d: {default: 1}\n") + "steps:\n  - stop: x\n"
	},
	"fields of a literal": func(n int) string {
		return "flow: f\ninputs:\n  x:\n    type: object\n    additionalProperties: false\n    properties: {a: {type: string}}\n    default:\n" + each(n, "      a%d: x\n") + "steps:\n  - stop: x\n"
	},
	"items of a literal": func(n int) string {
		return "flow: f\ninputs:\n  x:\n    type: array\n    items: {type: string}\n    default:\n" + each(n, "      - %d\n") + "steps:\n  - stop: x\n"
	},
}

// each returns a text n times, with a number in it.
func each(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// Each unknown name is compared with the known ones. With many of both, that would be quadratic.
func TestTheWorkOfMistakesIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("it checks very large flows, one after the other")
	}
	for name, write := range mistaken {
		t.Run(name, func(t *testing.T) {
			_, bytes := work(t, write, 1_500)
			_, more := work(t, write, 15_000)
			if more > 16*bytes {
				t.Errorf("10 times the mistakes allocate %.1f times the bytes: %d", float64(more)/float64(bytes), more)
			}
		})
	}
}

func TestTheProblemsOfAFlowAreLimited(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it does one thing after the other")
	}
	for name, write := range mistaken {
		ws := grown(t, write, 1_500)
		problems := check.New(checktest.Cards(), checktest.Services(), ws).Problems(ws.Flows())
		last := slices.ContainsFunc(problems, func(p flow.Problem) bool { return strings.HasPrefix(p.Message, "only the first") })
		if len(problems) != 1_001 || !last {
			t.Errorf("%s: %d problems", name, len(problems))
		}
	}
}

// Each iteration checks a flow of size n, 10 n or 100 n.
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

// The time to compile a schema is quadratic in the number of its parts: 8,000 took seconds. Values are not parts.
func TestASchemaHasALimitOfParts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		before, part, after string
		parts               int
		refused             bool
	}{
		{"{properties: {", "p%d: {}, ", "}}", 1_999, false},
		{"{properties: {", "p%d: {}, ", "}}", 2_000, true},
		{"{patternProperties: {", "^p%d: {}, ", "}}", 2_000, true},
		{"{type: object, $defs: {", "default%d: {}, ", "}}", 2_000, true},
		{"{properties: {default: {properties: {", "p%d: {}, ", "}}}}", 2_000, true},
		{"{anyOf: [", "{properties: {p%d: {}}}, ", "]}", 1_000, true},
		{"{allOf: [", "{properties: {p%d: {}}}, ", "]}", 1_000, true},
		{"{type: array, prefixItems: [", "{minimum: %d}, ", "]}", 2_000, true},
		{"{enum: [", "{a: %d}, ", "]}", 2_001, false},
		{"{type: array, default: [", "{a: %d}, ", "]}", 2_001, false},
	} {
		var text strings.Builder
		text.WriteString("flow: f\ninputs:\n  x: " + test.before)
		for i := range test.parts {
			fmt.Fprintf(&text, test.part, i)
		}
		text.WriteString(test.after + "\nsteps:\n  - return: 1\n")
		ws, problems := flow.Load(fstest.MapFS{flow.WorkspaceFile: {Data: []byte(checktest.Workspace)}, "f.yaml": {Data: []byte(text.String())}}, "")
		_, found := check.New(checktest.Cards(), checktest.Services(), ws).Plan(ws.Flows()[0], nil)
		problems = append(problems, found...)
		refused := len(problems) == 1 && strings.Contains(problems[0].Message, "the schema of x has more than 2000 parts")
		if refused != test.refused || !refused && len(problems) > 0 {
			t.Errorf("%s, %d times: %v", test.before+test.part, test.parts, problems)
		}
	}
}
