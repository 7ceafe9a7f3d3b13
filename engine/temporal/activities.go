package temporal

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/local"
)

// The names of the activities. They are in histories.
const (
	callActivity          = "flowdeck.Call"
	pageActivity          = "flowdeck.Page"
	didActivity           = "flowdeck.Did"
	admitActivity         = "flowdeck.Admit"
	respondActivity       = "flowdeck.Respond"
	askActivity           = "flowdeck.Ask"
	openResultsActivity   = "flowdeck.OpenResults"
	keepActivity          = "flowdeck.Keep"
	closeResultsActivity  = "flowdeck.CloseResults"
	openSnapshotActivity  = "flowdeck.OpenSnapshot"
	writeSnapshotActivity = "flowdeck.WriteSnapshot"
	readSnapshotActivity  = "flowdeck.ReadSnapshot"
	leaveSnapshotActivity = "flowdeck.LeaveSnapshot"
)

// Activities perform the effects of runs on a worker. They never fail by themselves: their answers have the errors. They are
// safe for concurrent use.
//
// The open results and snapshots of a run are in the memory of the worker that opened them: while a run with Config.Keep goes on,
// another worker cannot keep its rows.
type Activities struct {
	// Open returns how an effect of a run is done on this worker: its cards, files, tables, keeper, log, and the connection with a name, which is
	// empty for an effect without one. Start is called before a run is started, and refuses it with an error. Listen, Abort and Await are not used.
	Open func(ctx context.Context, run, connection string) (local.Config, error)
	// Ask lets people know of an approval, and does not wait for the decision, which is the update Decide. nil: nobody can be asked.
	Ask func(ctx context.Context, run string, at engine.Place, a engine.Approval) error
	// Hold returns what holds the writes of a run to the plan of its Job: it returns the error of a call that the plan does not have. now is the state
	// before the call; zero if it is not known. It is not used for a run whose Start.AsOf is nil.
	Hold func(ctx context.Context, run string) (func(c engine.Invocation, planned engine.AsOf, now card.State) *card.Error, error)

	mu        sync.Mutex
	results   map[opened]engine.Results
	snapshots map[opened]engine.Snapshot
}

// opened identifies what a run keeps for a stream.
type opened struct{ run, stream string }

func (a streamArg) opened() opened { return opened{a.Run, a.Stream.ID()} }

// TaskTimeout is the time that workflow code may compute without waiting. It is that of the workflow tasks of a run: client.StartWorkflowOptions
// must have it as its WorkflowTaskTimeout. With Temporal's default of 10 seconds, a flow that computes for long, or a worker that is short of
// CPU, would begin the same task again and again. The task of a worker that was lost is given to another one after this time.
const TaskTimeout = 30 * time.Second

// Options returns the options that a worker of flows needs: it learns of a cancel within a second or two, and workflow code may compute for
// TaskTimeout.
func Options() worker.Options {
	return worker.Options{MaxHeartbeatThrottleInterval: time.Second, DeadlockDetectionTimeout: TaskTimeout}
}

// Register registers the activities with a worker.
func (a *Activities) Register(with worker.ActivityRegistry) {
	a.results, a.snapshots = map[opened]engine.Results{}, map[opened]engine.Snapshot{}
	for name, f := range map[string]any{
		callActivity: a.call, pageActivity: a.page, didActivity: a.did, admitActivity: a.admit, respondActivity: a.respond, askActivity: a.ask,
		openResultsActivity: a.openResults, keepActivity: a.keep, closeResultsActivity: a.closeResults,
		openSnapshotActivity: a.openSnapshot, writeSnapshotActivity: a.writeSnapshot,
		readSnapshotActivity: a.readSnapshot, leaveSnapshotActivity: a.leaveSnapshot,
	} {
		with.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name})
	}
}

// config returns the configuration for one effect of a run. What it does is cut off when ctx ends.
func (a *Activities) config(ctx context.Context, run, connection string) (local.Config, error) {
	c, err := a.Open(ctx, run, connection)
	if err != nil {
		failure := *card.AsError(err)
		failure.Writes = card.Answered // nothing was sent
		return c, &failure
	}
	c.Run, c.Abort, c.Listen, c.Keeper = run, ctx, nil, nil
	return c, nil
}

// runtime returns a local Runtime for one effect of a run.
func (a *Activities) runtime(ctx context.Context, run, connection string) (engine.Runtime, error) {
	c, err := a.config(ctx, run, connection)
	if err != nil {
		return nil, err
	}
	return local.New(ctx, c), nil
}

// beating reports that an activity goes on, until it is stopped. A worker learns from Temporal's answer that the activity is to be cut off. If
// the worker is lost, the workflow gets the details of the last report.
func beating(ctx context.Context, details ...any) (stop func()) {
	ctx, end := context.WithCancel(ctx)
	if len(details) > 0 { // at once: if no report came before, this one is at the server when the activity goes on
		activity.RecordHeartbeat(ctx, details...)
	}
	var beats sync.WaitGroup
	beats.Go(func() {
		beat := time.NewTicker(heartbeat / 10)
		defer beat.Stop()
		for {
			select {
			case <-beat.C:
				activity.RecordHeartbeat(ctx, details...)
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		end()
		beats.Wait()
	}
}

func (a *Activities) page(ctx context.Context, arg pageArg) (answer[page], error) {
	defer beating(ctx)()
	rt, err := a.runtime(ctx, arg.Run, arg.Call.Connection)
	if err != nil {
		return answered(page{}, err), nil
	}
	p, err := rt.Page(arg.Call, arg.At)
	return answered(page{engine.ValueJSON{Value: p.Items}, p.Next, p.Cut}, err), nil
}

func (a *Activities) did(ctx context.Context, arg didArg) (answer[did], error) {
	defer beating(ctx)()
	c, err := a.config(ctx, arg.Run, arg.Call.Connection)
	if err != nil {
		return answered(did{}, err), nil
	}
	before := card.State{}
	if !arg.Unknown {
		before = engine.StateOf(arg.Before.Value)
	}
	out, done, err := c.Did(ctx, arg.Call, before)
	return answered(did{engine.ValueJSON{Value: out}, done}, err), nil
}

func (a *Activities) admit(ctx context.Context, arg admitArg) (answer[none], error) {
	defer beating(ctx)()
	rt, err := a.runtime(ctx, arg.Run, "")
	if err == nil {
		err = rt.Start(engine.Place{}, arg.Flow, arg.Start)
	}
	return answered(none{}, err), nil
}

func (a *Activities) respond(ctx context.Context, arg respondArg) (answer[none], error) {
	defer beating(ctx)()
	rt, err := a.runtime(ctx, arg.Run, "")
	if err == nil {
		err = rt.Respond(arg.Place, arg.Response)
	}
	return answered(none{}, err), nil
}

func (a *Activities) ask(ctx context.Context, arg askArg) (answer[none], error) {
	defer beating(ctx)()
	err := error(&card.Error{Kind: card.Internal, Message: "nobody can be asked here"})
	if a.Ask != nil {
		err = a.Ask(ctx, arg.Run, arg.Place, arg.Approval)
	}
	return answered(none{}, err), nil
}

// keeper returns the keeper of a run.
func (a *Activities) keeper(ctx context.Context, run string) (engine.Keeper, error) {
	c, err := a.Open(ctx, run, "")
	if err == nil && c.Keeper == nil {
		err = errors.New("nothing is kept here")
	}
	return c.Keeper, err
}

func (a *Activities) openResults(ctx context.Context, arg streamArg) (answer[none], error) {
	defer beating(ctx)()
	keeper, err := a.keeper(ctx, arg.Run)
	if err != nil {
		return answered(none{}, err), nil
	}
	r, err := keeper.Results(arg.Stream)
	if err == nil {
		put(a, a.results, arg, r)
	}
	return answered(none{}, err), nil
}

func (a *Activities) keep(ctx context.Context, arg keepArg) (answer[[]engine.ErrorJSON], error) {
	defer beating(ctx)()
	r, err := get(a, a.results, streamArg{arg.Run, arg.Stream})
	if err != nil {
		return answered([]engine.ErrorJSON(nil), err), nil
	}
	errs := make([]engine.ErrorJSON, len(arg.Rows))
	for i, row := range arg.Rows {
		errs[i].Err = r.Add(row.Record, row.Outcome, row.Err.Err)
	}
	return answered(errs, nil), nil
}

func (a *Activities) closeResults(ctx context.Context, arg streamArg) (answer[string], error) {
	defer beating(ctx)()
	r, err := get(a, a.results, arg)
	if err != nil {
		return answered("", err), nil
	}
	drop(a, a.results, arg)
	return answered(r.Close()), nil
}

func (a *Activities) openSnapshot(ctx context.Context, arg streamArg) (answer[complete], error) {
	defer beating(ctx)()
	keeper, err := a.keeper(ctx, arg.Run)
	if err != nil {
		return answered(complete{}, err), nil
	}
	s, err := keeper.Snapshot(arg.Stream)
	if err != nil {
		return answered(complete{}, err), nil
	}
	put(a, a.snapshots, arg, s)
	n, whole := s.Complete()
	return answered(complete{n, whole}, nil), nil
}

func (a *Activities) writeSnapshot(ctx context.Context, arg writeArg) (answer[none], error) {
	defer beating(ctx)()
	s, err := get(a, a.snapshots, arg.Of)
	if err == nil {
		err = s.Write(arg.Records)
	}
	return answered(none{}, err), nil
}

func (a *Activities) readSnapshot(ctx context.Context, arg streamArg) (answer[[]engine.Record], error) {
	defer beating(ctx)()
	s, err := get(a, a.snapshots, arg)
	if err != nil {
		return answered([]engine.Record(nil), err), nil
	}
	return answered(s.Read()), nil
}

func (a *Activities) leaveSnapshot(ctx context.Context, arg leaveArg) (answer[none], error) {
	defer beating(ctx)()
	s, err := get(a, a.snapshots, arg.Of)
	if err == nil {
		drop(a, a.snapshots, arg.Of)
		s.Leave(arg.Ended)
	}
	return answered(none{}, err), nil
}

func put[T any](a *Activities, in map[opened]T, of streamArg, v T) {
	a.mu.Lock()
	defer a.mu.Unlock()
	in[of.opened()] = v
}

func get[T any](a *Activities, in map[opened]T, of streamArg) (T, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	v, ok := in[of.opened()]
	if !ok {
		return v, &card.Error{Kind: card.Storage, Message: "the worker that keeps the results of " + of.Stream.String() + " has ended"}
	}
	return v, nil
}

func drop[T any](a *Activities, in map[opened]T, of streamArg) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(in, of.opened())
}
