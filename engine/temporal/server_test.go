package temporal_test

import (
	"context"
	"crypto/rand"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// TestAServerPassesTheConformanceSuite runs the suite on a real server, in real time: see the target temporal-test of the Makefile.
func TestAServerPassesTheConformanceSuite(t *testing.T) {
	t.Parallel()
	c := dial(t, client.Options{})
	enginetest.Run(t, enginetest.Host{
		Unit: 100 * time.Millisecond,
		Run: func(t *testing.T, s enginetest.Setup, body func(*testing.T, engine.Runtime, func())) {
			onServer(t, c, s, body)
		},
	})
}

// dial returns a client of the server for tests.
func dial(t *testing.T, o client.Options) client.Client {
	t.Helper()
	if o.HostPort, o.Logger = os.Getenv("TEMPORAL_ADDRESS"), (silent{}); o.HostPort == "" {
		t.Skip("TEMPORAL_ADDRESS is not set: see make temporal-test")
	}
	c, err := client.Dial(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// options returns those of a worker for one workflow.
func options() worker.Options {
	o := temporal.Options()
	o.MaxConcurrentWorkflowTaskPollers, o.MaxConcurrentActivityTaskPollers = 2, 4
	o.Interceptors = []interceptor.WorkerInterceptor{&apart{}}
	return o
}

// startOf returns the options of the workflow whose worker has a queue of its own.
func startOf(queue string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{ID: queue, TaskQueue: queue, WorkflowTaskTimeout: temporal.TaskTimeout}
}

// decide decides about an approval of a run.
func decide(ctx context.Context, c client.Client, workflow string, at engine.Place, d engine.Decision) error {
	_, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflow, UpdateName: temporal.Decide, WaitForStage: client.WorkflowUpdateStageCompleted,
		Args: []any{temporal.Decided{Place: at, Decision: d}},
	})
	return err
}

// onServer runs a body as a workflow of a worker of its own.
func onServer(t *testing.T, c client.Client, s enginetest.Setup, body func(*testing.T, engine.Runtime, func())) {
	var started starts
	queue := "test-" + rand.Text()
	w := worker.New(c, queue, options())
	noticed := make(chan struct{})
	cancel := func() {
		if err := c.CancelWorkflow(context.Background(), queue, ""); err != nil {
			t.Errorf("cancel: %v", err)
			return
		}
		<-noticed
	}
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		rt, err := temporal.New(ctx, configOf(s))
		if err != nil {
			return err
		}
		free, _ := workflow.NewDisconnectedContext(ctx)
		workflow.Go(free, func(here workflow.Context) {
			ctx.Done().Receive(here, nil)
			close(noticed)
		})
		body(t, rt, cancel)
		return nil
	}, workflow.RegisterOptions{Name: "body"})
	w.RegisterWorkflowWithOptions(started.child, workflow.RegisterOptions{Name: temporal.RunWorkflow})
	activities := &temporal.Activities{Open: func(context.Context, string, string) (local.Config, error) { return started.local(s), nil }}
	if s.Await != nil {
		activities.Ask = func(ctx context.Context, _ string, at engine.Place, a engine.Approval) error {
			d, err := s.Await(ctx, at, a)
			if err != nil {
				return err
			}
			return decide(ctx, c, queue, at, d)
		}
	}
	activities.Register(w)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	run, err := c.ExecuteWorkflow(context.Background(), startOf(queue), "body")
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Get(context.Background(), nil); err != nil {
		t.Error(err)
	}
	for _, r := range started.admitted {
		if err := c.GetWorkflow(context.Background(), queue+r.Start.Run, "").Get(context.Background(), nil); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(started.admitted, started.ran); diff != "" {
		t.Errorf("runs that were started (- admitted, + started):\n%s", diff)
	}
}

// apart gives child workflows ids that are different in each test: runs have the same ids in all of them.
type apart struct {
	interceptor.WorkerInterceptorBase
}

func (a *apart) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &apartInbound{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

type apartInbound struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (a *apartInbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	return a.Next.Init(&apartOutbound{interceptor.WorkflowOutboundInterceptorBase{Next: next}})
}

type apartOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
}

func (a *apartOutbound) ExecuteChildWorkflow(ctx workflow.Context, name string, args ...any) workflow.ChildWorkflowFuture {
	id := workflow.GetInfo(ctx).WorkflowExecution.ID + workflow.GetChildWorkflowOptions(ctx).WorkflowID
	return a.Next.ExecuteChildWorkflow(workflow.WithWorkflowID(ctx, id), name, args...)
}
