//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package secret

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownGroup makes a command the leader of a process group. The function that it returns must be called when the command has ended:
// it also ends the processes that the command has started. If flowdeck has the terminal, the command has it meanwhile, as in a
// shell, so that it can ask for a password, unless it must be mute. Ctrl-C then ends the command alone; end passes it on to flowdeck, and reports it.
func ownGroup(cmd *exec.Cmd, mute bool) (end func() (interrupted bool)) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if mute { // a session of its own has no terminal
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	}
	kill := func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Cancel = kill
	terminal, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err == nil && !mute && foreground(terminal) == syscall.Getpgrp() {
		cmd.SysProcAttr.Foreground, cmd.SysProcAttr.Ctty = true, int(terminal.Fd())
	}
	return func() bool {
		defer terminal.Close()
		if cmd.SysProcAttr.Foreground {
			takeBack(terminal)
		}
		if cmd.Process == nil {
			return false
		}
		_ = kill()
		ended, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
		return ok && cmd.SysProcAttr.Foreground && ended.Signaled() && ended.Signal() == syscall.SIGINT &&
			syscall.Kill(os.Getpid(), syscall.SIGINT) == nil
	}
}

// foreground returns the process group that has a terminal; 0 if that is not known.
func foreground(terminal *os.File) int {
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	if err != nil {
		return 0
	}
	return group
}

// takeBack gives a terminal to the process group of flowdeck, which the terminal would stop for that without Ignore.
func takeBack(terminal *os.File) {
	signal.Ignore(syscall.SIGTTOU)
	defer signal.Reset(syscall.SIGTTOU)
	_ = unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCSPGRP, syscall.Getpgrp())
}
