package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/keep"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/tables"
)

// Run is a request to run a flow.
type Run struct {
	Flow        *Checked
	Connections *Connections // must include those of Flow.Uses
	Start       engine.Start // the host sets Run and Connections and, if it is empty, By
	// Listen returns the listeners of the run, and of each run that it starts. nil: there are no listeners.
	Listen func(Begun) []Listener
	// Abort cuts off calls in flight when it ends. nil: never.
	Abort context.Context
	Log   *slog.Logger // nil: nothing is logged
	// Queued is called, with the reason, when the run waits since its flow limits how many runs may go on. nil: nothing is called.
	Queued func(why string)
	// NoHistory makes the run keep its counts only: it cannot be resumed, and nobody finds out later what it did to whom. A dry run
	// keeps no history at all.
	NoHistory bool
	// MaxChanges is how many changes the run, together with the runs that it starts, may make: see Allowance. A run that goes on may make as
	// many more. nil: no limit or, for a run that goes on and did not pause at this limit, what is left of that.
	MaxChanges *int
	// Plan is the plan to which the run is held: a write that it does not have, or whose state before is another one now, is not made. A run that goes on
	// is held to the plan with which it started. nil: the run makes what its flow says.
	Plan *Plan
	// Allow is how much a run that goes on may do in all of its processes, instead of what its flows allow; of the time, in nanoseconds.
	Allow map[engine.Measure]int64
	// Resume is the run that goes on; nil for a new run.
	Resume *Resume
	// Occasion is the ID of the store.Occasion that starts the run; 0 for none. If it has started a run already, the error is store.ErrStarted.
	Occasion int64
	// As is the leadership of this process, without which an Occasion starts nothing. nil: it needs none.
	As *store.Leadership
	// PauseToAsk makes the run pause when it asks for an approval. Otherwise it waits in this process.
	PauseToAsk bool
	// Trial makes the run one of which nothing is kept. nil: it is not.
	Trial *Trial
	// Park pauses the run when it ends, with the reason that is the cause. nil: never.
	Park context.Context
}

// Begun is a run that is about to start.
type Begun struct {
	Run     string
	Flow    string
	Started bool   // started by another run
	Parent  string // the run that started it; empty if a person or a trigger did
	Resumed bool
	DryRun  bool
	Trigger engine.Value // see engine.Start
	Watch   *Watch       // counts each event before the listeners see it
}

// A Listener follows a run. It is called for one event at a time, and must return quickly.
type Listener interface {
	See(engine.Event)
	// Done is called once, when the flow has ended. Runs that it started may not have ended yet.
	Done()
}

// Run runs a flow, and waits for its end and for the end of each run that it starts. When ctx ends, no new record
// starts, and records in flight finish; if its cause is a *card.Error, the run fails with it. The error is not nil only if the run could not start; a run that failed has a
// report.
func (w *Workspace) Run(ctx context.Context, asked Run) (*Report, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &runs{workspace: w, asked: asked, ctx: ctx, cancel: cancel, listed: listed{full: func() { cancel(nil) }}}
	if asked.Resume == nil && !asked.Start.DryRun && asked.Trial == nil {
		var err error
		if r.store, err = w.History(); err != nil && !asked.NoHistory {
			return nil, err
		}
	}
	if r.store != nil {
		if err := w.retain(ctx, r.store); err != nil && asked.Log != nil {
			asked.Log.Warn("old runs cannot be removed", "error", err)
		}
	}
	earlier, err := w.earlier(ctx, asked.repeats())
	if err != nil {
		return nil, err
	}
	if err := r.mayAsk(asked.Flow.Plan); err != nil {
		return nil, err
	}
	start, k, err := r.first()
	if err != nil {
		return nil, err
	}
	if r.fuse != nil && k.log != nil && !k.counted {
		r.fuse.write = k.log.Limit
	}
	start.Earlier, r.person = earlier, start.Person
	if asked.Park != nil {
		defer context.AfterFunc(asked.Park, func() { r.pause(context.Cause(asked.Park).Error()) })()
	}
	r.tables = w.Tables()
	defer r.tables.Close() // a change was committed when its step ended
	if asked.Resume != nil {
		if err := r.resumeStarted(start.Run); err != nil {
			return nil, errors.Join(err, r.abandon(k))
		}
	}
	report := r.play(asked.Flow.Plan, start, k, "")
	r.next()
	if why := (*card.Error)(nil); report.Status == engine.Canceled && errors.As(context.Cause(ctx), &why) { // the host ended it, not a person
		report.Status, report.Error = engine.Failed, newFailure(why)
	}
	if !resumable(report.Status) && !report.notKept {
		k.leave()
	}
	r.going.Wait()
	if k.log != nil && !k.counted || asked.Trial != nil {
		report.goesOnWith(r.started, r.whyPaused())
	}
	r.fuse.explain(report, r.whyPaused())
	if err := r.fuse.close(); err != nil && report.Error == nil {
		report.Status, report.Error, report.notKept = engine.Failed, newFailure(err), true
	}
	report.Plan, report.NotResumed = r.hold.soFar(report.Status), r.notResumed
	k.finish(r, report, asked.Flow.Plan) // not before: a run that has not ended can be resumed, together with those that it started
	report.Started, report.plan = r.started, r.planned
	r.readNames(report)
	r.fuse.dryRun(report, w.config.Veil)
	report.cutDryRun(asked.MaxChanges)
	report.needPicked(start.Picks)
	k.observed.ended(report)
	return report, nil
}

// first returns the start of the run that was asked for, and its history.
func (r *runs) first() (start engine.Start, k *kept, err error) {
	if resume := r.asked.Resume; resume != nil {
		r.store = resume.store
		if err := r.mayGoOn(r.asked.Flow.Plan, resume.ID); err != nil {
			return start, nil, err
		}
		if err := r.limitedByParent(resume.ID); err != nil {
			return start, nil, err
		}
		if err := r.limitResumed(resume.before); err != nil { // it stays as it is
			return start, nil, err
		}
		if k, start, err = r.takeOver(resume.ID, r.asked.Flow.Plan); err != nil {
			return start, nil, err
		}
		if err = r.limitResumed(resume.before); err == nil { // again: what a person decided about a write changes the counts
			err = r.keepLimits(k)
		}
		if err != nil {
			return start, nil, errors.Join(err, k.log.Release())
		}
		if err := r.holdResumed(k); err != nil {
			return start, nil, errors.Join(err, k.log.Release())
		}
		return start, k, nil
	}
	start = r.asked.Start
	if start.Repeats != "" {
		before, err := r.workspace.RunNamed(context.WithoutCancel(r.ctx), start.Repeats)
		if err == nil {
			err = r.asked.Connections.SameAs(before)
		}
		if err != nil {
			return start, nil, err
		}
	}
	if r.asked.Trial != nil {
		start.Run = r.asked.Trial.ID
	} else if start.Run, err = r.workspace.name(r.asked.Flow.Plan); err != nil {
		return start, nil, err
	}
	if start.By == "" {
		start.By = r.asked.Connections.By()
	}
	if start.Person == "" && start.Trigger == nil {
		start.Person = r.workspace.config.Person
	}
	start.Connections = r.asked.Flow.chosen
	switch p := r.asked.Plan; {
	case start.Plan:
		r.plans(&start)
	case p != nil:
		if err := p.Fits(r.asked.Flow, r.asked.Connections); err != nil {
			return start, nil, err
		}
		start.AsOf = p.AsOf()
		r.hold = r.workspace.holdTo(p)
	}
	r.limited(start.Run, keptLimits{MaxChanges: r.asked.MaxChanges})
	k, err = r.keep(r.asked.Flow.Plan, start, "")
	if repeated := (*store.RepeatedError)(nil); errors.As(err, &repeated) {
		err = Usage("flowdeck retry "+repeated.By+" repeats what it leaves, when it has ended", "%v", repeated)
	}
	return start, k, err
}

// runs is the state of a run and the runs that it starts.
type runs struct {
	workspace *Workspace
	asked     Run
	tables    *tables.Store
	ctx       context.Context
	cancel    context.CancelCauseFunc
	store     *store.Store // nil: no history is kept

	going   sync.WaitGroup // waits for the started runs
	nested  int            // how many runs of a trial run in each other
	turns   turns          // of the runs of a trial
	mu      sync.Mutex
	paused  string    // the reason why the runs pause; empty if they do not
	kept    []*kept   // the runs that go on
	started []*Report // in the order in which they ended
	starts  int       // the number of runs that were started in this process
	bytes   int       // total Size of their results
	listed  listed    // the writes of a dry run
	planned *planned  // nil if the runs are not a plan
	hold    *hold     // nil if the runs are not held to a plan
	// notResumed are the started runs that a resumed run leaves as they are.
	notResumed []NotResumed
	fuse       *fuse  // the limits of the runs; nil for none
	person     string // who started the first of them; empty for a trigger
}

// start starts a flow as a new run. Its id derives from that of the run that starts it, so it is unique, too.
func (r *runs) start(parent, flow string, s engine.Start) error {
	p := r.asked.Flow.started(flow)
	if p == nil {
		return fmt.Errorf("flow %q was not checked", flow)
	}
	s.Person = r.person
	if r.asked.Trial != nil && r.nested == mostNested {
		return &card.Error{Kind: card.Failed, Message: fmt.Sprintf("runs start each other more than %d deep", mostNested)}
	}
	k, err := r.keepStarted(p, s, parent)
	if err != nil || k.ended {
		return err
	}
	r.mu.Lock()
	r.starts++
	k.nth = r.starts
	r.mu.Unlock()
	r.goOn(parent, p, s, k)
	return nil
}

// goOn runs a flow that another run started.
func (r *runs) goOn(parent string, p *engine.Plan, s engine.Start, k *kept) {
	begin := r.going.Go
	if r.asked.Trial != nil {
		begin = func(run func()) { r.inTurn(p, s, run) }
	}
	begin(func() {
		report := r.play(p, s, k, parent)
		report.nth = k.nth
		r.fuse.explain(report, r.whyPaused())
		if !resumable(report.Status) {
			r.fuse.runEnded(s.Run)
		}
		k.finish(r, report, p)
		k.observed.ended(report)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.started = append(r.started, report)
		r.limit(report)
	})
}

// play runs one flow to its end. It chooses the runtime. parent is the run that started it; empty if a person or a trigger did.
func (r *runs) play(p *engine.Plan, s engine.Start, k *kept, parent string) *Report {
	started := parent != ""
	clock, conns := r.workspace.config.Clock, r.asked.Connections
	startedAt, waited := clock.Now(), conns.Waited()
	state, dir := r.workspace.config.State, filepath.Join(runsDir, s.Run)
	veil := r.workspace.config.Veil
	watch := NewWatch(clock.Now, veil)
	var dry *DryRun
	if s.DryRun {
		dry = newDryRun(&r.listed, r.workspace.config.Cards)
	}
	var listeners []Listener
	begun := Begun{Run: s.Run, Flow: p.Flow, Started: started, Parent: parent, Resumed: k.before != nil, DryRun: s.DryRun, Trigger: s.Trigger, Watch: watch}
	if r.asked.Listen != nil {
		listeners = r.asked.Listen(begun)
	}
	config := local.Config{
		Run: s.Run, Cards: r.workspace.config.Cards, Connections: conns.conns, Clock: clock, Files: r.workspace.files.Run(filepath.Join(dir, filesDir)), Tables: r.tables,
		Log: logOf(r.asked.Log, s.Run), Await: r.await(k, p, s), Abort: r.asked.Abort, Start: func(flow string, started engine.Start) error { return r.start(s.Run, flow, started) }, Widths: &k.widths,
		Listen: func(e engine.Event) {
			if e.Kind == engine.Learned {
				veil.Learn(e.Secrets...)
			}
			if dry != nil {
				dry.see(s.Run, e)
			}
			watch.See(e)
			r.fuse.see(s.Run, e)
			r.fuse.works(s.Run, e)
			for _, l := range listeners {
				l.See(e)
			}
		},
	}
	if t := r.asked.Trial; t != nil {
		config.Read, config.Serial = t.Read, true
		config.Await = func(ctx context.Context, at engine.Place, asks engine.Approval) (engine.Decision, error) {
			return t.await(ctx, clock.Now(), s, at, asks)
		}
		config.Respond = func(engine.Place, engine.Response) error { return nil }
	}
	if r.planned != nil {
		config.Read = func(answer engine.Value) { r.planned.names.learn(answer) }
	}
	folder := keep.NewFolder(state, dir, veil, k.open(r, config, r.hold.of(s.AsOf)))
	config.Keeper, k.folder = folder, folder
	if r.asked.NoHistory && !s.DryRun || r.asked.Trial != nil {
		config.Keeper = countsOnly{folder}
	}
	if k.log != nil && !k.counted {
		config.Respond = k.log.Respond
	}
	if k.journal == nil { // the journal asks before it has the write
		config.Permit = r.fuse.of(s.Run)
	}
	watch.results, watch.waited, watch.before = folder.File, conns.Waited, waited
	if k.observed = r.workspace.observe(begun); len(k.observed.all) > 0 {
		listeners = append(slices.Clone(listeners), k.observed)
	}
	if k.log != nil && !k.counted {
		k.book = newLogbook(folder.Log(), watch, veil)
		listeners = append(slices.Clone(listeners), k.book)
		begins := LogStarted
		if k.before != nil {
			begins = LogResumed
		}
		k.book.add(LogLine{Event: begins, Message: p.Flow})
	}
	k.ctx, k.cancel, k.alone = r.ctx, r.cancel, started
	if started {
		k.ctx, k.cancel = context.WithCancelCause(r.ctx)
		defer k.cancel(nil)
	}
	k.watch(r, watch)
	s.Permit = r.fuse.step(s.Run)
	out, err := k.run(r, local.New(k.ctx, config), p, s)
	for _, l := range listeners {
		l.Done()
	}
	_ = os.Remove(filepath.Join(state, dir)) // only succeeds if the folder is empty
	report := newReport(s.Run, p, conns, watch, conns.Waited().Since(waited).and(watch.refused), out, err, clock.Now().Sub(startedAt))
	report.veil, report.picks, report.notKept = veil, s.Picks, engine.IsNotKept(err)
	if dry != nil {
		dry.sort()
		report.DryRun = dry
		r.listed.verdict(report)
	}
	return report
}

// logOf returns the log of a run, whose lines have its id; nil if there is none.
func logOf(log *slog.Logger, run string) *slog.Logger {
	if log == nil {
		return nil
	}
	return log.With("run", run)
}

// Options returns the first limit options of an input for the text that a user has typed so far; more reports whether
// there are others. Secrets are hidden in labels and errors, but not in values. It is safe for concurrent use.
func (w *Workspace) Options(ctx context.Context, c *Checked, on *Connections, in engine.Input, typed string, limit int) (found []engine.Option, more bool, err error) {
	tables := w.Tables()
	defer tables.Close()
	rt := local.New(ctx, local.Config{
		Run: "options", Cards: w.config.Cards, Connections: on.conns, Clock: w.config.Clock, Files: w.files.Run(filepath.Join(runsDir, "options")), Tables: tables,
		Listen: func(e engine.Event) { w.config.Veil.Learn(e.Secrets...) },
	})
	found, more, err = in.Options.Find(rt, c.Plan, c.chosen, typed, limit)
	for i := range found {
		found[i].Label = w.config.Veil.String(found[i].Label)
	}
	if err != nil && !engine.IsCanceled(err) {
		err = w.config.Veil.Error(card.AsError(err))
	}
	return found, more, err
}
