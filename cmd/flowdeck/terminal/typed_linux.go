package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

// DropTyped drops what a person has typed at a terminal and nothing has read yet: it cannot be the answer to a question that is asked later.
func DropTyped(in *os.File) {
	_ = unix.IoctlSetInt(int(in.Fd()), unix.TCFLSH, unix.TCIFLUSH) // fails if it is not a terminal
}
