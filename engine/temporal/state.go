package temporal

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
)

// StateQuery is the name of the query of each workflow for its State. A client that wants that of a run asks the children as well.
const StateQuery = "flowdeck.state"

// The names of the signals to a run, which it sends on to its children.
const (
	PauseSignal  = "flowdeck.pause"  // a Paused: nothing new starts until the run is resumed; calls in flight finish
	ResumeSignal = "flowdeck.resume" // a Resumed
	WidthSignal  = "flowdeck.width"  // a Width
)

// Paused is why a run pauses, and who wants it.
type Paused struct{ By, Reason string }

// Resumed is who resumes a run.
type Resumed struct {
	By     string
	Limits []engine.Bound           // of the run from now on, in place of those that it had; nil: as before
	Allow  map[engine.Measure]int64 `json:",omitempty"` // what the person allowed in all, which Limits have
	At     time.Time                `json:",omitzero"`  // when the run got it, by its clock
}

// Width is the number of records that may be in flight in each of the streams with a name. It is for the records that start from now on; for
// a stream with a workflow of its own, as soon as records in flight have finished.
type Width struct {
	Stream string // Place.Name
	N      int    // 1 or more
}

// Status is what a workflow is doing.
type Status string

// The statuses.
const (
	Running  Status = "running"
	Pausing  Status = "paused"   // until it is resumed
	Stopping Status = "stopping" // until what is in flight has finished
	Waiting  Status = "waiting"  // for a decision of a person; other records may go on
)

// State is what is known of one workflow.
type State struct {
	Status    Status
	Paused    *Paused         `json:",omitempty"`
	Stopped   *Stopped        `json:",omitempty"` // nil unless it is being stopped
	Sum       json.RawMessage `json:",omitempty"` // of its events, and those of children that have ended
	Children  []Child         `json:",omitempty"` // that go on
	Approvals []Pending       `json:",omitempty"` // about which nobody has decided, in the order in which they came
	Doubts    []Doubt         `json:",omitempty"` // likewise
	Answered  []Answered      `json:",omitempty"` // the approvals for which it does not wait any more; those of children that have ended are in their results
	Bounds    []engine.Bound  `json:",omitempty"` // the limits of the run, in the state of its workflow
	Limits    []Limited       `json:",omitempty"` // and what was used here, and by children that have ended
	Widths    map[string]int  `json:",omitempty"` // of the streams whose width was set, by their names
	Resumed   []Resumed       `json:",omitempty"` // each time that it was resumed, without Limits
	Secrets   []string        `json:",omitempty"` // that are known to the workflow: whoever shows the rest hides them
}

// Pending is an approval that waits for a decision.
type Pending struct {
	Place    engine.Place
	Approval engine.Approval
	Since    time.Time
}

// state returns the state of the workflow.
func (r *run) state() (State, error) {
	s := State{
		Status: Running, Paused: r.paused, Stopped: r.stopped, Widths: r.widths,
		Doubts: r.open(), Approvals: r.pending(), Answered: r.made.Answered, Limits: r.left.state(), Resumed: r.resumed, Secrets: slices.Sorted(maps.Keys(r.secrets)),
	}
	if r.left != nil {
		s.Bounds = r.left.bounds
	}
	for _, c := range r.children {
		if c.started {
			s.Children = append(s.Children, c.Child)
		}
	}
	switch {
	case r.stopped != nil:
		s.Status = Stopping
	case r.paused != nil:
		s.Status = Pausing
	case len(s.Approvals)+len(s.Doubts) > 0:
		s.Status = Waiting
	}
	var err error
	s.Sum, err = r.sum()
	return s, err
}

// sum returns the sum of the events so far; nil if nothing counts them.
func (r *run) sum() (json.RawMessage, error) {
	if r.watch == nil {
		return nil, nil
	}
	return r.watch.Sum()
}

// takeSignals begins to receive the signals. Nobody can make a run pause or go on that is stopped; at a limit, its records in flight end.
func (r *run) takeSignals(ctx workflow.Context) {
	r.takeStop(ctx)
	receive(r, ctx, PauseSignal, func(p Paused) {
		if r.stopping.Err() == nil || p.By == "" {
			r.paused = &p
		}
	})
	receive(r, ctx, ResumeSignal, func(to Resumed) {
		if r.stopping.Err() != nil {
			return
		}
		if r.paused != nil {
			r.resumed = append(r.resumed, Resumed{By: to.By, Allow: to.Allow, At: workflow.Now(r.free)})
		}
		r.paused = nil
		r.left.resumes(to.Limits)
	})
	receive(r, ctx, cutSignal, func(none) { r.cutOff() })
	receive(r, ctx, WidthSignal, func(w Width) {
		if w.N > 0 {
			if r.widths == nil {
				r.widths = map[string]int{}
			}
			r.widths[w.Stream] = w.N
		}
	})
}

// cutSignal cuts off the calls in flight of a child: the time of a step around the stream has ended.
const cutSignal = "flowdeck.cut"

// drain takes the signals that have arrived, before the workflow continues as new: the next one does not get them. None is received after that.
func (r *run) drain() {
	r.deaf()
	for _, drain := range r.drains {
		drain()
	}
}

// receive calls take for each signal with a name, and sends it on to the children.
func receive[S any](r *run, ctx workflow.Context, name string, take func(S)) {
	receiveOwn(r, ctx, name, func(s S) {
		take(s)
		r.tell(name, s)
	})
}

// tell sends a signal to the children.
func (r *run) tell(name string, signal any) {
	for _, c := range r.children {
		c.send(name, signal)
	}
}

// receiveOwn calls take for each signal with a name, which is not for the children.
func receiveOwn[S any](r *run, ctx workflow.Context, name string, take func(S)) {
	signals := workflow.GetSignalChannel(ctx, name)
	r.drains = append(r.drains, func() {
		for s := *new(S); signals.ReceiveAsync(&s); s = *new(S) {
			take(s)
		}
	})
	workflow.Go(r.free, func(here workflow.Context) {
		either := workflow.NewSelector(here).
			AddReceive(signals, func(signals workflow.ReceiveChannel, _ bool) {
				var s S
				signals.Receive(here, &s)
				take(s)
			}).
			AddReceive(r.hearing.Done(), func(workflow.ReceiveChannel, bool) {})
		for r.hearing.Err() == nil {
			either.Select(here)
		}
	})
}

// hold waits while the run is paused, and returns an error if nothing new may start on the strand.
func (s strand) hold() error {
	_ = workflow.Await(s.here, func() bool { return s.run.paused == nil || s.halts() }) // here is never canceled
	if s.halts() {
		return engine.ErrCanceled
	}
	return nil
}
