package secret

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

func (r Resolver) command(ctx context.Context, words card.Value) (card.Secret, error) {
	list, _ := words.([]any)
	var argv []string
	for _, word := range list {
		argv = append(argv, fmt.Sprint(word))
	}
	if len(argv) == 0 {
		return card.Secret{}, wrong("write {command: [PROGRAM, ARGUMENT]}", "a secret's command must be a list of words")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errTooLate)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = r.Dir, environment(r.Environ)
	if r.Err != nil {
		cmd.Stderr = &cut{to: r.Err, left: longest}
	}
	cmd.WaitDelay = lastOutput
	var out bounded
	cmd.Stdout = &out
	end := ownGroup(cmd, r.Mute)
	err := cmd.Run()
	if end() {
		<-ctx.Done() // whoever listens to the signal ends the context
	}
	switch {
	case out.full:
		err = errTooLong
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return card.Secret{}, wrong("", "the secret's command %q: %v", argv[0], err)
	}
	return trimmed(out.text, fmt.Sprintf("the command %q", argv[0]))
}

// lastOutput is the time that a command's output may stay open after the command has ended. A process that it started
// may keep the output open forever.
const lastOutput = 500 * time.Millisecond

// bounded collects a program's output up to longest bytes. A further write fails.
type bounded struct {
	text []byte
	full bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.text)+len(p) > longest {
		b.full = true
		return 0, errTooLong
	}
	b.text = append(b.text, p...)
	return len(p), nil
}

// cut passes a program's output on up to a number of bytes, and drops the rest.
type cut struct {
	to   io.Writer
	left int
}

func (c *cut) Write(p []byte) (int, error) {
	kept := p[:min(len(p), c.left)]
	c.left -= len(kept)
	if len(kept) > 0 {
		if _, err := c.to.Write(kept); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}
