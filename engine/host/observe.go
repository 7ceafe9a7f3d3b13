package host

import (
	"slices"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Observer follows all runs of a workspace, for monitoring. Its method is called by several runs at the same time.
type Observer interface {
	// Observe is called when a run starts or goes on. It returns what follows the run; nil: nothing does.
	Observe(Begun) Observation
}

// Observation follows one run. Its methods are called one at a time, and must return quickly. What they pass on must not have anything that an
// event carries from inputs or answers: keys of records, messages, reasons.
type Observation interface {
	See(engine.Event)
	// Waits is called when the run starts to wait because its flow limits how many runs may go on, and when it has waited for rate limits for a
	// second, and then for twice as long each time.
	Waits(limit Limited, waited time.Duration)
	// Ended is called once, at the end of the run. The report has no results that a secret could be in, and must not be changed.
	Ended(*Report)
}

// Limited is the kind of a limit that a run waits for.
type Limited string

const (
	ByRate Limited = "rate" // the rate limits of services
	ByRuns Limited = "runs" // the runs of its flow that may go on at a time
)

// Observe makes observers follow the runs of the workspace, and of what Reload returns. It must not be called while flows run.
func (w *Workspace) Observe(all ...Observer) {
	w.config.observers = slices.Concat(w.config.observers, all)
}

// ShowRequests makes see be called when a request of a card has its answer, or failed without one. see is called on any goroutine. It must be called
// before Connect.
func (w *Workspace) ShowRequests(see func(card.Exchange)) { w.config.exchanged = see }

// observe begins the observations of a run.
func (w *Workspace) observe(b Begun) *observed {
	o := &observed{watch: b.Watch}
	for _, one := range w.config.observers {
		if found := one.Observe(b); found != nil {
			o.all = append(o.all, found)
		}
	}
	return o
}

// observed are the observations of a run. A nil observed has none.
type observed struct {
	watch *Watch

	mu     sync.Mutex // See is called by the run, and waits by its watch
	all    []Observation
	waited time.Duration // as of the last call of Waits
}

// See implements Listener.
func (o *observed) See(e engine.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, one := range o.all {
		one.See(e)
	}
}

// Done implements Listener. The end of the run is later: see ended.
func (*observed) Done() {}

// queued notes that the run waits because its flow limits how many may go on.
func (o *observed) queued() {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, one := range o.all {
		one.Waits(ByRuns, 0)
	}
}

// waits notes the waits of the run for rate limits.
func (o *observed) waits() {
	if o == nil || len(o.all) == 0 {
		return
	}
	waited := o.watch.waits().Total
	o.mu.Lock()
	defer o.mu.Unlock()
	if waited-o.waited < max(time.Second, o.waited) {
		return
	}
	o.waited = waited
	for _, one := range o.all {
		one.Waits(ByRate, waited)
	}
}

func (o *observed) ended(r *Report) {
	if o == nil {
		return
	}
	o.waits() // of a run that was too short for its watch
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, one := range o.all {
		one.Ended(r)
	}
}

// Where returns where in the flows the error happened, without the keys of records: "sweep.suspend". It is empty for an error of the run itself.
func (f *Failure) Where() string { return f.at.Name() }
