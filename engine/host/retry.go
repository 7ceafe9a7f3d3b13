package host

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Retry is a run that has ended and whose failed records are processed again, by a new run.
type Retry struct {
	Start engine.Start   // of the new run
	Lacks []engine.Input // the inputs with secrets that the history does not have: the caller sets them in Start.Inputs
	Left  []string       // the paths of records that are left out because a write of theirs may have been done
	Count int            // the number of records
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
	case run.Status == store.Running:
		return nil, nil, nil, Usage("flowdeck stop "+run.ID+" stops it", "run %s goes on", run.ID)
	case resumable(run.Status):
		return nil, nil, nil, Usage("flowdeck resume "+run.ID+" goes on with it; after that, its failed records can be repeated", "run %s has not ended: it is %s", run.ID, run.Status)
	case run.Sources == nil:
		return nil, nil, nil, Usage("run the flow again", "run %s was started with --no-history", run.ID)
	}
	failed, err := history.Failed(ctx, run.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(failed) == 0 {
		return nil, nil, nil, w.noFailedRecords(ctx, run)
	}
	r := &Retry{Start: engine.Start{Repeats: run.ID, Inherited: run.Start.Inherited, Picks: map[string]engine.Pick{}}}
	if !inDoubt {
		doubted, err := history.InDoubt(ctx, run.ID)
		if err != nil {
			return nil, nil, nil, err
		}
		r.leave(failed, doubted)
	}
	in, checked, err := w.flowOf(run, which)
	if err != nil {
		return nil, nil, nil, err
	}
	loops := checked.Plan.OuterLoops()
	for _, name := range slices.Sorted(maps.Keys(failed)) {
		if len(failed[name]) > 0 && !slices.Contains(loops, name) {
			return nil, nil, nil, Usage("without --with-latest, the flow is run as it was then", "flow %q has no loop %s any more, whose records failed", run.Flow, name)
		}
	}
	for _, name := range loops { // the other loops process no record
		r.Start.Picks[name] = engine.Pick{Only: failed[name], None: len(failed[name]) == 0}
		r.Count += len(failed[name])
	}
	if r.Count == 0 {
		return nil, nil, nil, Usage("check them; --in-doubt repeats them", "each failed record of run %s has a write that was or may have been done: %s", run.ID, strings.Join(r.Left, ", "))
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

// leave removes the records with a write in doubt.
func (r *Retry) leave(failed map[string][]string, doubted map[string]map[string]bool) {
	for _, name := range slices.Sorted(maps.Keys(doubted)) {
		failed[name] = slices.DeleteFunc(failed[name], func(key string) bool {
			if doubted[name][key] {
				r.Left = append(r.Left, name+"["+key+"]")
			}
			return doubted[name][key]
		})
	}
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
	if run.Status != engine.Failed {
		return Usage("a loop in a record cannot be retried on its own", "no record of a loop of run %s failed that is not in another loop", run.ID)
	}
	hint := "run it again: flowdeck run " + run.Flow
	if p.Report.Error != nil && p.Report.Error.Step != "" {
		return Usage(hint, "run %s failed at %s, outside of a loop: there are no failed records to repeat", run.ID, p.Report.Error.Step)
	}
	return Usage(hint, "run %s failed outside of a loop: there are no failed records to repeat", run.ID)
}

// earlier returns the results of the records in records of a run that failed, and of the runs which that run repeats: those that did
// not fail themselves are not repeated.
func (w *Workspace) earlier(ctx context.Context, id string) (func(engine.Record) (engine.Outcome, bool), error) {
	history, err := w.History()
	if err != nil {
		return nil, err
	}
	var all *store.Inner
	for id != "" {
		inner, err := history.Inner(ctx, id)
		if err != nil {
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
