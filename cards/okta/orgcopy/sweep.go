package orgcopy

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Sweep removes the copies in the folder parent that did not end, and of which all was read more than MaxAge before now, so that nobody goes on with it. Those
// that a process has open stay.
func Sweep(parent string, now time.Time) error {
	root, err := os.OpenRoot(parent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	defer root.Close()
	copies, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range copies {
		if c.IsDir() && newest(root, c.Name()).Before(now.Add(-MaxAge)) {
			errs = append(errs, sweep(root, parent, c.Name()))
		}
	}
	return errors.Join(errs...)
}

// newest returns when the last of the files of a copy was changed.
func newest(root *os.Root, name string) (at time.Time) {
	files, _ := fs.ReadDir(root.FS(), name) // what cannot be read is removed, or says why not
	for _, file := range files {
		if info, err := file.Info(); err == nil && info.ModTime().After(at) {
			at = info.ModTime()
		}
	}
	return at
}

func sweep(root *os.Root, parent, name string) error {
	lock := flock.New(filepath.Join(parent, name, "lock"))
	held, err := lock.TryLock()
	if err != nil || !held {
		return err
	}
	return errors.Join(root.RemoveAll(name), lock.Close())
}
