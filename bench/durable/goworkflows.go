package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/cschleiden/go-workflows/backend"
	"github.com/cschleiden/go-workflows/backend/monoprocess"
	"github.com/cschleiden/go-workflows/backend/sqlite"
	"github.com/cschleiden/go-workflows/client"
	"github.com/cschleiden/go-workflows/core"
	"github.com/cschleiden/go-workflows/worker"
	"github.com/cschleiden/go-workflows/workflow"
	"github.com/google/uuid"
)

// batch is the number of activities of a sub-workflow. The history of a workflow is limited to 10,000 events, and
// each task of a workflow looks at all of its activities, so a long list is divided; 50 was the fastest of 10 to 1,000.
const batch = 50

// goWorkflows runs workflows on github.com/cschleiden/go-workflows: an activity for each member, and a sub-workflow
// for each batch of members.
type goWorkflows struct {
	backend backend.Backend
	client  *client.Client
	worker  *worker.Worker
	cancel  context.CancelFunc
}

// newGoWorkflows starts a worker in this process with a SQLite file. The monoprocess backend wakes the worker without
// waiting for the next poll. The pragma is what flowdeck and DBOS use; SQLite's default, full, is slower.
func newGoWorkflows(ctx context.Context, file string, o *org, at int) (library, error) {
	b := monoprocess.NewMonoprocessBackend(sqlite.NewSqliteBackend(file+"?_pragma=synchronous(normal)",
		sqlite.WithBackendOptions(backend.WithLogger(slog.New(slog.DiscardHandler)))))
	options := worker.DefaultOptions
	options.MaxParallelActivityTasks = at
	w := worker.New(b, &options)
	for _, f := range []workflow.Workflow{sweepGroup, suspendBatch, runSteps, runBatch} {
		if err := w.RegisterWorkflow(f); err != nil {
			return nil, fmt.Errorf("register a workflow: %w", err)
		}
	}
	if err := w.RegisterActivity(o); err != nil {
		return nil, fmt.Errorf("register the activities: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	if err := w.Start(ctx); err != nil {
		cancel()
		return nil, fmt.Errorf("start the worker: %w", err)
	}
	return &goWorkflows{b, client.New(b), w, cancel}, nil
}

func (g *goWorkflows) close() error {
	g.cancel()
	if err := g.worker.WaitForCompletion(); err != nil {
		return fmt.Errorf("stop the worker: %w", err)
	}
	return g.backend.Close()
}

func (g *goWorkflows) sweep(ctx context.Context, j job) (tally, error) {
	return result[tally](ctx, g, sweepGroup, j)
}

func (g *goWorkflows) steps(ctx context.Context, w work) error {
	ran, err := result[int](ctx, g, runSteps, w)
	if err == nil && ran != w.Steps {
		err = fmt.Errorf("%d of %d activities ran", ran, w.Steps)
	}
	return err
}

// result runs a workflow, and returns its result. The client waits up to a second between two looks at the state,
// which would count as time of the workflow, so this looks more often.
func result[T any](ctx context.Context, g *goWorkflows, f workflow.Workflow, in any) (none T, err error) {
	instance, err := g.client.CreateWorkflowInstance(ctx, client.WorkflowInstanceOptions{InstanceID: uuid.NewString()}, f, in)
	if err != nil {
		return none, fmt.Errorf("create the workflow: %w", err)
	}
	for {
		state, err := g.client.GetWorkflowInstanceState(ctx, instance)
		if err != nil {
			return none, fmt.Errorf("read the state of the workflow: %w", err)
		}
		if state == core.WorkflowInstanceStateFinished {
			return client.GetWorkflowResult[T](ctx, g.client, instance, time.Second)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// activities has the methods by which workflows name activities.
var activities *org

// sweepGroup suspends the idle members of a group, one page ahead of them.
func sweepGroup(ctx workflow.Context, j job) (done tally, err error) {
	start, err := workflow.ExecuteActivity[string](ctx, workflow.DefaultActivityOptions, activities.Start, j.Group).Get(ctx)
	if err != nil {
		return done, err
	}
	for next := start; next != ""; {
		p, err := workflow.ExecuteActivity[page](ctx, workflow.DefaultActivityOptions, activities.List, next).Get(ctx)
		if err != nil {
			return done, err
		}
		var batches []workflow.Future[int]
		for from := 0; from < len(p.Members); from += batch {
			members := p.Members[from:min(from+batch, len(p.Members))]
			batches = append(batches, workflow.CreateSubWorkflowInstance[int](ctx, workflow.DefaultSubWorkflowOptions, suspendBatch, members, j.Cutoff))
		}
		suspended, err := sum(ctx, batches)
		if err != nil {
			return done, err
		}
		done.Suspended += suspended
		done.Skipped += len(p.Members) - suspended
		next = p.Next
	}
	return done, nil
}

// suspendBatch returns how many of the members it suspended.
func suspendBatch(ctx workflow.Context, members []string, cutoff time.Time) (int, error) {
	var all []workflow.Future[bool]
	for _, id := range members {
		all = append(all, workflow.ExecuteActivity[bool](ctx, workflow.DefaultActivityOptions, activities.SuspendIfIdle, id, cutoff))
	}
	return count(ctx, all)
}

// runSteps returns how many activities ran.
func runSteps(ctx workflow.Context, w work) (int, error) {
	var batches []workflow.Future[int]
	ran := 0
	for from := 0; from < w.Steps; from += batch {
		b := workflow.CreateSubWorkflowInstance[int](ctx, workflow.DefaultSubWorkflowOptions, runBatch, work{min(batch, w.Steps-from), w.Width})
		if w.Width > 1 {
			batches = append(batches, b)
			continue
		}
		n, err := b.Get(ctx)
		if err != nil {
			return 0, err
		}
		ran += n
	}
	n, err := sum(ctx, batches)
	return ran + n, err
}

func runBatch(ctx workflow.Context, w work) (int, error) {
	var all []workflow.Future[bool]
	for range w.Steps {
		f := workflow.ExecuteActivity[bool](ctx, workflow.DefaultActivityOptions, activities.Nothing)
		all = append(all, f)
		if w.Width > 1 {
			continue
		}
		if _, err := f.Get(ctx); err != nil {
			return 0, err
		}
	}
	return count(ctx, all)
}

// sum waits for workflows, and adds their results.
func sum(ctx workflow.Context, all []workflow.Future[int]) (total int, err error) {
	for _, f := range all {
		n, err := f.Get(ctx)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// count waits for activities, and counts those that returned true.
func count(ctx workflow.Context, all []workflow.Future[bool]) (n int, err error) {
	for _, f := range all {
		yes, err := f.Get(ctx)
		if err != nil {
			return 0, err
		}
		if yes {
			n++
		}
	}
	return n, nil
}
