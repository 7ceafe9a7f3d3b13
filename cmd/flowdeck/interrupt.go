package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

// interrupts returns a context that ends with the first Ctrl-C or SIGTERM, and one that ends with the second. The
// signals in gone are sent when the terminal disappears: they end only the first context, even if they come again.
// The caller must call stop when it no longer needs the contexts.
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

// survivePipes prevents a SIGPIPE from ending the program, until stop is called: if the reader of the output has
// ended, the write fails instead. The signal does not count as a Ctrl-C, because Go then delivers it for every broken
// connection, including those to an org (os/signal, "SIGPIPE"). Screen detects its own broken pipe.
func survivePipes() (stop func()) {
	caught := make(chan os.Signal, 1) // never read
	signal.Notify(caught, syscall.SIGPIPE)
	return func() { signal.Stop(caught) }
}
