package keep_test

import (
	"path/filepath"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/keep"
)

func TestASnapshotStaysUntilTheJournalHasTheEndOfItsStream(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder := keep.NewFolder(dir, ".", nil, &closer{})
	files := func(want int) {
		t.Helper()
		if left, err := filepath.Glob(filepath.Join(dir, "*snapshot*")); err != nil || len(left) != want {
			t.Errorf("got %v, %v; want %d files", left, err, want)
		}
	}
	streams := []engine.Place{engine.Place{}.Step("a"), engine.Place{}.Step("b").Record(0, "k", 0).Step("c"), engine.Place{}.Step("d")}
	for _, stream := range streams {
		s, err := folder.Snapshot(stream)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read(); err != nil { // the whole list was written
			t.Fatal(err)
		}
		s.Leave(true)
	}
	files(3)
	folder.DropSnapshot(streams[1])
	files(2)
	folder.DropSnapshots()
	files(0)
}
