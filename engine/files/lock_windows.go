package files

import (
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// lock waits until no other process, and no other opened file of this one, has the lock of a file. It ends when the file is closed. Others may read
// the file: the locked byte is beyond its end.
func lock(file *os.File) error {
	return windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1 << 30})
}

// linked reports whether a file has several names, which is not known here.
func linked(fs.FileInfo) bool { return false }
