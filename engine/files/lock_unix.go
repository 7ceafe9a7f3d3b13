//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package files

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// lock waits until no other process, and no other opened file of this one, has the lock of a file. It ends when the file is closed.
func lock(file *os.File) error {
	for {
		if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// linked reports whether a file has several names.
func linked(info fs.FileInfo) bool {
	known, ok := info.Sys().(*syscall.Stat_t)
	return ok && known.Nlink > 1
}
