package machines

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// Worker configures Work.
type Worker struct {
	Workspace   *host.Workspace
	Cards       card.Set
	Server      Server
	Key         string        // FLOWDECK_KEY
	Connections []string      // those whose calls the worker makes; nil: all of the workspace
	Calls       int           // the calls of a connection at a time; 0: as many as the SDK makes
	Grace       time.Duration // how long calls in flight may take when the worker stops
	Log         *slog.Logger
	Hide        func(...string) // learns secrets that must not be shown
}

// Work takes tasks of runs, and calls of connections, until ctx ends; then calls in flight finish, and runs go on on other workers. It opens a connection
// when a call needs it. The error is a UsageError, or a ConnectionError if the server cannot be reached.
func Work(ctx context.Context, w Worker) error {
	client, err := w.Server.dial(ctx, w.Workspace, w.Key, w.Log)
	if err != nil {
		return err
	}
	defer client.Close()
	serves := w.Connections
	if serves == nil {
		serves = w.Workspace.ConnectionNames()
	}
	failed := make(chan error, len(serves)+1)
	working := &working{Worker: w, pool: w.Workspace.NewPool(), jobs: newJobs(w.Workspace, client.Job)}
	stops := []func(){}
	for _, on := range append([]string{""}, serves...) {
		one := temporal.Worker{
			Queue: queue, Activities: working.activities(), Calls: w.Calls, Grace: w.Grace, Fatal: func(err error) { failed <- err },
		}
		if on == "" {
			one.Workflows = working.workflows()
		} else {
			one.Queue = queueOf(on)
		}
		stop, err := client.Serve(one)
		if err != nil {
			stopAll(stops)
			return errors.Join(err, working.pool.Close())
		}
		stops = append(stops, stop)
	}
	w.Log.Info("serving", "server", w.Server.Address, "connections", serves)
	err = nil
	select {
	case <-ctx.Done():
	case lost := <-failed:
		err = &card.Error{Kind: card.Unavailable, Message: "the worker cannot go on: " + lost.Error()}
	}
	w.Log.Info("stopping: calls in flight finish")
	stopAll(stops)
	return errors.Join(err, working.pool.Close())
}

// stopAll stops workers together, so that their times of grace are one.
func stopAll(stops []func()) {
	var stopping sync.WaitGroup
	for _, stop := range stops {
		stopping.Go(stop)
	}
	stopping.Wait()
}

// working is a worker that works.
type working struct {
	Worker
	pool *host.Pool
	jobs *jobs
}

// workflows returns the workflows of the worker.
func (w *working) workflows() *temporal.Workflows {
	return &temporal.Workflows{
		Cards: w.Cards, Plan: w.jobs.plan, Queue: queueOf,
		Watch: func(now func() time.Time) temporal.Watch { return learning{w.Workspace.NewWatch(now), w.Hide} },
		Begun: func(job temporal.Job) {
			w.Log.Info("started", "flow", job.Flow, "run", job.Start.Run, "by", job.Start.By)
		},
		Done: w.ended,
	}
}

// learning is a Watch that learns secrets before they can be in what it counts.
type learning struct {
	*host.Watch
	hide func(...string)
}

func (l learning) See(e engine.Event) {
	if e.Kind == engine.Learned {
		l.hide(e.Secrets...)
	}
	l.Watch.See(e)
}

// ended logs the end of a run.
func (w *working) ended(job temporal.Job, e temporal.Ended) {
	log := w.Log.With("flow", job.Flow, "run", job.Start.Run, "status", e.Outcome.Status, "seconds", math.Round(e.Finished.Sub(e.Started).Seconds()*10)/10)
	if e.Err.Err == nil || engine.IsCanceled(e.Err.Err) {
		log.Info("ended")
		return
	}
	failure := engine.Describe(e.Err.Err)
	if failure.Step != "" {
		log = log.With("step", failure.Step)
	}
	log.Error("ended", "kind", failure.Kind, "error", failure.Message)
}

// activities returns the activities of the worker.
func (w *working) activities() *temporal.Activities {
	return &temporal.Activities{
		Open: w.open,
		Ask:  func(context.Context, string, engine.Place, engine.Approval) error { return nil }, // 'flowdeck approvals' lists it
	}
}

// open returns how an effect of a run is done here. A connection that leads to another org than when the run was started is refused.
func (w *working) open(ctx context.Context, run, connection string) (local.Config, error) {
	c := local.Config{
		Cards: w.Cards, Clock: clock.System{}, Files: noFiles{},
		Start: func(string, engine.Start) error { return nil },
	}
	if connection == "" {
		return c, nil
	}
	of, err := w.jobs.of(ctx, run)
	if err != nil {
		return c, err
	}
	i := slices.IndexFunc(of.flow.Uses(), func(use engine.Use) bool { return use.Name == connection })
	if i < 0 {
		return c, &card.Error{Kind: card.Forbidden, Message: "run " + run + " was not started with connection " + connection}
	}
	conns, err := w.pool.Connect(ctx, of.flow.Uses()[i:i+1])
	if err != nil {
		return c, err
	}
	if err := conns.SameAs(of.run); err != nil {
		return c, &card.Error{Kind: card.Forbidden, Code: "other_org", Message: err.Error(), Hint: "set the connection back on this worker, or run the flow again"}
	}
	c.Connections = map[string]card.Connection{connection: conns.Open(connection)}
	return c, nil
}
