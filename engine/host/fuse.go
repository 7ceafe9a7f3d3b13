package host

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/store"
)

// fuse counts what the runs of a request do, and pauses them before they go past a limit: that of --max-changes, those of `limits` of the
// flows, or what a person allowed since. A nil fuse has no limits. It is safe for concurrent use.
type fuse struct {
	root  string           // the run that was asked for
	pause func(why string) // pauses the runs
	cards card.Set
	now   func() time.Time
	open  func(engine.Fuse, engine.Use) (*engine.Counter, error) // of the list of a percentage
	write func(json.RawMessage) error                            // keeps the limits in the journal; nil: nothing does
	trial bool                                                   // nothing is kept: a run that pauses is not resumed
	dry   bool                                                   // it counts steps, and pauses nothing

	reading sync.Mutex // held by the strand that reads the list of a percentage

	mu     sync.Mutex
	kept   keptLimits
	meters map[engine.Measure]*meter // of the measures that have a limit
	blown  bool                      // the runs pause, since they may do no more
	once   sync.Once                 // for the pause
	// counted are the failed attempts that count as changes, by the run and the place of the call. Another attempt of a card that changes
	// nothing the second time counts once with it, and so does an attempt that an earlier process began.
	counted map[string]engine.Change
	ended   chan struct{} // closed, and replaced, when a call ends
	steps   stepCount
	time    runTime
}

// meter counts what one or more limits bound.
type meter struct {
	measure       engine.Measure
	bounds        []*bound // the lowest holds
	made, inDoubt int      // writes: those that changed something, and those that may have. Others only have made
	going         int      // calls in flight, each of which may make a change
	refused       int      // calls, or steps, that were not made since no more are allowed
	reached       bool
}

// The errors of what is not allowed.
var errNoMore = fmt.Errorf("%w: a limit of the run was reached", engine.ErrCanceled)

// newFuse returns the fuse of a run of a plan; nil if it has no limits.
func newFuse(p *engine.Plan, chosen map[string]string, kept keptLimits, cards card.Set, pause func(string)) *fuse {
	f := &fuse{
		pause: pause, cards: cards, kept: kept, meters: map[engine.Measure]*meter{}, counted: map[string]engine.Change{}, ended: make(chan struct{}), steps: newStepCount(kept.Steps),
	}
	add := func(m engine.Measure, b *bound) {
		if f.meters[m] == nil {
			f.meters[m] = &meter{measure: m}
		}
		f.meters[m].bounds = append(f.meters[m].bounds, b)
	}
	for _, m := range engine.Measures {
		if n, ok := kept.Allow[m]; ok {
			add(m, &bound{by: byAllow, most: n, known: true})
		}
	}
	if kept.MaxChanges != nil {
		add(engine.WritesMeasure, &bound{by: ByMaxChanges, most: int64(*kept.MaxChanges), known: true})
	}
	seen := map[string]bool{}
	p.EachFuse(chosen, func(l engine.Fuse, on engine.Use) {
		b := newBound(l, on)
		if _, allowed := kept.Allow[l.Measure]; allowed || seen[b.id()] {
			return
		}
		seen[b.id()] = true
		if n, read := kept.Lists[b.id()]; read && b.percentage() {
			b.records, b.known = n, true
		}
		f.kept.Flow = true
		add(l.Measure, b)
		if !slices.ContainsFunc(f.kept.Bounds, b.keeps().same) {
			f.kept.Bounds = append(slices.Clip(f.kept.Bounds), b.keeps())
		}
	})
	for _, k := range kept.Bounds {
		var now []*bound
		if m := f.meters[k.Measure]; m != nil {
			now = m.bounds
		}
		_, allowed := kept.Allow[k.Measure]
		if !allowed && !slices.ContainsFunc(now, func(b *bound) bool { return b.of.Measure != "" && b.keeps().same(k) }) {
			add(k.Measure, k.restored(now, kept.Lists))
		}
	}
	if len(f.meters) == 0 {
		return nil
	}
	return f
}

// ofWorkspace reports whether a card changes only tables or files of the workspace.
func ofWorkspace(c card.Card) bool { return c.NoConnection || c.FilesOnly }

// cardsOf returns the names by which the history counts as a fuse does.
func cardsOf(cards card.Set) (of store.CardsOf) {
	for name, c := range cards {
		switch {
		case ofWorkspace(c):
			of.Workspace = append(of.Workspace, name)
		case c.Effect == card.Idempotent && c.ByInput == nil:
			of.Idempotent = append(of.Idempotent, name)
		}
	}
	return of
}

// resume counts what earlier processes did.
func (f *fuse) resume(run store.Run, n store.Changed, before map[engine.Measure]*Allowance) {
	for _, w := range n.InDoubt {
		doubt := engine.Change{Attempt: w.Attempt, InDoubt: true, Destroys: w.Destroys}
		f.counted[w.Run+" "+w.Place.ID()] = doubt
		f.add(doubt, 1)
	}
	for _, w := range n.Partly {
		f.counted[w.Run+" "+w.Place.ID()] = engine.Change{Attempt: w.Attempt, Destroys: w.Destroys}
	}
	made := map[engine.Measure]int{engine.WritesMeasure: n.Made, engine.DestructiveMeasure: n.Destroyed, engine.StepsMeasure: f.kept.Steps}
	for name, m := range f.meters {
		m.made = made[name] - m.inDoubt
	}
	f.resumeTime(run, n.Last, before[engine.TimeMeasure])
}

// of returns the Permit of a run; nil if there is no limit of changes.
func (f *fuse) of(run string) engine.Permit {
	if f == nil || f.meters[engine.WritesMeasure] == nil && f.meters[engine.DestructiveMeasure] == nil {
		return nil
	}
	return func(ctx context.Context, call engine.Invocation, effect card.Effect) (func(engine.Value, error), error) {
		if call.Connection == "" || ofWorkspace(f.cards[call.Card]) {
			return func(engine.Value, error) {}, nil
		}
		id := run + " " + call.Place.ID()
		before, err := f.reserve(ctx, id, call.Attempt, effect)
		if err != nil {
			return nil, err
		}
		return func(out engine.Value, err error) {
			f.end(id, before, engine.Change{Attempt: call.Attempt, Destroys: effect == card.Destroys}, out, err)
		}, nil
	}
}

// metersOf returns the meters that count a change.
func (f *fuse) metersOf(destroys bool) (all []*meter) {
	if m := f.meters[engine.WritesMeasure]; m != nil {
		all = append(all, m)
	}
	if m := f.meters[engine.DestructiveMeasure]; m != nil && destroys {
		all = append(all, m)
	}
	return all
}

// reserve waits until it is known whether the call may make a change. It returns the earlier attempt that counts once with this one.
func (f *fuse) reserve(ctx context.Context, id string, attempt int, effect card.Effect) (engine.Change, error) {
	meters := f.metersOf(effect == card.Destroys)
	for {
		f.mu.Lock()
		before := f.counted[id]
		if before.Repeats(attempt, effect) {
			delete(f.counted, id)
			f.add(before, -1)
			f.goes(meters, 1)
			f.mu.Unlock()
			return before, nil
		}
		full := slices.DeleteFunc(slices.Clone(meters), (*meter).hasRoom)
		unread := slices.IndexFunc(full, func(m *meter) bool { return !m.lowest().known })
		done := slices.DeleteFunc(slices.Clone(full), func(m *meter) bool { return m.going > 0 })
		switch {
		case len(full) == 0:
			f.goes(meters, 1)
			f.mu.Unlock()
			return engine.Change{}, nil
		case unread >= 0:
			b := full[unread].lowest()
			f.mu.Unlock()
			if err := f.read(b); err != nil {
				f.blow(b.unreadable(err))
				return engine.Change{}, errNoMore
			}
			continue
		case len(done) > 0:
			var why []string
			for _, m := range done {
				m.refused++
				m.reached = true
				why = append(why, m.reason(float64(m.made), m.inDoubt))
			}
			f.mu.Unlock()
			f.blow(strings.Join(why, "; "))
			return engine.Change{}, errNoMore
		}
		ended := f.ended
		f.mu.Unlock()
		select {
		case <-ended:
		case <-ctx.Done():
			return engine.Change{}, fmt.Errorf("%w: %w", engine.ErrCanceled, context.Cause(ctx))
		}
	}
}

// goes adds n calls in flight. The caller holds mu.
func (f *fuse) goes(meters []*meter, n int) {
	for _, m := range meters {
		m.going += n
	}
}

// blow pauses the runs, once. When it returns, they pause: no strand that is refused may come to a finally before.
func (f *fuse) blow(why string) {
	f.once.Do(func() {
		f.mu.Lock()
		f.blown = true
		f.mu.Unlock()
		f.pause(why)
	})
}

// end counts a call that was reserved. It gives the reservation back if neither it nor the attempt before changed anything.
func (f *fuse) end(id string, before, call engine.Change, out engine.Value, err error) {
	now := call.Ended(before, out, err)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.goes(f.metersOf(call.Destroys), -1)
	f.add(now, 1)
	if now.Attempt != 0 && err != nil {
		f.counted[id] = now
	}
	close(f.ended)
	f.ended = make(chan struct{})
}

// add adds an attempt n times. The caller holds mu.
func (f *fuse) add(c engine.Change, n int) {
	if c.Attempt == 0 {
		return
	}
	for _, m := range f.metersOf(c.Destroys) {
		if c.InDoubt {
			m.inDoubt += n
		} else {
			m.made += n
		}
	}
}

// hasRoom reports whether another change may be made.
func (m *meter) hasRoom() bool { return int64(m.made+m.inDoubt+m.going) < m.lowest().allowed() }

// lowest returns the bound that holds.
func (m *meter) lowest() *bound {
	return slices.MinFunc(m.bounds, func(a, b *bound) int { return int(max(-1, min(1, a.allowed()-b.allowed()))) })
}

// step returns the engine.Start.Permit of a run; nil if neither its steps nor its time have a limit.
func (f *fuse) step(run string) func(engine.Runtime, engine.Place) error {
	if f == nil || f.meters[engine.StepsMeasure] == nil && f.meters[engine.TimeMeasure] == nil {
		return nil
	}
	return func(_ engine.Runtime, at engine.Place) error {
		f.mu.Lock()
		why := f.overdue()
		m := f.meters[engine.StepsMeasure]
		if m == nil || why != "" {
			f.mu.Unlock()
			return f.refuse(why)
		}
		if !f.dry && !m.hasRoom() {
			m.reached = true
			m.refused++
			why = m.reason(float64(m.made), 0)
			f.mu.Unlock()
			return f.refuse(why)
		}
		defer f.mu.Unlock()
		m.made++
		record := at.InnerRecord()
		if f.dry || run == f.root && record.IsZero() { // a resumed run passes the steps outside of records again
			return nil
		}
		f.steps.started(run, record)
		if f.steps.n <= f.kept.Steps || f.write == nil {
			return nil
		}
		f.kept.Steps = f.steps.n + int(m.lowest().allowed()/stepBlocks)
		if err := f.save(); err != nil {
			return engine.NotKept(err)
		}
		return nil
	}
}

// refuse pauses the runs, with a reason, before a step. An empty reason is none.
func (f *fuse) refuse(why string) error {
	if why == "" {
		return nil
	}
	f.blow(why)
	return errNoMore
}
