package machines

import (
	"cmp"
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

// Fetch adds a run that has ended, and those that it started or that started it, to the history of the workspace: by its id, or the start of one. The
// error has the kind not_found if the server has no such run, or one of them goes on.
func (r *Runs) Fetch(ctx context.Context, id string) error {
	run, err := r.Find(ctx, id)
	if err != nil {
		return err
	}
	if root, _, started := strings.Cut(run.ID, "."); started {
		if run, err = r.Find(ctx, root); err != nil {
			return err
		}
	}
	if run.GoesOn() {
		return run.notYet()
	}
	started, err := r.startedBy(ctx, run.ID)
	if err != nil {
		return err
	}
	all, ids := []*Run{run}, []string{}
	var planned []string // the runs, as the plan names them to which they were held
	for _, at := range started {
		one, err := r.run(ctx, at)
		if err != nil {
			return err
		}
		if one.GoesOn() {
			return one.notYet()
		}
		one.held = run.held // one copy: the plan may be large, and the runs many
		all, ids = append(all, one), append(ids, one.ID)
	}
	for _, one := range all {
		if as := one.job.Start.AsOf; as != nil {
			planned = append(planned, as.Run)
		}
	}
	plan, err := unpacked(run.held)
	if err != nil {
		return err
	}
	var held *host.HeldRuns
	if plan != nil {
		held = r.workspace.HeldRuns(plan, planned)
	}
	for _, one := range slices.Backward(all[1:]) { // whoever finds a run finds those that it started
		if err := one.fetch(ctx, held, nil); err != nil {
			return err
		}
	}
	return run.fetch(ctx, held, ids)
}

// Left are runs that FetchAll did not fetch.
type Left struct {
	GoOn   int   // that go on, or have started one that does
	Failed int   // that cannot be fetched
	Err    error // of the first one of those
}

// FetchAll adds the runs that have ended to the history, except those that known reports.
func (r *Runs) FetchAll(ctx context.Context, known func(run string) bool) (left Left, err error) {
	for at, err := range r.client.Runs(ctx, temporal.Filter{}) {
		switch {
		case err != nil:
			return left, err
		case at.OtherKey() || strings.Contains(at.Run, ".") || known(at.Run): // those that a run started are fetched with it
			continue
		case at.Closed.IsZero():
			left.GoOn++
			continue
		}
		switch err := r.Fetch(ctx, at.Run); {
		case err == nil:
		case ctx.Err() != nil:
			return left, err
		case card.AsError(err).Kind == card.NotFound && errors.As(err, new(*host.UsageError)):
			left.GoOn++
		default:
			left.Failed++
			left.Err = cmp.Or(left.Err, err)
		}
	}
	return left, nil
}

// notYet is the error of a run that goes on.
func (r *Run) notYet() error {
	return &host.UsageError{
		Err:  &card.Error{Kind: card.NotFound, Message: "run " + r.ID + " has not ended on Temporal: the history has it only then"},
		Hint: "flowdeck runs show " + r.ID + " shows it",
	}
}

// fetch adds the run to the history. held are the runs that are fetched with it and were held to its plan; nil if there is none. started are those that it
// started, which the history has.
func (r *Run) fetch(ctx context.Context, held *host.HeldRuns, started []string) error {
	switch {
	case r.at.Broken:
		return fmt.Errorf("run %s was ended outside of flowdeck: only Temporal's history has what it did", r.ID)
	case r.plan == nil:
		return fmt.Errorf("run %s cannot be fetched: this version of flowdeck does not accept its flow", r.ID)
	}
	end, err := r.runs.client.Wait(ctx, r.ID)
	if err != nil {
		return err
	}
	watch := r.runs.workspace.NewWatch(func() time.Time { return end.Finished })
	if end.Sum != nil {
		if err := watch.Add(end.Sum); err != nil {
			return err
		}
	}
	f := host.Fetched{Run: r.kept(), Plan: r.plan, Outcome: end.Outcome, Err: end.Err.Err, Watch: watch, Held: held, Started: started}
	f.Run.Ended, f.Limits, f.Resumed = end.Finished, allowances(end.Limits), resumptions(end.Resumed)
	if end.Stopped != nil && end.Stopped.By != "" {
		f.Why = "stopped by " + end.Stopped.By
	}
	f.Run.Origin = &store.Origin{
		Engine: "temporal", Address: r.runs.server.Address, Namespace: cmp.Or(r.runs.server.Namespace, "default"), Fetched: time.Now().UTC(),
	}
	f.Parts = func(yield func(host.Part, error) bool) {
		for piece, err := range r.runs.client.Pieces(ctx, end) {
			p := host.Part{Secrets: piece.Secrets, Open: piece.Around}
			for _, w := range piece.Writes {
				p.Writes = append(p.Writes, store.Write{
					Intent: w.Intent, Began: w.Began, Ended: w.Ended, Times: w.Times, Settled: w.Settled,
					Result: w.Effect.Value, Err: w.Effect.Err, Doubt: w.Effect.Doubt,
				})
			}
			p.Asked = askedThen(piece.Answered)
			for _, not := range piece.NotMade {
				p.NotMade = append(p.NotMade, host.NotMade{Place: not.Place, Card: not.Card, Target: not.Target, Err: not.Err.Err})
			}
			for _, row := range piece.Rows {
				p.Ended = append(p.Ended, engine.Ended{Record: row.Record, Outcome: row.Outcome, Err: row.Err.Err})
			}
			if !yield(p, err) {
				return
			}
		}
	}
	return r.runs.workspace.Fetch(ctx, f)
}

// askedThen returns approvals for which a run does not wait any more.
func askedThen(all []temporal.Answered) (then []host.AskedThen) {
	for _, a := range all {
		then = append(then, host.AskedThen{Asked: host.Asked{Place: a.Place, Ask: a.Approval, Since: a.Since}, Decision: a.Decision, Ended: a.Ended})
	}
	return then
}
