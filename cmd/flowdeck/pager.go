package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
)

// paged prints a text that may be long: through a pager if standard output is a terminal that is too small for it. The pager is $FLOWDECK_PAGER,
// $PAGER or less; "cat" and the empty text are none. Without one, the text is printed as it is.
func paged(ctx context.Context, e env, show func(io.Writer)) error {
	_, rows := terminal.Size(e.out)
	if !terminal.Is(e.out) || rows == 0 || terminal.InCI(e.lookup) || terminal.Plain(e.lookup) {
		show(e.out)
		return nil
	}
	var text bytes.Buffer
	show(terminal.Door(&text))
	command := pager(e)
	if len(command) == 0 || bytes.Count(text.Bytes(), []byte("\n")) < rows {
		show(e.out)
		return nil
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &text, os.Stdout, os.Stderr
	cmd.Env = os.Environ()
	for name, value := range map[string]string{"LESS": "FRX", "LESSCHARSET": "utf-8"} {
		if _, set := e.lookup(name); !set {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	if err := cmd.Start(); err != nil { // it is not installed
		show(e.out)
		return nil
	}
	if err := cmd.Wait(); err != nil && ctx.Err() == nil { // it could not show it
		show(e.out)
	}
	return nil
}

// pager returns the command of the pager; nil for none.
func pager(e env) []string {
	for _, name := range []string{"FLOWDECK_PAGER", "PAGER"} {
		if command, set := e.lookup(name); set {
			words := strings.Fields(command)
			if len(words) == 1 && words[0] == "cat" {
				return nil
			}
			return words
		}
	}
	return []string{"less"}
}
