package temporal_test

import (
	"context"
	"errors"
	"reflect"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	sdk "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/enginetest"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// server is Temporal's test environment, and does two things as a real server does. In the environment, time does not pass while an activity
// runs, and an activity that is canceled has ended at once for the workflow, whatever it does. Here, time is that of the
// bubble, and timers are activities that wait; a canceled activity is cut off, and has ended when it returns.
type server struct {
	*testing.T
	env    *testsuite.TestWorkflowEnvironment
	setup  enginetest.Setup
	starts starts
	ask    func(ctx context.Context, run string, at engine.Place, a engine.Approval) error
	lose   func(activity string) (loses, made bool) // whether the worker of an activity is lost, and whether it had made it; nil: none is
	closed chan struct{}
	mute   bool // what lost workers reported did not arrive
	whole  bool // the result of the workflow has what was done
	asOf   *engine.AsOf
	hold   func(engine.Invocation, engine.AsOf, card.State) *card.Error // to the plan of asOf
	data   converter.DataConverter
	flows  *flows // nil: streams run in the workflow of the run

	mu       sync.Mutex
	reported map[string][]any // by activities, by their ids
	queues   map[string]int   // activities by their queues and names
	done     map[string]any   // the results of workflows, by their ids
	news     int              // how often workflows have continued as new
	last     int
	uses     map[string]*use // activities in flight, by their ids
}

// use is an activity in flight.
type use struct {
	ctx   context.Context
	cut   context.CancelFunc
	timer bool
}

const timerActivity = "timer"

func newServer(t *testing.T, s enginetest.Setup) *server {
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(silent{})
	v := &server{
		T: t, env: suite.NewTestWorkflowEnvironment(), setup: s, closed: make(chan struct{}),
		uses: map[string]*use{}, done: map[string]any{}, reported: map[string][]any{}, queues: map[string]int{},
	}
	v.env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&intercepting{server: v}}})
	v.ask = v.decides
	data, failures := sealing()
	v.data = data
	v.env.SetDataConverter(data)
	v.env.SetFailureConverter(failures)
	v.env.SetTestTimeout(10_000 * time.Hour)
	activities := &temporal.Activities{Open: func(context.Context, string, string) (local.Config, error) { return v.starts.local(s), nil }}
	activities.Hold = func(context.Context, string) (func(engine.Invocation, engine.AsOf, card.State) *card.Error, error) {
		return v.hold, nil
	}
	if s.Await != nil {
		activities.Ask = func(ctx context.Context, run string, at engine.Place, a engine.Approval) error {
			return v.ask(ctx, run, at, a)
		}
	}
	activities.Register(v.env)
	v.env.RegisterActivityWithOptions(wait, activity.RegisterOptions{Name: timerActivity})
	return v
}

// loses makes the workers of the next activities lost; for each, made says whether it had made what it was to do.
func (v *server) loses(made []bool) {
	v.lose = func(string) (bool, bool) {
		if len(made) == 0 {
			return false, false
		}
		did := made[0]
		made = made[1:]
		return true, did
	}
}

// run runs a body as a workflow, and checks that nothing of it is left.
func (v *server) run(body func(*testing.T, engine.Runtime, func())) {
	v.env.RegisterWorkflowWithOptions(v.starts.child, workflow.RegisterOptions{Name: temporal.RunWorkflow})
	v.env.ExecuteWorkflow(func(ctx workflow.Context) error {
		c := configOf(v.setup)
		if v.flows != nil {
			c.Workflows, c.Job = v.flows.of(v.setup).Small(-1, 3, 2), temporal.Job{Start: engine.Start{Run: v.setup.Run}}
		}
		if v.whole {
			c.Workflows, c.Job.Start.AsOf = &temporal.Workflows{}, v.asOf
		}
		rt, err := temporal.New(ctx, c)
		if err == nil && v.flows != nil {
			v.flows.Runtime = rt
			rt = v.flows
		}
		if err == nil {
			body(v.T, rt, v.cancel)
		}
		return err
	})
	v.close()
	if diff := cmp.Diff(v.starts.admitted, v.starts.ran); diff != "" {
		v.Errorf("runs that were started (- admitted, + started):\n%s", diff)
	}
}

// close checks that nothing of the workflow is left.
func (v *server) close() {
	close(v.closed)
	if err := v.env.GetWorkflowError(); err != nil {
		v.Error(err)
	}
	v.mu.Lock()
	for id, u := range v.uses {
		if !u.timer {
			v.Errorf("activity %s has not ended", id)
		}
		u.cut()
	}
	v.mu.Unlock()
	synctest.Wait()
}

// cancel cancels the workflow, and returns when it has noticed that.
func (v *server) cancel() {
	v.env.CancelWorkflow()
	noticed := make(chan struct{})
	v.env.RegisterDelayedCallback(func() {
		v.env.RegisterDelayedCallback(func() { close(noticed) }, 0)
	}, 0)
	select {
	case <-noticed:
	case <-v.closed:
	}
}

// decides asks, and decides.
func (v *server) decides(ctx context.Context, _ string, at engine.Place, a engine.Approval) error {
	d, err := v.setup.Await(ctx, at, a)
	if err == nil {
		asks := activity.GetInfo(ctx).WorkflowExecution.ID
		v.env.RegisterDelayedCallback(func() {
			if err := v.env.UpdateWorkflowByID(asks, temporal.Decide, at.ID(), accepted{v.T}, temporal.Decided{Place: at, Decision: d}); err != nil {
				v.Error(err)
			}
		}, 0)
	}
	return err
}

// accepted fails the test if an update fails.
type accepted struct{ *testing.T }

func (accepted) Accept()            {}
func (a accepted) Reject(err error) { a.Error(err) }
func (a accepted) Complete(_ any, err error) {
	if err != nil {
		a.Error(err)
	}
}

// wait is the activity of a timer.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type intercepting struct {
	interceptor.WorkerInterceptorBase
	server *server
}

func (i *intercepting) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &inbound{interceptor.WorkflowInboundInterceptorBase{Next: next}, i.server}
}

func (i *intercepting) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &activities{interceptor.ActivityInboundInterceptorBase{Next: next}, i.server}
}

type inbound struct {
	interceptor.WorkflowInboundInterceptorBase
	server *server
}

// ExecuteWorkflow runs a workflow that continues as new again: the environment does not.
func (i *inbound) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	for {
		out, err := i.Next.ExecuteWorkflow(ctx, in)
		again := (*workflow.ContinueAsNewError)(nil)
		i.server.mu.Lock()
		if !errors.As(err, &again) {
			defer i.server.mu.Unlock()
			i.server.done[workflow.GetInfo(ctx).WorkflowExecution.ID] = out
			return out, err
		}
		i.server.news++
		i.server.mu.Unlock()
		arg := reflect.New(reflect.TypeOf(in.Args[0]))
		if err := i.server.data.FromPayloads(again.Input, arg.Interface()); err != nil {
			return nil, err
		}
		in.Args = []any{arg.Elem().Interface()}
	}
}

func (i *inbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(&outbound{interceptor.WorkflowOutboundInterceptorBase{Next: next}, i.server})
}

// outbound changes what workflow code does.
type outbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	server *server
}

func (*outbound) Now(workflow.Context) time.Time { return time.Now() }

func (o *outbound) NewTimer(ctx workflow.Context, d time.Duration) workflow.Future {
	options := workflow.GetActivityOptions(ctx) // of one attempt
	options.StartToCloseTimeout, options.HeartbeatTimeout = 10_000*time.Hour, 0
	return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), timerActivity, d)
}

func (o *outbound) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	if ctx.Err() != nil { // the environment would run it, and cancel it
		ended, end := workflow.NewFuture(ctx)
		end.SetError(sdk.NewCanceledError())
		return ended
	}
	id := o.server.using(name == timerActivity)
	free, _ := workflow.NewDisconnectedContext(ctx)
	options := workflow.GetActivityOptions(free)
	options.ActivityID = id
	ended := o.Next.ExecuteActivity(workflow.WithActivityOptions(free, options), name, args...)
	workflow.Go(ctx, func(here workflow.Context) {
		workflow.NewSelector(here).AddFuture(ended, func(workflow.Future) {}).
			AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) { o.server.cut(id) }).Select(here)
	})
	return ended
}

func (v *server) using(timer bool) (id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last++
	id = strconv.Itoa(v.last)
	ctx, cut := context.WithCancel(context.Background())
	v.uses[id] = &use{ctx, cut, timer}
	return id
}

func (v *server) cut(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if u := v.uses[id]; u != nil {
		u.cut()
	}
}

// activities are those that run for the workflow.
type activities struct {
	interceptor.ActivityInboundInterceptorBase
	server *server
}

func (a *activities) Init(next interceptor.ActivityOutboundInterceptor) error {
	return a.Next.Init(&beats{interceptor.ActivityOutboundInterceptorBase{Next: next}, a.server})
}

// beats notes what activities report.
type beats struct {
	interceptor.ActivityOutboundInterceptorBase
	server *server
}

func (b *beats) RecordHeartbeat(ctx context.Context, details ...any) {
	b.server.mu.Lock()
	b.server.reported[activity.GetInfo(ctx).ActivityID] = details
	b.server.mu.Unlock()
	b.Next.RecordHeartbeat(ctx, details...)
}

func (a *activities) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	id := activity.GetInfo(ctx).ActivityID
	a.server.mu.Lock()
	u := a.server.uses[id]
	a.server.mu.Unlock()
	ctx, cut := context.WithCancel(ctx)
	defer cut()
	defer context.AfterFunc(u.ctx, cut)()
	defer func() {
		u.cut()
		a.server.mu.Lock()
		defer a.server.mu.Unlock()
		delete(a.server.uses, id)
	}()
	a.server.mu.Lock()
	a.server.queues[activity.GetInfo(ctx).TaskQueue+" "+activity.GetInfo(ctx).ActivityType.Name]++
	a.server.mu.Unlock()
	loses, made := false, true
	if a.server.lose != nil {
		loses, made = a.server.lose(activity.GetInfo(ctx).ActivityType.Name)
	}
	if !loses {
		return a.Next.ExecuteActivity(ctx, in)
	}
	if made {
		_, _ = a.Next.ExecuteActivity(ctx, in)
	}
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	if a.server.mute {
		return nil, sdk.NewHeartbeatTimeoutError()
	}
	return nil, sdk.NewHeartbeatTimeoutError(a.server.reported[id]...)
}

// sealing returns converters that encrypt, as those of a worker do. They are made once, since that takes time.
var sealing = sync.OnceValues(func() (converter.DataConverter, converter.FailureConverter) {
	data, failures, err := temporal.Sealed([]byte("the secret of the tests"))
	if err != nil {
		panic(err)
	}
	return data, failures
})

// silent is a logger that logs nothing.
type silent struct{}

var _ log.Logger = silent{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
