package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/flowdeck/flowdeck/engine/inside"
)

// replaceFile writes a file, which takes the place of one with the same name when it is complete, and keeps the mode of that one. A link
// stays, and the file to which it leads is replaced.
func replaceFile(path string, write func(io.Writer) error) error {
	mode := fs.FileMode(0o600)
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		target, err = path, nil
	} else if err == nil {
		var info fs.FileInfo
		if info, err = os.Stat(target); err == nil && !info.Mode().IsRegular() {
			return usage("", "%s is not a regular file", path)
		} else if err == nil {
			mode, err = info.Mode().Perm(), mayWrite(target)
		}
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, inside.Plain(err))
	}
	draft, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if errors.Is(err, fs.ErrNotExist) {
		return usage("", "there is no folder %q", filepath.Dir(target))
	} else if err != nil {
		return fmt.Errorf("write %s: %w", path, inside.Plain(err))
	}
	err = write(draft)
	for _, next := range []func() error{
		func() error { return draft.Chmod(mode) }, draft.Sync, draft.Close, func() error { return os.Rename(draft.Name(), target) },
	} {
		if err == nil {
			err = next()
		}
	}
	if err == nil {
		return nil
	}
	draft.Close()
	_ = os.Remove(draft.Name())
	if failure := (*fs.PathError)(nil); errors.As(err, &failure) {
		err = fmt.Errorf("write %s: %w", path, failure.Err)
	}
	return err
}

// mayWrite returns an error for a file that the user may not write. Its folder alone would allow to replace it.
func mayWrite(file string) error {
	open, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return open.Close()
}
