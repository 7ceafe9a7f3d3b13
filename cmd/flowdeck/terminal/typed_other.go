//go:build !linux

package terminal

import "os"

// DropTyped does nothing on this system.
func DropTyped(*os.File) {}
