package local_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/local"
)

// Not parallel: it counts the bytes of the whole process.
func TestMemoryDoesNotGrowWithTheList(t *testing.T) {
	const page, early, late = 500, 2*500 + 250, 22*500 + 250 // numbers of records; memory is compared between early and late, both in the middle of a page
	measured := map[int]int{}
	look := card.NewRead(card.Spec{Name: "bench.value.look", Effect: card.Reads},
		func(_ context.Context, _ card.Call, in echoInput) (echoInput, error) {
			if in.N == early || in.N == late {
				synctest.Wait() // until the next page was read
				var m runtime.MemStats
				runtime.GC()
				runtime.GC() // the first call leaves objects in a sync.Pool
				runtime.ReadMemStats(&m)
				measured[in.N] = int(m.HeapAlloc)
			}
			return in, nil
		})
	list := card.NewList(card.Spec{Name: "bench.key.list", Effect: card.Reads, Key: "name"},
		func(_ context.Context, _ card.Call, _ struct{}, at card.Cursor) (items []echoInput, next card.Cursor, err error) {
			first := len(at) * page
			for i := range page {
				items = append(items, echoInput{Name: fmt.Sprintf("record %d", first+i), N: first + i})
			}
			if first < late+page {
				next = at + "x"
			}
			return items, next, nil
		})
	plan, config := planned(t, `flow: f
steps:
  - stream: bench.key.list
    concurrency: 1
    do:
      - set: {drawn: "${ uuid() }"}
      - card: bench.value.look
        with: {name: "${ record.name }", n: "${ record.n }"}
      - each: "[1, 2]"
        do:
          - set: {x: "${ uuid() }"}
`, look, list)
	synctest.Test(t, func(t *testing.T) {
		if _, err := engine.Run(local.New(t.Context(), config), plan, engine.Start{Run: "r1"}); err != nil {
			t.Fatal(err)
		}
	})
	const perRecord = 8 // bytes: no more than a pointer for each
	if grown := measured[late] - measured[early]; measured[early] == 0 || grown > (late-early)*perRecord {
		t.Errorf("%d records more take %d bytes more", late-early, grown)
	}
}
