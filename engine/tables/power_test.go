package tables

import (
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestAChangeWaitsForTheDiskIfItMustSurviveAPowerFailure(t *testing.T) {
	t.Parallel()
	for power, want := range map[bool]int{false: 1, true: 2} { // the numbers of NORMAL and FULL
		s := New(Config{State: t.TempDir(), Power: power, Tables: []card.Table{{Name: "a", Key: "k", Columns: []card.Column{{Name: "k", Type: card.ColumnString}}}}})
		db, err := s.open(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		if err := db.QueryRow("PRAGMA synchronous").Scan(&got); got != want || err != nil {
			t.Errorf("power %v: got %d, %v, want %d", power, got, err, want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
