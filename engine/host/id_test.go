package host

import (
	"regexp"
	"slices"
	"testing"
	"time"
)

func TestTwoRunsNeverShareAFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	drawn := []string{"a", "a", "a", "b"}
	names := func() (name string) {
		name, drawn = drawn[0], drawn[1:]
		return name
	}
	var got []string
	for range 2 {
		name, err := newFolder(dir, names)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, name)
	}
	if !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("got %q", got)
	}
}

func TestRunIDsSortByTheirTime(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 22, 8, 36, 10, 0, time.UTC)
	ids := []string{newRunID(start), newRunID(start.Add(time.Second)), newRunID(start.Add(time.Hour))}
	if !slices.IsSorted(ids) || !regexp.MustCompile(`^20261122-083610-[0-9a-f]{12}$`).MatchString(ids[0]) {
		t.Errorf("got %q", ids)
	}
}
