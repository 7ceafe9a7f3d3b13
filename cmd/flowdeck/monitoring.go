package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/traces"
	"github.com/flowdeck/flowdeck/engine/trail"
)

// monitoring are the traces and the events of runs. Where they go is set by the environment and not by the workspace: a workspace from a repository
// must not choose which file of this machine is written, or who learns what runs here.
type monitoring struct {
	traces *traces.Traces // nil: off
	trail  *trail.Trail   // nil: off
}

// monitor makes the runs of a workspace send traces and events, if the environment asks for it.
func monitor(ctx context.Context, e env, w *host.Workspace, log *slog.Logger) (m monitoring, err error) {
	if to, _ := e.lookup("FLOWDECK_EVENTS"); to != "" {
		token, _ := e.lookup("FLOWDECK_EVENTS_TOKEN")
		e.veil.Learn(token)
		if m.trail, err = trail.Open(trail.Config{To: to, Token: token, Product: "flowdeck/" + thisBuild().Version, Clock: e.clock, Log: log}); err != nil {
			return m, usage("a path, or https://…", "FLOWDECK_EVENTS: %v", err)
		}
		w.Observe(m.trail)
	}
	if traces.Configured(e.lookup) {
		for _, name := range []string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"} {
			headers, _ := e.lookup(name)
			for pair := range strings.SplitSeq(headers, ",") {
				_, value, _ := strings.Cut(pair, "=")
				e.veil.Learn(strings.TrimSpace(value))
			}
		}
		if m.traces, err = traces.New(ctx, traces.Config{Env: e.lookup, Version: thisBuild().Version, Clock: e.clock, Log: log}); err != nil {
			return m, errors.Join(usage("see docs/events.md", "%v", err), m.close())
		}
		w.Observe(m.traces)
	}
	return m, nil
}

// lost returns how much was not delivered, for the metrics of a server.
func (m monitoring) lost() map[string]int64 {
	all := map[string]int64{}
	if m.traces != nil {
		all["spans"] = m.traces.Lost()
	}
	if m.trail != nil {
		all["events"] = m.trail.Lost()
	}
	return all
}

// lastSend is how long what waits to be sent may delay the end of the process.
const lastSend = 3 * time.Second

func (m monitoring) close() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), lastSend)
	defer cancel()
	var both sync.WaitGroup
	if m.traces != nil {
		both.Go(func() { _ = m.traces.Close(ctx) }) // it has no error
	}
	if m.trail != nil {
		err = m.trail.Close(ctx)
	}
	both.Wait()
	return err
}

// logged turns lines into lines of a log, so that a program that reads the log finds nothing else.
type logged struct{ log *slog.Logger }

var _ io.Writer = logged{}

func (l logged) Write(text []byte) (int, error) {
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			l.log.Warn(string(line))
		}
	}
	return len(text), nil
}

// logLevel returns the level of the log for a number of -v.
func logLevel(verbose int) slog.Level {
	if verbose > 1 {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}
