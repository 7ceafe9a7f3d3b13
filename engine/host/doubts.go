package host

import (
	"context"
	"slices"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/store"
)

// doubts returns the writes of a run of which it is not known whether they were done.
func (r *runs) doubts(run string, p *engine.Plan) []Doubt {
	list, err := doubtsOf(context.WithoutCancel(r.ctx), r.store, run, func() *engine.Plan { return p })
	if err != nil {
		return nil // the end of the run reports what is wrong
	}
	return list
}

// doubtsOf calls plan, which returns the plan of the run or nil if it is not known, only if there are any.
func doubtsOf(ctx context.Context, history *store.Store, run string, plan func() *engine.Plan) (list []Doubt, err error) {
	writes, err := history.Doubts(ctx, run)
	if len(writes) == 0 {
		return nil, err
	}
	p := plan()
	for _, w := range writes {
		d := Doubt{Step: w.Place.String(), Card: w.Card, Target: w.Target, Began: w.Began}
		if p != nil {
			d.Title = p.Title(w.Place, w.Card)
		}
		list = append(list, d)
	}
	slices.SortStableFunc(list, func(a, b Doubt) int { return a.Began.Compare(b.Began) })
	return list, err
}

// countDoubts makes the counts of a run that can be resumed at least those of the writes in doubt that the journal has: its processes
// need not have seen all of them.
func (r *Report) countDoubts() {
	of := map[string]int{}
	for _, d := range r.Doubts {
		of[d.Card]++
	}
	for name, n := range of {
		wrote := r.Writes[name]
		if wrote == nil {
			wrote = &Writes{}
			if r.Writes == nil {
				r.Writes = map[string]*Writes{}
			}
			r.Writes[name] = wrote
			r.Wrote = append(r.Wrote, name)
		}
		wrote.InDoubt = max(wrote.InDoubt, n)
	}
}

// settle makes the counts of a run of the history those that are left in doubt, since a person may have decided about some after it ended.
func (r *Report) settle(ctx context.Context, history *store.Store, run store.Run) error {
	doubtful := false
	for _, wrote := range r.Writes {
		doubtful = doubtful || wrote.InDoubt > 0
	}
	if !doubtful {
		return nil
	}
	left, err := history.LeftInDoubt(ctx, run.ID)
	if left == nil || err != nil {
		return err
	}
	for name, wrote := range r.Writes {
		decided := max(wrote.InDoubt-left[name].InDoubt, 0)
		wrote.InDoubt -= decided
		done := min(decided, left[name].Done)
		wrote.Calls += done
		wrote.Changed += done
	}
	return nil
}

// settleLimits does the same for the limits of a run, which count those that it started, too.
func (w *Workspace) settleLimits(ctx context.Context, history *store.Store, r *Report, run store.Run) error {
	doubtful := false
	for _, l := range r.Limits {
		doubtful = doubtful || l.InDoubt > 0
	}
	if !doubtful || run.GoesOn() {
		return nil
	}
	n, err := history.Changes(ctx, run.ID, cardsOf(w.config.Cards))
	if err != nil {
		return err
	}
	for name, m := range map[engine.Measure]int{engine.WritesMeasure: n.Made, engine.DestructiveMeasure: n.Destroyed} {
		l := r.Limits[name]
		if l == nil {
			continue
		}
		l.Used, l.InDoubt = float64(m), 0
		for _, doubt := range n.InDoubt {
			if name == engine.WritesMeasure || doubt.Destroys {
				l.InDoubt++
			}
		}
	}
	return nil
}

// Decision is what a person found out about a write that is in doubt.
type Decision struct {
	Step string // its place: that of one record, as sweep[00u1].create, or of all, as sweep.create
	Done bool
}

// verdicts returns what a person decided about each write of a run, by its At. A decision about a record wins over one about all, which leaves
// what was decided before if others are in doubt. It returns a
// UsageError if a decision is about another write, or if decisions contradict each other.
func verdicts(ctx context.Context, history *store.Store, run string, decided []Decision) (map[int64]bool, error) {
	if len(decided) == 0 {
		return nil, nil
	}
	open, err := history.Undecided(ctx, run)
	if err != nil {
		return nil, err
	}
	for _, d := range decided {
		if !slices.ContainsFunc(open, func(w store.Write) bool { return d.Step == w.Place.String() || d.Step == w.Place.Name() }) {
			hint := "no write of this run is in doubt"
			if len(open) > 0 {
				hint = "in doubt: " + open[0].Place.String()
			}
			return nil, Usage(hint, "no write at %q is in doubt", d.Step)
		}
	}
	done := map[int64]bool{}
	for _, w := range open {
		for _, step := range []string{w.Place.String(), w.Place.Name()} {
			about := slices.DeleteFunc(slices.Clone(decided), func(d Decision) bool { return d.Step != step })
			if len(about) == 0 || step != w.Place.String() && !w.Doubt && slices.ContainsFunc(open, func(o store.Write) bool { return o.Doubt && o.Place.Name() == step }) {
				continue
			}
			if slices.Contains(about, Decision{step, !about[0].Done}) {
				return nil, Usage("nothing was decided: give one of them", "--did has both yes and no for %q", step)
			}
			done[w.At] = about[0].Done
			break
		}
	}
	return done, nil
}

// SettleEnded keeps what a person decided about writes of a run that cannot be resumed, since it has ended or was taken back. It reports false for another run:
// its decisions are kept when it is resumed.
func (w *Workspace) SettleEnded(ctx context.Context, id string, decided []Decision) (ended bool, err error) {
	run, err := w.RunNamed(ctx, id)
	if err != nil || run.GoesOn() {
		return false, err
	}
	history, err := w.History()
	if err != nil {
		return true, err
	}
	if undo, err := w.undoneBy(ctx, history, run.ID); err != nil || undo == "" && run.Resumable() {
		return false, err
	}
	return true, w.Settled(ctx, id, decided)
}

// Settled keeps what a person decided about writes of a run, which does not go on. It can be taken back, or resumed, later.
func (w *Workspace) Settled(ctx context.Context, id string, decided []Decision) error {
	run, err := w.RunNamed(ctx, id)
	if err != nil {
		return err
	}
	if run.GoesOn() {
		return Usage("flowdeck stop "+run.ID+" stops it", "run %s goes on", run.ID)
	}
	history, err := w.History()
	if err != nil {
		return err
	}
	done, err := verdicts(ctx, history, run.ID, decided)
	if err != nil {
		return err
	}
	return history.Settle(ctx, done)
}
