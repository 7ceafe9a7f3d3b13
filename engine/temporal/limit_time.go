package temporal

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
)

// runTime measures for how long a run goes on. The time while it pauses, or does nothing but wait for people, does not count. It is measured in the
// workflow of the run, where a stream with a workflow of its own counts as something else to do.
type runTime struct {
	limits  *limits
	since   time.Time
	rested  time.Duration   // before
	rests   time.Time       // since when it does not count; zero: it does
	working map[string]bool // the steps in progress that take time, by their places
	reached bool
}

// takeTime begins to measure the time.
func (l *limits) takeTime() {
	if _, has := l.lowest(engine.TimeMeasure); !has {
		return
	}
	t := &runTime{limits: l, since: workflow.Now(l.run.free), working: map[string]bool{}}
	l.time = t
	workflow.Go(l.run.free, func(here workflow.Context) {
		for {
			t.watch(here)
		}
	})
}

// watch waits until something changes, and makes the run pause when its time is over.
func (t *runTime) watch(here workflow.Context) {
	b, has := t.limits.lowest(engine.TimeMeasure)
	changed := func() bool {
		now, still := t.limits.lowest(engine.TimeMeasure)
		return t.resting() || now != b || still != has
	}
	went := t.went()
	switch {
	case t.resting():
		t.rests = workflow.Now(here)
		_ = workflow.Await(here, func() bool { return !t.resting() }) // here is never canceled
		t.rested += workflow.Now(here).Sub(t.rests)
		t.rests = time.Time{}
	case !has:
		_ = workflow.Await(here, changed)
	case went >= time.Duration(b.Most):
		t.reached = true
		t.limits.run.pauses(Paused{Reason: b.Reason(went.Seconds(), 0)})
	default:
		_, _ = workflow.AwaitWithTimeout(here, time.Duration(b.Most)-went, changed)
	}
}

// resting reports whether the time does not count.
func (t *runTime) resting() bool {
	r := t.limits.run
	asking := len(r.asked)+len(r.doubts) > 0
	return r.paused != nil || asking && len(t.working)+len(r.children) == 0
}

// went returns for how long the run went on.
func (t *runTime) went() time.Duration {
	now := workflow.Now(t.limits.run.free)
	if !t.rests.IsZero() {
		now = t.rests
	}
	return now.Sub(t.since) - t.rested
}

// see notes which steps are in progress that take time.
func (l *limits) see(e engine.Event) {
	if l == nil || l.time == nil || e.Verb != "card" && e.Verb != "wait" {
		return
	}
	switch e.Kind {
	case engine.StepStarted:
		l.time.working[e.Place.ID()] = true
	case engine.StepEnded:
		delete(l.time.working, e.Place.ID())
	}
}
