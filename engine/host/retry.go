package host

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/words"
)

// Retry is a run that has ended and whose failed records are processed again, by a new run.
type Retry struct {
	Start engine.Start   // of the new run
	Lacks []engine.Input // the inputs with secrets that the history does not have: the caller sets them in Start.Inputs
	Left  []string       // the paths of records that are left out because a write of theirs may have been done
	Count int            // the number of records that failed
	Rest  []string       // the loops whose other records are processed, too, because they never started
}

// Retried returns a run of the history to process its failed records again, the checked flow, and the workspace to run it in. Records with a
// write that may have been done are left out, unless inDoubt is set. The error is a UsageError if there are no records, and a
// ProblemsError if the flow has problems.
func (w *Workspace) Retried(ctx context.Context, id string, which WhichFlow, inDoubt bool) (*Workspace, *Checked, *Retry, error) {
	run, err := w.RunNamed(ctx, id)
	if err != nil {
		return nil, nil, nil, err
	}
	history, err := w.History()
	if err != nil {
		return nil, nil, nil, err
	}
	switch {
	case run.GoesOn():
		return nil, nil, nil, Usage("flowdeck stop "+run.ID+" stops it", "run %s goes on", run.ID)
	case run.Resumable():
		return nil, nil, nil, Usage("flowdeck resume "+run.ID+" goes on with it; after that, its failed records can be repeated", "run %s has not ended: it is %s", run.ID, run.Status)
	case run.Sources == nil:
		return nil, nil, nil, Usage("run the flow again", "run %s was started with --no-history", run.ID)
	}
	if held, err := w.heldToFile(ctx, run); err != nil || held {
		return nil, nil, nil, cmp.Or(err, error(Usage("flowdeck plan "+run.Flow+" --out FILE makes a new one", "run %s was held to a plan, which its repetition would not be", run.ID)))
	}
	runs, err := history.Repeats(ctx, run.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	last := runs[len(runs)-1]
	if err := hasEnded(run, runs); err != nil {
		return nil, nil, nil, err
	}
	in, checked, err := w.flowOf(run, which)
	if err != nil {
		return nil, nil, nil, err
	}
	loops := checked.Plan.OuterLoops()
	all, err := w.leftOf(ctx, runs, loops)
	if err != nil {
		return nil, nil, nil, err
	}
	if !slices.ContainsFunc(slices.Collect(maps.Values(all)), func(l *left) bool { return len(l.failed) > 0 || l.rest && l.started }) {
		return nil, nil, nil, w.nothingLeft(ctx, run, last)
	}
	doubted := map[string]map[string]bool{}
	for _, one := range runs {
		if inDoubt {
			break
		}
		found, err := history.InDoubt(ctx, one.ID)
		if err != nil {
			return nil, nil, nil, err
		}
		for name, keys := range found {
			if doubted[name] == nil {
				doubted[name] = map[string]bool{}
			}
			maps.Copy(doubted[name], keys)
		}
	}
	r := &Retry{Start: engine.Start{Repeats: last.ID, Undoes: run.Start.Undoes, Inherited: run.Start.Inherited, Picks: map[string]engine.Pick{}}}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		l := all[name]
		if len(l.failed) > 0 && !slices.Contains(loops, name) {
			return nil, nil, nil, Usage("without --with-latest, the flow is run as it was then", "flow %q has no loop %s any more, whose records failed", run.Flow, name)
		}
		if err := l.check(name, run.Flow); err != nil {
			return nil, nil, nil, err
		}
		doubt := map[string]bool{}
		for _, key := range l.failed {
			if doubted[name][key] {
				doubt[key] = true
				r.Left = append(r.Left, name+"["+key+"]")
			}
		}
		pick := l.picks(doubt)
		r.Count += len(l.failed) - len(doubt)
		if l.rest && l.started && !pick.None {
			r.Rest = append(r.Rest, name)
		}
		r.Start.Picks[name] = pick
	}
	if err := w.unrenamed(run, runs, checked.Plan, r.Start.Picks); err != nil {
		return nil, nil, nil, err
	}
	if r.Count == 0 && len(r.Rest) == 0 {
		return nil, nil, nil, Usage("check them; --in-doubt repeats them", "each failed record of run %s has a write that was or may have been done: %s", run.ID, words.VisibleLine(strings.Join(r.Left, ", ")))
	}
	start, err := history.Started(ctx, run.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	if r.Start.Inputs = start.Inputs; r.Start.Inputs == nil {
		r.Start.Inputs = map[string]engine.Value{}
	}
	for _, input := range checked.Plan.Inputs {
		if input.HasSecrets() && r.Start.Inputs[input.Name] == card.Hidden {
			r.Lacks = append(r.Lacks, input)
		}
	}
	return in, checked, r, nil
}

// hasEnded returns a UsageError if a run that repeats a run has not ended.
func hasEnded(run store.Run, runs []store.Run) error {
	for _, other := range runs {
		switch {
		case other.ID == run.ID:
		case other.GoesOn():
			return Usage("flowdeck stop "+other.ID+" stops it", "run %s repeats it, and goes on", other.ID)
		case other.Resumable():
			return Usage("flowdeck resume "+other.ID+" goes on with it", "run %s repeats it, and has not ended: it is %s", other.ID, other.Status)
		}
	}
	return nil
}

// NothingLeftError is the error of a run that has nothing left to repeat, because it was repeated or is a retry itself. It is a UsageError.
type NothingLeftError struct{ Err error }

func (e *NothingLeftError) Error() string { return e.Err.Error() }

func (e *NothingLeftError) Unwrap() error { return e.Err }

// nothingLeft returns the error of a run with nothing to repeat. last is the last run that repeats it.
func (w *Workspace) nothingLeft(ctx context.Context, run, last store.Run) error {
	if last.ID != run.ID {
		return &NothingLeftError{Usage("flowdeck runs show "+last.ID+" shows it", "nothing of run %s is left to repeat: run %s repeated it", run.ID, last.ID)}
	}
	err := w.noFailedRecords(ctx, run)
	if usage := (*UsageError)(nil); errors.As(err, &usage) && run.Start.Repeats != "" {
		return &NothingLeftError{usage}
	}
	return err
}

// noFailedRecords returns the error of a run without failed records to repeat.
func (w *Workspace) noFailedRecords(ctx context.Context, run store.Run) error {
	p, err := w.Past(ctx, run.ID)
	if err != nil {
		return err
	}
	for _, started := range p.Started {
		for _, c := range reportOf(started).Streams {
			if c.Failed > 0 {
				return Usage("flowdeck retry "+started.ID, "no record of run %s failed, but of run %s, which it started", run.ID, started.ID)
			}
		}
	}
	hint := "run it again: flowdeck run " + run.Flow
	if run.Status != engine.Failed {
		for _, c := range p.Report.Streams {
			if c.Failed > 0 {
				return Usage("a loop in a record cannot be retried on its own", "no record of a loop of run %s failed that is not in another loop", run.ID)
			}
		}
		return Usage(hint, "no record of a loop of run %s failed", run.ID)
	}
	if p.Report.Error != nil && p.Report.Error.Step != "" {
		return Usage(hint, "run %s failed at %s, outside of a loop: there are no failed records to repeat", run.ID, p.Report.Error.Step)
	}
	return Usage(hint, "run %s failed outside of a loop: there are no failed records to repeat", run.ID)
}

// repeats returns the id of the run that the run repeats; empty if it repeats none.
func (r Run) repeats() string {
	if r.Resume != nil {
		return r.Resume.repeats
	}
	return r.Start.Repeats
}

// earlier returns the results of the records in records of a run that failed, and of the runs which that run repeats: those that did
// not fail themselves are not repeated. It is nil if id is empty. The error is a UsageError if one of the runs was removed.
func (w *Workspace) earlier(ctx context.Context, id string) (func(engine.Record) (engine.Outcome, bool), error) {
	if id == "" {
		return nil, nil
	}
	history, err := w.History()
	if err != nil {
		return nil, err
	}
	var all *store.Inner
	for id != "" {
		inner, err := history.Inner(ctx, id)
		if failure := (*card.Error)(nil); errors.As(err, &failure) && failure.Kind == card.NotFound {
			return nil, Usage("look at what was done, and run the flow again", "run %s, which is repeated, was removed: it is not known what it has done", id)
		} else if err != nil {
			return nil, err
		}
		if all == nil {
			all = inner
		} else {
			all.Add(inner)
		}
		run, err := history.Run(ctx, id)
		if err != nil {
			return nil, err
		}
		id = run.Start.Repeats
	}
	return all.Ended, nil
}
