package inside_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/inside"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreReadInTheFolderOnly(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "workspace")
	write(t, filepath.Join(dir, "sub", "a.txt"), "a")
	write(t, filepath.Join(top, "outside.txt"), "secret")
	link(t, "sub/a.txt", filepath.Join(dir, "in"))
	link(t, "../outside.txt", filepath.Join(dir, "out"))
	link(t, filepath.Join(top, "outside.txt"), filepath.Join(dir, "absolute"))
	link(t, "..", filepath.Join(dir, "up"))
	link(t, "/dev/zero", filepath.Join(dir, "endless"))
	files := inside.FS(dir)
	for name, want := range map[string]string{
		"sub/a.txt": "a", "in": "a",
		"out": "", "absolute": "", "up/outside.txt": "", "../outside.txt": "", "endless": "", "none": "",
	} {
		got, err := inside.Read(files, name, 10)
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, want)
		}
	}
	names := []string{}
	err := fs.WalkDir(files, ".", func(name string, _ fs.DirEntry, err error) error {
		names = append(names, name)
		return err
	})
	if got := strings.Join(names, " "); err != nil || got != ". absolute endless in out sub sub/a.txt up" {
		t.Errorf("walked %s, %v", got, err)
	}
}

func TestAFileHasAMaximumSize(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.txt")
	write(t, path, "12345")
	if text, err := inside.ReadFile(path, 5); string(text) != "12345" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	for _, most := range []int64{0, 4} {
		if text, err := inside.ReadFile(path, most); text != nil || err == nil {
			t.Errorf("at most %d: got %q, %v", most, text, err)
		}
	}
}

func TestADeviceIsNotRead(t *testing.T) {
	t.Parallel()
	if _, err := inside.ReadFile(os.DevNull, 10); !errors.Is(err, inside.ErrNotRegular) {
		t.Errorf("got %v", err)
	}
}
