//go:build unix

package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestNobodyElseCanReadTheFiles(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	_, in, next := child(t, "owner", state, "sh", "-c", `umask 000; exec "$0"`) // with its own umask: that of this process is shared
	if got := next(); got != "created" {
		t.Fatal(got)
	}
	defer in.Close()
	names := []string{}
	if err := filepath.WalkDir(state, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		names = append(names, filepath.Base(path))
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(names, " "); !strings.HasPrefix(got, "state journal.db journal.db-shm journal.db-wal owners ") || !strings.HasSuffix(got, ".lock") {
		t.Errorf("got %s", got)
	}
}

func TestADatabaseThatOthersCanReadIsClosedToThem(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	if err := open(t, Config{State: state}).Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(state, Name)
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, Config{State: state})
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
}

func TestLinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, name := range []string{Name, Name + "-wal", Name + "-shm", owners} {
		for _, dangles := range []bool{true, false} {
			outside, state := t.TempDir(), t.TempDir()
			target := filepath.Join(outside, "target")
			if !dangles && name == owners {
				if err := os.Mkdir(target, 0o700); err != nil {
					t.Fatal(err)
				}
			} else if !dangles {
				if err := os.WriteFile(target, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Symlink(target, filepath.Join(state, name)); err != nil {
				t.Fatal(err)
			}
			s, err := Open(Config{State: state})
			if err == nil {
				_, err = s.Create(t.Context(), Run{ID: "r1"})
				s.Close()
			}
			if !isStorage(err) || !strings.Contains(err.Error(), name+" must be a f") {
				t.Errorf("%s: got %v", name, err)
			}
			left, err := os.ReadDir(target)
			if err == nil && len(left) > 0 {
				t.Errorf("%s: %v was written outside", name, left)
			}
			if info, err := os.Stat(target); dangles && err == nil || err == nil && info.Mode().IsRegular() && info.Size() > 0 {
				t.Errorf("%s: the target was written", name)
			}
		}
	}
}

func TestADamagedDatabaseIsReportedAndLeft(t *testing.T) {
	t.Parallel()
	whole := t.TempDir()
	s := open(t, Config{State: whole})
	stream(t, create(t, s, "r1"), 2000, 4)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(whole, Name))
	if err != nil {
		t.Fatal(err)
	}
	torn := bytes.Clone(good)
	for i := range torn[4096:] {
		torn[4096+i] = 'x'
	}
	for name, text := range map[string][]byte{
		"another file":    []byte(strings.Repeat("not a database ", 1000)),
		"a damaged start": append([]byte("SQLite format 3\x00"), bytes.Repeat([]byte{0xff}, 8192)...),
		"damaged pages":   torn,
		"a lost end":      good[:len(good)/3],
	} {
		state := t.TempDir()
		file := filepath.Join(state, Name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(Config{State: state})
		if err == nil {
			_, err = s.Writes(t.Context(), "r1", Page{Limit: 10_000})
			s.Close()
		}
		if !isStorage(err) || !strings.Contains(err.Error(), file+": it is damaged") {
			t.Errorf("%s: got %v", name, err)
		}
		if after, err := os.ReadFile(file); err != nil || len(after) != len(text) {
			t.Errorf("%s: the file changed: %d bytes, %v; had %d", name, len(after), err, len(text))
		}
	}
}

func TestAFolderThatCannotBeWrittenIsReported(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{State: file}); !isStorage(err) {
		t.Errorf("got %v", err)
	}
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	s := open(t, Config{State: state})
	if _, err := s.db.Exec("PRAGMA user_version = 1000"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{State: state}); !isStorage(err) || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("got %v", err)
	}
}

// TestVersion1 opens a database that the first version made. Make it with UPDATE=1 while version 1 is the only one.
func TestADatabaseOfVersion1IsRead(t *testing.T) {
	t.Parallel()
	const golden = "testdata/version1.db"
	if _, err := os.Stat(golden); errors.Is(err, fs.ErrNotExist) && os.Getenv("UPDATE") != "" {
		s := open(t, Config{State: t.TempDir()})
		l := create(t, s, "r1")
		stream(t, l, 3, 1)
		if err := l.Finish("succeeded", "", []byte(`{}`)); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), "cp", s.file, golden).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
	}
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	state := t.TempDir()
	if err := os.WriteFile(filepath.Join(state, Name), text, 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, Config{State: state})
	r, err := s.Run(t.Context(), "r1")
	if err != nil || r.Flow != "sweep" || r.Status != "succeeded" || r.Start.By != "ada" {
		t.Errorf("got %+v, %v", r, err)
	}
	all, err := s.Writes(t.Context(), "r1", Page{})
	if err != nil || len(all) != 3 || all[0].Target != "00u1a2b3c4d5e0000000@acme.example" || !all[0].Changed || all[0].Doubt {
		t.Errorf("got %+v, %v", all, err)
	}
	if _, err := s.db.Exec("UPDATE runs SET status = 'canceled'"); err != nil { // a run that has ended is not taken
		t.Fatal(err)
	}
	counts, err := take(t, s, "r1").Counts()
	if err != nil || counts.Streams["sweep"].OK != 3 || counts.Writes["okta.user.suspend"].Changed != 3 {
		t.Errorf("got %+v, %v", counts, err)
	}
	create(t, s, "r2")
}
