package host

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/store"
)

// limited makes the fuse of the runs.
func (r *runs) limited(root string, kept keptLimits) {
	r.fuse = newFuse(r.asked.Flow.Plan, r.asked.Flow.chosen, kept, r.workspace.config.Cards, r.pause)
	if f := r.fuse; f != nil {
		f.root, f.now, f.open, f.dry = root, r.workspace.config.Clock.Now, r.counter, r.asked.Start.DryRun
		f.trial = r.asked.Trial != nil
	}
}

// counter opens the list of a percentage. Its requests are those of the run, paced as the others.
func (r *runs) counter(l engine.Fuse, on engine.Use) (*engine.Counter, error) {
	w := r.workspace
	rt := local.New(r.ctx, local.Config{
		Run: "limits", Cards: w.config.Cards, Connections: r.asked.Connections.conns, Clock: w.config.Clock,
		Files: w.files.Run(filepath.Join(runsDir, "limits")), Tables: r.tables, Abort: r.asked.Abort,
		Listen: func(e engine.Event) { w.config.Veil.Learn(e.Secrets...) },
	})
	return l.NewCounter(rt, on)
}

// explain gives the run that was asked for the limits and what was used and, if it paused without being able to go on, the reason.
func (f *fuse) explain(r *Report, why string) {
	if f == nil || f.dry {
		return
	}
	if r.Run == f.root {
		r.Limits = f.soFar()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.blown && r.Status == engine.Canceled {
		r.Reason = why
		if f.trial { // otherwise the history says so
			r.Status = store.Paused
		}
	}
}

// limitedByParent returns an error if a run is a part of another one with a limit, which would not count what it does.
func (r *runs) limitedByParent(id string) error {
	ctx := context.WithoutCancel(r.ctx)
	run, err := r.store.Run(ctx, id)
	if err != nil || run.Parent == "" {
		return err
	}
	root, err := r.store.Root(ctx, run)
	if err != nil || root.Limits == nil {
		return err
	}
	kept := readLimits(root.Limits)
	hint := "flowdeck resume " + root.ID + " goes on with both"
	switch {
	case kept.MaxChanges == nil || kept.Flow:
		return Usage(hint, "run %s was started by run %s, whose limits count for both", id, root.ID)
	case r.asked.MaxChanges != nil:
		return nil
	}
	return Usage(hint+"; --max-changes gives this run a limit of its own",
		"run %s was started by run %s, which may make at most %d changes", id, root.ID, *kept.MaxChanges)
}

// spent reports whether a run paused at the limit of --max-changes. When a person resumes it, that limit has done its work. A run that a person
// paused, or that was killed, keeps its limit.
func spent(run store.Run) bool {
	return run.Status == store.Paused && reportOf(run).PausedByMaxChanges()
}

// limitResumed sets the limits of a run that goes on.
func (r *runs) limitResumed(run store.Run) error {
	ctx, cards := context.WithoutCancel(r.ctx), r.workspace.config.Cards
	n, err := r.store.Changes(ctx, run.ID, cardsOf(cards))
	if err != nil {
		return err
	}
	n = withoutUndone(n, r.asked.Resume.decided)
	limits := readLimits(run.Limits)
	if limits.Allow == nil {
		limits.Allow = map[engine.Measure]int64{}
	}
	if spent(run) {
		limits.MaxChanges = nil
	}
	for measure, most := range r.asked.Allow {
		limits.Allow[measure] = most
		if measure == engine.WritesMeasure {
			limits.MaxChanges = nil
		}
	}
	if more := r.asked.MaxChanges; more != nil {
		sum := n.Made + *more
		if sum < n.Made {
			return Usage("", "--max-changes %d: it is too large", *more)
		}
		limits.MaxChanges = &sum
	}
	before := reportOf(run).Limits
	if err := r.mayAllow(run.ID, before, n); err != nil {
		return err
	}
	r.limited(run.ID, limits)
	if r.fuse == nil {
		return nil
	}
	r.fuse.resume(run, n, before)
	return r.fuse.pausesAgain(run, before)
}

// withoutUndone leaves out the writes of which a person has decided that they were not done.
func withoutUndone(n store.Changed, decided map[int64]bool) store.Changed {
	n.InDoubt = slices.DeleteFunc(slices.Clone(n.InDoubt), func(w store.Write) bool {
		done, now := decided[w.At]
		if !now || done {
			return false
		}
		n.Made--
		if w.Destroys {
			n.Destroyed--
		}
		return true
	})
	return n
}

// keepLimits keeps the limits of a run that goes on. k is its history.
func (r *runs) keepLimits(k *kept) error {
	if r.fuse == nil && k.before.Limits == nil {
		return nil
	}
	return k.log.Limit(r.fuse.text())
}

// mayAllow returns an error if a person allows what the run has no limit of, or not more than it has used.
func (r *runs) mayAllow(id string, before map[engine.Measure]*Allowance, n store.Changed) error {
	has := slices.Collect(maps.Keys(before))
	r.asked.Flow.Plan.EachFuse(r.asked.Flow.chosen, func(l engine.Fuse, _ engine.Use) { has = append(has, l.Measure) })
	for _, measure := range engine.Measures {
		most, asked := r.asked.Allow[measure]
		switch used := usedBefore(measure, before, n); {
		case !asked:
		case !slices.Contains(has, measure):
			return Usage("the limits of a run are those of its flows, and --max-changes", "run %s has no limit of %s", id, measure)
		case amount(measure, most) <= used:
			return Usage("it is the new limit in all, with what was done before", "--allow %s=%s: the run has used %s",
				measure, shown(measure, amount(measure, most)), shown(measure, used))
		}
	}
	return nil
}

// usedBefore returns how much of a measure earlier processes have used.
func usedBefore(m engine.Measure, before map[engine.Measure]*Allowance, n store.Changed) float64 {
	switch b := before[m]; {
	case m == engine.WritesMeasure:
		return float64(n.Made)
	case m == engine.DestructiveMeasure:
		return float64(n.Destroyed)
	case b != nil:
		return b.Used
	}
	return 0
}

// amount returns a limit as in a Allowance: times are in seconds.
func amount(m engine.Measure, most int64) float64 {
	if m == engine.TimeMeasure {
		return seconds(time.Duration(most))
	}
	return float64(most)
}

// shown returns an amount as in a flow.
func shown(m engine.Measure, amount float64) string {
	if m == engine.TimeMeasure {
		return fmt.Sprintf("%gs", amount)
	}
	return fmt.Sprintf("%.0f", amount)
}

// pausesAgain returns an error if a run that paused at a limit would do so again at once, since nobody allowed more.
func (f *fuse) pausesAgain(run store.Run, before map[engine.Measure]*Allowance) error {
	if run.Status != store.Paused {
		return nil
	}
	for _, measure := range reached(before) {
		m := f.meters[measure]
		if m == nil {
			continue
		}
		used := before[measure].Used
		if measure == engine.WritesMeasure || measure == engine.DestructiveMeasure {
			used = float64(m.made + m.inDoubt)
		}
		if m.lowest().by == ByMaxChanges || used < amount(measure, m.lowest().allowed()) || !m.lowest().known {
			continue
		}
		again := &Report{Limits: map[engine.Measure]*Allowance{measure: before[measure]}}
		hint := "flowdeck resume " + run.ID + " " + again.MoreAllowed() + " goes on"
		return Usage(hint, "run %s would pause again at once: %s", run.ID, run.Reason)
	}
	return nil
}
