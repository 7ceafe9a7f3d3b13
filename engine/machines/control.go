package machines

import (
	"context"
	"errors"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// Stop stops the run: nothing new starts, records in flight finish, and nobody is asked any more. It does not wait for that.
func (r *Run) Stop(ctx context.Context, by string) error {
	return r.runs.client.Stop(ctx, r.ID, temporal.Stopped{By: by})
}

// Pause makes the run pause until it is resumed: nothing new starts, and calls in flight finish. It does not wait for that.
func (r *Run) Pause(ctx context.Context, by, why string) error {
	return r.runs.client.Pause(ctx, r.ID, temporal.Paused{By: by, Reason: why})
}

// SetWidth changes how many records of streams are in flight.
func (r *Run) SetWidth(ctx context.Context, streams []string, n int) error {
	for _, name := range streams {
		if err := r.runs.client.SetWidth(ctx, r.ID, temporal.Width{Stream: name, N: n}); err != nil {
			return err
		}
	}
	return nil
}

// answered is the time in which a decision must arrive.
const answered = 20 * time.Second

// Decide decides about an approval, which Past has returned. Its errors are those of Workspace.Decide.
func (r *Run) Decide(ctx context.Context, a host.Approval, v host.Verdict) (host.Approval, error) {
	return r.runs.workspace.DecideElsewhere(a, v, func(d engine.Decision) error {
		ctx, cancel := context.WithTimeout(ctx, answered)
		defer cancel()
		whole, err := r.runs.client.State(ctx, r.ID)
		if err != nil {
			return err
		}
		for _, asked := range whole.Approvals {
			if asked.Place.Equal(a.At()) {
				return r.runs.client.Decide(ctx, asked.Workflow, temporal.Decided{Place: asked.Place, Decision: d})
			}
		}
		return &card.Error{Kind: card.Conflict, Code: "not_open", Message: "run " + r.ID + " does not wait for an approval at " + a.Step + " any more"}
	})
}

// Settle decides about the writes in doubt of steps, as a person names them. A step at which none is in doubt is a UsageError.
func (r *Run) Settle(ctx context.Context, decided []host.Decision) error {
	ctx, cancel := context.WithTimeout(ctx, answered)
	defer cancel()
	whole, err := r.runs.client.State(ctx, r.ID)
	if err != nil {
		return err
	}
	r.runs.workspace.Learn(whole.Secrets...)
	var errs []error
	for _, d := range decided {
		found := false
		for _, doubt := range whole.Doubts {
			if step := doubt.Place.String(); step == d.Step || doubt.Place.Name() == d.Step || string(r.runs.workspace.Hide([]byte(step))) == d.Step {
				found = true
				errs = append(errs, r.runs.client.Settle(ctx, doubt.Workflow, temporal.Settled{Place: doubt.Place, Done: d.Done}))
			}
		}
		if !found {
			errs = append(errs, host.Usage("flowdeck runs show "+r.ID+" lists them", "run %s has no write in doubt at %q", r.ID, d.Step))
		}
	}
	return errors.Join(errs...)
}

// Filter selects runs for a list. Zero fields select all.
type Filter struct {
	Flow    string
	Status  engine.Status
	Since   time.Time
	Started bool // also runs that other runs started
	InDoubt bool // only those with a write in doubt
	Limit   int
	Known   func(run string) bool // the runs that the history has
}

// List returns the runs that a filter selects, the last first, as far as the server lists them.
func (r *Runs) List(ctx context.Context, f Filter) (lines []host.Line, err error) {
	for past, err := range r.pasts(ctx, temporal.Filter{Since: f.Since}, func(at temporal.Listed) bool {
		return (at.Parent == "" || f.Started) && (f.Flow == "" || at.Flow == f.Flow) && !f.Known(at.Run)
	}) {
		if err != nil {
			return lines, err
		}
		if line := past.Line(); (f.Status == "" || line.Status == f.Status) && (!f.InDoubt || line.InDoubt > 0) {
			lines = append(lines, line)
		}
		if len(lines) == f.Limit {
			break
		}
	}
	return lines, nil
}

// Approvals returns the approvals that runs wait for; with decided, also the others of runs that go on. silent is the number of runs of which that is not
// known, since no worker answers.
func (r *Runs) Approvals(ctx context.Context, decided bool) (all []host.Approval, silent int, err error) {
	for past, err := range r.pasts(ctx, temporal.Filter{Open: true}, func(temporal.Listed) bool { return true }) {
		if err != nil {
			return all, silent, err
		}
		if Silent(past.Run.Reason) {
			silent++
		}
		for _, a := range past.Report.Approvals {
			if decided || a.Status == store.OpenApproval {
				all = append(all, a)
			}
		}
	}
	return all, silent, nil
}
