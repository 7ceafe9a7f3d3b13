package temporal

import (
	"time"

	"go.temporal.io/sdk/worker"
)

// A Worker takes tasks from a task queue of a server until it is stopped.
type Worker struct {
	Queue      string
	Workflows  *Workflows    // nil: it makes calls only
	Activities *Activities   // must be registered with no other Worker
	Calls      int           // the calls at a time; 0: as many as the SDK makes
	Grace      time.Duration // how long calls in flight may take when it stops
	Fatal      func(error)   // called when the worker cannot go on, such as without its namespace; nil: nothing is called
}

// Serve makes a worker take tasks, and returns what stops it: it takes no more, calls in flight finish within the grace time, and workflows go on on other
// workers.
func (c *Client) Serve(w Worker) (stop func(), err error) {
	o := Options()
	o.WorkerStopTimeout, o.MaxConcurrentActivityExecutionSize, o.OnFatalError = w.Grace, w.Calls, w.Fatal
	o.DisableWorkflowWorker = w.Workflows == nil
	taking := worker.New(c.sdk, w.Queue, o)
	if w.Workflows != nil {
		w.Workflows.Register(taking)
	}
	w.Activities.Register(taking)
	if err := taking.Start(); err != nil {
		return nil, c.failed("start the worker", err)
	}
	return taking.Stop, nil
}
