package cardstest_test

import (
	"testing"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/cards/cardstest"
)

// benches has the bench of every service of this module.
var benches = []func() cardstest.Bench{oktaBench, fileBench, tableBench, mailBench, httpBench, scimBench}

func TestEveryCardIsOnABench(t *testing.T) {
	t.Parallel()
	held := map[string]bool{}
	for _, bench := range benches {
		for _, c := range bench().Cards {
			held[c.Name] = true
		}
	}
	for name := range cards.All() {
		if !held[name] {
			t.Errorf("%s is on no bench: add that of its service to benches in cards/cardstest/all_test.go", name)
		}
	}
}
