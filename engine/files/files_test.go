package files_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/files"
)

// workspace returns the folder of a workspace, and the files of a run in it.
func workspace(t *testing.T) (dir string, run card.Files) {
	t.Helper()
	dir = t.TempDir()
	return dir, files.New(dir, filepath.Join(dir, ".flowdeck")).Run("runs/r1/files")
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func read(run card.Files, name string) (string, error) {
	file, err := run.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	return string(text), err
}

func write(run card.Files, name, text string) (bool, error) {
	d, err := run.Create(name)
	if err != nil {
		return false, err
	}
	if _, err := io.WriteString(d, text); err != nil {
		d.Discard()
		return false, err
	}
	changed, size, err := d.Commit()
	if err == nil && size != int64(len(text)) {
		return changed, fmt.Errorf("the size is %d", size)
	}
	return changed, err
}

func add(run card.Files, name, text string) (int64, error) {
	return run.Append(name, func(io.ReadSeeker) ([]byte, error) { return []byte(text), nil })
}

// names returns all files and folders below a folder.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, _ fs.DirEntry, err error) error {
		all = append(all, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all[1:]
}

func TestAFileIsWrittenAndRead(t *testing.T) {
	t.Parallel()
	dir, run := workspace(t)
	for name, path := range map[string]string{
		"a.csv": "a.csv", "./deep/er//b.json": "deep/er/b.json", "run:c.txt": ".flowdeck/runs/r1/files/c.txt", "run:d/e.txt": ".flowdeck/runs/r1/files/d/e.txt",
	} {
		if changed, err := write(run, name, "text of "+name); err != nil || !changed {
			t.Errorf("%s: changed %t, %v", name, changed, err)
		}
		if got := content(t, filepath.Join(dir, path)); got != "text of "+name {
			t.Errorf("%s: the file has %q", name, got)
		}
		if got, err := read(run, name); err != nil || got != "text of "+name {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "a.csv")); err != nil || info.Mode() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
}

func TestAFileHasOneName(t *testing.T) {
	t.Parallel()
	_, run := workspace(t)
	for name, want := range map[string]string{"./a.csv": "a.csv", "a//b.csv": "a/b.csv", "run:./b.csv": "run:b.csv", "run:": "run:", "": ".", ".": "."} {
		if got, err := run.Path(name); err != nil || got != want {
			t.Errorf("%q: got %q, %v", name, got, err)
		}
	}
}

func TestWritingTheSameContentChangesNothing(t *testing.T) {
	t.Parallel()
	dir, run := workspace(t)
	path := filepath.Join(dir, "a.txt")
	put(t, path, strings.Repeat("x", 200_000))
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := write(run, "a.txt", strings.Repeat("x", 200_000)); err != nil || changed {
		t.Errorf("changed %t, %v", changed, err)
	}
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was replaced: %v", err)
	}
	for _, other := range []string{strings.Repeat("x", 199_999) + "y", "", "x"} {
		if changed, err := write(run, "a.txt", other); err != nil || !changed || content(t, path) != other {
			t.Errorf("changed %t, %v", changed, err)
		}
	}
	if after, err := os.Stat(path); err != nil || after.Mode() != 0o640 {
		t.Errorf("the mode is %v, %v", after.Mode(), err)
	}
	if got := names(t, dir); !cmp.Equal(got, []string{"a.txt"}) {
		t.Errorf("left %v", got)
	}
}

func TestADraftIsInvisibleUntilItIsComplete(t *testing.T) {
	t.Parallel()
	dir, run := workspace(t)
	put(t, filepath.Join(dir, "a.txt"), "old")
	d, err := run.Create("a.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(d, "half"); err != nil {
		t.Fatal(err)
	}
	if got, err := read(run, "a.txt"); got != "old" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if entries, err := run.ReadDir("."); err != nil || len(entries) != 1 {
		t.Errorf("listed %v, %v", entries, err)
	}
	d.Discard()
	d.Discard()
	if got := names(t, dir); content(t, filepath.Join(dir, "a.txt")) != "old" || !cmp.Equal(got, []string{"a.txt"}) {
		t.Errorf("left %v", got)
	}
}

// Each row is tried with every operation.
func TestNamesThatLeadElsewhereAreRefused(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "workspace")
	put(t, filepath.Join(top, "secret.txt"), "secret")
	put(t, filepath.Join(dir, ".env"), "secret")
	put(t, filepath.Join(dir, ".flowdeck", "runs", "r0", "sweep.jsonl"), "secret")
	put(t, filepath.Join(dir, "sub", "a.txt"), "a")
	put(t, filepath.Join(dir, "folder", "x"), "")
	for path, to := range map[string]string{
		"out.txt": "../secret.txt", "in.txt": "sub/a.txt", "up": "..", "inner": "sub", "state": ".flowdeck", "none.txt": "nowhere",
		"device": "/dev/zero", ".flowdeck/runs/r1": "../..",
	} {
		if err := os.Symlink(to, filepath.Join(dir, path)); err != nil {
			t.Fatal(err)
		}
	}
	run := files.New(dir, filepath.Join(dir, ".flowdeck")).Run("runs/r1/files")
	before := names(t, top)
	for name, want := range map[string]string{
		"../secret.txt": "leads out", "/etc/passwd": "leads out", "sub/../../secret.txt": "leads out", "sub/../x": "leads out", "..": "leads out",
		"run:../../r0/sweep.jsonl": "leads out", "run:/etc/passwd": "leads out",
		".env": "hidden", "sub/.git/hooks/pre-commit": "hidden", ".flowdeck/runs/r0/sweep.jsonl": "hidden", "run:.x": "hidden",
		"out.txt": "it is a link", "in.txt": "it is a link", "up/secret.txt": "it is a link", "inner/a.txt": "it is a link", "state/runs/r0/sweep.jsonl": "it is a link",
		"device": "it is a link", "none.txt": "it is a link", "run:x.txt": "it is a link",
		"folder": "is a folder", ".": "is a folder", "": "is a folder", "run:": "is a folder", "sub/a.txt/b": "is a file, not a folder",
		"a\x00b": "a character", "a\nb": "a character", "\u202e.txt": "a character", "a\u200c.txt": "a character", `sub\a.txt`: "a character", "a\xff": "a character", "a. ": "a character",
		strings.Repeat("x", 256): "too long",
	} {
		_, opened := run.Open(name)
		_, created := write(run, name, "x")
		_, added := add(run, name, "x")
		for op, err := range map[string]error{"open": opened, "create": created, "append": added} {
			e, path := card.AsError(err), (*fs.PathError)(nil)
			if e == nil || e.Kind != card.Invalid || !strings.Contains(e.Message, want) || !errors.As(err, &path) || strings.Contains(e.Message, top) {
				t.Errorf("%s %q: got %v, want %q in it", op, name, err, want)
			}
		}
	}
	if diff := cmp.Diff(before, names(t, top)); diff != "" {
		t.Errorf("files were made (-before +after):\n%s", diff)
	}
	if got := content(t, filepath.Join(top, "secret.txt")) + content(t, filepath.Join(dir, "sub", "a.txt")); got != "secreta" {
		t.Errorf("files were changed: %s", got)
	}
}

func TestNoCardWritesWhatFlowdeckRuns(t *testing.T) {
	t.Parallel()
	dir, run := workspace(t)
	put(t, filepath.Join(dir, "flowdeck.yaml"), "connections: {}")
	for _, name := range []string{"flowdeck.yaml", "FLOWDECK.YAML", "./flowdeck.yaml", "deep/x.yml", "x.YAML", "x.yaml:stream", "a*.csv", "run:a:b"} {
		_, created := write(run, name, "x")
		_, added := add(run, name, "x")
		for op, err := range map[string]error{"create": created, "append": added} {
			if e := card.AsError(err); e == nil || e.Kind != card.Invalid {
				t.Errorf("%s %q: got %v", op, name, err)
			}
		}
	}
	if got, err := read(run, "flowdeck.yaml"); err != nil || got != "connections: {}" {
		t.Errorf("reading: got %q, %v", got, err)
	}
	if changed, err := write(run, "run:x.yaml", "x"); err != nil || !changed {
		t.Errorf("in the run's folder: changed %t, %v", changed, err)
	}
}

func TestTheStateIsOutOfReachWhereverItIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "state", "runs", "r0", "sweep.jsonl"), "secret")
	if err := os.Symlink("state", filepath.Join(dir, ".flowdeck")); err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{"state", ".flowdeck"} {
		run := files.New(dir, filepath.Join(dir, state)).Run("runs/r1/files")
		for _, name := range []string{"state/runs/r0/sweep.jsonl", "STATE/x", "state"} {
			if _, err := run.Open(name); err == nil || !strings.Contains(err.Error(), "flowdeck's own state") {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if _, err := write(run, "state.csv", "x"); err != nil {
			t.Error(err)
		}
		if entries, err := run.ReadDir("."); err != nil || len(entries) != 1 {
			t.Errorf("got %v, %v", entries, err)
		}
	}
}

func TestAMissingFileIsNotFound(t *testing.T) {
	t.Parallel()
	_, run := workspace(t)
	for _, name := range []string{"a.csv", "deep/a.csv", "run:a.csv"} {
		_, err := run.Open(name)
		if e := card.AsError(err); e == nil || e.Kind != card.NotFound || e.Message != fmt.Sprintf("there is no file %q", name) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAFolderIsListedWithoutWhatNobodyCanOpen(t *testing.T) {
	t.Parallel()
	dir, run := workspace(t)
	for _, path := range []string{"b.csv", "a.csv", "sub/c.csv", ".hidden", ".flowdeck/runs/r1/files/own.csv"} {
		put(t, filepath.Join(dir, path), "x")
	}
	if err := os.Symlink("a.csv", filepath.Join(dir, "link.csv")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"": "a.csv b.csv sub", ".": "a.csv b.csv sub", "sub": "c.csv", "run:": "own.csv"} {
		var got []string
		entries, err := run.ReadDir(name)
		for _, entry := range entries {
			got = append(got, entry.Name())
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: got %v, %v", name, got, err)
		}
	}
	if entries, err := files.New(dir, filepath.Join(dir, ".flowdeck")).Run("runs/r2/files").ReadDir("run:"); err != nil || len(entries) > 0 {
		t.Errorf("a run without files: got %v, %v", entries, err)
	}
	if _, err := run.ReadDir("none"); card.AsError(err).Kind != card.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestLinesAreAppended(t *testing.T) {
	t.Parallel()
	dir, run := workspace(t)
	put(t, filepath.Join(dir, "by-hand.txt"), "one")
	for _, step := range []struct{ name, text, want string }{
		{"by-hand.txt", "two\n", "one\ntwo\n"}, {"by-hand.txt", "three\n", "one\ntwo\nthree\n"}, {"new/a.txt", "x\n", "x\n"},
	} {
		size, err := add(run, step.name, step.text)
		if got := content(t, filepath.Join(dir, step.name)); err != nil || got != step.want || size != int64(len(got)) {
			t.Errorf("got %q of %d bytes, %v; want %q", got, size, err, step.want)
		}
	}
	failed := errors.New("no")
	if _, err := run.Append("by-hand.txt", func(content io.ReadSeeker) ([]byte, error) {
		text, err := io.ReadAll(content)
		if string(text) != "one\ntwo\nthree\n" {
			t.Errorf("the content is %q, %v", text, err)
		}
		return []byte("lost\n"), &card.Error{Kind: card.Invalid, Err: failed}
	}); !errors.Is(err, failed) || content(t, filepath.Join(dir, "by-hand.txt")) != "one\ntwo\nthree\n" {
		t.Errorf("got %v", err)
	}
}

func TestLinesThatAreAppendedAtOnceDoNotMix(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	shared := files.New(dir, filepath.Join(dir, ".flowdeck"))
	const runs, lines = 8, 50
	var all sync.WaitGroup
	for i := range runs {
		run := shared.Run(fmt.Sprintf("runs/r%d/files", i))
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
	if got, want := content(t, filepath.Join(dir, "log.txt")), "header\n"+strings.Repeat("line\n", runs*lines); got != want {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
}
