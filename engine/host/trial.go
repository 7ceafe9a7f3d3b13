package host

import (
	"context"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/files"
)

// mostNested is how deep the runs of a trial may start each other: each runs on the stack of the one that starts it.
const mostNested = 100

// A Trial is a run of which nothing is kept, as in a test of a flow. It does the same each time: records and branches run one after another,
// and a run that another one starts ends before the other goes on, unless `runs` of its flow lets it wait for the end of that one.
type Trial struct {
	// ID is the id of the run, from which uuid() and random() derive. Two trials in one workspace need two.
	ID string
	// Decide decides about an approval in place of people. Its error is that of the step, which also fails if it does not allow the person who decides.
	Decide func(context.Context, engine.Approval) (engine.Decision, error)
	// Refused is called with the error of a decision by somebody who may not decide. nil: nothing is called.
	Refused func(error)
	// Replaced is called with the reason if a run would stop those that it follows, as `busy: replace` says: a trial does not show what they have
	// done until then. nil: nothing is called.
	Replaced func(why string)
	// Read is called, on any goroutine, with each answer of a card that reads. nil: nothing is called.
	Read func(answer engine.Value)
}

// await decides about approvals, as local.Config.Await does.
func (t *Trial) await(ctx context.Context, now time.Time, s engine.Start, at engine.Place, asks engine.Approval) (engine.Decision, error) {
	asks.For = within(ctx, now, asks.For)
	d, err := t.Decide(ctx, asks)
	if err != nil {
		return engine.Decision{}, err
	}
	if err := (Approval{Run: s.Run, Step: at.String(), By: asks.By, Self: asks.Self, StartedBy: s.Person}).mayDecide(d.By); err != nil {
		if t.Refused != nil {
			t.Refused(err)
		}
		return engine.Decision{}, err
	}
	return d, nil
}

// turns are the runs of a trial whose flows limit how many go on at a time. A run of a trial goes on until its end, or until the end of a run that it
// starts.
type turns struct {
	going   map[string][]string // the runs that go on, by quota
	waiting []waiter
}

// A waiter is a run that waits for the end of others.
type waiter struct {
	quota string
	most  int
	run   func()
}

// enter is kept.enter for a run of a trial. done is called at the end of the run.
func (r *runs) enter(p *engine.Plan, s engine.Start) (end engine.Outcome, done func(), err error) {
	done = func() {}
	if p.Runs == nil {
		return engine.Outcome{}, done, nil
	}
	quota, err := p.Quota(s.Inputs)
	if err != nil {
		return engine.Outcome{Status: engine.Failed}, done, notCounted(err)
	}
	if ahead := r.turns.going[quota]; len(ahead) >= p.Runs.Limit {
		end, err = over(p, ahead)
		return end, done, err
	}
	if r.turns.going == nil {
		r.turns.going = map[string][]string{}
	}
	r.turns.going[quota] = append(r.turns.going[quota], s.Run)
	return engine.Outcome{}, func() {
		r.turns.going[quota] = slices.DeleteFunc(r.turns.going[quota], func(run string) bool { return run == s.Run })
	}, nil
}

// inTurn runs a run of a trial now or, if it must wait for others, after them.
func (r *runs) inTurn(p *engine.Plan, s engine.Start, run func()) {
	nested := func() {
		r.nested++
		defer func() { r.nested-- }()
		run()
		r.next()
	}
	if p.Runs == nil || p.Runs.Busy == engine.BusySkip || p.Runs.Busy == engine.BusyFail {
		nested()
		return
	}
	quota, err := p.Quota(s.Inputs)
	ahead := r.turns.going[quota]
	if err != nil || len(ahead) < p.Runs.Limit {
		nested()
		return
	}
	if replaced := r.asked.Trial.Replaced; replaced != nil && p.Runs.Busy == engine.BusyReplace {
		replaced(busy(p, ahead))
	}
	r.turns.waiting = append(r.turns.waiting, waiter{quota, p.Runs.Limit, nested})
}

// next runs the runs of a trial that need not wait any more.
func (r *runs) next() {
	for i := 0; i < len(r.turns.waiting); i++ {
		if w := r.turns.waiting[i]; len(r.turns.going[w.quota]) < w.most {
			r.turns.waiting = slices.Delete(r.turns.waiting, i, i+1)
			w.run()
			i = -1
		}
	}
}

// Elsewhere returns the workspace with another configuration and another folder for everything that runs read and write. It shares the flows,
// which stay checked, and keeps a history of its own.
func (w *Workspace) Elsewhere(dir string, change func(*Config)) *Workspace {
	other := *w
	other.Dir, other.history = dir, &history{}
	change(&other.config)
	other.config.observers, other.config.exchanged = nil, nil
	other.files = files.New(dir, other.config.State)
	if other.config.Clock != nil {
		other.files.Now = other.config.Clock.Now
	}
	return &other
}
