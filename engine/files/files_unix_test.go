//go:build unix

package files_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestAPipeIsRefusedAndNotWaitedFor(t *testing.T) {
	t.Parallel()
	dir, run := workspace(t)
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.txt"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, opened := run.Open("pipe.txt")
	_, created := write(run, "pipe.txt", "x")
	_, added := add(run, "pipe.txt", "x")
	for op, err := range map[string]error{"open": opened, "create": created, "append": added} {
		if e := card.AsError(err); e == nil || e.Kind != card.Invalid || !strings.Contains(e.Message, "not a regular file") {
			t.Errorf("%s: got %v", op, err)
		}
	}
	if entries, err := run.ReadDir("."); err != nil || len(entries) > 0 {
		t.Errorf("listed %v, %v", entries, err)
	}
}

// A limit of the process has the effect of a full disk. The test is not parallel, since the limit is that of all tests.
func TestAFailedWriteLeavesTheFileAsItWas(t *testing.T) {
	dir, run := workspace(t)
	path := filepath.Join(dir, "a.txt")
	put(t, path, "old\n")
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	small := was
	small.Cur = 100
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was) }()
	_, created := write(run, "a.txt", strings.Repeat("x", 1000))
	_, added := add(run, "a.txt", strings.Repeat("x", 1000)+"\n")
	for op, err := range map[string]error{"create": created, "append": added} {
		if e := card.AsError(err); e == nil || e.Kind != card.Storage {
			t.Errorf("%s: got %v", op, err)
		}
	}
	if got := names(t, dir); content(t, path) != "old\n" || !cmp.Equal(got, []string{"a.txt"}) {
		t.Errorf("left %v, with %q", got, content(t, path))
	}
}
