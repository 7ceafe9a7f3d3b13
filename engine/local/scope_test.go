package local_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/local"
)

// It is not parallel: it counts what the process allocates.
func TestARecordDoesNotCopyTheVariablesOutside(t *testing.T) {
	const records = 1000
	bytes := func(variables int, do string) int {
		var text strings.Builder
		text.WriteString("flow: f\nsteps:\n")
		for i := range variables {
			fmt.Fprintf(&text, "  - set: {v%d: 1}\n", i)
		}
		fmt.Fprintf(&text, "  - each: 1..%d\n    do:\n%s", records, do)
		plan, config := planned(t, text.String(), echo)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := engine.Run(local.New(t.Context(), config), plan, engine.Start{Run: "r1"}); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return int(after.TotalAlloc - before.TotalAlloc)
	}
	for name, do := range map[string]string{
		"reads":         "      - stop: none\n        if: vars.v0 == 1\n",
		"has results":   "      - id: get\n        card: bench.value.echo\n        with: {name: a, n: 1}\n",
		"calls nothing": "      - wait: 0s\n",
	} {
		few, more := bytes(10, do), bytes(1000, do)
		if per := (more - few) / records; per > 1000 {
			t.Errorf("a record that %s takes %d bytes more with 990 variables outside", name, per)
		}
	}
}
