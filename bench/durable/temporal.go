package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// temporalWorker runs workflows on a server of Temporal: an activity for each member, and a child workflow for each batch of members.
type temporalWorker struct {
	client client.Client
	worker worker.Worker
	queue  string
}

// newTemporal starts a worker in this process, which is connected to the server at an address.
func newTemporal(address string, o *org, at int) (library, error) {
	c, err := client.Dial(client.Options{HostPort: address, Logger: log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))})
	if err != nil {
		return nil, fmt.Errorf("connect to the server: %w", err)
	}
	queue := uuid.NewString()
	w := worker.New(c, queue, worker.Options{MaxConcurrentActivityExecutionSize: at})
	t := &temporalWorker{c, w, queue}
	for _, f := range []any{temporalSweep, temporalBatch, temporalSteps} {
		w.RegisterWorkflow(f)
	}
	w.RegisterActivity(o)
	if err := w.Start(); err != nil {
		return nil, fmt.Errorf("start the worker: %w", err)
	}
	return t, nil
}

func (t *temporalWorker) close() error {
	t.worker.Stop()
	t.client.Close()
	return nil
}

func (t *temporalWorker) sweep(ctx context.Context, j job) (done tally, err error) {
	return done, t.run(ctx, &done, temporalSweep, j)
}

func (t *temporalWorker) steps(ctx context.Context, w work) error {
	ran := 0
	err := t.run(ctx, &ran, temporalSteps, w)
	if err == nil && ran != w.Steps {
		err = fmt.Errorf("%d of %d activities ran", ran, w.Steps)
	}
	return err
}

func (t *temporalWorker) run(ctx context.Context, out, f, arg any) error {
	run, err := t.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: t.queue}, f, arg)
	if err != nil {
		return fmt.Errorf("start the workflow: %w", err)
	}
	return run.Get(ctx, out)
}

func options(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond},
	})
}

// temporalSweep suspends the idle members of a group, one page ahead of them.
func temporalSweep(ctx workflow.Context, j job) (done tally, err error) {
	ctx = options(ctx)
	var next string
	if err := workflow.ExecuteActivity(ctx, activities.Start, j.Group).Get(ctx, &next); err != nil {
		return done, err
	}
	for next != "" {
		var p page
		if err := workflow.ExecuteActivity(ctx, activities.List, next).Get(ctx, &p); err != nil {
			return done, err
		}
		var batches []workflow.Future
		for from := 0; from < len(p.Members); from += batch {
			batches = append(batches, workflow.ExecuteChildWorkflow(ctx, temporalBatch, p.Members[from:min(from+batch, len(p.Members))], j.Cutoff))
		}
		for _, b := range batches {
			var suspended int
			if err := b.Get(ctx, &suspended); err != nil {
				return done, err
			}
			done.Suspended += suspended
		}
		done.Skipped += len(p.Members)
		next = p.Next
	}
	done.Skipped -= done.Suspended
	return done, nil
}

// temporalBatch returns how many of the members it suspended.
func temporalBatch(ctx workflow.Context, members []string, cutoff time.Time) (n int, err error) {
	ctx = options(ctx)
	var all []workflow.Future
	for _, id := range members {
		all = append(all, workflow.ExecuteActivity(ctx, activities.SuspendIfIdle, id, cutoff))
	}
	return countTemporal(ctx, all)
}

// temporalSteps returns how many activities ran.
func temporalSteps(ctx workflow.Context, w work) (n int, err error) {
	ctx = options(ctx)
	for from := 0; from < w.Steps; from += w.Width {
		var all []workflow.Future
		for range min(w.Width, w.Steps-from) {
			all = append(all, workflow.ExecuteActivity(ctx, activities.Nothing))
		}
		ran, err := countTemporal(ctx, all)
		if n += ran; err != nil {
			return n, err
		}
	}
	return n, nil
}

// countTemporal waits for activities, and counts those that returned true.
func countTemporal(ctx workflow.Context, all []workflow.Future) (n int, err error) {
	for _, f := range all {
		var yes bool
		if err := f.Get(ctx, &yes); err != nil {
			return 0, err
		}
		if yes {
			n++
		}
	}
	return n, nil
}
