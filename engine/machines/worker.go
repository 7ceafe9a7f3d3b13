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

// Work takes tasks of runs, and calls of each connection as soon as that is open, until ctx ends; then calls in flight finish, and runs go on on other workers.
// The error is a UsageError, a ConnectionError if the server cannot be reached, or that of Workspace.Connect if none of Connections can be opened with the
// settings that it has here.
func Work(ctx context.Context, w Worker) error {
	client, err := w.Server.dial(ctx, w.Workspace, w.Key, w.Log)
	if err != nil {
		return err
	}
	defer client.Close()
	working := &working{Worker: w, pool: w.Workspace.NewPool(), jobs: newJobs(w.Workspace, client.Job), queues: queues{client.Mark}}
	return errors.Join(working.work(ctx, client.Serve), working.pool.Close())
}

// work is Work, given what serves a queue until it is stopped.
func (w *working) work(ctx context.Context, serve func(temporal.Worker) (stop func(), err error)) error {
	serves := w.Connections
	if serves == nil {
		serves = w.Workspace.ConnectionNames()
	}
	var stops stopping
	failed := make(chan error, 1) // the first one ends the worker
	fail := func(err error) {
		select {
		case failed <- err:
		default:
		}
	}
	take := func(queue string, flows *temporal.Workflows) {
		stop, err := serve(temporal.Worker{
			Queue: queue, Workflows: flows, Activities: w.activities(), Calls: w.Calls, Grace: w.Grace,
			Fatal: func(err error) {
				fail(&card.Error{Kind: card.Unavailable, Message: "the worker cannot go on: " + err.Error()})
			},
		})
		if err != nil {
			fail(err)
			return
		}
		stops.add(stop)
	}
	w.Log.Info("serving", "server", w.Server.Address)
	take(w.queues.runs(), w.workflows())
	opening, end := context.WithCancel(ctx)
	var tried sync.WaitGroup
	tries := make(chan error, len(serves))
	for _, name := range serves {
		tried.Go(func() {
			if to := w.opens(opening, name, tries); to != nil {
				take(w.queues.calls(*to, false), nil)
				if w.writes(name) {
					take(w.queues.calls(*to, true), nil)
				}
			}
		})
	}
	if w.Connections != nil {
		tried.Go(func() {
			if err := unusable(len(serves), tries); err != nil {
				fail(err)
			}
		})
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	w.Log.Info("stopping: calls in flight finish")
	end()
	tried.Wait()
	stops.stop()
	return err
}

// stopping stops what is added to it. It is safe for concurrent use.
type stopping struct {
	mu  sync.Mutex
	all []func()
}

func (s *stopping) add(stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, stop)
}

// stop stops everything together, so that the times of grace are one.
func (s *stopping) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all sync.WaitGroup
	for _, stop := range s.all {
		all.Go(stop)
	}
	all.Wait()
}

// working is a worker that works.
type working struct {
	Worker
	pool   *host.Pool
	jobs   *jobs
	queues queues
}

// workflows returns the workflows of the worker.
func (w *working) workflows() *temporal.Workflows {
	return &temporal.Workflows{
		Cards: w.Cards, Plan: w.jobs.plan, Queue: w.queues.calls, Hide: w.Hide,
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
		Hold: w.jobs.holds,
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
