package store

import (
	"context"
	"testing"
)

func TestTheDurabilitySetsHowEachConnectionWaitsForTheDisk(t *testing.T) {
	t.Parallel()
	for durability, want := range map[Durability]int{"": 1, Process: 1, Power: 2} { // 1 is NORMAL, 2 is FULL
		s := open(t, Config{State: t.TempDir(), Durability: durability})
		var read, written int
		if err := s.db.QueryRow("PRAGMA synchronous").Scan(&read); err != nil {
			t.Fatal(err)
		}
		if err := s.write(context.Background(), func(tx *tx) error {
			return tx.row("PRAGMA synchronous", nil, &written)
		}); err != nil {
			t.Fatal(err)
		}
		if read != want || written != want {
			t.Errorf("durability %q: synchronous is %d for reading and %d for writing, want %d", durability, read, written, want)
		}
	}
}
