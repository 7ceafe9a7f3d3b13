package main

import (
	"io"
	"log/slog"

	"github.com/charmbracelet/log"
)

// newLog is what is told besides: warnings, and with verbose every step and retry.
func newLog(w io.Writer, verbose bool) *slog.Logger {
	level := log.WarnLevel
	if verbose {
		level = log.DebugLevel
	}
	return slog.New(log.NewWithOptions(w, log.Options{Level: level, ReportTimestamp: true, TimeFormat: "15:04:05.000"}))
}
