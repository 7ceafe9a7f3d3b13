package grant

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"

	"github.com/flowdeck/flowdeck/engine/inside"
)

// longest is the maximum size of a file with a grant in bytes. Okta's tokens have less than 4 KiB.
const longest = 256 << 10

// read returns the content of a file that is not a link.
func read(dir *os.Root, name string) ([]byte, error) {
	info, err := dir.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: inside.ErrNotRegular}
	}
	file, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, longest+1))
	if err == nil && len(text) > longest {
		err = &fs.PathError{Op: "read", Path: name, Err: errors.New("larger than a grant can be")}
	}
	return text, err
}

// replace writes a file, so that after a crash it has either the old or the new content.
func replace(dir *os.Root, name string, content []byte) error {
	draft := name + ".new"
	if err := dir.Remove(draft); err != nil && !errors.Is(err, fs.ErrNotExist) { // left by a process that was killed
		return err
	}
	file, err := dir.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = dir.Rename(draft, name)
	}
	if err != nil {
		return errors.Join(err, dir.Remove(draft))
	}
	return syncFolder(dir)
}

// syncFolder makes the names of a folder outlive a crash. Windows does that itself, and cannot be asked to.
func syncFolder(dir *os.Root) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := dir.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
