package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// committed returns a time with even seconds, which a zip file can store.
func committed() time.Time { return time.Date(2026, 3, 1, 10, 20, 30, 0, time.UTC) }

// someFiles writes two files with the current time.
func someFiles(t *testing.T) []file {
	t.Helper()
	dir := t.TempDir()
	files := []file{
		{name: "flowdeck", path: filepath.Join(dir, "a"), program: true},
		{name: "man/man1/flowdeck.1", path: filepath.Join(dir, "b")},
	}
	for _, f := range files {
		if err := os.WriteFile(f.path, []byte("text of "+f.name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func want() []string {
	return []string{
		"x_1/flowdeck -rwxr-xr-x 2026-03-01T10:20:30Z text of flowdeck",
		"x_1/man/man1/flowdeck.1 -rw-r--r-- 2026-03-01T10:20:30Z text of man/man1/flowdeck.1",
	}
}

func listed(info os.FileInfo, name string, r io.Reader) string {
	text, _ := io.ReadAll(r)
	return fmt.Sprintf("%s %s %s %s", name, info.Mode(), info.ModTime().UTC().Format(time.RFC3339), text)
}

func TestTarHasFilesAndModes(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	if err := packTar(&packed, "x_1", someFiles(t), committed()); err != nil {
		t.Fatal(err)
	}
	unzipped, err := gzip.NewReader(&packed)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for r := tar.NewReader(unzipped); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, listed(header.FileInfo(), header.Name, r))
	}
	if !slices.Equal(got, want()) {
		t.Errorf("got %q\nwant %q", got, want())
	}
}

func TestZipHasFilesAndModes(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	if err := packZip(&packed, "x_1", someFiles(t), committed()); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.File {
		opened, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, listed(f.FileInfo(), f.Name, opened))
	}
	if !slices.Equal(got, want()) {
		t.Errorf("got %q\nwant %q", got, want())
	}
}

func TestArchivesAreReproducible(t *testing.T) {
	t.Parallel()
	for name, pack := range map[string]func(io.Writer, string, []file, time.Time) error{"tar": packTar, "zip": packZip} {
		var packed [2]bytes.Buffer
		for i := range packed {
			files := someFiles(t)
			made := time.Now().Add(time.Duration(i) * time.Hour)
			for _, f := range files {
				if err := os.Chtimes(f.path, made, made); err != nil {
					t.Fatal(err)
				}
			}
			if err := pack(&packed[i], "x_1", files, committed()); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(packed[0].Bytes(), packed[1].Bytes()) {
			t.Errorf("two packings as %s differ", name)
		}
	}
}
