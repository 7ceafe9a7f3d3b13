package host

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/journaled"
	"github.com/flowdeck/flowdeck/engine/keep"
	"github.com/flowdeck/flowdeck/engine/killpoint"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/store"
)

// History opens the history of the workspace's runs. Close closes it.
func (w *Workspace) History() (*store.Store, error) {
	w.history.mu.Lock()
	defer w.history.mu.Unlock()
	if w.history.store != nil {
		return w.history.store, nil
	}
	var err error
	w.history.store, err = store.Open(store.Config{State: w.config.State, Clock: w.config.Clock, Veil: w.config.Veil, Durability: w.durability(), Key: w.config.Key, Keyed: w.config.Keyed})
	return w.history.store, err
}

// Kept opens the history of the workspace's runs for somebody who reads it. It is nil if no run was kept yet: reading creates nothing.
func (w *Workspace) Kept() (*store.Store, error) {
	if _, err := os.Lstat(filepath.Join(w.config.State, store.Name)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return w.History()
}

// history is the history of a workspace, which its copies share.
type history struct {
	mu    sync.Mutex
	store *store.Store // nil: not open
}

// Close closes the history. The workspace can still be used.
func (w *Workspace) Close() error {
	w.history.mu.Lock()
	defer w.history.mu.Unlock()
	if w.history.store == nil {
		return nil
	}
	err := w.history.store.Close()
	w.history.store = nil
	return err
}

// kept is the history of a run that goes on in this process.
type kept struct {
	log    *store.Log // nil: no history is kept
	before *store.Run // the run until it was resumed; nil for a new run
	failed []Group    // the errors of records that failed before the run was resumed
	ended  bool       // the run has ended in another process
	// counted is set for a run that keeps its counts only.
	counted bool
	ctx     context.Context // of the run; nil until it plays
	cancel  context.CancelCauseFunc
	nth     int    // of a started run: the number of its start
	alone   bool   // another run started it: it stops and pauses alone
	paused  string // the reason why it pauses, if the others have another one or do not; guarded by runs.mu
	stopped string // who stopped it; empty if nobody did; guarded by runs.mu
	// entered is set when the run goes on in this process: until then, a resumed run keeps the report that it had.
	entered atomic.Bool

	journal  *journaled.Run
	folder   *keep.Folder
	book     *logbook  // nil: no log is kept
	observed *observed // nil: until it plays
	widths   local.Widths
	watching sync.WaitGroup
	unwatch  context.CancelFunc
}

// keep starts the history of a run.
func (r *runs) keep(p *engine.Plan, s engine.Start, parent string) (*kept, error) {
	if r.store == nil {
		return &kept{}, nil
	}
	start, sources := r.asKept(p, s)
	quota, err := p.Quota(s.Inputs)
	if err != nil {
		return nil, notCounted(err)
	}
	var occasion int64
	var limits, plan json.RawMessage
	if parent == "" { // a run that another one starts has these of the other one
		occasion, limits = r.asked.Occasion, r.fuse.text()
		if r.hold != nil {
			if plan, err = card.EncodeJSON(r.hold.plan); err != nil {
				return nil, err
			}
		}
	}
	log, err := r.store.Create(context.WithoutCancel(r.ctx), store.Run{
		Occasion: occasion, As: r.asked.As, ID: s.Run, Flow: p.Flow, Parent: parent, Digest: p.Digest(), Sources: sources, Start: start, Quota: quota, Connections: r.connections(),
		Limits: limits, Plan: plan,
	})
	if err != nil && r.asked.NoHistory { // its counts are not worth a run
		return &kept{}, nil
	}
	return &kept{log: log, counted: r.asked.NoHistory}, err
}

// connections returns the connections that the runs use, as they are kept.
func (r *runs) connections() []store.Connection { return r.asked.Connections.Kept(r.asked.Flow.Uses()) }

// Kept returns connections as they are kept.
func (o *Connections) Kept(uses []engine.Use) (all []store.Connection) {
	for _, use := range uses {
		id := o.ids[use.Name]
		all = append(all, store.Connection{Name: use.Name, Service: use.Service, Org: id.Org, As: id.As, Simulated: id.Simulated, Key: id.Key})
	}
	return all
}

// asKept returns the start of a run and its flows for the history. From then on, the secrets are known, so that the history encrypts them.
func (r *runs) asKept(p *engine.Plan, s engine.Start) (engine.Start, map[string]string) {
	if r.asked.NoHistory {
		return engine.Start{Run: s.Run, By: s.By}, nil
	}
	for _, in := range p.Inputs {
		r.workspace.config.Veil.Learn(in.Secrets(s.Inputs[in.Name])...)
	}
	return s, r.workspace.Sources(r.asked.Flow)
}

// keepStarted starts or resumes the history of a run that another run starts.
func (r *runs) keepStarted(p *engine.Plan, s engine.Start, parent string) (*kept, error) {
	if r.store == nil || r.asked.Resume == nil {
		return r.keep(p, s, parent)
	}
	before, err := r.store.Run(context.WithoutCancel(r.ctx), s.Run)
	switch {
	case err != nil && card.AsError(err).Kind == card.NotFound:
		if err := engine.Lost(s.Inputs); err != nil {
			return nil, err
		}
		return r.keep(p, s, parent)
	case err != nil:
		return nil, err
	case !before.Resumable(), engine.Lost(s.Inputs) != nil: // it can be resumed by its id
		return &kept{ended: true}, nil
	}
	k, _, err := r.takeOver(s.Run, p)
	if err == nil { // the step that starts it has its secrets again
		r.mu.Lock()
		defer r.mu.Unlock()
		r.notResumed = slices.DeleteFunc(r.notResumed, func(left NotResumed) bool { return left.Run == s.Run })
	}
	return k, err
}

// open returns the Closer for the results of the run.
func (k *kept) open(r *runs, c local.Config, hold func(engine.Invocation, card.State) *card.Error) keep.Closer {
	if k.log == nil || k.counted {
		return nil
	}
	k.journal = journaled.New(journaled.Config{
		Journal: k.log, Cards: c.Cards, Resumed: k.before != nil, Did: c.Did, Before: c.Before, Hold: hold, Settled: k.log.Settled,
		Paused: func(d journaled.Doubt) { r.doubted(k, c.Run, d) }, Ended: k.dropSnapshot, Permit: r.fuse.of(c.Run),
	})
	return k.journal
}

// dropSnapshot removes the snapshot of a stream that has ended, when this is durable.
func (k *kept) dropSnapshot(stream engine.Place) {
	if k.log.Flush() == nil {
		k.folder.DropSnapshot(stream)
	}
}

// run runs the interpreter.
func (k *kept) run(r *runs, rt engine.Runtime, p *engine.Plan, s engine.Start) (engine.Outcome, error) {
	if r.asked.Trial != nil {
		end, done, err := r.enter(p, s)
		if err != nil || end.Status != "" {
			return end, err
		}
		defer done()
	}
	if end, err := k.enter(r, p); err != nil || end.Status != "" {
		return end, err
	}
	if k.journal != nil {
		var err error
		if rt, err = k.journal.Over(rt); err != nil {
			return engine.Outcome{Status: engine.Failed}, err
		}
		if resume := r.asked.Resume; resume != nil && len(resume.gone.counted[s.Run]) > 0 {
			left := countGone(resume.gone.counted[s.Run])
			rt.Emit(engine.Event{Kind: engine.Restored, Restored: &left})
		}
	}
	k.entered.Store(true)
	if !k.alone {
		r.fuse.goOn(r.ctx, r.workspace.config.Clock.Sleep)
	}
	return engine.Run(rt, p, s)
}

// firstLook is the time after which the report of a run is kept first: people look at a run that has just started.
const firstLook = 100 * time.Millisecond

// watch keeps the report of the run while it goes on, and does what people ask of it from other processes.
func (k *kept) watch(r *runs, w *Watch) {
	if k.log == nil {
		return
	}
	r.mu.Lock()
	r.kept = append(r.kept, k)
	paused := r.paused != ""
	r.mu.Unlock()
	if paused && k.journal != nil {
		k.journal.Pause()
	}
	var ctx context.Context
	ctx, k.unwatch = context.WithCancel(context.Background())
	controls := k.log.Controls()
	k.watching.Go(func() {
		tick := time.NewTicker(firstLook)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				tick.Reset(time.Second)
				k.book.waits(false)
				k.observed.waits()
				if k.counted {
					continue
				}
				if report := k.live(w); report != nil {
					if !k.alone {
						report.Limits = r.fuse.soFar()
					}
					_ = k.log.Update(r.encoded(report)) // a failure also ends the next write
				}
			case c, open := <-controls:
				if !open {
					return
				}
				r.obey(k, c)
			}
		}
	})
}

// live returns the report of a run that goes on; nil if it has ended, or waits with the report that it has.
func (k *kept) live(w *Watch) *Report {
	if k.before != nil && !k.entered.Load() {
		return nil
	}
	report := w.Live()
	if report != nil && k.before != nil {
		report.follow(k.before.Report, k.failed)
	}
	return report
}

// leave makes the run count no longer for the limit of its flow: it waits for nothing but the runs that it started.
func (k *kept) leave() {
	if k.log != nil {
		k.log.Leave()
	}
}

// finish keeps the end of the run. If that fails, so does the run.
func (k *kept) finish(r *runs, report *Report, p *engine.Plan) {
	if k.log == nil {
		return
	}
	k.unwatch()
	k.watching.Wait()
	r.mu.Lock()
	if why := cmp.Or(k.paused, r.paused); report.Status == engine.Canceled && why != "" && k.stopped == "" && !k.counted {
		report.Status, report.Reason = store.Paused, why
	} else if report.Status == engine.Canceled && report.Reason == "" {
		report.Reason = k.stopped
	}
	r.mu.Unlock()
	status, reason := report.Status, report.Reason
	if report.notKept && !k.counted { // it did not fail by itself, and goes on when the cause is gone
		status, reason = store.Paused, report.Error.Message
	}
	if resumable(status) && !k.counted {
		_ = k.log.Flush() // the results of the last writes; if that fails, so does Finish
		report.Resumable, report.Doubts = true, r.doubts(report.Run, p)
	}
	switch {
	case k.before == nil:
	case k.entered.Load():
		report.follow(k.before.Report, k.failed)
	default:
		report.stay(*k.before)
	}
	report.countDoubts()
	final := report
	if k.counted {
		final = &Report{
			Run: report.Run, Flow: report.Flow, Status: report.Status, Steps: []*Step{}, Streams: report.Streams, Writes: report.Writes,
			Retries: report.Retries, Waited: report.Waited, Seconds: report.Seconds, Connections: report.Connections,
		}
	}
	k.book.end(report) // before others see that the run has ended, and stop to read the log
	killpoint.Passed(killpoint.BeforeFinish)
	err := k.log.Finish(status, reason, r.encoded(final))
	switch {
	case err != nil:
	case !resumable(status):
		k.folder.DropSnapshots()
	case !k.counted: // not before: the history has them already
		report.Approvals, _ = r.workspace.Approvals(context.Background(), report.Run, false)
	}
	report.Chain, _ = r.store.ChainOf(context.WithoutCancel(r.ctx), report.Run) // without it, there is no anchor
	if released := k.log.Release(); err == nil {
		err = released
	}
	if err != nil && report.Error == nil {
		report.Status, report.Error = engine.Failed, newFailure(engine.NotKept(err))
	}
}

// encoded returns the JSON form of a report, without secrets.
func (r *runs) encoded(report *Report) json.RawMessage {
	report.veil = r.workspace.config.Veil
	data, err := json.Marshal(report)
	if err != nil { // a value that has no JSON
		data, _ = json.Marshal(map[string]string{"error": err.Error()})
	}
	return data
}
