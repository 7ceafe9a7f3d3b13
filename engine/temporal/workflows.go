package temporal

import (
	"encoding/json"
	"time"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Workflows are the workflows of runs. They must do the same whenever a workflow is replayed, except for Listen. Their methods may be called on
// many goroutines at the same time.
type Workflows struct {
	Cards card.Set // by name. A workflow only asks them whether a call writes; activities call them
	// Plan returns the plan of a run. It is called in workflow code, perhaps often. After an error, Temporal tries the task of the workflow again, and
	// the run waits.
	Plan func(Origin) (*engine.Plan, error)
	// Watch returns a Watch for one workflow, given its clock; nil: nothing is counted.
	Watch func(now func() time.Time) Watch
	// Hide learns secrets of a run that its parts may show, before they do; nil: nothing does.
	Hide func(...string)
	// Queue returns the task queue for calls with a connection of a run that write, or that only read; nil, or an empty name: that of the workflow.
	Queue func(to Connected, writes bool) string
	// Listen is called for each event, in workflow code, so it must not block; not for what is replayed. nil: events are dropped.
	Listen func(engine.Event)
	// Begun and Done are called when a run starts and ends, like Listen. nil: nothing is called.
	Begun func(Job)
	Done  func(Job, Ended)

	bounds bounds
}

// Watch counts the events of one workflow. It sees each event again when the workflow is replayed on another worker, and is made anew for that.
// Its methods are called one at a time.
type Watch interface {
	See(engine.Event)
	Sum() (json.RawMessage, error)
	Add(json.RawMessage) error // adds what the Watch of a child counted
}

// Register registers the workflows with a worker.
func (w *Workflows) Register(with worker.WorkflowRegistry) {
	for name, f := range map[string]any{RunWorkflow: w.run, StreamWorkflow: w.stream, ChunkWorkflow: w.chunk} {
		with.RegisterWorkflowWithOptions(f, workflow.RegisterOptions{Name: name})
	}
}

// run is the workflow of a run.
func (w *Workflows) run(ctx workflow.Context, job Job) (Ended, error) {
	started := workflow.Now(ctx)
	plan := w.plan(job.Origin)
	job.Origin.Digest = plan.Digest()
	s, err := start(ctx, w.config(job), false)
	if err != nil {
		return Ended{}, err
	}
	s.run.takeLimits(job.Limits)
	job.Start.Permit = s.run.permit()
	if w.Begun != nil && !workflow.IsReplaying(ctx) {
		w.Begun(job)
	}
	out, err := engine.Run(s, plan, job.Start)
	sum, sumErr := s.run.sum()
	ended := Ended{Outcome: out, Err: engine.ErrorJSON{Err: slim(err)}, Sum: sum, Limits: s.run.left.state(), Started: started, Finished: workflow.Now(ctx), Resumed: s.run.resumed, Stopped: s.run.stopped, Made: s.run.made}
	if huge(out.Value) || size(out) > mostResult/2 {
		ended.Outcome.Value, ended.Cut = nil, true
	}
	ended.fit(mostResult - size(ended.Outcome))
	if w.Done != nil && !workflow.IsReplaying(ctx) {
		w.Done(job, ended)
	}
	return ended, sumErr
}

// plan returns the plan of a run. Without it, the task of the workflow fails, and is tried again.
func (w *Workflows) plan(o Origin) *engine.Plan {
	plan, err := w.Plan(o)
	if err != nil {
		panic(cannotPlan + err.Error())
	}
	return plan
}

// config returns the configuration for the workflow of a job, or of a part of it.
func (w *Workflows) config(job Job) Config {
	return Config{Run: job.Start.Run, Cards: w.Cards, Listen: w.Listen, Workflows: w, Job: job}
}
