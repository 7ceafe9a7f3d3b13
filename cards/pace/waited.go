package pace

import "time"

// A span is for how long at least one request waited.
type span struct {
	waiting int
	since   time.Time
	sum     time.Duration
}

func (s *span) enter(now time.Time) {
	if s.waiting++; s.waiting == 1 {
		s.since = now
	}
}

func (s *span) leave(now time.Time) {
	if s.waiting--; s.waiting == 0 {
		s.sum += now.Sub(s.since)
	}
}

func (s *span) at(now time.Time) time.Duration {
	if s.waiting > 0 {
		return s.sum + now.Sub(s.since)
	}
	return s.sum
}

// Waited is for how long, since the Governor was made and until now, at least one request waited on a
// limit: of each bucket as callers call it, and of any. It is time on the clock, not a sum over requests:
// 64 that wait for the same minute waited a minute. Buckets that wait at the same time each count it, so that the
// total may be below their sum. Waiting for the first answer of a bucket is not counted, since that is
// learning a limit and not running into one. Buckets that never waited are left out.
func (g *Governor) Waited() (total time.Duration, byBucket map[string]time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Now()
	byBucket = map[string]time.Duration{}
	for name, l := range g.lanes {
		if d := l.waits.at(now); d > 0 {
			byBucket[name] = d
		}
	}
	return g.total.at(now), byBucket
}

// count starts to count the waiting of w, if it waits on a limit and is not counted yet.
func (g *Governor) count(w *waiter, now time.Time) {
	if w.counted || !w.pass.lane.pool.learned() && g.open(now) {
		return
	}
	w.counted = true
	w.pass.lane.waits.enter(now)
	g.total.enter(now)
}

func (g *Governor) uncount(w *waiter, now time.Time) {
	if !w.counted {
		return
	}
	w.counted = false
	w.pass.lane.waits.leave(now)
	g.total.leave(now)
}
