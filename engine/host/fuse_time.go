package host

import (
	"context"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/store"
)

// runTime measures for how long the runs of a request go on. The time while they do nothing but wait for people does not count.
type runTime struct {
	since  time.Time     // when the run went on in this process; zero: not yet
	before time.Duration // for which it went on in earlier processes

	asking  int             // steps that wait for people
	working map[string]bool // the steps in progress that take time, by the run and the place
	idle    time.Time       // since when the runs only wait for people; zero: they do not
	waited  time.Duration   // the sum of such times before
	woken   chan struct{}   // closed when idle ends; nil if idle is zero
}

// keptTime is the time of a run when it was last resumed.
type keptTime struct {
	Used time.Duration `json:"used"`
	At   time.Time     `json:"at"`
}

// lostTime is the time that a process which is killed counts for after its last report: at most as long is not in the report.
const lostTime = time.Second

// timed reports whether the time of the runs has a limit.
func (f *fuse) timed() bool { return f != nil && !f.dry && f.meters[engine.TimeMeasure] != nil }

// resumeTime counts the time of earlier processes. last is when a write of the runs was last begun or ended. A process that was killed counts until
// then, or for lostTime after its last report, if that is longer: the run pauses early, never late.
func (f *fuse) resumeTime(run store.Run, last time.Time, before *Allowance) {
	if !f.timed() {
		return
	}
	known := keptTime{At: run.Started}
	if f.kept.Time != nil {
		known = *f.kept.Time
	}
	if before != nil && before.At.After(known.At) {
		known = keptTime{time.Duration(before.Used * float64(time.Second)), before.At}
	}
	if run.Status == store.Interrupted {
		known.Used += max(lostTime, last.Sub(known.At))
	}
	f.time.before = known.Used
	f.kept.Time = &keptTime{known.Used, f.now().UTC()}
}

// overdue returns why the run must pause if its time is over; empty if it is not. The caller holds mu.
func (f *fuse) overdue() string {
	m := f.meters[engine.TimeMeasure]
	if m == nil || f.dry || f.went() < time.Duration(m.lowest().most) {
		return ""
	}
	m.reached = true
	return m.reason(f.went().Seconds(), 0)
}

// went returns for how long the run went on. The caller holds mu.
func (f *fuse) went() time.Duration {
	t := &f.time
	if t.since.IsZero() {
		return t.before
	}
	until := f.now()
	if !t.idle.IsZero() {
		until = t.idle
	}
	return t.before + until.Sub(t.since) - t.waited
}

// asks notes that a step waits for a person. The caller calls answered when it does not any more.
func (f *fuse) asks() (answered func()) {
	if !f.timed() {
		return func() {}
	}
	add := func(n int) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.time.asking += n
		f.rests()
	}
	add(1)
	return func() { add(-1) }
}

// works notes which steps are in progress that take time.
func (f *fuse) works(run string, e engine.Event) {
	if !f.timed() || e.Verb != "card" && e.Verb != "wait" {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	at := run + " " + e.Place.ID()
	switch e.Kind {
	case engine.StepStarted:
		if f.time.working == nil {
			f.time.working = map[string]bool{}
		}
		f.time.working[at] = true
	case engine.StepEnded:
		delete(f.time.working, at)
	}
	f.rests()
}

// rests starts or ends the time that does not count. The caller holds mu.
func (f *fuse) rests() {
	t := &f.time
	rests := t.asking > 0 && len(t.working) == 0
	switch {
	case rests && t.idle.IsZero():
		t.idle, t.woken = f.now(), make(chan struct{})
	case !rests && !t.idle.IsZero():
		t.waited += f.now().Sub(t.idle)
		t.idle = time.Time{}
		close(t.woken)
		t.woken = nil
	}
}

// goOn starts the time of the run. It pauses the runs when the time is over, until ctx ends.
func (f *fuse) goOn(ctx context.Context, sleep func(context.Context, time.Time) error) {
	if !f.timed() {
		return
	}
	f.mu.Lock()
	f.time.since, f.time.waited = f.now(), 0
	if !f.time.idle.IsZero() { // runs that these started go on already
		f.time.idle = f.time.since
	}
	f.mu.Unlock()
	go func() {
		for {
			f.mu.Lock()
			why, woken := f.overdue(), f.time.woken
			over := f.now().Add(time.Duration(f.meters[engine.TimeMeasure].lowest().most) - f.went())
			f.mu.Unlock()
			switch {
			case why != "":
				_ = f.refuse(why)
				return
			case woken == nil:
				if sleep(ctx, over) != nil {
					return
				}
				continue
			}
			select {
			case <-woken:
			case <-ctx.Done():
				return
			}
		}
	}()
}
