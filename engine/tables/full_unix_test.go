//go:build unix

package tables_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// A limit of the process has the effect of a full disk. The test is not parallel, since the limit is that of all tests.
func TestAFullDiskLeavesTheRowsAsTheyWere(t *testing.T) {
	s := open(t, t.TempDir(), people(count))
	save(t, s, card.Insert, card.Row{"login": "ada", "count": 1})
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	small := was
	small.Cur = 256 << 10
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Fatal(err)
	}
	many := func(yield func(card.Row, error) bool) {
		for i := 0; i < 50_000 && yield(card.Row{"login": fmt.Sprintf("u%06d", i), "count": i}, nil); i++ {
		}
	}
	_, err := s.Save(t.Context(), "people", card.Insert, many)
	before, counted := s.Count(t.Context(), "people", nil)
	_, cleared := s.Clear(t.Context(), "people", nil)
	after, recounted := s.Count(t.Context(), "people", nil)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	if e := card.AsError(err); e == nil || e.Kind != card.Storage || !strings.Contains(e.Hint, "as before the step") {
		t.Errorf("got %+v", e)
	}
	if before != 1 || after != 0 || errors.Join(counted, cleared, recounted) != nil {
		t.Errorf("after a failed write: %d rows, and %d when they were deleted, %v", before, after, errors.Join(counted, cleared, recounted))
	}
	saved, err := s.Save(t.Context(), "people", card.Insert, many)
	if saved.Inserted != 50_000 || err != nil {
		t.Errorf("with room again: got %+v, %v", saved, err)
	}
}
