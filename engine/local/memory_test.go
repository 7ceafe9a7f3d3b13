package local_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/local"
)

// It runs alone: it counts the bytes of the whole process.
func TestMemoryDoesNotGrowWithTheList(t *testing.T) {
	const page, early, late = 1000, 5, 45 // records, and the pages between which the heap must not grow
	measured := map[int]uint64{}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what the first left to sync.Pool
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	list := card.NewList(card.Spec{Name: "bench.key.list", Effect: card.Reads, Key: "name"},
		func(_ context.Context, _ card.Call, _ struct{}, at card.Cursor) (items []echoInput, next card.Cursor, err error) {
			n := len(at)
			if n == early || n == late {
				measured[n] = heap()
			}
			for i := range page {
				items = append(items, echoInput{Name: fmt.Sprintf("record %d", n*page+i), N: i})
			}
			if n < late {
				next = at + "x"
			}
			return items, next, nil
		})
	plan, config := planned(t, `flow: f
steps:
  - stream: bench.key.list
    concurrency: 4
    do:
      - set: {drawn: "${ uuid() }"}
      - card: bench.value.echo
        with: {name: "${ record.name }", n: "${ record.n }"}
      - each: "[1, 2]"
        do:
          - set: {x: "${ uuid() }"}
`, echo, list)
	if _, err := engine.Run(local.New(t.Context(), config), plan, engine.Start{Run: "r1"}); err != nil {
		t.Fatal(err)
	}
	const perRecord = 8 // bytes: not even a pointer to each
	if grown := int(measured[late]) - int(measured[early]); grown > (late-early)*page*perRecord {
		t.Errorf("%d records more take %d bytes more", (late-early)*page, grown)
	}
}
