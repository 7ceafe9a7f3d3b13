package local_test

import (
	"fmt"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/local"
)

func TestALoopKeepsUpToMaxItems(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it runs 200,001 records")
	}
	for n, want := range map[int]engine.Value{engine.MaxItems: engine.MaxItems, engine.MaxItems + 1: nil} {
		plan, config := planned(t, fmt.Sprintf(`flow: f
steps:
  - id: loop
    each: 1..%d
    concurrency: 64
    collect: record
    do:
      - set: {x: 1}
  - return: "${ steps.loop.items == nil ? nil : len(steps.loop.items) }"
`, n))
		out, err := engine.Run(local.New(t.Context(), config), plan, engine.Start{Run: "r1"})
		if err != nil || out.Value != want {
			t.Errorf("of %d records: got %v, %v; want %v", n, out.Value, err, want)
		}
	}
}
