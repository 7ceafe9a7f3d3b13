package host

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Resume is a run that has not ended, and goes on.
type Resume struct {
	ID      string
	store   *store.Store
	repeats string // the run that it repeats; empty if it repeats none
	// decided is what a person decided about writes. It is kept when the run goes on.
	decided map[int64]bool
	// Lacks are the inputs with secrets that the history does not have, since there was no key. They must be set in Inputs.
	Lacks  []engine.Input
	Inputs map[string]engine.Value
	gone   gone

	before store.Run // the run until it is resumed
}

// AllowsMore reports whether the run may do more when it goes on than a person has confirmed: what is allowed now or, of changes, up to more of
// them, or without a limit if more is nil.
func (r *Resume) AllowsMore(more *int, allow map[engine.Measure]int64) bool {
	switch {
	case len(allow) > 0:
		return true
	case more == nil:
		return spent(r.before)
	}
	return readLimits(r.before.Limits).MaxChanges != nil && *more > 0
}

// WhichFlow is the flow with which a run is resumed or repeated if the flow has changed since it started.
type WhichFlow int

const (
	Unchanged WhichFlow = iota // an error if it has changed
	AsStarted                  // the flow as it was then
	Latest                     // the flow as it is now
)

// ChangedError is the error of a run that cannot go on because its flow has changed.
type ChangedError struct {
	Run, Flow string
	Changes   string // of the files, line by line; empty if a card has changed
}

func (e *ChangedError) Error() string {
	if e.Changes == "" {
		return fmt.Sprintf("run %s was started by another version of flowdeck, which ran flow %q in another way", e.Run, e.Flow)
	}
	return fmt.Sprintf("flow %q has changed since run %s started", e.Flow, e.Run)
}

// resumable reports whether a run with a status can go on.
func resumable(s engine.Status) bool {
	return slices.Contains([]engine.Status{store.Paused, store.Interrupted, engine.Canceled}, s)
}

// Resumed returns a run of the history to go on, its checked flow, and the workspace to run it in. The error is a
// UsageError if it cannot be resumed, and a ChangedError or a ProblemsError if its flow cannot.
func (w *Workspace) Resumed(ctx context.Context, id string, which WhichFlow, decided []Decision) (*Workspace, *Checked, *Resume, error) {
	run, err := w.RunNamed(ctx, id)
	if err != nil {
		return nil, nil, nil, err
	}
	history, err := w.History()
	if err != nil {
		return nil, nil, nil, err
	}
	switch {
	case run.GoesOn() && run.Owner != nil:
		return nil, nil, nil, Usage("flowdeck stop "+run.ID+" stops it", "run %s goes on in process %d on %s", run.ID, run.Owner.PID, run.Owner.Host)
	case run.Status == engine.Failed:
		return nil, nil, nil, Usage("flowdeck retry "+run.ID+" repeats the records that failed; with --did, resume settles a write that may have been done", "run %s has ended: %s", run.ID, run.Status)
	case run.Origin != nil:
		return nil, nil, nil, Usage("flowdeck retry "+run.ID+" repeats what it has left", "run %s ran on %s, and has ended: %s", run.ID, run.Origin.Name(), run.Status)
	case !run.Resumable():
		return nil, nil, nil, Usage("flowdeck runs lists the runs that can be resumed", "run %s has ended: %s", run.ID, run.Status)
	}
	if run.Sources == nil {
		return nil, nil, nil, Usage("run the flow again", "run %s was started with --no-history", run.ID)
	}
	if undo, err := w.undoneBy(ctx, history, run.ID); err != nil {
		return nil, nil, nil, err
	} else if undo != "" {
		return nil, nil, nil, Usage("run the flow again", "run %s was taken back by run %s", run.ID, undo)
	}
	done, err := verdicts(ctx, history, run.ID, decided)
	if err != nil {
		return nil, nil, nil, err
	}
	if which == Unchanged && w.repeatsAsItWas(ctx, run) {
		which = AsStarted
	}
	in, checked, err := w.flowOf(run, which)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := approvedAs(ctx, history, run, checked); err != nil {
		return nil, nil, nil, err
	}
	left := gone{asked: run.ID, counted: map[string][]store.Write{}}
	if err := left.find(ctx, history, run, checked.Plan, checked, done); err != nil {
		return nil, nil, nil, err
	}
	if err := history.Readable(ctx, run.ID); err != nil {
		failure := card.AsError(err)
		if failure.Code != "other_key" {
			return nil, nil, nil, err
		}
		return nil, nil, nil, Usage(failure.Hint, "run %s cannot go on here: %s", run.ID, failure.Message)
	}
	missing, err := history.Missing(ctx, run.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	resume := &Resume{ID: run.ID, store: history, repeats: run.Start.Repeats, decided: done, Inputs: map[string]engine.Value{}, gone: left, before: run}
	for _, input := range checked.Plan.Inputs {
		if slices.Contains(missing, input.Name) {
			resume.Lacks = append(resume.Lacks, input)
		}
	}
	return in, checked, resume, nil
}

// repeatsAsItWas reports whether a run is a retry with the flow as it was, so that later changes do not matter.
func (w *Workspace) repeatsAsItWas(ctx context.Context, run store.Run) bool {
	if run.Start.Repeats == "" {
		return false
	}
	repeated, err := w.RunNamed(ctx, run.Start.Repeats)
	return err == nil && repeated.Digest == run.Digest // otherwise it was pruned
}

// flowOf returns the checked flow of a run, and the workspace to run it in.
func (w *Workspace) flowOf(run store.Run, which WhichFlow) (*Workspace, *Checked, error) {
	if run.Start.Undoes != nil {
		checked, err := w.undoOf(run)
		return w, checked, err
	}
	if which != AsStarted {
		if err := w.findOutside(run); err != nil {
			return nil, nil, err
		}
		today, err := w.checkNamed(run)
		if which == Latest || err == nil && today.Plan.Digest() == run.Digest {
			return w, today, err
		}
	}
	then, checked, err := w.CheckSources(run.Sources, run.Flow, run.Start.Connections)
	changes := w.changes(run)
	switch {
	case which == AsStarted:
		return then, checked, err
	case err == nil && changes == "" && checked.Plan.Digest() == run.Digest: // another flow of the same name was added, for example
		return then, checked, nil
	case err != nil && changes == "": // a connection was renamed, for example
		return nil, nil, err
	}
	return nil, nil, &ChangedError{Run: run.ID, Flow: run.Flow, Changes: changes}
}

// findOutside adds the files of a run that are outside of the workspace. Their paths are those that the run was started with.
func (w *Workspace) findOutside(run store.Run) error {
	dir, err := filepath.Abs(w.Dir)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(run.Sources)) {
		file, err := filepath.Abs(filepath.FromSlash(name))
		if err != nil {
			return err
		}
		if within, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(within) {
			continue
		}
		if _, err := w.AddFile(filepath.FromSlash(name)); err != nil {
			return Usage("resume it in the folder in which it was started, or with --as-started",
				"run %s has a flow from a file outside of the workspace, which cannot be read: %v", run.ID, err)
		}
	}
	return nil
}

func (w *Workspace) checkNamed(run store.Run) (*Checked, error) {
	f, err := w.FlowNamed(run.Flow)
	if err != nil {
		return nil, err
	}
	return w.Check(f, run.Start.Connections)
}

// changes returns the differences between the files of a run and those of today.
func (w *Workspace) changes(run store.Run) (all string) {
	for _, name := range slices.Sorted(maps.Keys(run.Sources)) {
		all += string(diff.Diff(name+" (then)", []byte(run.Sources[name]), name+" (now)", w.Source(name)))
	}
	return all
}

// takeOver makes this process the owner of a run, which goes on with the flow.
func (r *runs) takeOver(id string, flow *engine.Plan) (*kept, engine.Start, error) {
	before, err := r.store.Run(context.WithoutCancel(r.ctx), id)
	if err == nil {
		err = r.asked.Connections.SameAs(before)
	}
	if err != nil {
		return nil, engine.Start{}, err
	}
	log, run, err := r.store.Take(context.WithoutCancel(r.ctx), id,
		store.Resumption{By: cmp.Or(r.asked.Start.Person, r.workspace.config.Person), Digest: flow.Digest(), Allow: r.asked.Allow})
	if owned := (*store.OwnedError)(nil); errors.As(err, &owned) {
		err = Usage("flowdeck stop "+id+" stops it", "%v", owned)
	} else if ended := (*card.Error)(nil); errors.As(err, &ended) && ended.Code == "run_ended" {
		err = Usage("flowdeck runs lists the runs that can be resumed", "%s", ended.Message)
	}
	if err != nil {
		return nil, engine.Start{}, err
	}
	if id == r.asked.Resume.ID {
		if err := r.store.Settle(context.WithoutCancel(r.ctx), r.asked.Resume.decided); err != nil {
			return nil, engine.Start{}, errors.Join(err, log.Release())
		}
	}
	start := run.Start
	start.Connections, start.Resumed = r.asked.Flow.chosen, true
	if id == r.asked.Resume.ID {
		maps.Copy(start.Inputs, r.asked.Resume.Inputs)
	}
	failed, err := r.failedBefore(id)
	if err != nil {
		return nil, engine.Start{}, errors.Join(err, log.Release())
	}
	return &kept{log: log, before: &run, failed: failed}, start, nil
}

// NotResumed is a run that was left as it is when the run that started it went on.
type NotResumed struct {
	Run    string       `json:"run"`
	Flow   string       `json:"flow"`
	Status store.Status `json:"status"`
	Lacks  []string     `json:"lacks"` // the inputs with secrets that the history does not have
}

// resumeStarted resumes the runs that a run started, and those that these started. They have records of their own: the steps that
// started them may be in records that have ended, which do not run again. A run whose secrets nobody gives again, or whose flow
// is not started any more, is left as it is: it can be resumed by its id, and the report names those that lack secrets.
func (r *runs) resumeStarted(parent string) error {
	ctx := context.WithoutCancel(r.ctx)
	for filter := (store.Filter{Parent: &parent}); ; {
		page, err := r.store.Runs(ctx, filter)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, run := range page {
			if err := r.resumeStarted(run.ID); err != nil {
				return err
			}
			p := r.asked.Flow.started(run.Flow)
			if p == nil || !run.Resumable() {
				continue
			}
			if missing, err := r.store.Missing(ctx, run.ID); err != nil {
				return err
			} else if len(missing) > 0 {
				r.notResumed = append(r.notResumed, NotResumed{Run: run.ID, Flow: run.Flow, Status: run.Status, Lacks: missing})
				continue
			}
			k, start, err := r.takeOver(run.ID, p)
			if usage := (*UsageError)(nil); errors.As(err, &usage) {
				continue // another process runs it
			} else if err != nil {
				return err
			}
			r.goOn(parent, p, start, k)
		}
		filter.Before = page[len(page)-1].ID
	}
}

// abandon gives up a run that was taken over, because the others cannot be.
func (r *runs) abandon(k *kept) error {
	r.cancel(errors.New("the history cannot be read"))
	r.going.Wait()
	if k.log == nil {
		return nil
	}
	return k.log.Release()
}

// stay makes the report that of the run before it was resumed: it did nothing since. The status is the new one.
func (r *Report) stay(before store.Run) {
	then := reportOf(before)
	r.Result, r.Steps, r.Streams, r.Writes, r.Errors, r.Order, r.Wrote = then.Result, then.Steps, then.Streams, then.Writes, then.Errors, then.Order, then.Wrote
	r.Retries, r.Waited, r.Seconds = then.Retries, then.Waited, then.Seconds
}

// follow adds what an earlier process counted that a resumed run does not count again.
func (r *Report) follow(earlier json.RawMessage, failed []Group) {
	var before Report
	if len(earlier) == 0 || json.Unmarshal(earlier, &before) != nil {
		before = Report{} // it ended before its first second
	}
	r.Seconds += before.Seconds
	r.Waited += before.Waited
	r.Retries += before.Retries
	r.followErrors(atLeast(before.Errors, failed))
	ended := map[string]*Step{}
	for _, s := range before.Steps {
		if s.Status != "" {
			ended[s.Path] = s
		}
	}
	for _, s := range r.Steps {
		if earlier := ended[s.Path]; earlier != nil {
			s.Began, s.Seconds, s.Retries = earlier.Began, max(s.Seconds, earlier.Seconds), max(s.Retries, earlier.Retries)
		}
	}
}
