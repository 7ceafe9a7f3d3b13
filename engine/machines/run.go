package machines

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// Run is a run on the server.
type Run struct {
	ID   string
	runs *Runs
	job  temporal.Job
	from map[string]string // the sources of its flows
	flow *host.Checked     // of the first run of its chain of starts; nil if it cannot be checked here
	plan *engine.Plan      // of its flow; nil likewise
	held []byte            // the plan to which it, or the run that started it, is held: see unpacked
	to   *host.HeldTo      // what is known of that plan; nil: it was not read yet, or there is none
	at   temporal.Listed

	// What it was when Past asked it:
	stopped bool // it is being stopped
	silent  bool // no worker answers
	pauses  bool
}

// Find returns the run with an id, or the start of one. The error has the kind not_found if there is none.
func (r *Runs) Find(ctx context.Context, id string) (*Run, error) {
	at, err := r.client.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	return r.run(ctx, at)
}

// run reads how a run was started.
func (r *Runs) run(ctx context.Context, at temporal.Listed) (*Run, error) {
	if at.OtherKey() {
		return nil, otherKey(at.Run)
	}
	job, err := r.client.Job(ctx, at.Run)
	if err != nil {
		return nil, err
	}
	origin := job
	if job.Origin.Run != at.Run {
		if origin, err = r.client.Job(ctx, job.Origin.Run); err != nil {
			return nil, err
		}
	}
	run := &Run{ID: at.Run, runs: r, job: job, from: origin.Sources, held: origin.Plan, at: at}
	if _, checked, err := r.workspace.CheckElsewhere(origin.Settings, origin.Sources, origin.Flow, origin.Start.Connections); err == nil {
		run.flow = checked
		if run.plan = checked.PlanOf(job.Flow); run.plan != nil {
			r.workspace.Hides(run.plan, job.Start)
		}
	}
	return run, nil
}

// otherKey is the error of a run that was started with another key.
func otherKey(run string) error {
	return &card.Error{
		Kind: card.Forbidden, Code: "other_key", Message: "run " + run + " was started with another FLOWDECK_KEY, and cannot be read with this one",
		Hint: "set FLOWDECK_KEY to the one of whoever started it",
	}
}

// mostLooked is the number of runs among which Last looks.
const mostLooked = 1000

// Last returns the last run that no other run started, that the history does not have and that fits, if it was started after the one with an id, which may be
// empty. It is nil if there is none. The error is of the kind unavailable if a run perhaps fits, and no worker says whether it does.
func (r *Runs) Last(ctx context.Context, after string, known func(run string) bool, fits func(store.Run) bool) (*Run, error) {
	looked := 0
	for at, err := range r.client.Runs(ctx, temporal.Filter{}) {
		if err != nil || at.Run <= after { // ids start with their times
			return nil, err
		}
		if looked++; looked > mostLooked {
			return nil, host.Usage("name the RUN; 'flowdeck runs' lists them", "none of the last %d runs on Temporal fits", mostLooked)
		}
		if strings.Contains(at.Run, ".") || at.OtherKey() || known(at.Run) {
			continue
		}
		run, err := r.run(ctx, at)
		if err != nil {
			return nil, err
		}
		past, err := run.Past(ctx)
		if err != nil {
			return nil, err
		}
		as := func(status store.Status) bool {
			one := past.Run
			one.Status = status
			return fits(one)
		}
		switch {
		case fits(past.Run), run.GoesOn() && as(store.Running): // also while it pauses
			return run, nil
		case run.silent && as(store.Paused):
			return nil, run.MayGoOn()
		}
	}
	return nil, nil
}

// GoesOn reports whether the run had not ended when it was found.
func (r *Run) GoesOn() bool { return r.at.Closed.IsZero() }

// MayGoOn returns an error if nobody can decide anything about the run, or resume it: a UsageError if it was being stopped when it was found, and one of
// the kind unavailable if no worker said what it waits for.
func (r *Run) MayGoOn() error {
	switch {
	case r.stopped:
		return host.Usage("flowdeck runs show "+r.ID+" shows how it ends", "run %s was stopped", r.ID)
	case r.silent:
		return &card.Error{
			Kind: card.Unavailable, Message: NoWorker + ", so that it is not known what run " + r.ID + " waits for", Hint: "flowdeck worker starts one; then try again",
		}
	}
	return nil
}

// NoWorker begins the reason of a run that goes on and of which nothing is known, because no worker answers.
const NoWorker = "no worker answers"

// Silent reports whether the reason of a run is that no worker answers.
func Silent(reason string) bool { return strings.HasPrefix(reason, NoWorker) }

// Held returns the plan to which the run is held; nil if there is none.
func (r *Run) Held() (*host.Plan, error) {
	p, err := unpacked(r.held)
	if err != nil || p == nil {
		return nil, err
	}
	return r.runs.workspace.Judged(p), nil
}

// Pauses reports whether the run paused when Past asked it: until it is resumed, not only because a write of it is in doubt.
func (r *Run) Pauses() bool { return r.pauses }

// Past returns the run as the history would have it. Without a worker that answers, a run that goes on has no counts, and a reason that says so.
func (r *Run) Past(ctx context.Context) (*host.Past, error) {
	e := host.Elsewhere{Run: r.kept()}
	if !r.GoesOn() {
		return r.ended(ctx, e)
	}
	if len(r.held) > 0 && r.to == nil {
		plan, err := unpacked(r.held)
		if err != nil {
			return nil, err
		}
		to := plan.HeldTo()
		r.to = &to
	}
	e.Held = r.to
	whole, err := r.runs.client.State(ctx, r.ID)
	switch failure := (*card.Error)(nil); {
	case errors.As(err, &failure) && failure.Kind == card.Timeout:
		if r.silent, e.Run.Reason = true, NoWorker; failure.Code == temporal.CodeStuck {
			e.Run.Reason += ": " + failure.Message
		}
	case err != nil:
		return nil, err
	}
	r.runs.workspace.Learn(whole.Secrets...)
	e.Sums, e.Limits, e.Answered = whole.Sums, allowances(whole.Limits), askedThen(whole.Answered)
	e.Resumed = resumptions(whole.Resumed)
	r.pauses = whole.Paused != nil
	switch p := whole.Paused; {
	case whole.Stopped != nil:
		r.stopped = true
		e.Run.Reason = "it was stopped" + by(whole.Stopped.By) + ", and ends when its records in flight have finished"
	case p == nil && len(whole.Doubts) > 0: // as a local run, which pauses then
		d := whole.Doubts[0]
		e.Run.Status, e.Run.Reason = store.Paused, d.Card+" may have been done: "+d.Place.String()
	case p == nil:
	case p.By == "": // at a limit
		e.Run.Status, e.Run.Reason = store.Paused, p.Reason
	default:
		e.Run.Status, e.Run.Reason = store.Paused, strings.TrimSuffix("paused by "+p.By+": "+p.Reason, ": ")
	}
	for _, a := range whole.Approvals {
		e.Approvals = append(e.Approvals, host.Asked{Place: a.Place, Ask: a.Approval, Since: a.Since})
	}
	for _, d := range whole.Doubts {
		one := host.Doubt{Step: d.Place.String(), Card: d.Card, Target: d.Target, Began: d.Began}
		if r.plan != nil {
			one.Title = r.plan.Title(d.Place, d.Card)
		}
		e.Doubts = append(e.Doubts, one)
	}
	return r.runs.workspace.PastElsewhere(e)
}

// resumptions returns when, by whom and how a run was resumed.
func resumptions(all []temporal.Resumed) (then []store.Resumption) {
	for _, r := range all {
		then = append(then, store.Resumption{At: r.At, By: r.By, Allow: r.Allow})
	}
	return then
}

// by returns who has done something, as the end of a phrase; empty if it is not known.
func by(who string) string {
	if who == "" {
		return ""
	}
	return " by " + who
}

// kept returns the run as the history would keep it, without what became of it.
func (r *Run) kept() store.Run {
	digest := r.job.Origin.Digest
	if r.plan != nil { // a run that another one starts has none in its job
		digest = r.plan.Digest()
	}
	return store.Run{
		ID: r.ID, Flow: r.job.Flow, Status: store.Running, Started: r.at.Began, Ended: r.at.Closed, Parent: r.at.Parent, Digest: digest,
		Sources: r.from, Start: r.job.Start, Connections: kept(r.job.Connections),
	}
}

// ended returns the run after its end, for which it waits.
func (r *Run) ended(ctx context.Context, e host.Elsewhere) (*host.Past, error) {
	end, err := r.runs.client.Wait(ctx, r.ID)
	switch {
	case err == nil:
		r.runs.workspace.Learn(end.Secrets...)
		e.Run.Ended, e.Resumed = end.Finished, resumptions(end.Resumed)
		e.End, e.Limits = &host.End{Outcome: end.Outcome, Err: end.Err.Err}, allowances(end.Limits)
		if end.Sum != nil {
			e.Sums = append(e.Sums, end.Sum)
		}
	case r.at.Broken:
		e.End = &host.End{Outcome: engine.Outcome{Status: engine.Failed}, Err: err}
	default:
		return nil, err
	}
	return r.runs.workspace.PastElsewhere(e)
}

// look is the time between two looks at a run that goes on.
const look = time.Second

// Follow waits until the run, and each run that it started, has ended. Meanwhile it calls see about once a second with what is known, and with what no
// worker serves, if it does not go on; see returns false to end the waiting. Then, and if ctx ends, the run that is returned has not ended.
func (r *Run) Follow(ctx context.Context, see func(now *host.Past, unserved []string) bool) (*host.Past, error) {
	return r.follow(ctx, look, see)
}

// follow is Follow with another time between two looks.
func (r *Run) follow(ctx context.Context, every time.Duration, see func(now *host.Past, unserved []string) bool) (*host.Past, error) {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		_, err := r.runs.client.Wait(waiting, r.ID)
		ended <- err
	}()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			if ctx.Err() != nil {
				return nil, fmt.Errorf("%w: %w", engine.ErrCanceled, context.Cause(ctx))
			}
			again, findErr := r.runs.client.Find(ctx, r.ID)
			if findErr != nil {
				return nil, errors.Join(err, findErr)
			}
			if r.at = again; r.GoesOn() { // the server was lost for a while
				return nil, err
			}
			return r.whole(ctx)
		case <-tick.C:
		}
		now, err := r.Past(ctx)
		if err != nil {
			continue // the server is lost for a while, or the run ends; if not, Wait fails
		}
		var unserved []string
		if now.Run.Report == nil || now.Report.Reason != "" {
			unserved, _ = r.runs.Unserved(ctx, r.flow, kept(r.job.Connections))
		}
		if !see(now, unserved) {
			return now, nil
		}
	}
}

// whole returns the run after its end, with the reports of the runs that it started, after theirs.
func (r *Run) whole(ctx context.Context) (*host.Past, error) {
	e := host.Elsewhere{Run: r.kept()}
	starts := false
	if r.plan != nil {
		r.plan.EachStep(func(_ *engine.Plan, s *engine.Step) {
			_, start := s.Do.(engine.StartFlow)
			starts = starts || start
		})
	}
	if starts && !strings.Contains(r.ID, ".") {
		started, err := r.runs.startedBy(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		for _, at := range started {
			run, err := r.runs.run(ctx, at)
			if err != nil {
				return nil, err
			}
			past, err := run.ended(ctx, host.Elsewhere{Run: run.kept()})
			if err != nil {
				return nil, err
			}
			e.Started = append(e.Started, past.Report)
		}
	}
	return r.ended(ctx, e)
}

// indexed is the time that a server may take to list a run.
const indexed = 5 * time.Second

// startedBy returns the runs that a run which has ended, and those that it started, have started, as soon as the server lists that run as ended.
func (r *Runs) startedBy(ctx context.Context, root string) (all []temporal.Listed, err error) {
	for until := time.Now().Add(indexed); ; {
		var ended bool
		if all, ended, err = r.family(ctx, root); err != nil || ended || !time.Now().Before(until) {
			return all, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", engine.ErrCanceled, context.Cause(ctx))
		case <-time.After(look / 4):
		}
	}
}

// family returns the runs that the server lists as started by a run or by those that it started, and whether it lists that run as ended.
func (r *Runs) family(ctx context.Context, root string) (all []temporal.Listed, ended bool, err error) {
	for one, err := range r.client.Runs(ctx, temporal.Filter{Prefix: root}) {
		switch {
		case err != nil:
			return nil, false, err
		case one.Run == root:
			ended = !one.Closed.IsZero()
		default:
			all = append(all, one)
		}
	}
	slices.Reverse(all) // the first that was started first
	return all, ended, nil
}
