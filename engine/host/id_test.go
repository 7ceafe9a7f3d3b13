package host

import (
	"regexp"
	"slices"
	"strings"
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
	if !slices.IsSorted(ids) {
		t.Errorf("got %q", ids)
	}
}

// 32 hexadecimal digits are 128 bits. Of 100,000 runs of a second, all handles differ: they are short enough to be typed.
func TestT21RunIDsHave128RandomBits(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 22, 8, 36, 10, 0, time.UTC)
	handles := map[string]bool{}
	for range 100_000 {
		id := newRunID(start)
		if !regexp.MustCompile(`^20261122-083610-[0-9a-f]{32}$`).MatchString(id) {
			t.Fatalf("got %q", id)
		}
		if handle := Handle(id); len(handle) != len("20261122-083610-49e95c03d1b7") || !strings.HasPrefix(id, handle) || handles[handle] {
			t.Fatalf("%q is the handle of %s", handle, id)
		}
		handles[Handle(id)] = true
	}
	for _, id := range []string{"20261122-083610-49e95c03d1b7", "20261122-083610-49e95c", newRunID(start) + ".49e95c03d1b749e95c03", "a"} {
		if Handle(id) != id {
			t.Errorf("the handle of %s is %s", id, Handle(id))
		}
	}
}
