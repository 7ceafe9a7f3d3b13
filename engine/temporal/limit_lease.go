package temporal

import (
	"go.temporal.io/sdk/workflow"

	"github.com/flowdeck/flowdeck/engine"
)

// The signals between workflows that share limits.
const (
	moreSignal  = "flowdeck.more"  // a reports, to the parent
	grantSignal = "flowdeck.grant" // a grants, to a child
)

// Lease is what a workflow may use without asking.
type Lease struct {
	Meters  map[engine.Measure]*meter
	Reports int // the number of the last one that was sent
	Grants  int // that of the last one that arrived
}

// report is what a child says of a measure. Sums are of all time, so that a report that is late does no harm.
type report struct {
	Granted  int64 // what it has got
	Returned int64
	Used     Use   // also in children that go on
	Wants    int64 // what its strands, and its children, wait for
	// Idle is set if it has used all that it has, and no call in flight can change this.
	Idle bool
}

type reports struct {
	Child  string
	Number int
	Of     map[engine.Measure]report
}

type grants struct {
	Number int
	Of     map[engine.Measure]grant
}

type grant struct {
	Granted int64 // in all
	Scarce  bool  // give back what is not needed at once
}

// lent is what a child has.
type lent struct {
	child   string
	records int // 0: it is a stream
	grants  int // that were sent
	granted map[engine.Measure]int64
	scarce  map[engine.Measure]bool
	reports
}

// open returns how much of a measure the child has not returned.
func (c *lent) open(m engine.Measure) int64 { return c.granted[m] - c.Of[m].Returned }

// wants returns how much of a measure the child waits for.
func (c *lent) wants(m engine.Measure) int64 {
	if r := c.Of[m]; r.Granted == c.granted[m] {
		return r.Wants
	}
	return 0 // it has not seen the last grant yet
}

// idle reports whether the child has used all that it has, and is known to.
func (c *lent) idle(m engine.Measure) bool {
	r := c.Of[m]
	return c.open(m) == 0 || r.Granted == c.granted[m] && r.Idle
}

// perRecord is what a chunk gets for each record in the beginning.
var perRecord = map[engine.Measure]int64{engine.DestructiveMeasure: 2, engine.WritesMeasure: 4, engine.StepsMeasure: 20}

// fair returns how much of what is left a child gets in addition to what it waits for: the others shall not have to wait while nobody uses it.
func (l *limits) fair(m engine.Measure, c *lent, room int64) int64 {
	if c.records > 0 {
		return min(room/4, int64(c.records)*perRecord[m])
	}
	return room / 4
}

// lend returns the lease of a child that is about to start, for a number of records; 0: it is a stream.
func (l *limits) lend(child string, records int) *Lease {
	if l == nil {
		return nil
	}
	c := &lent{child: child, records: records, granted: map[engine.Measure]int64{}, scarce: map[engine.Measure]bool{}, reports: reports{Of: map[engine.Measure]report{}}}
	lease := &Lease{Meters: map[engine.Measure]*meter{}}
	for _, m := range leased {
		if t := l.meters[m]; t != nil {
			n := int64(0)
			if !t.Scarce {
				n = max(0, l.fair(m, c, l.room(m)-t.waiting))
			}
			c.granted[m], c.scarce[m] = n, t.Scarce
			lease.Meters[m] = &meter{Granted: n, Scarce: t.Scarce}
		}
	}
	l.lent = append(l.lent, c)
	return lease
}

// settle ends a lease with what the child has used. A child that has started and has no result may have used all of it.
func (l *limits) settle(child string, used map[engine.Measure]Use, known bool) {
	if l == nil {
		return
	}
	for i, c := range l.lent {
		if c.child != child {
			continue
		}
		l.lent = append(l.lent[:i:i], l.lent[i+1:]...)
		for m, t := range l.meters {
			u := used[m]
			if !known {
				u = Use{InDoubt: c.open(m)}
			}
			t.Used = t.Used.plus(u)
		}
		l.dirty = true
		return
	}
}

// used returns what the workflow, and its children that have ended, have used.
func (l *limits) used() map[engine.Measure]Use {
	if l == nil {
		return nil
	}
	all := map[engine.Measure]Use{}
	for m, t := range l.meters {
		all[m] = t.Used
	}
	return all
}

// lease returns the lease of a workflow without children that continues as new.
func (l *limits) lease() *Lease {
	if l == nil {
		return nil
	}
	return &Lease{Meters: l.meters, Reports: l.reports, Grants: l.grants}
}

// takeReports begins to receive the reports of children, and to give them more.
func (l *limits) takeReports() {
	receiveOwn(l.run, l.run.free, moreSignal, func(r reports) {
		for _, c := range l.lent {
			if c.child == r.Child && r.Number > c.Number {
				c.reports = r
				l.dirty = true
			}
		}
	})
	workflow.Go(l.run.free, func(here workflow.Context) {
		for l.run.hearing.Err() == nil {
			l.dirty = false
			l.balance()
			_ = workflow.Await(here, func() bool { return l.dirty || l.run.hearing.Err() != nil }) // here is never canceled
		}
	})
}

// takeGrants begins to receive what the parent gives.
func (l *limits) takeGrants() {
	receiveOwn(l.run, l.run.free, grantSignal, func(g grants) {
		if g.Number <= l.grants {
			return
		}
		l.grants = g.Number
		for m, t := range l.meters {
			if now, has := g.Of[m]; has {
				t.Granted, t.Scarce = now.Granted, now.Scarce
			}
		}
		l.dirty = true
	})
}
