package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/machines"
	"github.com/flowdeck/flowdeck/engine/store"
)

// onTemporal connects to the Temporal server of a workspace; it returns nil if the workspace has none. The caller closes it.
func onTemporal(ctx context.Context, e env, w *host.Workspace) (*machines.Runs, error) {
	server, err := machines.ServerOf(ctx, w, e.lookup)
	if err != nil || server.Address == "" {
		return nil, err
	}
	key, _ := e.lookup("FLOWDECK_KEY")
	return machines.Open(ctx, w, server, key)
}

// named is the RUN of a command: a run of the history or, if run is not nil, one on Temporal.
type named struct {
	past *host.Past
	run  *machines.Run
	runs *machines.Runs // nil if the run is of the history
}

func (n named) close() {
	if n.runs != nil {
		n.runs.Close()
	}
}

// goesOn returns an error if the run does not go on. A run on Temporal that pauses can still be stopped.
func (n named) goesOn() error {
	switch {
	case n.run == nil:
		return goesOn(n.past.Run)
	case n.run.GoesOn():
		return nil
	}
	return usage("flowdeck runs show "+n.run.ID+" shows it", "run %s has ended on Temporal: %s", n.run.ID, strings.ReplaceAll(string(n.past.Run.Status), "_", " "))
}

// whichever finds the RUN of a command in the history, which fetches one that has ended on Temporal, or on Temporal: given or, with last, the last one
// that fits. none is the error if there is none. The caller closes it.
func whichever(ctx context.Context, e env, w *host.Workspace, given string, last bool, fits func(store.Run) bool, none string) (n named, err error) {
	id, err := whichRun(ctx, e, w, given, last, fits, none)
	if err != nil {
		return n, err
	}
	if n.past, err = w.Past(ctx, id); err == nil || !isUnknown(err) {
		return n, err
	}
	runs, lost := onTemporal(ctx, e, w)
	if runs == nil {
		return n, cmp.Or(lost, err)
	}
	if n.run, lost = runs.Find(ctx, id); lost == nil {
		n.past, lost = n.run.Past(ctx)
	}
	if lost != nil {
		runs.Close()
		if isUnknown(lost) {
			lost = err
		}
		return named{}, lost
	}
	n.runs = runs
	return n, nil
}

// fetchAll fetches the runs on Temporal that have ended, for a command about all runs, and says which are left out. later says what becomes of
// those that go on; if it is empty, they are not mentioned.
func fetchAll(ctx context.Context, e env, w *host.Workspace, later string) {
	aside(ctx, e, w, func(on *machines.Runs) error {
		left, err := on.FetchAll(ctx, known(ctx, w))
		if left.GoOn > 0 && later != "" {
			fmt.Fprintf(e.err, "without %s on Temporal: %s\n", counted(left.GoOn, "run"), later)
		}
		if left.Failed > 0 {
			why := strings.ReplaceAll(left.Err.Error(), "\n", " ")
			fmt.Fprintf(e.err, "without %s on Temporal that cannot be fetched: %s\n", counted(left.Failed, "run"), terminal.OneLine(e.err, why))
		}
		return err
	})
}

// isUnknown reports whether an error says that the history does not have a run.
func isUnknown(err error) bool {
	failure := (*card.Error)(nil)
	return errors.As(err, &failure) && failure.Kind == card.NotFound
}

// aside calls read with the runs on the Temporal server of a workspace, if it has one. Where the server cannot be asked, a line says so: what the history has is
// shown even so.
func aside(ctx context.Context, e env, w *host.Workspace, read func(*machines.Runs) error) {
	runs, err := onTemporal(ctx, e, w)
	if err == nil && runs != nil {
		err = read(runs)
		runs.Close()
	}
	if err != nil && !engine.IsCanceled(err) {
		fmt.Fprintf(e.err, "without the runs on Temporal: %s\n", strings.ReplaceAll(err.Error(), "\n", " "))
	}
}
