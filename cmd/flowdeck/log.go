package main

import (
	"io"
	"log/slog"

	"github.com/charmbracelet/log"
	"github.com/muesli/termenv"
)

// newLog is what is told besides: warnings, and with verbose every step and retry.
func newLog(e env, verbose bool) *slog.Logger {
	level := log.WarnLevel
	if verbose {
		level = log.DebugLevel
	}
	// The logger must not see that it writes to a terminal: it would ask it for its colours, and wait for
	// ten seconds on one that does not answer.
	l := log.NewWithOptions(struct{ io.Writer }{e.err}, log.Options{Level: level, ReportTimestamp: true, TimeFormat: "15:04:05.000"})
	if _, no := e.lookup("NO_COLOR"); !no && isTerminal(e.err) {
		l.SetColorProfile(termenv.ANSI)
	}
	return slog.New(l)
}
