package temporal

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// limits are what the run may still do, as far as one workflow knows. That of the run has the limits themselves. Those of streams and chunks have a
// lease, a part of what the workflow above has: they use it without asking, ask for more when they have used it, and return the rest with their result.
// So the sum of what was used, what calls in flight may use, and of all leases is never more than the limits.
//
// A strand that may not go on waits. When nothing is left, the workflow of the run takes back what the others have not used. Once they have used all of
// theirs, and no call is in flight that may turn out to have changed nothing, the limit is reached, and the run pauses.
//
// A nil *limits has none.
type limits struct {
	run     *run
	parent  string         // the workflow that lends; empty in that of the run
	bounds  []engine.Bound // of the run; the lowest of each measure holds
	meters  map[engine.Measure]*meter
	reports int     // the number of the last one that was sent to the parent
	grants  int     // that of the last one that arrived
	lent    []*lent // to children that go on
	dirty   bool    // something has changed since balance
	// counted are the failed attempts that count as changes, by the place of the call.
	counted map[string]engine.Change
	time    *runTime // nil: the time of the run has no limit, or this is not its workflow
}

// meter counts one measure in one workflow.
type meter struct {
	Granted  int64 // what the parent has lent in all
	Returned int64 // what was given back of it
	Used     Use   // also by children that have ended
	// Scarce is set if what is not needed at once must be given back.
	Scarce bool

	going   int64 // calls in flight
	waiting int64 // strands that wait
	reached bool
	sent    *report // the last one; nil: none since the workflow began, or continued as new
}

// Use is how much of a measure was used.
type Use struct{ Made, InDoubt int64 }

func (u Use) sum() int64 { return u.Made + u.InDoubt }

func (u Use) plus(v Use) Use { return Use{u.Made + v.Made, u.InDoubt + v.InDoubt} }

// leased are the measures of which workflows have leases, in the order in which a strand takes them: one that has taken the first one may wait for
// the second, and not the other way round.
var leased = []engine.Measure{engine.DestructiveMeasure, engine.WritesMeasure, engine.StepsMeasure}

// unlimited is what is left without a limit.
const unlimited = int64(1) << 60

// takeLimits sets the limits of the run.
func (r *run) takeLimits(bounds []engine.Bound) {
	if len(bounds) == 0 || r.Job.Start.DryRun {
		return
	}
	l := &limits{run: r, bounds: slices.Clone(bounds), meters: map[engine.Measure]*meter{}, counted: map[string]engine.Change{}}
	for _, m := range leased {
		if _, has := l.lowest(m); has {
			l.meters[m] = &meter{}
		}
	}
	r.left = l
	l.takeReports()
	l.takeTime()
}

// takeLease sets the limits of the workflow of a stream or a chunk.
func (r *run) takeLease(lease *Lease) {
	if lease == nil {
		return
	}
	r.left = &limits{
		run: r, parent: workflow.GetInfo(r.free).ParentWorkflowExecution.ID, meters: lease.Meters,
		reports: lease.Reports, grants: lease.Grants, counted: map[string]engine.Change{},
	}
	r.left.takeReports()
	r.left.takeGrants()
}

// lowest returns the bound of a measure that holds.
func (l *limits) lowest(m engine.Measure) (low engine.Bound, has bool) {
	for _, b := range l.bounds {
		if b.Measure == m && (!has || b.Most < low.Most) {
			low, has = b, true
		}
	}
	return low, has
}

// room returns how much of a measure may still be used here.
func (l *limits) room(m engine.Measure) int64 {
	t := l.meters[m]
	most := t.Granted - t.Returned
	if l.parent == "" {
		most = unlimited
		if b, has := l.lowest(m); has {
			most = b.Most
		}
	}
	most -= t.Used.sum() + t.going
	for _, c := range l.lent {
		most -= c.open(m)
	}
	return most
}

// reserve waits until one more of a measure may be used. The caller ends it with release.
func (s strand) reserve(m engine.Measure) error {
	l := s.run.left
	t := l.meters[m]
	if t == nil {
		return nil
	}
	free := func() bool { return s.run.paused == nil && l.room(m) > 0 }
	if !free() {
		t.waiting++
		l.dirty = true
		_ = workflow.Await(s.here, func() bool { return s.halts() || free() }) // here is never canceled
		t.waiting--
		l.dirty = true
	}
	if s.halts() {
		return engine.ErrCanceled
	}
	t.going++
	return nil
}

// halts reports whether nothing new may start on the strand. A run that is stopped while it pauses finishes no record.
func (s strand) halts() bool {
	return s.ctx.Err() != nil || s.run.paused != nil && s.run.stopping.Err() != nil
}

// release ends what reserve began.
func (l *limits) release(m engine.Measure, used Use) {
	if t := l.meters[m]; t != nil {
		t.going--
		t.Used = t.Used.plus(used)
		l.dirty = true
	}
}

// change waits until the attempt of a write may be made. It returns the function to call with its result; doubt is set if an earlier worker may have
// made it.
func (s strand) change(target card.Card, c engine.Invocation) (end func(out engine.Value, err error, doubt bool), err error) {
	l := s.run.left
	if l == nil || c.Connection == "" || target.NoConnection || target.FilesOnly {
		return func(engine.Value, error, bool) {}, nil
	}
	effect, id := target.EffectOf(c.In), c.Place.ID()
	call := engine.Change{Attempt: c.Attempt, Destroys: effect == card.Destroys}
	measures := []engine.Measure{engine.WritesMeasure}
	if call.Destroys {
		measures = []engine.Measure{engine.DestructiveMeasure, engine.WritesMeasure}
	}
	before := l.counted[id]
	if before.Repeats(c.Attempt, effect) {
		delete(l.counted, id)
		for _, m := range measures {
			if t := l.meters[m]; t != nil { // what was counted is in flight again
				t.going++
				count(&t.Used, before, -1)
			}
		}
	} else {
		before = engine.Change{}
		for i, m := range measures {
			if err := s.reserve(m); err != nil {
				for _, m := range measures[:i] {
					l.release(m, Use{})
				}
				return nil, err
			}
		}
	}
	return func(out engine.Value, err error, doubt bool) {
		if doubt && before.Attempt == 0 {
			before = call
			before.InDoubt = true
		}
		now := call.Ended(before, out, err)
		var used Use
		count(&used, now, 1)
		for _, m := range measures {
			l.release(m, used)
		}
		if now.Attempt != 0 && err != nil {
			l.counted[id] = now
		}
	}, nil
}

// count adds a change n times.
func count(u *Use, c engine.Change, n int64) {
	switch {
	case c.Attempt == 0:
	case c.InDoubt:
		u.InDoubt += n
	default:
		u.Made += n
	}
}

// permit returns the engine.Start.Permit of the workflow; nil if the steps have no limit.
func (r *run) permit() func(engine.Runtime, engine.Place) error {
	if r.left == nil || r.left.meters[engine.StepsMeasure] == nil {
		return nil
	}
	return func(rt engine.Runtime, _ engine.Place) error {
		err := rt.(strand).reserve(engine.StepsMeasure)
		if err == nil {
			r.left.release(engine.StepsMeasure, Use{Made: 1})
		}
		return err
	}
}
