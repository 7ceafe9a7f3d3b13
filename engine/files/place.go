package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// The reasons why a name is refused.
var (
	errHidden = errors.New("hidden files and folders, whose names start with a dot, are not for cards")
	errState  = errors.New("it is in the folder of flowdeck's own state")
	errFlow   = errors.New("a YAML file of the workspace may be a flow, which no card may write")
	errLink   = errors.New("it is a link")
	errName   = errors.New("the name has a character that not every system allows in names of files, or ends with a dot or a blank")
	errLinked = errors.New("it has another name, so that appending would change a file elsewhere, too")
	errLong   = errors.New("the name is too long")
)

// longest is the maximum length in bytes of the name of one file or folder, on all usual file systems.
const longest = 255

// cleaned returns a path in its shortest form.
func cleaned(name string) (string, error) {
	switch {
	case name == "":
		return ".", nil
	case !utf8.ValidString(name):
		return "", errName
	case path.IsAbs(name), filepath.IsAbs(name):
		return "", inside.ErrOutside
	}
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case part == "..":
			return "", inside.ErrOutside
		case part == "." || part == "":
		case strings.HasPrefix(part, "."):
			return "", errHidden
		case len(part) > longest:
			return "", errLong
		case strings.ContainsFunc(part, unseen), strings.HasSuffix(part, "."), strings.HasSuffix(part, " "):
			return "", errName
		}
	}
	return path.Clean(name), nil
}

// unseen reports whether a character in a name is not seen, so that a file system may ignore it, and ".git" with it would be .git; or separates
// folders on another system.
func unseen(c rune) bool { return c == '\\' || !unicode.IsPrint(c) }

// foreign are characters in names of files that not every system allows. A file that has one can be read, but not written.
const foreign = `:*?"<>|`

// in calls do with the folder of the place and the name of the file in it. No link is followed on the way. create: folders that do not exist are made.
func (p place) in(create bool, do func(folder *os.Root, last string) error) error {
	if create && p.base != nil {
		if err := os.MkdirAll(p.root, 0o700); err != nil {
			return err
		}
	}
	folder, err := os.OpenRoot(p.root)
	if err != nil {
		return err
	}
	defer func() { folder.Close() }()
	for _, name := range append(p.base[:len(p.base):len(p.base)], p.path[:len(p.path)-1]...) {
		next, err := enter(folder, name, create)
		if err != nil {
			return err
		}
		folder.Close()
		folder = next
	}
	return do(folder, p.path[len(p.path)-1])
}

// enter opens a folder in a folder.
func enter(in *os.Root, name string, create bool) (*os.Root, error) {
	info, err := in.Lstat(name)
	if create && errors.Is(err, fs.ErrNotExist) {
		if err := in.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		info, err = in.Lstat(name)
	}
	switch {
	case err != nil:
		return nil, err
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, errLink
	case !info.IsDir():
		return nil, syscall.ENOTDIR
	}
	folder, err := in.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	if now, err := folder.Stat("."); err != nil || !os.SameFile(info, now) {
		folder.Close()
		return nil, errors.Join(errLink, err) // it was replaced in the meantime
	}
	return folder, nil
}

// readOnly does not wait for the writer of a pipe.
const readOnly = os.O_RDONLY | syscall.O_NONBLOCK

// open opens a regular file in a folder, without following a link.
func open(in *os.Root, name string, flags int) (*os.File, error) {
	before, err := regular(in, name)
	if err != nil && (flags&os.O_CREATE == 0 || !errors.Is(err, fs.ErrNotExist)) {
		return nil, err
	}
	file, err := in.OpenFile(name, flags, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case before != nil && !os.SameFile(before, info):
		err = errLink
	case !info.Mode().IsRegular():
		err = inside.ErrNotRegular
	default:
		return file, nil
	}
	file.Close()
	return nil, err
}

// regular returns what is known of a regular file.
func regular(in *os.Root, name string) (fs.FileInfo, error) {
	info, err := in.Lstat(name)
	switch {
	case err != nil:
		return nil, err
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, errLink
	case info.IsDir():
		return nil, syscall.EISDIR
	case !info.Mode().IsRegular():
		return nil, inside.ErrNotRegular
	}
	return info, nil
}

// failure returns the error of a file for cards.
func failure(op, name string, err error) error {
	if known := (*card.Error)(nil); errors.As(err, &known) {
		return known
	}
	for inner := (*fs.PathError)(nil); errors.As(err, &inner); { // its path is that of one step on the way
		err = inner.Err
	}
	if err.Error() == "path escapes from parent" { // package os does not export it
		err = inside.ErrOutside
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fs.ErrNotExist
	}
	e := &card.Error{Kind: card.Invalid, Err: &fs.PathError{Op: op, Path: name, Err: err}}
	e.Message = fmt.Sprintf("file %q: %v", name, err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Kind, e.Message = card.NotFound, fmt.Sprintf("there is no file %q", name)
	case errors.Is(err, fs.ErrPermission):
		e.Kind, e.Message = card.Storage, fmt.Sprintf("file %q: flowdeck is not permitted to %s it", name, op)
	case errors.Is(err, inside.ErrOutside):
		e.Message = fmt.Sprintf("file %q leads out of its folder", name)
		e.Hint = `write a path below the workspace's folder, such as reports/people.csv, or "run:people.csv" for a file in the run's own folder`
	case errors.Is(err, errFlow):
		e.Hint = `write another ending; or "run:…" for a file in the run's own folder`
	case errors.Is(err, errHidden), errors.Is(err, errState), errors.Is(err, errLink), errors.Is(err, errLinked), errors.Is(err, errName), errors.Is(err, errLong), errors.Is(err, inside.ErrNotRegular):
	case errors.Is(err, syscall.EISDIR):
		e.Message = fmt.Sprintf("%q is a folder, not a file", name)
	case errors.Is(err, syscall.ENOTDIR):
		e.Message = fmt.Sprintf("file %q: a part of its path is a file, not a folder", name)
	default:
		e.Kind = card.Storage
	}
	return e
}
