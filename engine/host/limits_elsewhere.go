package host

import (
	"context"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/store"
)

// Bounds returns the limits of a run of a flow in processes that do not share the history: those of its flows, and maxChanges, which is that of
// --max-changes; nil for none. The list of a percentage is read to its end. Errors are UsageErrors.
func (w *Workspace) Bounds(ctx context.Context, c *Checked, on *Connections, maxChanges *int) (all []engine.Bound, err error) {
	if maxChanges != nil {
		all = append(all, engine.Bound{Measure: engine.WritesMeasure, Most: int64(*maxChanges), By: ByMaxChanges})
	}
	seen := map[string]bool{}
	c.Plan.EachFuse(c.chosen, func(l engine.Fuse, use engine.Use) {
		b := newBound(l, use)
		if err != nil || seen[b.id()] {
			return
		}
		seen[b.id()] = true
		if b.percentage() {
			if b.records, err = w.countAll(ctx, l, use, on); err != nil {
				err = Usage("", "%s", b.unreadable(err))
			}
		}
		all = append(all, engine.Bound{Measure: l.Measure, Most: b.allowed(), By: b.by, List: b.list()})
	})
	return all, err
}

// countAll returns the length of the list of a percentage.
func (w *Workspace) countAll(ctx context.Context, l engine.Fuse, use engine.Use, on *Connections) (int, error) {
	counter, err := l.NewCounter(local.New(ctx, local.Config{
		Run: "limits", Cards: w.config.Cards, Connections: on.conns, Clock: w.config.Clock, Files: w.files.Run(filepath.Join(runsDir, "limits")), Abort: ctx,
		Listen: func(e engine.Event) { w.config.Veil.Learn(e.Secrets...) },
	}), use)
	for ended, n := false, 0; ; {
		if err == nil {
			n, ended, err = counter.Page()
		}
		if err != nil || ended {
			return n, err
		}
	}
}

// Raised returns the limits with which a run that goes on elsewhere is resumed, given those that it has, and what a person allows: maxChanges more
// changes, nil for no such limit, and new limits in all. A limit can only be raised there, since parts of the run may use what they have. Errors
// are UsageErrors.
func (p *Past) Raised(bounds []engine.Bound, maxChanges *int, allow map[engine.Measure]int64) ([]engine.Bound, error) {
	id, has := p.Run.ID, p.Report.Limits
	raised := slices.Clone(bounds)
	without := func(drop func(engine.Bound) bool) { raised = slices.DeleteFunc(raised, drop) }
	if spent(p.Run) {
		without(func(b engine.Bound) bool { return b.By == ByMaxChanges })
	}
	for _, m := range engine.Measures {
		most, asked := allow[m]
		switch l := has[m]; {
		case !asked:
			continue
		case l == nil:
			return nil, Usage("the limits of a run are those of its flows, and --max-changes", "run %s has no limit of %s", id, m)
		case amount(m, most) <= l.Used:
			return nil, Usage("it is the new limit in all, with what was done before", "--allow %s=%s: the run has used %s",
				m, shown(m, amount(m, most)), shown(m, l.Used))
		}
		without(func(b engine.Bound) bool { return b.Measure == m })
		raised = append(raised, engine.Bound{Measure: m, Most: most, By: byAllow})
	}
	if maxChanges != nil {
		l := has[engine.WritesMeasure]
		if l == nil {
			return nil, Usage("on Temporal, only a run that was started with such a limit has one", "run %s has no limit of changes", id)
		}
		without(func(b engine.Bound) bool { return b.By == ByMaxChanges })
		raised = append(raised, engine.Bound{Measure: engine.WritesMeasure, Most: int64(l.Used) + int64(*maxChanges), By: ByMaxChanges})
	}
	for _, m := range engine.Measures {
		before, now := lowestOf(bounds, m), lowestOf(raised, m)
		switch l := has[m]; {
		case l == nil:
		case now < before:
			return nil, Usage("a limit of a run on Temporal can only be raised", "run %s may make more now: its limit of %s is %s", id, m, shown(m, amount(m, before)))
		case l.Reached && l.Used >= amount(m, now) && (m != engine.WritesMeasure || maxChanges == nil):
			again := &Report{Limits: map[engine.Measure]*Allowance{m: l}}
			return nil, Usage(fmt.Sprintf("flowdeck resume %s %s goes on", id, again.MoreAllowed()), "run %s would pause again at once: %s", id, p.Run.Reason)
		}
	}
	return raised, nil
}

// lowestOf returns the lowest limit of a measure; a very large one if there is none.
func lowestOf(bounds []engine.Bound, m engine.Measure) int64 {
	low := int64(math.MaxInt64)
	for _, b := range bounds {
		if b.Measure == m {
			low = min(low, b.Most)
		}
	}
	return low
}

// AllowsMore reports whether limits allow more than others did.
func AllowsMore(bounds, than []engine.Bound) bool {
	return slices.ContainsFunc(engine.Measures, func(m engine.Measure) bool { return lowestOf(bounds, m) > lowestOf(than, m) })
}

// PausesAtLimit reports whether the run pauses at a limit.
func (p *Past) PausesAtLimit() bool {
	return p.Run.Status == store.Paused && len(reached(p.Report.Limits)) > 0
}

// Real returns the orgs of the run that are not simulated.
func (r *Report) Real() (orgs []string) {
	for _, name := range slices.Sorted(maps.Keys(r.Connections)) {
		if c := r.Connections[name]; !c.Simulated && !slices.Contains(orgs, c.Org) {
			orgs = append(orgs, c.Org)
		}
	}
	return orgs
}
