package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
)

// output is standard output. It stores the first error of a write, so that commands need not check each write. If
// output is lost, the command must fail.
//
// A standard output that was closed, as by >&-, is not noticed: Go's runtime opens /dev/null in its place before main, in the same
// way as the programs that start flowdeck without an output (Node, Python's subprocess), so that nothing distinguishes the two.
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

// Fd returns the descriptor of the underlying file, from which callers detect a terminal.
func (o *output) Fd() uintptr { return terminal.Descriptor(o.Writer) }

// lost returns the error of a command whose output could not be written; nil if there was no such error.
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
