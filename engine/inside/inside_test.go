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

func TestErrorsAreInWordsWithTheirPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link(t, os.TempDir(), filepath.Join(dir, "up"))
	write(t, filepath.Join(dir, "file"), "x")
	files := inside.FS(dir)
	read := func(name string) error { _, err := inside.Read(files, name, 10); return err }
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	missing := filepath.Join(dir, "none")
	_, absent := inside.ReadFile(missing, 10)
	_, folder := inside.ReadFile(dir, 10)
	for want, err := range map[string]error{
		`"/etc/passwd" leads out of its folder`: read("/etc/passwd"),
		`"../x" leads out of its folder`:        read("../x"),
		`"up/x" leads out of its folder`:        read("up/x"),
		`"up" leads out of its folder`:          inside.Plain(root.MkdirAll("up", 0o700)),
		`"up/a/b" leads out of its folder`:      inside.Plain(root.MkdirAll("up/a/b", 0o700)),
		"there is no file none":                 read("none"),
		"there is no file " + missing:           absent,
		dir + " is a folder, not a file":        folder,
		"file: larger than 0 KiB":               func() error { _, err := inside.Read(files, "file", 0); return err }(),
		"another error":                         inside.Plain(errors.New("another error")),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := read("none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not ErrNotExist", err)
	}
}
