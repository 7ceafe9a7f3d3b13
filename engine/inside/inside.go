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

// FS returns the regular files and folders in a folder. A link in it counts as its target, which must be in the folder,
// too. The FS is safe for concurrent use.
func FS(dir string) fs.FS { return folder(dir) }

type folder string

// Open opens the folder again for each file, so that an FS need not be closed.
func (f folder) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	file, err := root.OpenFile(filepath.FromSlash(name), readOnly, 0)
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

// Read reads a file of an FS. It returns an error if the file has more than most bytes.
func Read(files fs.FS, name string, most int64) ([]byte, error) {
	file, err := files.Open(name)
	if err != nil {
		return nil, Named(name, err)
	}
	defer file.Close()
	return read(file, name, most)
}

// ReadFile is Read for a file anywhere, named by a user.
func ReadFile(path string, most int64) ([]byte, error) {
	file, err := os.OpenFile(path, readOnly, 0)
	if err != nil {
		return nil, Named(path, err)
	}
	if file, err = regular(file); err != nil {
		return nil, err
	}
	defer file.Close()
	return read(file, path, most)
}

func read(from io.Reader, name string, most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(from, most+1))
	if err == nil && int64(len(text)) > most {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("larger than %s", size(most))}
	}
	return text, Named(name, err)
}

func size(bytes int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}
