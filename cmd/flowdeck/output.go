package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
)

// output is standard output. It keeps the first error of a write, so that no command has to check each write: output that
// is lost must not look like success.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// Fd makes a terminal under the output known as one.
func (o *output) Fd() uintptr { return terminal.Descriptor(o.Writer) }

// lost is the error of a command whose output could not be written; nil if all was.
func (o *output) lost() error {
	if o.err == nil {
		return nil
	}
	cause := o.err
	if failed := (*fs.PathError)(nil); errors.As(cause, &failed) {
		cause = failed.Err
	}
	return fmt.Errorf("cannot write to standard output: %w", cause)
}
