// Package temporal implements engine.Runtime inside of Temporal workflows: the interpreter runs in workflow code, and what it
// does in the world are activities, timers and child workflows. Temporal's history is the journal of such a run: when its worker
// ends, another one continues it.
//
// It knows Temporal's SDK, and calls cards through package local. It must not know the verbs of the language: those belong to
// the interpreter.
package temporal

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/window"
)

// Config configures the workflow of a run. It must be the same whenever the workflow is replayed, except for Listen.
type Config struct {
	Run    string             // the run's id
	Cards  card.Set           // by name. A workflow only asks them whether a call writes; activities call them
	Listen func(engine.Event) // called in workflow code, so it must not block; not called for what is replayed. nil: events are dropped
	Keep   bool               // Activities have a Keeper: it keeps results and snapshots
	// Workflows are those of the worker, which run what is too long for one workflow; nil: everything runs in the workflow, and nothing of it is in
	// its result.
	Workflows *Workflows
	Job       Job // what runs that the run starts, and workflows of streams, know of it: Origin, Connections, Limits, and Start.AsOf
}

const (
	// heartbeat is the time after which an activity is lost whose worker does not report any more.
	heartbeat = 10 * time.Second
	// longest is the maximum time of an activity. It is long, since a call waits in it for rate limits: what ends a call that takes
	// too long is its Invocation.Timeout.
	longest = 24 * time.Hour
)

// New returns the Runtime of a run's first strand, for the workflow of ctx. When the workflow is canceled, so is the run: nothing
// new starts, and calls that write finish. It sets the handlers of the updates Decide and Settle, of the queries Doubts and StateQuery, and of the
// signals. A workflow calls it once.
func New(ctx workflow.Context, c Config) (engine.Runtime, error) { return start(ctx, c, false) }

// start returns what New does; with part, for the workflow of a stream or a chunk.
func start(ctx workflow.Context, c Config, part bool) (strand, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: longest, HeartbeatTimeout: heartbeat, WaitForCancellation: true,
		RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1}, // the interpreter retries
	})
	free, _ := workflow.NewDisconnectedContext(ctx)
	halted, halt := context.WithCancelCause(context.Background())
	halt(errors.New("the workflow was canceled, or the strand halted"))
	r := &run{
		Config: c, free: free, halted: halted, started: map[string]bool{}, states: map[string]card.State{}, writing: map[string]bool{}, secrets: map[string]bool{},
		starting: workflow.NewMutex(free), responding: workflow.NewMutex(free),
	}
	if c.Workflows != nil && c.Workflows.Watch != nil {
		r.watch = c.Workflows.Watch(func() time.Time { return workflow.Now(free) })
	}
	r.hearing, r.deaf = workflow.WithCancel(free)
	if part {
		r.stopping, r.stop = workflow.WithCancel(free)
	} else {
		ctx, r.stop = workflow.WithCancel(ctx)
		r.stopping = ctx
	}
	r.takeSignals(ctx)
	if err := errors.Join(r.takeDecisions(ctx), r.takeDoubts(ctx), workflow.SetQueryHandler(ctx, StateQuery, r.state)); err != nil {
		return strand{}, err
	}
	cut, cutOff := workflow.WithCancel(free)
	r.cutOff = cutOff
	return strand{run: r, here: free, ctx: ctx, cut: cut, held: window.NewHeld()}, nil
}

// run is the state that the strands of a run share. Only one strand at a time runs in a workflow, until it waits.
type run struct {
	Config
	free   workflow.Context    // it is not canceled with the workflow
	cutOff workflow.CancelFunc // cuts off the calls in flight
	halted context.Context     // has ended
	broken error               // why results cannot be kept; nil if they can

	starting workflow.Mutex
	started  map[string]bool // ids of runs

	responding workflow.Mutex
	responded  engine.Place // zero: it has not

	asked  []asking
	doubts []doubtful
	states map[string]card.State // before the first attempt of a write, by Place.ID

	left     *limits // what it may still do; nil: there are no limits
	watch    Watch   // nil: nothing counts the events
	made     Made
	writing  map[string]bool // the records that write, by Place.ID
	secrets  map[string]bool // those in made
	bytes    int             // the size of rows and writes in it
	paused   *Paused         // nil unless the run pauses
	stopped  *Stopped        // nil unless the run is stopped
	resumed  []Resumed       // each time that it was resumed
	widths   map[string]int
	children []*child         // that go on
	drains   []func()         // each takes the signals of one kind that have arrived
	hearing  workflow.Context // signals are received until it ends
	deaf     workflow.CancelFunc
	stopping workflow.Context // nobody is asked any more when it ends: the run is stopped
	stop     workflow.CancelFunc
}

// breaks ends the run because results cannot be kept. It returns the error of its first call.
func (r *run) breaks(err error) error {
	if r.broken == nil {
		r.broken = engine.NotKept(err)
	}
	return r.broken
}

// strand is the Runtime of one sequence of steps, which runs in a coroutine of the workflow.
type strand struct {
	run *run
	// here is the context of the coroutine, which waits with it. It is never canceled: ctx and cut are, in this order.
	here workflow.Context
	ctx  workflow.Context // nothing new starts: the run is canceled, or the strand halted. For a record in flight, which finishes its turn, it is cut
	cut  workflow.Context // calls in flight are cut off: the time of a step has ended
	held *window.Held     // the values of the streams of the run, or of the record around
}

var _ engine.Runtime = strand{}

func (s strand) Now() time.Time { return workflow.Now(s.here) }

// Moment returns the current time, which is the same when the workflow is replayed.
func (s strand) Moment(engine.Place) time.Time { return s.Now() }

// Position returns the start of the list: a workflow is replayed from its start.
func (s strand) Position(engine.Place) (engine.Position, error) { return engine.Position{}, nil }

// Context returns a context that has ended or does not end: no cancellation arrives while workflow code computes.
func (s strand) Context() context.Context {
	if s.ctx.Err() != nil {
		return s.run.halted
	}
	return context.Background()
}

// Emit may send an event again if the worker ends soon after.
func (s strand) Emit(e engine.Event) {
	s.run.left.see(e)
	if e.Kind == engine.Learned {
		s.run.learned(e.Secrets)
	}
	if s.run.watch != nil {
		s.run.watch.See(e)
	}
	if s.run.Listen != nil && !workflow.IsReplaying(s.here) {
		s.run.Listen(e)
	}
}

func (s strand) Sleep(_ engine.Place, until time.Time) error {
	for {
		if s.ctx.Err() != nil {
			return engine.ErrCanceled
		}
		left := until.Sub(s.Now())
		if left <= 0 {
			return nil
		}
		if err := workflow.NewTimer(s.ctx, left).Get(s.here, nil); err != nil && s.ctx.Err() == nil {
			return &card.Error{Kind: card.Internal, Message: "a timer failed: " + err.Error()}
		}
	}
}

func (s strand) Start(at engine.Place, flow string, start engine.Start) error {
	if err := s.hold(); err != nil {
		return err
	}
	_ = s.run.starting.Lock(s.here) // it fails only if its context is canceled
	defer s.run.starting.Unlock()
	if s.run.started[start.Run] {
		return nil
	}
	if _, err := do[none](s, s.run.free, admitActivity, admitArg{s.run.Run, flow, start}); err != nil {
		return err
	}
	job := s.run.Job
	job.Flow, job.Start, job.Origin = flow, start, Origin{Run: job.Origin.Run, Flow: flow}
	job.Sources, job.Settings, job.Plan = nil, "", nil
	child := workflow.WithChildOptions(s.run.free, workflow.ChildWorkflowOptions{
		WorkflowID: start.Run, ParentClosePolicy: abandon, WorkflowIDReusePolicy: once, WorkflowTaskTimeout: TaskTimeout,
		Memo: job.memo(s.run.Run),
	})
	err := workflow.ExecuteChildWorkflow(child, RunWorkflow, job).GetChildWorkflowExecution().Get(s.here, nil)
	if err != nil && !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return &card.Error{Kind: card.Unavailable, Message: "the run could not be started: " + err.Error()}
	}
	s.run.started[start.Run] = true
	return nil
}

func (s strand) Respond(at engine.Place, r engine.Response) error {
	if err := s.hold(); err != nil {
		return err
	}
	_ = s.run.responding.Lock(s.here)
	defer s.run.responding.Unlock()
	if before := s.run.responded; !before.IsZero() && !before.Equal(at) {
		return engine.RespondedBefore(before.String())
	}
	if !r.Shown {
		if _, err := do[none](s, s.run.free, respondActivity, respondArg{s.run.Run, at, r}); err != nil {
			return err
		}
	}
	s.run.responded = at
	return nil
}
