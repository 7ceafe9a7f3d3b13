package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path"
	"time"
)

// A file is a file of an archive.
type file struct {
	name    string // in the archive, with slashes
	path    string // on disk
	program bool   // it is executable
}

func (f file) mode() os.FileMode {
	if f.program {
		return 0o755
	}
	return 0o644
}

// packTar writes files as a tar.gz, in the folder title. The output depends on the names, the contents and the given
// time, not on the owners and times of the files.
func packTar(w io.Writer, title string, files []file, when time.Time) error {
	zipped := gzip.NewWriter(w)
	archive := tar.NewWriter(zipped)
	for _, f := range files {
		text, err := os.ReadFile(f.path)
		if err != nil {
			return err
		}
		header := &tar.Header{Name: path.Join(title, f.name), Mode: int64(f.mode()), Size: int64(len(text)), ModTime: when.UTC()}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(text); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), zipped.Close())
}

// packZip is like packTar, but writes a zip.
func packZip(w io.Writer, title string, files []file, when time.Time) error {
	archive := zip.NewWriter(w)
	for _, f := range files {
		text, err := os.ReadFile(f.path)
		if err != nil {
			return err
		}
		header := &zip.FileHeader{Name: path.Join(title, f.name), Method: zip.Deflate, Modified: when.UTC()}
		header.SetMode(f.mode())
		entry, err := archive.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := entry.Write(text); err != nil {
			return err
		}
	}
	return archive.Close()
}
