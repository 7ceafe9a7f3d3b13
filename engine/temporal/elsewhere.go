package temporal

import (
	"math"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// weigh decides where a stream runs: it returns its turns if that is in a workflow of its own. Otherwise it returns a reader for the stream, which
// begins with the page that was read to decide this.
func (s strand) weigh(w engine.Window, read reader) (reader, *engine.Turns, error) {
	most := s.run.limits().inPlace
	var first reader
	records := math.MaxInt
	if !s.run.long() {
		batch, err := read(s, w.From.Cursor)
		again := false
		first = func(rt engine.Runtime, at card.Cursor) (engine.Batch, error) {
			if again {
				return read(rt, at)
			}
			again = true
			return batch, err
		}
		switch n := len(batch.Records); {
		case w.Max > 0 && n >= w.Max:
			records = w.Max
		case batch.Next == "" || err != nil:
			records = n
		}
	}
	if records <= most {
		return first, nil, nil
	}
	turns := w.Turns()
	switch bytes := sizeOf(turns) + size(turns.Start.Picks); { // a Reading has the keys of the picks again
	case bytes <= mostTurns:
		return nil, &turns, nil
	case records <= 10*most:
		return first, nil, nil
	default:
		return nil, nil, tooLarge(w.Place, bytes)
	}
}

// elsewhere runs a stream in a workflow of its own.
func (s strand) elsewhere(w engine.Window, turns engine.Turns) (engine.Tally, error) {
	if err := s.hold(); err != nil {
		return engine.Tally{}, err
	}
	arg := streaming{
		part: s.part(turns, w), Moment: s.Now(),
		Tally: engine.Tally{Total: w.Total, Kept: w.Values > 0},
	}
	if w.Max > 0 {
		arg.Tally.Total = min(w.Total, w.Max)
	}
	var out Streamed
	of := Child{StreamID(s.run.Run, w.Place), w.Place, len(s.run.made.Rows), len(s.run.made.Writes)}
	arg.Lease = s.run.left.lend(of.ID, 0)
	c, err := s.child(StreamWorkflow, of, arg, &out)
	s.run.left.settle(of.ID, out.Used, c == nil || err == nil)
	if c != nil {
		s.run.made.Streams = append(s.run.made.Streams, c.Child)
	}
	if err != nil {
		return engine.Tally{}, err
	}
	s.run.respondedAt(out.Responded)
	out.Tally.Results = w.Place.Name()
	if err := s.run.add(out.Sum); err != nil {
		return out.Tally, err
	}
	return out.Tally, out.Err.Err
}

// part is what the workflows of a stream and of its chunks have in common.
type part struct {
	Job       Job // without its sources, and of its Start only Run and AsOf
	Turns     engine.Turns
	Window    engine.Window
	Paused    *Paused        `json:",omitempty"`
	Stopped   *Stopped       `json:",omitempty"`
	Widths    map[string]int `json:",omitempty"`
	Responded engine.Place   `json:",omitzero"`
	Lease     *Lease         `json:",omitempty"` // of the limits of the run; nil: it has none
	Secrets   []string       `json:",omitempty"` // that were learned, for the result of the workflow
	Known     []string       `json:",omitempty"` // the secrets that the values in Turns may have, as far as they fit
}

// part returns the part for a child.
func (s strand) part(turns engine.Turns, w engine.Window) part {
	job := s.run.Job
	job.Sources, job.Settings, job.Limits, job.Plan, job.Start = nil, "", nil, nil, engine.Start{Run: s.run.Run, AsOf: s.run.Job.Start.AsOf}
	p := part{Job: job, Turns: turns, Window: w, Known: s.run.known()}
	p.takes(s.run)
	return p
}

// takes makes a part begin with what is known of the run now. What is known later comes by signals.
func (p *part) takes(r *run) {
	p.Paused, p.Stopped, p.Widths, p.Responded = r.paused, r.stopped, r.widths, r.responded
}

// open returns the Runtime of the workflow of a part, and its plan.
func (w *Workflows) open(ctx workflow.Context, p part) (strand, *engine.Plan, error) {
	plan := w.plan(p.Job.Origin)
	s, err := start(ctx, w.config(p.Job), true)
	if err == nil {
		s.run.paused, s.run.widths, s.run.responded = p.Paused, p.Widths, p.Responded
		if p.Stopped != nil {
			s.run.stops(*p.Stopped)
		}
		s.run.takeLease(p.Lease)
		s.run.learned(p.Secrets)
		for _, text := range p.Known {
			s.run.secrets[text] = true
		}
		if w.Hide != nil {
			w.Hide(p.Known...)
		}
	}
	return s, plan, err
}

// child runs a workflow, and waits for its result. It is canceled when nothing new may start on the strand, and its calls are cut off when those of
// the strand are. It returns nil if the workflow has not started.
func (s strand) child(name string, of Child, arg, result any) (*child, error) {
	ctx := workflow.WithChildOptions(s.ctx, workflow.ChildWorkflowOptions{
		WorkflowID: of.ID, WaitForCancellation: true, ParentClosePolicy: enums.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, WorkflowTaskTimeout: TaskTimeout,
	})
	c := &child{Child: of, future: workflow.ExecuteChildWorkflow(ctx, name, arg), free: s.run.free}
	s.run.children = append(s.run.children, c)
	defer s.run.leaves(c)
	waiting, ended := workflow.WithCancel(s.run.free)
	defer ended()
	workflow.Go(s.here, func(here workflow.Context) {
		either := workflow.NewSelector(here)
		for _, ctx := range []workflow.Context{s.cut, waiting} {
			either.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
		}
		if either.Select(here); waiting.Err() == nil {
			c.send(cutSignal, none{})
		}
	})
	if err := c.future.GetChildWorkflowExecution().Get(s.here, nil); err != nil {
		return nil, childError(of, err)
	}
	c.started = true
	if err := c.future.Get(s.here, result); err != nil {
		return c, childError(of, err)
	}
	return c, nil
}

// childError returns the error of a child that has no result: only a bug, or somebody who terminates it, ends it like that.
func childError(of Child, err error) error {
	if temporal.IsCanceledError(err) {
		return engine.ErrCanceled
	}
	return &card.Error{
		Kind: card.Internal, Message: "workflow " + of.ID + " ended without a result: " + err.Error(),
		Hint: "what its records have done is in its history",
	}
}

// leaves drops a child that has ended.
func (r *run) leaves(c *child) {
	for i, other := range r.children {
		if other == c {
			r.children = append(r.children[:i:i], r.children[i+1:]...)
			return
		}
	}
}

// add adds the sum of a child.
func (r *run) add(sum []byte) error {
	if r.watch == nil || len(sum) == 0 {
		return nil
	}
	return r.watch.Add(sum)
}

// respondedAt notes that a child has answered the request that started the run.
func (r *run) respondedAt(at engine.Place) {
	if !at.IsZero() {
		r.responded = at
	}
}

// since is a strand whose expressions see the time at which a stream was started.
type since struct {
	strand
	start time.Time
}

func (s since) Moment(engine.Place) time.Time { return s.start }
