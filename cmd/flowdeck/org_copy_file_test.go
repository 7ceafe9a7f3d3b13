package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestASeedThatIsReplacedIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, draft := filepath.Join(dir, "orgs", "a.yaml"), filepath.Join(dir, "draft")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("users: [{login: ada@acme.example}]\n"), 0o644); err != nil { //nolint:gosec // as another program leaves it
		t.Fatal(err)
	}
	if err := os.WriteFile(draft, []byte("users: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	to, err := orgCopyOptions{into: "orgs/a.yaml", force: true}.target(t.Context(), env{}, dir, "")
	if err != nil || !to.exists {
		t.Fatal(err, to)
	}
	defer to.folder.Close()
	if err := os.WriteFile(file, []byte("users: [{login: bob@acme.example}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, time.Time{}, to.before.ModTime().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := to.put(draft); !errors.Is(err, errChanged) {
		t.Errorf("a file that was changed meanwhile: %v", err)
	}
	if err := (&seedTarget{path: to.path, folder: to.folder}).put(draft); !errors.Is(err, errChanged) {
		t.Errorf("a file that was made meanwhile: %v", err)
	}
	if err := os.Chtimes(file, time.Time{}, to.before.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := to.put(draft); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	left, _ := os.ReadDir(filepath.Dir(file))
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 10 || len(left) != 1 {
		t.Errorf("the file is %v, with %v in its folder (%v)", info, left, err)
	}
}
