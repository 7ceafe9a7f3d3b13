//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
)

// withTTY is the script command `tty FILE SCRIPT`: it runs a script of sh with a terminal as its /dev/tty, types the text of
// FILE at once, and writes the output of the terminal into the file `shown`. testscript's own ttyin closes the terminal as
// soon as the script has ended, and loses output that has not been read.
func withTTY(ts *testscript.TestScript, neg bool, args []string) {
	keys := ts.ReadFile(args[0])
	screen, tty, err := pty.Open()
	ts.Check(err)
	defer screen.Close()
	cmd := exec.Command("sh", "-c", args[1])
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = environment(ts, "TERM", "NO_COLOR")
	cmd.Stdout, cmd.Stderr = ts.Stdout(), ts.Stderr()
	cmd.ExtraFiles = []*os.File{tty}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	err = errors.Join(cmd.Start(), tty.Close())
	ts.Check(err)
	_, err = io.WriteString(screen, keys)
	ts.Check(err)
	shown, _ := io.ReadAll(screen) // ends with an error when no process has the terminal open
	err = cmd.Wait()
	ts.Check(os.WriteFile(ts.MkAbs("shown"), shown, 0o600))
	fmt.Fprintf(ts.Stderr(), "shown:\n%s", shown)
	if (err != nil) != neg {
		ts.Fatalf("%s: %v", args[1], err)
	}
}
