//go:build unix

package secret

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup makes a command the leader of a process group, so that the end of its time also ends the processes that it
// started. With a terminal the command stays in the group of flowdeck: in another one it could not ask for a password, and
// Ctrl-C would not reach it.
func ownGroup(cmd *exec.Cmd) {
	if terminal, err := os.Open("/dev/tty"); err == nil {
		_ = terminal.Close()
		return
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
