// Package inside reads files in a folder that is not trusted, such as a workspace that was just cloned: no path or link
// leads out of the folder, and only regular files up to a maximum size are read.
//
// It knows the file system. It must not know the purpose of the files.
package inside

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrNotRegular is the error of a file that is neither regular nor a folder. Reading a pipe or a device might never
// end.
var ErrNotRegular = errors.New("not a regular file")

// ErrOutside is the error of a path or a link that leads out of the folder.
var ErrOutside = errors.New("leads out of its folder")

// Plain returns an error about a file in words for people: without the names of system calls, and with ErrOutside for a path or
// a link that leads out of its os.Root. Other errors are unchanged.
func Plain(err error) error {
	outer := (*fs.PathError)(nil)
	if !errors.As(err, &outer) {
		return err
	}
	cause := outer.Err
	for inner := outer; errors.As(cause, &inner); {
		cause = inner.Err
	}
	if cause.Error() == "path escapes from parent" { // package os does not export it
		cause = ErrOutside
	}
	return &pathError{path: outer.Path, err: cause}
}

type pathError struct {
	path string
	err  error
}

func (e *pathError) Error() string {
	switch {
	case e.err == ErrOutside:
		return fmt.Sprintf("%q %v", e.path, e.err)
	case errors.Is(e.err, fs.ErrNotExist):
		return "there is no file " + e.path
	case errors.Is(e.err, syscall.EISDIR):
		return e.path + " is a folder, not a file"
	}
	return fmt.Sprintf("%s: %v", e.path, e.err)
}

func (e *pathError) Unwrap() error { return e.err }

// FS returns the regular files and folders in a folder. A link in it counts as its target, which must be in the folder,
// too. The FS is safe for concurrent use.
func FS(dir string) fs.FS { return folder(dir) }

type folder string

// Open opens the folder again for each file, so that an FS need not be closed.
func (f folder) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: ErrOutside}
	}
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	file, err := root.OpenFile(filepath.FromSlash(name), readOnly, 0)
	if err != nil && errors.Is(Plain(err), ErrOutside) {
		err = &fs.PathError{Op: "open", Path: name, Err: ErrOutside}
	}
	if err != nil {
		return nil, err
	}
	return regular(file)
}

// readOnly does not wait for the writer of a pipe.
const readOnly = os.O_RDONLY | syscall.O_NONBLOCK

// regular returns file if it is regular or a folder. Otherwise it closes the file and returns ErrNotRegular.
func regular(file *os.File) (*os.File, error) {
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: file.Name(), Err: ErrNotRegular}
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// Read reads a file of an FS. Its errors are plain. It returns an error if the file has more than most bytes.
func Read(files fs.FS, name string, most int64) ([]byte, error) {
	file, err := files.Open(name)
	if err != nil {
		return nil, Plain(err)
	}
	defer file.Close()
	return read(file, name, most)
}

// ReadFile is Read for a file anywhere, named by a user.
func ReadFile(path string, most int64) ([]byte, error) {
	file, err := os.OpenFile(path, readOnly, 0)
	if err != nil {
		return nil, Plain(err)
	}
	if file, err = regular(file); err != nil {
		return nil, Plain(err)
	}
	defer file.Close()
	return read(file, path, most)
}

func read(from io.Reader, name string, most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(from, most+1))
	if err != nil {
		return nil, Plain(err)
	}
	if int64(len(text)) > most {
		return nil, &pathError{name, fmt.Errorf("larger than %s", size(most))}
	}
	return text, nil
}

func size(bytes int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}

// OpenOwn opens a file that flowdeck itself keeps in a folder. What is not a regular file, such as a link, a folder or a pipe, was put there
// by somebody else: the error is ErrNotRegular.
func OpenOwn(in *os.Root, name string, flags int) (*os.File, error) {
	strange := &fs.PathError{Op: "open", Path: name, Err: ErrNotRegular}
	before, err := in.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && flags&os.O_CREATE != 0:
	case err != nil:
		return nil, err
	case !before.Mode().IsRegular():
		return nil, strange
	}
	file, err := in.OpenFile(name, flags|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && (!info.Mode().IsRegular() || before != nil && !os.SameFile(before, info)) { // it was replaced in the meantime
		err = strange
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}
