package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/flowdeck/flowdeck/engine/inside"
)

// newFile is a file that a command writes for a person, and that must not exist.
type newFile struct {
	path string // in the folder
	text []byte
}

// writeNew writes files below a folder, and prints their names. If one write fails, it removes the files that it has
// written. A link in dir cannot make it write outside of dir.
func writeNew(e env, dir string, files []newFile) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	var written []string
	defer func() {
		if err != nil {
			for _, path := range written {
				err = errors.Join(err, root.Remove(path))
			}
		}
	}()
	for _, f := range files {
		if err := root.MkdirAll(filepath.Dir(f.path), 0o777); err != nil { // others may read it, unless the umask forbids that
			return inside.Plain(err)
		}
		if err := createFile(root, f.path, f.text, 0o666); err != nil {
			return err
		}
		written = append(written, f.path)
	}
	for _, path := range written {
		fmt.Fprintf(e.err, "wrote %s\n", filepath.Join(dir, path))
	}
	return nil
}

// createFile atomically creates a file, which must not exist.
func createFile(root *os.Root, path string, text []byte, mode fs.FileMode) error {
	file, err := root.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return inside.Plain(err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, root.Remove(path))
	}
	return nil
}
