package inside

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// Named returns the error of reading a file in words for the person who named the file. Other errors than those of a missing file and
// of a folder stay as they are.
func Named(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &named{"there is no file " + path, err}
	case errors.Is(err, syscall.EISDIR):
		return &named{fmt.Sprintf("%s is a folder, not a file", path), err}
	}
	return err
}

type named struct {
	text string
	err  error
}

func (n *named) Error() string { return n.text }

func (n *named) Unwrap() error { return n.err }
