package serve

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// dispatcher starts runs for occasions.
type dispatcher struct {
	*Server
	lead  *store.Leadership
	park  context.Context // ends when the runs are parked
	abort context.Context // ends when records in flight are cut off
	freed chan struct{}   // has room for one: a run has ended

	left   []store.Occasion // what was read of those that wait, and could not start then
	asked  bool             // there may be others
	at     time.Time        // when they were read
	notYet time.Time        // when they may be read again because there may be others

	stuck   map[string]bool     // the runs that cannot go on
	stopped map[string]bool     // the runs elsewhere that were asked to stop
	sealed  map[int64]time.Time // the occasions whose secrets cannot be read, and when that was found
	resumed time.Time           // when runs of other servers were looked for
}

const (
	// patience is the longest time between two looks at the occasions: other processes add some, too.
	patience = 500 * time.Millisecond
	// share bounds the part of the time in which occasions are read while requests add some: one of so many.
	share = 5
	// atOnce is the number of occasions that are looked at.
	atOnce = 1000
	// settled is the age of an occasion from which its flow must be known.
	settled = 6 * look
	// again is the time after which a connection is tried again.
	again = 15 * time.Second
	// againSealed is the time after which an occasion is looked at again whose secrets cannot be read. A key comes with the next server, as a rule.
	againSealed = 5 * time.Minute
	// strays is the time between two looks for runs of other servers: one that was suspended parks its runs when it goes on.
	strays = 30 * time.Second
)

func newDispatcher(s *Server, lead *store.Leadership, park, abort context.Context) *dispatcher {
	return &dispatcher{
		Server: s, lead: lead, park: park, abort: abort, freed: make(chan struct{}, 1),
		stuck: map[string]bool{}, stopped: map[string]bool{}, sealed: map[int64]time.Time{},
	}
}

func (d *dispatcher) run(ctx context.Context) error {
	if err := d.rejoin(ctx); err != nil {
		return err
	}
	for fresh := true; ctx.Err() == nil; fresh = d.next(ctx) {
		if time.Since(d.resumed) >= strays {
			d.resume(ctx)
			d.resumed = time.Now()
		}
		if err := d.dispatch(ctx, fresh); err != nil {
			return err
		}
	}
	return nil
}

// next waits until there may be something to start, or ctx ends. fresh reports whether the occasions must be read.
func (d *dispatcher) next(ctx context.Context) (fresh bool) {
	due := func() time.Duration {
		if d.asked {
			return time.Until(d.notYet)
		}
		return time.Until(d.at.Add(patience))
	}
	timer := time.NewTimer(due())
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case <-d.freed:
			return false
		case <-d.wake:
			d.asked = true
			timer.Reset(due())
		}
	}
}

// dispatch starts the runs that can start now: in turns for the flows, so that a flow with many occasions does not hold up the others. After the
// end of a run, what was read before is enough while it has something to start: reading costs time for each occasion that waits.
func (d *dispatcher) dispatch(ctx context.Context, fresh bool) error {
	if !fresh {
		if began, err := d.startSome(ctx); began || err != nil {
			return err
		}
	}
	began := time.Now()
	var err error
	if d.left, err = d.history.Turns(ctx, atOnce); err != nil {
		return err
	}
	d.asked, d.at = false, time.Now()
	d.notYet = d.at.Add(min(patience, (share-1)*d.at.Sub(began)))
	_, err = d.startSome(ctx)
	return err
}

// startSome starts the runs that can start now of those that were read, and reports whether there was one.
func (d *dispatcher) startSome(ctx context.Context) (began bool, err error) {
	left := d.left[:0]
	for i, o := range d.left {
		if ctx.Err() != nil || d.runs.number() >= d.Runs {
			left = append(left, d.left[i:]...)
			break
		}
		gone, err := d.consider(ctx, o)
		if err != nil {
			return began, err
		}
		if began = began || gone; !gone {
			left = append(left, o)
		}
	}
	d.left = left
	return began, nil
}

// consider starts the run of an occasion, drops the occasion, or leaves it for later. gone reports whether it does not wait any more, or must be read again.
func (d *dispatcher) consider(ctx context.Context, o store.Occasion) (gone bool, err error) {
	if d.runs.has(o) {
		return true, nil // its run is about to be created
	}
	if o.Run != "" && (d.runs.isPostponed(o.Flow, d.Clock.Now()) || d.lacksElsewhere(o)) {
		return false, nil
	}
	w, f := d.flows.flow(o.Flow)
	if f == nil && d.Clock.Now().Sub(o.Received) < settled {
		return false, nil // its file may not have been read yet
	}
	if f == nil {
		return true, d.discard(ctx, o, "there is no flow of this name any more")
	}
	if why := d.flows.refuses(o.Flow); why != "" {
		return true, d.discard(ctx, o, why)
	}
	if d.Clock.Now().Before(d.sealed[o.ID]) {
		return false, nil
	}
	t := trigger(f, o.Trigger)
	if d.runs.of(o.Flow) >= d.most(f) || d.runs.isPostponed(o.Flow, d.Clock.Now()) {
		return false, nil
	}
	if before := d.runs.before(o, func(id string) bool { return trigger(f, id) != nil }); before.run != "" {
		switch {
		case t == nil || t.Schedule == nil || t.Schedule.Overlap == engine.OverlapQueue:
		case t.Schedule.Overlap == engine.OverlapSkip:
			return true, d.discard(ctx, o, "run "+before.run+" goes on")
		case before.run != starting:
			d.replace(ctx, before)
		}
		return ofSchedule(o.Trigger) && before.trigger != o.Trigger, nil // after an edit, the next one may be of the lane of that run: what waits is read again
	}
	whole, err := d.history.Occasions(ctx, store.OccasionFilter{ID: o.ID, Limit: 1})
	if err != nil || len(whole) == 0 || whole[0].Status != store.Waiting { // just removed, or started by another process
		return true, err
	}
	o = whole[0]
	if o.Unreadable != nil {
		d.Log.Error("no run can start: what starts the flow waits", because(o.Unreadable, "flow", o.Flow, "occasion", o.ID)...)
		d.sealed[o.ID] = d.Clock.Now().Add(againSealed)
		return false, nil
	}
	if t == nil && o.Inputs == nil {
		return true, d.discard(ctx, o, "the flow does not have this trigger any more")
	}
	inputs := o.Inputs
	if inputs == nil || t != nil && (t.Schedule != nil || t.Source != nil) { // those of the flow as it is now; if the trigger is gone, those of then
		if inputs, err = t.Start(ctx, o.Flow, o.Value); err != nil {
			return true, d.discard(ctx, o, "its inputs cannot be computed: "+err.Error())
		}
	}
	start := engine.Start{Inputs: inputs, Trigger: o.Value, By: by(o), Person: o.By}
	d.begin(ctx, o, func() (*host.Report, error) {
		conns, err := d.pool.Connect(ctx, f.Uses())
		if err != nil {
			return nil, err
		}
		if why, err := d.loop(ctx, f, t, o, conns); why != "" {
			d.metrics.event(o.Flow, looped)
			return d.unlessThere(ctx, o, why)
		} else if err != nil {
			return nil, err
		}
		if d.Elsewhere != nil {
			return d.send(ctx, w, f, conns, o, start)
		}
		return d.metered(ctx, w, host.Run{
			Flow: f, Connections: conns, Start: start, Park: d.park, Log: d.Log, Occasion: o.ID, As: d.lead, Listen: d.listens(o),
		})
	})
	return true, nil
}

// most returns the number of runs of a flow at a time. Those that wait for others of the flow would take the place of other flows.
func (d *dispatcher) most(f *host.Checked) int {
	most := max(1, d.Runs/2)
	if r := f.Plan.Runs; r != nil && r.Per == nil && r.Busy == engine.BusyQueue {
		most = min(most, r.Limit)
	}
	return most
}

// discard ends an occasion without a run, for a reason.
func (d *dispatcher) discard(ctx context.Context, o store.Occasion, why string) error {
	if o.Run == "" {
		return d.drop(ctx, o, why)
	}
	d.begin(ctx, o, func() (*host.Report, error) { return d.unlessThere(ctx, o, why) })
	return nil
}

func (d *dispatcher) drop(ctx context.Context, o store.Occasion, why string) error {
	d.Log.Warn("no run starts", "flow", o.Flow, "trigger", o.Trigger, "at", o.At.UTC().Format(time.RFC3339), "reason", why)
	return d.history.Drop(ctx, d.lead, o.ID, why)
}

// free makes the dispatcher look for what can start after the end of a run. It does not block.
func (d *dispatcher) free() {
	select {
	case d.freed <- struct{}{}:
	default:
	}
}

// begin follows the run of an occasion on a goroutine, until run returns.
func (d *dispatcher) begin(ctx context.Context, o store.Occasion, run func() (*host.Report, error)) {
	d.runs.add(o)
	go func() {
		defer d.callers.wake(o.ID)
		defer d.free() // after the next line: the lane is free
		defer d.runs.done(o)
		report, err := run()
		unreachable := (*host.ConnectionError)(nil)
		if err != nil && !errors.As(err, &unreachable) && card.AsError(err).Kind == card.Invalid {
			report, err = d.unlessThere(ctx, o, err.Error()) // if that fails, so does the next look at the occasions
		}
		switch {
		case errors.Is(err, store.ErrStarted), errors.Is(err, store.ErrNotLeading): // the scheduler notices that it does not lead
		case errors.As(err, &unreachable):
			d.Log.Error("a connection cannot be opened: what starts the flow waits", because(unreachable.Cause, "flow", o.Flow, "connection", unreachable.Name)...)
			d.postpone(o.Flow, err)
		case err != nil && !engine.IsCanceled(err):
			d.Log.Error("no run can start: what starts the flow waits", because(err, "flow", o.Flow)...)
			d.postpone(o.Flow, err)
		case report != nil:
			logEnd(d.Log.With("flow", report.Flow, "run", report.Run), report)
		}
	}()
}

// listens returns the function that begins to follow the run of an occasion in this process, and the runs that it starts.
func (d *dispatcher) listens(o store.Occasion) func(host.Begun) []host.Listener {
	return func(b host.Begun) (listeners []host.Listener) {
		if !b.Started {
			d.going(o, b.Run, startedOr(b.Resumed), false)
		}
		if d.Listen != nil {
			listeners = d.Listen(b)
		}
		if !b.Started {
			listeners = append(listeners, answers{&d.callers, o.ID})
		}
		return listeners
	}
}

// going notes that the run of an occasion goes on.
func (d *dispatcher) going(o store.Occasion, run, how string, elsewhere bool) {
	d.runs.started(o, run, elsewhere)
	d.release(o.Flow)
	d.metrics.started(o, d.Clock.Now())
	d.Log.Info(how, "flow", o.Flow, "run", run, "by", by(o))
}

// postpone makes what starts a flow wait for a while, and notes why, for people.
func (d *dispatcher) postpone(flow string, why error) {
	d.runs.postpone(flow, d.Clock.Now().Add(again))
	if err := d.history.Hold(context.Background(), d.lead, flow, why.Error()); err != nil {
		d.Log.Warn("why a flow waits could not be kept", "flow", flow, "error", err)
	}
}

// release ends what postpone began.
func (d *dispatcher) release(flow string) {
	if !d.runs.onTime(flow) {
		return
	}
	if err := d.history.ReleaseHold(context.Background(), d.lead, flow); err != nil {
		d.Log.Warn("a flow goes on, and why it waited could not be removed", "flow", flow, "error", err)
	}
}

// logEnd logs the end of a run. The log has the flow and the run.
func logEnd(log *slog.Logger, r *host.Report) {
	log = log.With("status", r.Status, "seconds", math.Round(r.Seconds*10)/10)
	switch {
	case r.Error != nil:
		failure := r.Hidden().Error
		if failure.Step != "" {
			log = log.With("step", failure.Step)
		}
		log.Error("ended", "kind", failure.Kind, "error", failure.Message)
	case r.Status == store.Paused:
		log.Warn("paused", "reason", r.Reason)
	default:
		log.Info("ended")
	}
}
