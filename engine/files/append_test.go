package files_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/files"
)

// Each Workspace is like a process: they share nothing but the files.
func TestProcessesThatAppendToAFileMakeOneHeader(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const processes, lines = 8, 25
	var all sync.WaitGroup
	for range processes {
		run := files.New(dir, filepath.Join(dir, ".flowdeck")).Run("runs/r/files")
		all.Go(func() {
			for range lines {
				if _, err := run.Append("log.txt", func(content io.ReadSeeker) ([]byte, error) {
					if size, err := content.Seek(0, io.SeekEnd); err == nil && size == 0 {
						return []byte("header\nline\n"), nil
					}
					return []byte("line\n"), nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got, want := content(t, filepath.Join(dir, "log.txt")), "header\n"+strings.Repeat("line\n", processes*lines); got != want {
		t.Errorf("got %q", got)
	}
	if got := names(t, dir); !cmp.Equal(got, []string{"log.txt"}) {
		t.Errorf("left %v", got)
	}
}

func TestAPartThatAKilledProcessHasAppendedIsRemoved(t *testing.T) {
	t.Parallel()
	const had, added = "a,b\n1,2\n", "3,\"x\ny\"\n4,5\n"
	journal := fmt.Sprintf("%d %d\n%s", len(had), len(added), added)
	for name, test := range map[string]struct{ journal, there, want string }{
		"nothing":                       {journal, had, had},
		"a byte":                        {journal, had + added[:1], had},
		"a part with an open quote":     {journal, had + added[:5], had},
		"a row of two":                  {journal, had + added[:8], had},
		"all but the last byte":         {journal, had + added[:len(added)-1], had},
		"all":                           {journal, had + added, had + added},
		"all, and more by others":       {journal, had + added + "6,7\n", had + added + "6,7\n"},
		"another text, by hand":         {journal, had + "8,9\n", had + "8,9\n"},
		"the file was replaced":         {journal, "a\n", "a\n"},
		"killed in the journal":         {journal[:len(journal)-1], had, had},
		"killed at its start":           {"", had, had},
		"a journal that says nonsense":  {"-5 99999\nxyz", had, had},
		"a journal of another program ": {"x y\n", had, had},
	} {
		dir, run := workspace(t)
		put(t, filepath.Join(dir, "a.csv"), test.there)
		put(t, filepath.Join(dir, files.Journal("a.csv")), test.journal)
		size, err := run.Append("a.csv", func(so io.ReadSeeker) ([]byte, error) {
			text, err := io.ReadAll(so)
			if string(text) != test.want {
				t.Errorf("%s: the content is %q, want %q", name, text, test.want)
			}
			return []byte("new\n"), err
		})
		if got := content(t, filepath.Join(dir, "a.csv")); err != nil || got != test.want+"new\n" || size != int64(len(got)) {
			t.Errorf("%s: got %q, %d, %v", name, got, size, err)
		}
		if got := names(t, dir); !cmp.Equal(got, []string{"a.csv"}) {
			t.Errorf("%s: left %v", name, got)
		}
	}
}

func TestAFileThatWasMadeForNothingIsRemoved(t *testing.T) {
	t.Parallel()
	dir, run := workspace(t)
	put(t, filepath.Join(dir, "empty.txt"), "")
	failed := errors.New("no")
	for _, name := range []string{"new.txt", "empty.txt"} {
		if _, err := run.Append(name, func(io.ReadSeeker) ([]byte, error) { return nil, &card.Error{Kind: card.Invalid, Err: failed} }); !errors.Is(err, failed) {
			t.Errorf("got %v", err)
		}
	}
	if got := names(t, dir); !cmp.Equal(got, []string{"empty.txt"}) {
		t.Errorf("left %v", got)
	}
}

func TestNothingIsAppendedToAFileWithAnotherName(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	put(t, filepath.Join(top, "outside.txt"), "old\n")
	dir := filepath.Join(top, "workspace")
	put(t, filepath.Join(dir, "b.txt"), "")
	if err := os.Link(filepath.Join(top, "outside.txt"), filepath.Join(dir, "a.txt")); err != nil {
		t.Fatal(err)
	}
	run := files.New(dir, filepath.Join(dir, ".flowdeck")).Run("runs/r/files")
	_, err := add(run, "a.txt", "x\n")
	if e := card.AsError(err); e == nil || e.Kind != card.Invalid || !strings.Contains(e.Message, "another name") || content(t, filepath.Join(top, "outside.txt")) != "old\n" {
		t.Errorf("got %v", err)
	}
	if changed, err := write(run, "a.txt", "new\n"); err != nil || !changed || content(t, filepath.Join(top, "outside.txt")) != "old\n" { // it is replaced
		t.Errorf("changed %t, %v", changed, err)
	}
}
