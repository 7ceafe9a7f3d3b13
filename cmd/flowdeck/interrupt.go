package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

// interrupts returns a context that ends with the first Ctrl-C (or SIGTERM), and one that ends with the second. The signals
// in gone mean that the terminal went away: they count as a first Ctrl-C, however often they come. stop must be called when
// neither context is needed any more.
func interrupts(ctx context.Context, gone ...os.Signal) (soft, hard context.Context, stop func()) {
	soft, cancelSoft := context.WithCancelCause(ctx)
	hard, cancelHard := context.WithCancelCause(context.WithoutCancel(ctx))
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	for _, sig := range gone {
		if !signal.Ignored(sig) { // nohup ignores SIGHUP
			signal.Notify(signals, sig)
		}
	}
	done := make(chan struct{})
	go func() {
		for {
			select {
			case sig := <-signals:
				switch {
				case soft.Err() == nil:
					cancelSoft(errInterrupted)
				case !slices.Contains(gone, sig):
					cancelHard(errInterrupted)
				}
			case <-done:
				return
			}
		}
	}()
	return soft, hard, func() {
		signal.Stop(signals)
		close(done)
		cancelSoft(nil)
		cancelHard(nil)
	}
}

var errInterrupted = errors.New("interrupted")

// survivePipes lets the program go on when nobody reads its output any more, until stop is called: the write fails, and
// Go does not end the program. The signal does not count as a Ctrl-C, since once it is caught, Go delivers it for every
// broken connection, that of an org too (os/signal, "SIGPIPE"). The screen knows its own.
func survivePipes() (stop func()) {
	caught := make(chan os.Signal, 1) // nobody receives from it
	signal.Notify(caught, syscall.SIGPIPE)
	return func() { signal.Stop(caught) }
}
