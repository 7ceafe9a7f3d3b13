package terminal

import (
	"context"
	"os"

	"golang.org/x/term"
)

// ReadSecret reads a line from a terminal without echo. When ctx ends, it restores the echo and returns the cause; the line is then read by
// nobody.
func ReadSecret(ctx context.Context, in *os.File) (string, error) {
	before, err := term.GetState(int(in.Fd()))
	if err != nil {
		return "", err
	}
	type typed struct {
		line []byte
		err  error
	}
	got := make(chan typed, 1)
	go func() { // the read cannot be canceled
		line, err := term.ReadPassword(int(in.Fd()))
		got <- typed{line, err}
	}()
	select {
	case <-ctx.Done():
		_ = term.Restore(int(in.Fd()), before)
		return "", context.Cause(ctx)
	case answer := <-got:
		return string(answer.line), answer.err
	}
}
