package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

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

// whichever finds the RUN of a command in the history, or on Temporal: given or, with last, the last one that fits. none is the error if there is none. The caller
// closes it.
func whichever(ctx context.Context, e env, w *host.Workspace, given string, last bool, fits func(store.Run) bool, none string) (named, error) {
	id, err := whichRun(ctx, w, given, last, fits, none)
	if err != nil && (!last || given != "") {
		return named{}, err
	}
	var n named
	if err == nil {
		if n.past, err = w.Past(ctx, id); err == nil && !last || err != nil && !isUnknown(err) {
			return n, err
		}
	}
	runs, elseErr := onTemporal(ctx, e, w)
	if runs == nil || elseErr != nil {
		if n.past != nil { // --last of the history
			return n, nil
		}
		return n, errors.Join(err, elseErr)
	}
	var run *machines.Run
	if last {
		run, elseErr = runs.Last(ctx, fits)
	} else {
		run, elseErr = runs.Find(ctx, given)
	}
	switch {
	case elseErr == nil && run != nil && (n.past == nil || run.ID > n.past.Run.ID): // ids start with their times
		if n.past, elseErr = run.Past(ctx); elseErr == nil {
			n.run, n.runs = run, runs
			return n, nil
		}
		err = elseErr
	case elseErr != nil && card.AsError(elseErr).Kind != card.NotFound:
		err = elseErr
	}
	runs.Close()
	if n.past != nil {
		return n, nil
	}
	return n, err
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
